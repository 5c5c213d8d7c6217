"""The picture: pan, zoom, views, wipe, onion skin."""
