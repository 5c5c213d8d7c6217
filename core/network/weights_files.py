"""Where weights lie on disk, by NAME or FILE, and what they configure; nothing here reads a tensor."""

from __future__ import annotations

from importlib import resources
from os.path import isfile
from pathlib import Path
from typing import Any, TypeVar

import safetensors

from stfam.core.errors import WeightsError
from stfam.core.json_fields import from_json
from stfam.core.network.config import MattingConfig, PropagationConfig
from stfam.core.strict_json import json_object

_Config = TypeVar("_Config", MattingConfig, PropagationConfig)


def weights_folder() -> Path:
    """The folder of the weights that ship."""
    return Path(str(resources.files("stfam.resources"))) / "weights"


def weights_path(name: str, kind: str) -> Path:
    """The file of weights given by NAME (shipped) or FILE.

    Raises:
        WeightsError: there is no such file; the message lists the names that ship.
    """
    given = Path(name)
    if given.suffix == ".safetensors" or isfile(given):
        path = given
    else:
        path = weights_folder() / f"{name}-{kind}.safetensors"
    if not isfile(path):  # also of a name that no file can have
        ending = f"-{kind}.safetensors"
        shipped = " or ".join(sorted(p.name.removesuffix(ending) for p in weights_folder().glob(f"*{ending}")))
        raise WeightsError(
            f"There are no {kind} weights '{name}' (looked for {path}). "
            f"Give the {kind} weights by another name, {shipped}, or by the path of a .safetensors file.",
            path=str(path),
        )
    return path


def check_kind(found: str | None, kind: str, path: Path) -> None:
    """Check the kind of network that a file's metadata names.

    Raises:
        WeightsError: it is another.
    """
    if found != kind:
        text = f"{path} holds {found or 'unknown'} weights, but {kind} weights are needed here."
        raise WeightsError(text, path=str(path))


def matting_config(name_or_path: str) -> MattingConfig:
    """The configuration of matting weights, without reading their tensors.

    Raises:
        WeightsError: missing, or no weights of a matting network.
    """
    path = weights_path(name_or_path, "matting")
    try:
        with safetensors.safe_open(str(path), "np") as file:
            metadata = file.metadata() or {}
    except (safetensors.SafetensorError, OSError) as error:
        raise WeightsError(f"{path} holds no matting weights: {error}.", path=str(path)) from error
    check_kind(metadata.get("kind"), "matting", path)
    return configured(MattingConfig, metadata, str(path))


def configured(kind: type[_Config], metadata: dict[str, str], name: str) -> _Config:
    """The configuration that a file's metadata holds; JSON made strings of its integer keys.

    Raises:
        WeightsError: it is none, or one of another version.
    """
    try:
        values: dict[str, Any] = {
            key: {int(stride): width for stride, width in value.items()} if isinstance(value, dict) else value
            for key, value in json_object(metadata.get("config", "")).items()
        }
        return from_json(kind, values, "the configuration")
    except ValueError as error:
        raise not_built(name, error) from error


def not_built(name: str, error: Exception) -> WeightsError:
    """The error of weights whose configuration leads to no network."""
    reason = str(error).partition("\n")[0]
    return WeightsError(f"The weights {name} are of a network that this version does not build: {reason}.", path=name)
