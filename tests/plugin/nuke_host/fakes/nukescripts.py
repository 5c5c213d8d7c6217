"""The part of nukescripts that stfam calls: the widget is a string that names an importable class."""

from __future__ import annotations

import importlib

_registered: dict[str, tuple[str, type]] = {}


class panels:
    @staticmethod
    def registerWidgetAsPanel(widget: str, name: str, id: str, create: bool = False) -> None:
        module, _, attribute = widget.rpartition(".")
        _registered[id] = (name, getattr(importlib.import_module(module), attribute))
