"""Synthetic clips with a true alpha: foregrounds made once, composites made as training asks for them."""
