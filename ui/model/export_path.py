"""Where the passes of the open shot are exported to."""

from __future__ import annotations

from pathlib import Path

from stfam.core.export_path import versioned_pattern
from stfam.ui.model.document import Document


def suggested_pattern(document: Document, output: str) -> str:
    """Where a pass (matte, foreground, trimaps) of the open shot may go: beside its matte; empty where none is open."""
    if document.plate is None:
        return ""
    matte = document.value("output.matte") or versioned_pattern(document.path, document.plate.spec)
    if output == "matte":
        return matte
    path = Path(matte)
    name = path.name.replace("_matte", f"_{output}", 1) if "_matte" in path.name else f"{output}_{path.name}"
    return path.with_name(name).as_posix()
