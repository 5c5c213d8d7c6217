"""Starting a stage from the weights of an earlier one, also when the window grew in between."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from stfam.core.errors import WeightsError
from stfam.core.network.fusion import inflate
from stfam.core.network.weights import read_weights


def warm_start(network: nn.Module, path: Path) -> None:
    """Fill a network from weights of the same configuration; a smaller window is inflated to this one's.

    Layers that the configuration got after the weights were made keep their start.

    Raises:
        WeightsError: no such file, a damaged one, or a tensor that does not fit.
    """
    tensors = starting_tensors(path)
    start = network.state_dict()
    strange = sorted(tensors.keys() - start.keys())
    if strange:
        raise WeightsError(f"{path} does not fit this network, which has no {strange[0]}.", path=str(path))
    try:
        network.load_state_dict(inflate({**start, **tensors}, start))
    except (RuntimeError, ValueError) as error:
        raise WeightsError(f"{path} does not fit this network: {error}", path=str(path)) from error


def starting_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of weights to start from, as float32.

    Raises:
        WeightsError: no such file, or a damaged one.
    """
    if not path.is_file():
        raise WeightsError(f"There are no weights to start from at {path}.", path=str(path))
    return {k: v.float() if v.is_floating_point() else v for k, v in read_weights(path)[0].items()}
