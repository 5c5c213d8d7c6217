"""Paths between Nuke's file knobs and stfam: TCL, the project directory, and how a frame number is written."""

from __future__ import annotations

import re
from pathlib import Path

import nuke


def nuke_pattern(pattern: str) -> str:
    """`name.####.exr` as Nuke's file knobs take it, with forward slashes on every platform."""
    path = pattern.replace("\\", "/")
    return re.sub(r"#+", lambda match: f"%0{len(match[0]) if len(match[0]) > 1 else 4}d", path)


def hash_pattern(text: str) -> str:
    """`name.%04d.exr` with # for the frame number and forward slashes."""
    path = text.replace("\\", "/")
    return re.sub(r"%0(\d+)d", lambda match: "#" * int(match[1]) if match[1] != "1" else "%d", path)


def in_project(path: str) -> str:
    """An absolute path as it is; a relative one is of the project directory, else of the script's folder."""
    if not path or Path(path).is_absolute() or re.match(r"[A-Za-z]:/", path):
        return path
    folder = evaluated(nuke.root()["project_directory"]) or str(Path(nuke.root().name()).parent)
    return (Path(folder).absolute() / path).as_posix()


def evaluated(knob: nuke.Knob) -> str:
    """What a knob's text says once Nuke has evaluated the TCL in it; the frame's pattern stays one."""
    text = knob.getEvaluatedValue() if isinstance(knob, nuke.File_Knob) else knob.value()
    return str(text or "")
