"""The networks, one file a figure."""
