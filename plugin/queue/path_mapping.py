"""The same folder under another name on another machine (standard library only)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from stfam.core.errors import InputError, UsageError
from stfam.core.shot import Shot

MAP_VARIABLE = "STFAM_PATH_MAP"
_RULE = ("source_path_format", "source_path", "destination_path")


@dataclass(frozen=True)
class PathRule:
    """What lies under `source` where the job was made lies under `destination` here."""

    source: PurePath
    destination: Path

    @classmethod
    def parse(cls, text: str) -> PathRule:
        """The rule of `FROM=TO`; a FROM with a drive or backslashes is a Windows path.

        Raises:
            UsageError: it is no such pair.
        """
        source, equals, destination = text.partition("=")
        if not (source and equals and destination):
            raise UsageError(f"A path rule is FROM=TO, not {text!r}.")
        windows = "\\" in source or bool(PureWindowsPath(source).drive)
        return cls(PureWindowsPath(source) if windows else PurePosixPath(source), Path(destination))

    def apply(self, path: str) -> str | None:
        """`path` on this machine; None where the rule says nothing of it."""
        given = type(self.source)(path)
        if not given.is_relative_to(self.source):
            return None
        return str(self.destination.joinpath(*given.relative_to(self.source).parts))


def map_shot(shot: Shot, rules: Sequence[PathRule]) -> Shot:
    """`shot` with its paths as they are on this machine: of the rules that fit, the one with the longest source."""
    ordered = sorted(rules, key=lambda rule: -len(rule.source.parts))

    def mapped(path: str) -> str:
        return next((there for rule in ordered if (there := rule.apply(path)) is not None), path)

    return shot.with_paths(mapped)


def read_session_rules(path: Path) -> list[PathRule]:
    """The rules in an OpenJD session's path mapping file (pathmapping-1.0).

    Raises:
        InputError: it is no such file.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"The path mapping rules {path} cannot be read: {error}.") from error
    rules = data.get("path_mapping_rules", []) if isinstance(data, dict) else None
    if not isinstance(rules, list) or not all(map(_is_rule, rules)):
        names = ", ".join(_RULE)
        raise InputError(f"{path} holds no path mapping rules: each in 'path_mapping_rules' has the texts {names}.")
    return [
        PathRule(_kind(rule["source_path_format"])(rule["source_path"]), Path(rule["destination_path"]))
        for rule in rules
    ]


def path_rules(text: str) -> list[PathRule]:
    """The rules of $STFAM_PATH_MAP: `FROM=TO`, several separated by `;`.

    Raises:
        UsageError: one is not FROM=TO.
    """
    return [PathRule.parse(rule.strip()) for rule in text.split(";") if rule.strip()]


def _is_rule(rule: object) -> bool:
    return isinstance(rule, dict) and all(isinstance(rule.get(name), str) for name in _RULE)


def _kind(path_format: str) -> type[PurePath]:
    return PureWindowsPath if path_format.upper() == "WINDOWS" else PurePosixPath
