"""Propagation, matting and foreground estimation as generators that yield one frame at a time."""
