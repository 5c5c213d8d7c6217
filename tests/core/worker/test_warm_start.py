"""A worker that is warm: what it reads once, how soon, and how soon the first alpha is there."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
import torch

from stfam.core.engine.memory_estimate import shot_bytes
from stfam.core.errors import Cancelled
from stfam.core.network.weights import load_matting
from stfam.core.network.weights_files import matting_config
from stfam.core.trimap import read_trimap
from stfam.core.worker.client import WorkerError
from stfam.core.worker.messages import Estimate, Frame, Matte, Playhead, SetKey, Warm
from stfam.core.worker.warm_start import WarmStart

SIZE = (1080, 1920)
WARM_LIMIT = 120.0
"""Seconds for what takes under 4 on two idle cores; a slow machine under load has to share them."""
PREVIEW_LIMIT = 120.0
"""The same for what takes under 3."""


def test_networks_are_there_once_and_the_same_for_every_job():
    warm = WarmStart()
    warm.begin()
    networks = warm.networks()
    assert networks is warm.networks()
    cpu = torch.device("cpu")
    assert networks.matting("lite", cpu) is networks.matting("lite", cpu)
    assert networks.propagation("lite", cpu) is networks.propagation("lite", cpu)


def test_who_waits_for_the_networks_can_be_cancelled():
    with pytest.raises(Cancelled):
        WarmStart().networks(lambda: True)


def test_the_configuration_is_known_without_the_tensors():
    assert matting_config("lite") == load_matting("lite").config


def test_the_estimate_is_the_engine_s_own(worker, open_shot, make_shot_folder):
    folder, client = make_shot_folder(count=3), worker()
    open_shot(client, folder)
    assert client.call(Estimate("1001-1003"), 240)["bytes"] < 0, "nothing is painted yet"
    client.call(SetKey(1001, str(folder.trimap_file(1001))), 240)
    trimap = read_trimap(folder.trimap_file(1001), folder.size)
    expected = shot_bytes(matting_config("lite"), trimap, window=1, proxy=1.0, tile="auto")
    assert client.call(Estimate("1001-1003"), 240)["bytes"] == expected


def test_matting_without_a_key_says_what_is_missing(worker, open_shot, make_shot_folder):
    client = worker()
    open_shot(client, make_shot_folder(count=2))
    with pytest.raises(WorkerError, match="keyframe"):
        client.call(Matte("1001-1002"), 240)


def test_a_warm_worker_has_the_first_alpha_of_a_1080p_plate_at_once(worker, open_shot, make_shot_folder):
    folder = _full_size(make_shot_folder(count=3))
    first = threading.Event()
    started = time.monotonic()
    client = worker(lambda e: e.event == "frame_done" and e.data["stage"] == "preview" and first.set(), fresh=True)
    open_shot(client, folder, keys=(1001,))
    client.call(Warm(), 240)
    assert time.monotonic() - started < WARM_LIMIT
    client.call(Frame(1002), 240)
    client.call(Playhead(1002), 240)
    pressed = time.monotonic()
    client.send(Matte("1001-1003"))
    assert first.wait(240)
    picture = client.call(Frame(1002, "alpha", 1), 240)
    taken = time.monotonic() - pressed
    assert picture["proxy"] and picture["width"] == 512
    alpha = np.fromfile(picture["path"], np.uint8)
    assert alpha.min() == 0 and alpha.max() == 255
    assert taken < PREVIEW_LIMIT, f"the first alpha took {taken:.1f} s"


def _full_size(folder):
    """The same file names with 1080p pictures in them: a bright disc that moves, and its trimap."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    for i, frame in enumerate(folder.frames):
        distance = np.hypot(columns - 700 - 12 * i, rows - 540)
        inside = np.clip((200 - distance) / 20, 0, 1)
        ground = 0.2 + 0.1 * np.sin(columns / 37) * np.cos(rows / 23)
        picture = np.stack([0.9 * inside + ground * (1 - inside)] * 3, -1).astype(np.float32)
        _write(folder.plate_file(frame), picture, oiio.HALF)
        trimap = np.where(distance < 170, 255, np.where(distance < 220, 128, 0)).astype(np.uint8)
        _write(folder.trimap_file(frame), trimap[..., None], oiio.UINT8)
    return folder


def _write(path: Path, pixels: np.ndarray, kind: oiio.TypeDesc) -> None:
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind))
    assert output.write_image(pixels)
    output.close()
