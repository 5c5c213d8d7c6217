"""What the engine asks of a network; `core.network` has the real ones, tests have small ones that count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor

from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import Box, View


class WindowedConfig(Protocol):
    """The part of a matting configuration that the engine reads."""

    @property
    def window(self) -> int:
        """n: neighbours on each side that the network reads."""


class Matting(Protocol):
    """See `core.network.matting.MattingNetwork`."""

    @property
    def config(self) -> WindowedConfig: ...

    @property
    def halo(self) -> int: ...

    def context(self, proxy: Tensor, proxy_trimap: Tensor, backdrop: Backdrop | None) -> Any: ...

    def encode(self, image: Tensor, trimap: Tensor, context: Any, box: Box, frame_size: tuple[int, int]) -> Any: ...

    def as_neighbour(self, features: Any) -> Any: ...

    def decode(self, window: Sequence[Any], core: Box | None = None) -> Tensor: ...

    def to(self, device: Any) -> Any: ...


class Propagation(Protocol):
    """See `core.network.propagation.PropagationNetwork`."""

    def encode(self, proxy: Tensor, view: View | None = None) -> Any: ...

    def memorise(self, features: Any, trimap: Tensor) -> Any: ...

    def recall(self, features: Any, keyframes: Sequence[Any]) -> Any: ...

    def read(self, recalled: Any, recent: Sequence[Any]) -> Tensor: ...

    def to(self, device: Any) -> Any: ...
