"""The part of stfam that runs inside a host: its files, packed as a wheel or laid out as a folder."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from stfam.core.version import VERSION

TREE = Path(__file__).resolve().parents[2]
"""The folder that is `stfam`."""

PURE = (
    "core/__init__.py",
    "core/argument_parser.py",
    "core/cache.py",
    "core/errors.py",
    "core/export_path.py",
    "core/frame_range.py",
    "core/frame_token.py",
    "core/json_fields.py",
    "core/out_of_memory.py",
    "core/plate_pattern.py",
    "core/shot.py",
    "core/strict_json.py",
    "core/user_folders.py",
    "core/utf8_name.py",
    "core/version.py",
    "core/whole_file.py",
    "core/worker/__init__.py",
    "core/worker/client.py",
    "core/worker/environment.py",
    "core/worker/messages.py",
    "core/worker/protocol.py",
    "core/worker/shot_object.py",
    "plugin/__init__.py",
    "plugin/frame_path.py",
    "plugin/hooks.py",
    "plugin/open_shot.py",
    "plugin/shot_job.py",
    "plugin/host/*.py",
)
"""The shot, the worker's client and the hooks: the standard library alone."""

WHEEL = f"stfam_host-{VERSION}-py3-none-any.whl"
"""File name of the wheel with the host's side."""

MOMENT = (2026, 1, 1, 0, 0, 0)
"""Time stamp of every packed file, so that the same files give the same archive."""


def files(patterns: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Name inside `stfam/` and path of every file that the patterns name, sorted.

    Raises:
        FileNotFoundError: a pattern names no file.
    """
    found: dict[str, Path] = {}
    for pattern in patterns:
        matches = [path for path in TREE.glob(pattern) if path.is_file()]
        if not matches:
            raise FileNotFoundError(f"{TREE} holds no {pattern}")
        found.update({path.relative_to(TREE).as_posix(): path for path in matches})
    yield from sorted(found.items())


def write_archive(path: Path, contents: dict[str, bytes]) -> Path:
    """A zip file of `contents`, the same bytes for the same contents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return path


def write_wheel(folder: Path, patterns: tuple[str, ...]) -> Path:
    """A wheel with the host's side and what else the patterns name; returns its path.

    Format: the wheel binary distribution format of the Python Packaging User Guide, version 1.0.
    """
    info = f"stfam_host-{VERSION}.dist-info"
    contents = {f"stfam/{name}": path.read_bytes() for name, path in files((*PURE, *patterns))}
    contents[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: stfam-host\nVersion: {VERSION}\n"
        "Summary: The part of stfam that runs inside a host\nLicense: Apache-2.0\nRequires-Python: >=3.10\n"
    ).encode()
    contents[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: stfam\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in sorted(contents.items()))
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return write_archive(folder / WHEEL, contents)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
