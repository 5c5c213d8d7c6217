"""Actions declared as data, with rebindable hotkeys."""
