"""Brushes and tools that paint trimaps in place."""
