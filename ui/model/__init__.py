"""What the widgets show and change: the shot, its trimaps, the playhead, the frames' states."""
