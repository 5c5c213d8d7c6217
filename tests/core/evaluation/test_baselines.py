"""Baselines: what they answer, that they are remembered, and that other processes answer the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from stfam.core.evaluation import baselines


@pytest.mark.parametrize("method", ["closed_form", "knn"])
def test_a_classical_solver_beats_the_flat_guess_and_keeps_the_known(method: str, make_clip) -> None:
    clip = make_clip("disc", frames=1)
    unknown = clip.trimaps == 128
    solved = baselines.mattes(method, clip.images, clip.trimaps)
    guessed = baselines.mattes("flat", clip.images, clip.trimaps)
    assert solved.dtype == np.float32
    assert np.abs(solved - clip.alpha)[unknown].mean() < 0.4 * np.abs(guessed - clip.alpha)[unknown].mean()
    assert np.abs(solved - clip.trimaps / 255)[~unknown].max() < 0.01


def test_flat_is_half_in_the_unknown(make_clip) -> None:
    clip = make_clip("disc", frames=1)
    guessed = baselines.flat(clip.images[0], clip.trimaps[0])
    assert set(np.unique(guessed)) == {0.0, 0.5, 1.0}
    assert np.array_equal(guessed == 0.5, clip.trimaps[0] == 128)


def test_a_frame_without_known_foreground_is_guessed(make_clip) -> None:
    clip = make_clip("disc", frames=1)
    trimap = np.where(clip.trimaps[0] == 255, 128, clip.trimaps[0]).astype(np.uint8)
    assert np.array_equal(baselines.closed_form(clip.images[0], trimap), baselines.flat(clip.images[0], trimap))


def test_results_are_kept_by_what_they_were_made_from(
    tmp_path: Path, make_clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip("disc", frames=2)
    first = baselines.mattes("closed_form", clip.images, clip.trimaps, cache=tmp_path)
    monkeypatch.setitem(baselines.METHODS, "closed_form", lambda image, trimap: pytest.fail("solved again"))
    assert np.array_equal(baselines.mattes("closed_form", clip.images, clip.trimaps, cache=tmp_path), first)
    monkeypatch.setitem(baselines.METHODS, "closed_form", baselines.flat)
    widened = np.where(clip.trimaps == 255, 128, clip.trimaps).astype(np.uint8)
    assert not np.array_equal(baselines.mattes("closed_form", clip.images, widened, cache=tmp_path), first)
    kept = list(tmp_path.glob("*.npy"))
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(path.read_bytes()[:300])
    baselines.mattes("closed_form", clip.images, widened, cache=tmp_path)
    assert sum(path.stat().st_size > 300 for path in kept) == 1, "what was cut short is made anew"
    assert not list(tmp_path.glob("*.part"))


def test_another_process_answers_the_same(make_clip) -> None:
    clip = make_clip("disc", frames=1)
    here = baselines.mattes("closed_form", clip.images, clip.trimaps)
    with baselines.baseline_pool(2) as pool:
        assert np.array_equal(baselines.mattes("closed_form", clip.images, clip.trimaps, pool=pool), here)


def test_workers_end_with_a_process_that_is_killed() -> None:
    code = f"""if __name__ == "__main__":
        import os
        from {baselines.__name__} import baseline_pool
        with baseline_pool(2) as pool:
            print(pool.submit(os.getpid).result(), flush=True)
            os._exit(7)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=240)  # all who may write to it
    assert done.returncode == 7 and int(done.stdout)


def test_one_worker_is_a_thread_whose_number_of_threads_is_its_own() -> None:
    before = torch.get_num_threads()
    with baselines.baseline_pool(1) as pool:
        assert pool.submit(os.getpid).result() == os.getpid()
        pool.submit(torch.set_num_threads, before + 1).result()
        assert pool.submit(torch.get_num_threads).result() == before + 1
    assert torch.get_num_threads() == before
    torch.set_num_threads(before)  # what new threads start with is everyone's


def test_warping_follows_the_motion_and_starts_with_the_key() -> None:
    rng = np.random.default_rng(1)
    texture = cv2.GaussianBlur(rng.random((96, 120, 3)).astype(np.float32), (0, 0), 2)
    texture = np.rint((texture - texture.min()) / np.ptp(texture) * 255).astype(np.uint8)
    images = np.stack([np.roll(texture, 2 * t, axis=1) for t in range(5)])
    key = np.full((96, 120), 0, np.uint8)
    key[30:60, 40:70], key[36:54, 46:64] = 128, 255
    truth = np.roll(key, 8, axis=1)
    warped = baselines.warped_trimaps(images, key)
    assert np.array_equal(warped[0], key)
    assert set(np.unique(warped)) <= {0, 128, 255}
    assert (warped[4] == truth).mean() > 0.98 > (key == truth).mean()
