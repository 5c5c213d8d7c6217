"""Contact sheets: their size, their captions, and what a row shows."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.evaluation.contact_sheet import clip_sheet, rows_over_time

SIDE = 64


def test_rows_and_columns(make_clip) -> None:
    clip = make_clip("disc", frames=7)
    sheet = clip_sheet(clip.images, clip.trimaps, clip.alpha, {"ours": clip.alpha, "other": clip.alpha}, columns=4)
    assert sheet.shape == ((3 + 2 * 2) * SIDE, 4 * SIDE, 3)
    assert sheet.dtype == np.uint8


def test_the_last_column_is_the_last_frame_and_errors_are_amplified(make_clip) -> None:
    clip = make_clip("disc", frames=5)
    wrong = (clip.alpha * 0.9).astype(np.float32)
    sheet = clip_sheet(clip.images, clip.trimaps, clip.alpha, {"ours": wrong}, columns=2)
    half = slice(SIDE // 2, SIDE)
    last = sheet[2 * SIDE :, SIDE:][half]
    assert np.array_equal(last[..., 0], np.rint(clip.alpha[4][half] * 255).astype(np.uint8))
    error = sheet[4 * SIDE :, SIDE:][half]
    assert error.max() == round(0.1 * 4 * 255)


def test_captions_are_drawn_on_the_sheet_and_not_on_the_clip(make_clip) -> None:
    clip = make_clip("disc", frames=2)
    before = clip.images.copy()
    sheet = clip_sheet(clip.images, clip.trimaps, clip.alpha, {}, columns=2)
    assert np.array_equal(clip.images, before)
    assert not np.array_equal(sheet[:SIDE, :SIDE], clip.images[0])


def test_captions_are_read_on_white_as_well_as_on_black() -> None:
    black, white = np.zeros((1, 40, 160, 3), np.uint8), np.full((1, 40, 160, 3), 255, np.uint8)
    ink = rows_over_time({"plate": black}, ["frame 0"])[..., 0]
    shown = rows_over_time({"plate": white}, ["frame 0"])[..., 0]
    letters = ink > 200
    assert (shown[letters] > 200).all()
    beside = cv2.dilate(letters.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & (ink < 30)
    assert beside.any() and shown[beside].mean() < 90
