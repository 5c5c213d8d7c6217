"""Which GPUs are this process's to use."""

from __future__ import annotations

import pytest

from stfam.plugin.queue.devices import render_devices
from stfam.plugin.queue.farm.local import gpu_of


@pytest.mark.parametrize(
    ("visible", "devices", "gpus"),
    [
        ("2, 5", ["cuda:0", "cuda:1"], ["2", "5", ""]),
        ("GPU-8a2f", ["cuda:0"], ["GPU-8a2f", "", ""]),
        ("-1", [""], ["", "", ""]),
        ("", [""], ["", "", ""]),
    ],
    ids=["numbers", "name", "none", "empty"],
)
def test_the_gpus_are_those_that_are_left(
    monkeypatch: pytest.MonkeyPatch, visible: str, devices: list[str], gpus: list[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert render_devices() == devices
    assert [gpu_of(worker) for worker in range(3)] == gpus


def test_without_a_choice_each_worker_has_the_gpu_of_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert [gpu_of(worker) for worker in range(3)] == ["0", "1", "2"]
