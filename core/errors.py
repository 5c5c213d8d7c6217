"""Errors an artist can act on: one base class; the message says what was expected, what came, and what to do."""

from __future__ import annotations


class StfamError(Exception):
    """Base of every error of the program.

    Args:
        message: one sentence for a person.
        data: what the error is about, by name; kept as `data`.
    """

    exit_status = 1

    def __init__(self, message: str, **data: object) -> None:
        super().__init__(message)
        self.data = data


class UsageError(StfamError):
    """The request makes no sense as it was given."""

    exit_status = 2


class EmptyRangeError(UsageError):
    """A frame range names no frame of the plate."""


class KeyframeError(UsageError):
    """A keyframe lies outside the plate, or there is none."""


class InputError(StfamError):
    """Something the program was given is missing or unreadable."""

    exit_status = 3


class MissingPlateError(InputError):
    """There is no plate at the given path."""


class MissingFrameError(InputError):
    """A frame of the plate is not there."""


class UnreadableFrameError(InputError):
    """A file is there and cannot be read as an image."""


class TrimapError(InputError):
    """A trimap has the wrong size or values."""


class OutputError(StfamError):
    """The output folder cannot be used at all."""

    exit_status = 2


class WriteError(OutputError):
    """A frame could not be written."""

    exit_status = 6


class UnwritableFrameError(WriteError):
    """One frame's file could not be written where others can be: its name is taken, or its values are broken."""


class DeviceMemoryError(StfamError):
    """The device has no memory left after every fallback."""

    exit_status = 4


class WeightsError(StfamError):
    """Weights are missing, of another kind, or not what their checksum says."""

    exit_status = 5


class FramesFailedError(StfamError):
    """Some frames failed while the others were finished."""

    exit_status = 6


class Cancelled(StfamError):
    """The run was stopped on request; finished frames stay."""

    exit_status = 130
