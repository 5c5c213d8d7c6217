"""Synthetic clips with a true alpha: foregrounds made once into a library, composites made as training asks for them."""
