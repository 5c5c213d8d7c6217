"""The stfam node under Keyer, and the pane."""

from __future__ import annotations

import nuke
import nukescripts

PANE = "stfam.plugin.nuke_host.pane.StfamPane"
PANE_ID = "io.stfam.panel"


def install() -> None:
    """Called once by menu.py, never in a terminal session."""
    toolbar = nuke.toolbar("Nodes")
    assert toolbar is not None
    keyer = toolbar.addMenu("Keyer")
    keyer.addCommand("stfam", "from stfam.plugin.nuke_host import node; node.create().showControlPanel()")
    nukescripts.panels.registerWidgetAsPanel(PANE, "stfam", PANE_ID)
