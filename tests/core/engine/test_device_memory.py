"""Which device a name is."""

from __future__ import annotations

import pytest
import torch

from stfam.core.engine.device_memory import choose_device
from stfam.core.errors import UsageError


def test_apples_gpu_is_used_by_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto") == torch.device("cpu")
    assert choose_device("mps") == torch.device("mps")


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UsageError, match="'mps' is not on this machine .0 mps devices found.. Choose auto."):
        choose_device("mps")


def test_a_device_whose_driver_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver's own library counts it all the same."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(UsageError, match="'cuda' is not on this machine .0 cuda devices found"):
        choose_device("cuda")
