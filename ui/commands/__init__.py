"""What the actions do, bound to the models."""
