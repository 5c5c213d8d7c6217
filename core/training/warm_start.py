"""Starting a stage from the weights of an earlier one, also when the window grew in between."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from stfam.core.errors import WeightsError
from stfam.core.network.fusion import inflate


def warm_start(network: nn.Module, path: Path) -> None:
    """Fill a network from weights of the same configuration; a smaller window is inflated to this one's.

    Layers that the configuration got after the weights were made keep their start.

    Raises:
        WeightsError: no such file, or a tensor that does not fit.
    """
    if not path.is_file():
        raise WeightsError(f"There are no weights to start from at {path}.", path=str(path))
    tensors = {k: v.float() if v.is_floating_point() else v for k, v in load_file(str(path)).items()}
    start = network.state_dict()
    strange = sorted(tensors.keys() - start.keys())
    if strange:
        raise WeightsError(f"{path} does not fit this network, which has no {strange[0]}.", path=str(path))
    try:
        network.load_state_dict(inflate({**start, **tensors}, start))
    except (RuntimeError, ValueError) as error:
        raise WeightsError(f"{path} does not fit this network: {error}", path=str(path)) from error
