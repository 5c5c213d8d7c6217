"""Synthesis of training clips, losses and the training loop."""
