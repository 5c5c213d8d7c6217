"""What devices are called."""

from __future__ import annotations

import pytest

from stfam.core.device_name import device_name
from stfam.core.errors import UsageError


@pytest.mark.parametrize(
    ("name", "parts"),
    [("auto", ("auto", 0)), ("cpu", ("cpu", 0)), ("cuda", ("cuda", 0)), ("cuda:12", ("cuda", 12)), ("mps", ("mps", 0))],
)
def test_kind_and_index(name: str, parts: tuple[str, int]) -> None:
    assert device_name(name) == parts


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:٣", "auto:0", "CUDA"])
def test_what_nothing_is_called(name: str) -> None:
    with pytest.raises(UsageError, match="use auto, cpu, cuda, cuda:N or mps"):
        device_name(name)
