"""Plates in, mattes out."""
