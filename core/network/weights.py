"""Weights on disk: safetensors that name their own network and carry their own checksum, and the manifest beside them.

A file's metadata holds the kind of network, its configuration and the SHA-256 of its tensors; `manifest.json` in
resources/weights lists the files that ship with their whole-file SHA-256, training data and validation figures.
Nothing is downloaded and nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from stfam.core.errors import WeightsError
from stfam.core.file_hash import file_sha256
from stfam.core.network.builders import build_matting, build_propagation
from stfam.core.network.config import MattingConfig, PropagationConfig
from stfam.core.network.folding import fold
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.tensor_file import misfit, read_tensors, write_tensors
from stfam.core.network.weights_files import check_kind, configured, not_built, weights_folder, weights_path

MANIFEST = "manifest.json"

_Network = TypeVar("_Network", MattingNetwork, PropagationNetwork)


def manifest(folder: Path | None = None) -> list[dict[str, Any]]:
    """What the manifest of a folder says of its weights; nothing when there is none, or one of something else.

    Raises:
        WeightsError: it cannot be read.
    """
    path = (folder or weights_folder()) / MANIFEST
    try:
        found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except (OSError, ValueError, RecursionError) as error:
        text = f"{path} cannot be read: {error}. Install the weights again, or move it out of their folder."
        raise WeightsError(text, path=str(path)) from error
    entries = found.get("files") if isinstance(found, dict) else None
    return [entry for entry in entries if _is_entry(entry)] if isinstance(entries, list) else []


def load_matting(name_or_path: str, device: str | torch.device = "cpu") -> MattingNetwork:
    """The matting network of shipped weights or of a file, in eval mode, folded.

    Raises:
        WeightsError: missing, of another kind, or not what their checksum says.
    """
    tensors, metadata = _read(weights_path(name_or_path, "matting"), "matting")
    config = configured(MattingConfig, metadata, name_or_path)
    return _ready(_filled(lambda: build_matting(config), tensors, name_or_path), device)


def load_propagation(name_or_path: str, device: str | torch.device = "cpu") -> PropagationNetwork:
    """The trimap propagation network of shipped weights or of a file, in eval mode, folded.

    Raises:
        WeightsError: missing, of another kind, or not what their checksum says.
    """
    tensors, metadata = _read(weights_path(name_or_path, "propagation"), "propagation")
    config = configured(PropagationConfig, metadata, name_or_path)
    return _ready(_filled(lambda: build_propagation(config), tensors, name_or_path), device)


def save_weights(network: nn.Module, path: Path, *, kind: str) -> str:
    """Write a network's weights, as float16, and return the file's SHA-256.

    Args:
        network: a MattingNetwork or PropagationNetwork, not folded.
        path: the .safetensors file.
        kind: "matting" or "propagation".
    """
    config: Any = network.config
    tensors = {
        k: v.detach().to("cpu", torch.float16 if v.is_floating_point() else v.dtype).contiguous()
        for k, v in network.state_dict().items()
    }
    metadata = {"kind": kind, "config": json.dumps(asdict(config)), "sha256": tensors_sha256(tensors)}
    write_tensors(path, tensors, metadata)
    return file_sha256(path)


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of tensors' names and bytes in order of name, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A file's tensors and metadata, after its checksums: its own and the manifest's, where they are given.

    Raises:
        WeightsError: the file is no weights file, or not what a checksum says.
    """
    listed = {entry["file"]: entry for entry in manifest(path.parent)}.get(path.name)
    if listed is not None and listed["sha256"] != file_sha256(path):
        raise WeightsError(_damaged(path), path=str(path))
    tensors, metadata = read_tensors(path)
    if metadata.get("sha256") not in (None, tensors_sha256(tensors)):
        raise WeightsError(_damaged(path), path=str(path))
    return tensors, metadata


def _read(path: Path, kind: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    tensors, metadata = read_weights(path)
    check_kind(metadata.get("kind"), kind, path)
    if "sha256" not in metadata:
        raise WeightsError(_damaged(path), path=str(path))
    return tensors, metadata


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("file"), str) and isinstance(entry.get("sha256"), str)


def _damaged(path: Path) -> str:
    return f"The weights {path} do not match their checksum: the file is damaged or was changed. Install it again."


def _ready(network: _Network, device: str | torch.device) -> _Network:
    """For inference: eval mode, folded, channels last, on the device."""
    network.eval()
    fold(network)
    network.to(device)
    network.to(memory_format=torch.channels_last)
    return network


def _filled(build: Callable[[], _Network], tensors: dict[str, Tensor], name: str) -> _Network:
    """The network of a file's configuration, with its tensors.

    Raises:
        WeightsError: no network is built by that configuration, or not one of those tensors.
    """
    try:
        network = build()
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise not_built(name, error) from error
    if odd := misfit(tensors, network.state_dict()):
        raise WeightsError(f"The weights {name} do not fit their own configuration: {odd}.", path=name)
    network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in tensors.items()})
    return network
