"""The theme's style sheet and the pictures that it names."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QWidget

from stfam.ui.theme.apply import dress
from stfam.ui.theme.palette import Colour


def test_the_style_sheet_s_pictures_ship_in_the_colour_of_its_text(qtbot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    dress(widget)
    pictures = [Path(path) for path in re.findall(r'url\("(.+?)"\)', widget.styleSheet())]
    assert {path.name for path in pictures} == {"arrow_down.svg", "check.svg"}
    assert all(f'stroke="{Colour.TEXT.name()}"' in path.read_text("utf-8") for path in pictures)
