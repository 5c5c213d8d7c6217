"""What memory that ran out looks like, and how it ends."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from stfam.core.media.plate import SequencePlate
from stfam.core.out_of_memory import is_out_of_memory
from stfam.core.worker.preview import preview_alpha
from stfam.core.worker.protocol import failure
from stfam.core.worker.session import Session
from stfam.core.worker.warm_start import WarmStart
from stfam.plugin.cli import main

FAR_TOO_LARGE = {
    "numpy": lambda: np.empty((2**30, 2**24)),
    "OpenCV": lambda: cv2.resize(np.zeros((2, 2), np.float64), (2**30, 2**24), interpolation=cv2.INTER_NEAREST),
}


@pytest.mark.parametrize(
    "message",
    ["std::bad_alloc", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", "bad allocation"],
)
def test_libraries_have_their_own_words_for_memory_that_ran_out(message: str) -> None:
    assert is_out_of_memory(RuntimeError(message)) and not is_out_of_memory(ValueError(message))


@pytest.mark.parametrize("allocate", FAR_TOO_LARGE.values(), ids=FAR_TOO_LARGE)
def test_a_plate_that_takes_more_memory_than_there_is_ends_a_render_with_status_4(
    make_shot_folder, monkeypatch, capsys, allocate
):
    folder = make_shot_folder(2)
    monkeypatch.setattr(SequencePlate, "read", lambda plate, frame: allocate())
    assert main(["render", folder.plate, "--key", folder.key(1001), "--out", folder.out, "--json"]) == 4
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["kind"] == "DeviceMemoryError" and said["message"].startswith("Out of memory. Close other programs")


def test_the_panel_hears_of_memory_that_ran_out_in_a_sentence():
    told = failure(MemoryError("Unable to allocate 9.00 GiB"))
    assert (told.kind, told.exit_status) == ("DeviceMemoryError", 4) and told.message.startswith("Out of memory. ")


def test_a_preview_whose_trimap_takes_more_memory_than_there_is_leaves_it_to_the_job(make_shot_folder, tmp_path):
    class FullGpu:
        def propagation(self, name, device):
            return self

        def encode(self, image):
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")

    session = Session(make_shot_folder(2).shot(1001), str(tmp_path / "cache"), WarmStart())
    assert preview_alpha(session._results, session._plate, 1002, FullGpu()) is None
