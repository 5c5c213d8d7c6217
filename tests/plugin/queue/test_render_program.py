"""The render program as it is written in a variable."""

from __future__ import annotations

import pytest

from stfam.plugin.queue.render_program import _words


@pytest.mark.parametrize(
    ("text", "windows", "words"),
    [
        (r'"C:\Program Files\stfam\render.exe" --warm', True, (r"C:\Program Files\stfam\render.exe", "--warm")),
        (r"P:\tools\render.exe '#1'", True, (r"P:\tools\render.exe", "#1")),
        (r"/opt/my\ tools/render 'a b'", False, ("/opt/my tools/render", "a b")),
    ],
)
def test_a_program_is_split_as_the_platform_s_shell_does(text: str, windows: bool, words: tuple[str, ...]) -> None:
    assert _words(text, backslash_escapes=not windows) == words
