"""Eight channels at a time: loops as short as a pixel's channels are left to single steps by LLVM's vectoriser.

A kernel that uses this is compiled anew when its own file changes, not when this one does.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

EIGHT = 8
_VECTOR = ir.VectorType(ir.FloatType(), EIGHT)
_INDEX = ir.IntType(32)
_FLAGS = ("contract", "reassoc", "nsz")


def _blend_eight(
    typing: Any, x: Any, i: Any, j: Any, k: Any, m: Any, a: Any, b: Any, c: Any, d: Any, base: Any, first: Any,
    out: Any, start: Any,
) -> Any:  # fmt: skip
    """out[start + n] = base[first + n] + a * x[i + n] + b * x[j + n] + c * x[k + n] + d * x[m + n] for n in 0 .. 7."""
    del typing, first, start
    index, factor = types.uintp, types.float32
    signature = types.void(x, index, index, index, index, factor, factor, factor, factor, base, index, out, index)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        def address(number: int, at: Any) -> Any:
            array = context.make_array(signature.args[number])(context, builder, values[number])
            return builder.bitcast(builder.gep(array.data, [at]), _VECTOR.as_pointer())

        def read(number: int, at: Any) -> Any:
            loaded = builder.load(address(number, at))
            loaded.align = 4
            return loaded

        total = read(9, values[10])
        for at, share in zip(values[1:5], values[5:9], strict=True):
            one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), share, ir.Constant(_INDEX, 0))
            all_ = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_INDEX, EIGHT), [0] * EIGHT))
            total = builder.fadd(total, builder.fmul(read(0, at), all_, flags=_FLAGS), flags=_FLAGS)
        builder.store(total, address(11, values[12])).align = 4
        return context.get_dummy_value()

    return signature, generate


blend_eight: Any = intrinsic(_blend_eight)
