"""Frame numbers, keyframes, lanes of frame states, transport."""
