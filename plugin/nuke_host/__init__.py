"""stfam in Nuke 16 and later: thin translation between Nuke's nodes and `stfam.plugin.host`."""
