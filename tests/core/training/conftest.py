"""Training steps of the tests take one thread: files of tests run beside each other, and small steps gain nothing."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
