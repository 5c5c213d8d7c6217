"""The worker process as Qt sees it: requests out, signals in, pictures from memory-mapped files."""
