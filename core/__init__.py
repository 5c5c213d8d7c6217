"""The engine room: no Qt, no host."""
