"""Optical flow between pictures, and pictures along it."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.optical_flow import dis_flow, warp


def test_dis_flow_finds_a_shift_in_colour_and_in_grey() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)
    first = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8)
    second = np.roll(first, 4, axis=1)
    for a, b in ((first, second), (first[..., 1].copy(), second[..., 1].copy())):
        flow = dis_flow(a, b)
        assert flow.shape == (96, 128, 2)
        assert abs(float(np.median(flow[..., 0])) - 4) < 0.3 and abs(float(np.median(flow[..., 1]))) < 0.3


def test_warp_samples_where_the_motion_leads() -> None:
    image = np.tile(np.arange(8, dtype=np.float32), (4, 1))
    motion = np.zeros((4, 8, 2), np.float32)
    motion[..., 0] = 1.5
    assert np.allclose(warp(image, motion)[0], [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7, 7])
