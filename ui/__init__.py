"""The Qt panel: PySide6 and the standard library only, so that it loads inside a host."""
