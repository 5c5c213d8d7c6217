"""The shot: a plate, its key trimaps, settings and output. A `.stfam` file is this as versioned JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from stfam.core.errors import InputError, UsageError
from stfam.core.json_fields import FieldError, from_json
from stfam.core.strict_json import json_object
from stfam.core.utf8_name import check_utf8_name
from stfam.core.whole_file import write_whole

VERSION = 1
VERSION_KEY = "stfam"

_PIXELS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Keyframe:
    """A frame number of the plate and the trimap that was painted for it."""

    frame: int
    trimap: str


@dataclass(frozen=True)
class Settings:
    """How the matte is computed; all but the device and the tile are part of a frame's hash (`settings_hash`)."""

    weights: str = "lite"
    propagation_weights: str = "lite"
    window: int = 2
    """n: neighbours on each side."""
    device: str = "auto"
    proxy: float = 1.0
    """Scale at which the matte is computed, 0 to 1."""
    tile: str = "auto"
    """auto, off, or the side of a tile in pixels."""
    colorspace: str | None = None
    """Colour space of the plate; None reads it from the file."""


@dataclass(frozen=True)
class Refinement:
    """What is done to the finished matte, without changing what was computed."""

    black: float = 0.0
    """Alpha at or below this becomes 0."""
    white: float = 1.0
    """Alpha at or above this becomes 1."""
    shrink: float = 0.0
    """Pixels by which the matte is eroded; negative grows it."""
    blur: float = 0.0
    """Standard deviation in pixels."""
    despill: float = 0.0
    """0 to 1, on the foreground's colour."""


@dataclass(frozen=True)
class Output:
    """Where the results go, as frame patterns, and how they are written."""

    matte: str
    foreground: str | None = None
    trimaps: str | None = None
    compression: str = "zip"
    premultiplied: bool = False


@dataclass(frozen=True)
class Shot:
    """Everything that a render needs to know."""

    plate: str
    output: Output
    keys: tuple[Keyframe, ...] = ()
    keys_pattern: str | None = None
    """Every frame that exists under this pattern is a keyframe."""
    frames: str | None = None
    """Frame range; None takes the whole plate."""
    settings: Settings = Settings()
    refinement: Refinement = Refinement()

    def __post_init__(self) -> None:
        _check_settings(self.settings)
        _check_keys(self.keys)
        _check_text(self)

    def to_json(self) -> str:
        """The shot as the text of a `.stfam` file."""
        return json.dumps({VERSION_KEY: VERSION, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Shot:
        """The shot of a `.stfam` file's text.

        Raises:
            InputError: not JSON, of another version, an unknown or missing field, or a value of the wrong type.
            UsageError: a setting that makes no sense, or two keys of one frame.
        """
        try:
            data = json_object(text)
        except ValueError as error:
            raise InputError(f"The shot is not readable as JSON: {error}.") from error
        if data.pop(VERSION_KEY, None) != VERSION:
            raise InputError(f'This is not a shot of version {VERSION}: it lacks "{VERSION_KEY}": {VERSION}.')
        try:
            return from_json(cls, data, "shot")
        except FieldError as error:
            raise InputError(f"{error}.") from error

    @classmethod
    def load(cls, path: Path | str) -> Shot:
        """Read a `.stfam` file; relative paths in it are taken from its folder.

        Raises:
            InputError: the file is missing or is no shot.
            UsageError: as of `from_json`.
        """
        file = Path(path)
        try:
            text = file.read_text("utf-8-sig")  # editors on Windows put a mark before it
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise InputError(f"The shot {file} cannot be read: {reason}.", path=str(file)) from error
        try:
            return cls.from_json(text).anchored(file.resolve().parent)
        except InputError as error:
            raise InputError(f"{file}: {error}", path=str(file)) from error

    def save(self, path: Path | str) -> None:
        """Write a `.stfam` file whole or not at all; paths below its folder are written relative to it.

        Raises:
            OSError: the folder is gone or full; nothing is left behind.
        """
        file = Path(path)
        write_whole(file, self.with_paths(lambda p: _relative(p, file.resolve().parent)).to_json())

    def anchored(self, folder: Path) -> Shot:
        """The same shot with relative paths taken from `folder`."""
        return self.with_paths(lambda p: p if is_absolute(p) else str(folder / p))

    def with_paths(self, change: Callable[[str], str]) -> Shot:
        """The same shot with every path and pattern run through `change`, those of weights among them."""

        def optional(path: str | None) -> str | None:
            return None if path is None else change(path)

        def weights(name: str) -> str:
            return change(name) if is_weights_file(name) else name

        settings = replace(
            self.settings,
            weights=weights(self.settings.weights),
            propagation_weights=weights(self.settings.propagation_weights),
        )
        output = replace(
            self.output,
            matte=change(self.output.matte),
            foreground=optional(self.output.foreground),
            trimaps=optional(self.output.trimaps),
        )
        keys = tuple(replace(key, trimap=change(key.trimap)) for key in self.keys)
        return replace(
            self,
            plate=change(self.plate),
            output=output,
            keys=keys,
            keys_pattern=optional(self.keys_pattern),
            settings=settings,
        )


def is_absolute(path: str) -> bool:
    """Whether the path is absolute on any platform: a shot may have been saved on another."""
    windows = PureWindowsPath(path)
    return PurePosixPath(path).is_absolute() or bool(windows.drive) or bool(windows.root)


def is_weights_file(name: str) -> bool:
    """Whether a weights setting is a path, not a name of shipped weights."""
    return name.endswith(".safetensors") or "/" in name or "\\" in name


def _relative(path: str, folder: Path) -> str:
    given = Path(path)
    return given.relative_to(folder).as_posix() if given.is_absolute() and given.is_relative_to(folder) else path


def _check_text(shot: Shot) -> None:
    output, settings = shot.output, shot.settings
    named = (shot.plate, shot.keys_pattern, output.matte, output.foreground, output.trimaps)
    chosen = (settings.weights, settings.propagation_weights, settings.device, settings.colorspace, output.compression)
    for text in filter(None, (*named, *chosen, shot.frames, *(key.trimap for key in shot.keys))):
        check_utf8_name(text)


def _check_keys(keys: tuple[Keyframe, ...]) -> None:
    trimaps: dict[int, str] = {}
    for key in keys:
        if key.frame in trimaps:
            raise UsageError(
                f"Frame {key.frame} is given twice as a key: {trimaps[key.frame]} and {key.trimap}. "
                "Give each frame one trimap.",
                frame=key.frame,
            )
        trimaps[key.frame] = key.trimap


def _check_settings(settings: Settings) -> None:
    if settings.window < 0:
        raise UsageError(f"The window must be 0 or more neighbours; got {settings.window}.", window=settings.window)
    if not 0 < settings.proxy <= 1:
        raise UsageError(f"The proxy scale must be above 0 and at most 1; got {settings.proxy}.", proxy=settings.proxy)
    if settings.tile not in ("auto", "off") and not (_PIXELS.fullmatch(settings.tile) and int(settings.tile) >= 16):
        raise UsageError(
            f"The tile is auto, off or at least 16 pixels, in digits 0 to 9; got '{settings.tile}'.", tile=settings.tile
        )
