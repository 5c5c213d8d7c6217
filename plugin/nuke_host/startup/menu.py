"""stfam's start in a Nuke with a window: the node under Keyer and the dockable pane."""

import stfam.plugin.nuke_host.pane  # noqa: F401 - Nuke evaluates the pane's dotted name here
from stfam.plugin.nuke_host import menus

menus.install()
