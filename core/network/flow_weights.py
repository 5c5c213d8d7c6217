"""Weights of the flow network from a file: ours, or the one that PWC-Net's authors publish."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from stfam.core.errors import WeightsError
from stfam.core.network.flow import PwcNet

FIRST_KERNEL = "pyramid.0.0.weight"
STANDARDISED = "standardised"
"""Metadata of our files."""


def published_names(network: PwcNet, published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The originally published weights under our names, matched in order of execution and by shape.

    Args:
        network: gives names and shapes.
        published: state of the authors' PyTorch release, in which `conv1a` .. `conv6b` are the pyramid, `convL_k`,
            `predict_flowL`, `deconvL`, `upfeatL` the estimators, and `dc_conv1` .. `dc_conv7` the context network.

    Raises:
        ValueError: a weight is missing or of another shape.
    """
    state = network.state_dict()
    renamed = {ours: _published_name(ours) for ours in state}
    for ours, theirs in renamed.items():
        if theirs not in published or published[theirs].shape != state[ours].shape:
            found = tuple(published[theirs].shape) if theirs in published else "nothing"
            raise ValueError(f"{theirs}: expected {tuple(state[ours].shape)} for {ours}, found {found}.")
    return {ours: published[theirs] for ours, theirs in renamed.items()}


def load_pwc_net(path: Path) -> PwcNet:
    """A flow network with weights from a file: a safetensors file of ours, or the one that its authors publish.

    Args:
        path: of either. Theirs is read as tensors alone, never as code; it was trained on BGR images.

    Raises:
        WeightsError: there is no such file, or it holds no weights of this network.
    """
    if not path.is_file():
        raise WeightsError(f"There are no flow weights at {path}.", path=str(path))
    try:
        if path.suffix == ".safetensors":
            with safe_open(str(path), "pt") as file:
                network = PwcNet(standardised=(file.metadata() or {}).get(STANDARDISED) == "yes")
            network.load_state_dict({name: value.float() for name, value in load_file(str(path)).items()})
        else:
            network = PwcNet(standardised=False)
            network.load_state_dict(_published_weights(network, path))
    except (SafetensorError, RuntimeError, ValueError, AttributeError, EOFError, UnpicklingError) as error:
        raise WeightsError(f"{path} holds no weights of a PWC-Net: {error}", path=str(path)) from error
    return network.requires_grad_(False).eval()


def _published_weights(network: PwcNet, path: Path) -> dict[str, Tensor]:
    published = torch.load(path, map_location="cpu", weights_only=True)
    published = published.get("state_dict", published)
    weights = published_names(network, {name.removeprefix("module."): value for name, value in published.items()})
    return {**weights, FIRST_KERNEL: weights[FIRST_KERNEL].flip(1)}


def _published_name(ours: str) -> str:
    part, rest = ours.split(".", 1)
    if part == "pyramid":
        level, index, end = rest.split(".")
        suffix = ("a", "aa", "b")[int(index) // 2]
        if level == "5":
            suffix = ("aa", "a", "b")[int(index) // 2]
        return f"conv{int(level) + 1}{suffix}.0.{end}"
    if part == "context":
        index, end = rest.split(".")
        number = int(index) // 2 + 1
        return f"dc_conv7.{end}" if number == 7 else f"dc_conv{number}.0.{end}"
    level, name, *tail = rest.split(".")
    if name == "layers":
        return f"conv{level}_{tail[0]}.0.{tail[1]}"
    if name == "predict":
        return f"predict_flow{level}.{tail[0]}"
    return f"{'deconv' if name == 'flow_up' else 'upfeat'}{int(level) + 1}.{tail[0]}"
