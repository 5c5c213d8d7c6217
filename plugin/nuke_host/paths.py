"""Paths between Nuke's file knobs and stfam: TCL, the project directory, and how a frame number is written."""

from __future__ import annotations

import re
from pathlib import Path

import nuke

from stfam.core.frame_token import frame_token


def nuke_pattern(pattern: str) -> str:
    """`name.####.exr` as Nuke's file knobs take it, with forward slashes on every platform."""
    path, token = pattern.replace("\\", "/"), frame_token(pattern)
    if token is None:
        return path
    return f"{path[: token.start]}%{f'0{token.width}' if token.width > 1 else ''}d{path[token.end :]}"


def hash_pattern(text: str) -> str:
    """Nuke's own spelling, where each # stands for a digit, as stfam's; with forward slashes."""
    path, token = text.replace("\\", "/"), frame_token(text)
    if token is None:
        return path
    width = 1 if token.single else token.width
    return f"{path[: token.start]}{'%d' if width == 1 else '#' * width}{path[token.end :]}"


def in_project(path: str) -> str:
    """An absolute path as it is; a relative one is of the project directory, else of the script's folder."""
    if not path or Path(path).is_absolute() or re.match(r"[A-Za-z]:/", path):
        return path
    folder = evaluated(nuke.root()["project_directory"]) or str(Path(nuke.root().name()).parent)
    return (Path(folder).absolute() / path).as_posix()


def evaluated(knob: nuke.Knob) -> str:
    """What a knob's text says once Nuke has evaluated the TCL in it; the frame's pattern stays one.

    Text without TCL is taken as it is: Nuke would also make a frame number of each # in a folder's name.
    """
    text = str(knob.value() or "")
    return str(knob.getEvaluatedValue() or "") if "[" in text and isinstance(knob, nuke.File_Knob) else text
