"""One number of threads for every library of the process."""

from __future__ import annotations

import cv2
import torch

from stfam.core.media.image_file import set_threads


def align_threads() -> None:
    """Let OpenCV and OpenImageIO take as many threads as torch, whose number $OMP_NUM_THREADS sets.

    Else each would take every core, also where several render processes share the machine.
    """
    count = torch.get_num_threads()
    cv2.setNumThreads(count)
    set_threads(count)
