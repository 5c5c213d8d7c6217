"""Small networks of every configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from stfam.core.network.builders import build_matting
from stfam.core.network.config import MATTING
from stfam.core.network.matting import MattingNetwork

Build = Callable[..., MattingNetwork]


@pytest.fixture
def build() -> Build:
    def make(name: str = "lite", **changes: object) -> MattingNetwork:
        torch.manual_seed(0)
        return build_matting(replace(MATTING[name], **changes)).eval()  # type: ignore[arg-type]

    return make
