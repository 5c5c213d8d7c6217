"""What a module's own command says of an error."""

from __future__ import annotations

import pytest

from stfam.core.errors import InputError
from stfam.core.module_command import run


def test_an_error_is_a_sentence_and_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> int:
        raise InputError("No images in there.")

    assert run(failing) == 3
    assert capsys.readouterr().err == "ERROR: No images in there.\n"
    assert run(lambda: 0) == 0
