"""Weights, demo, icons and job templates."""
