"""Arrays as .npy files, written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stfam.core.whole_file import written_whole


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Put an array at `path`, whose folder is made.

    Raises:
        WriteError: the disk is full, or the folder cannot be written to; what was there is as it was.
    """
    with written_whole(path) as temporary, temporary.open("wb") as file:
        np.save(file, array)
