"""stfam's start in a Nuke with a window: the node under Keyer and the dockable pane."""

import nuke

if nuke.NUKE_VERSION_MAJOR < 16:  # all versions share ~/.nuke/init.py; those before have no PySide6
    nuke.tprint(f"stfam needs Nuke 16 or later and stays away from Nuke {nuke.NUKE_VERSION_STRING}.")
else:
    import stfam.plugin.nuke_host.pane  # noqa: F401 - Nuke evaluates the pane's dotted name here
    from stfam.plugin.nuke_host import menus

    menus.install()
