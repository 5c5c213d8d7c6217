"""Where weights lie on disk, by NAME or FILE; nothing here reads a tensor."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from stfam.core.errors import WeightsError


def weights_folder() -> Path:
    """The folder of the weights that ship."""
    return Path(str(resources.files("stfam.resources"))) / "weights"


def weights_path(name: str, kind: str) -> Path:
    """The file of weights given by NAME (shipped) or FILE.

    Raises:
        WeightsError: there is no such file; the message lists the names that ship.
    """
    given = Path(name)
    if given.suffix == ".safetensors" or given.is_file():
        path = given
    else:
        path = weights_folder() / f"{name}-{kind}.safetensors"
    if not path.is_file():
        ending = f"-{kind}.safetensors"
        shipped = ", ".join(sorted(p.name.removesuffix(ending) for p in weights_folder().glob(f"*{ending}"))) or "none"
        raise WeightsError(
            f"There are no {kind} weights '{name}' (looked for {path}). Shipped weights: {shipped}; "
            "or give the path of a .safetensors file.",
            path=str(path),
        )
    return path
