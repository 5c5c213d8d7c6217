"""The version of the program, the same on both sides of the process boundary (standard library only)."""

VERSION = "0.1.0"
