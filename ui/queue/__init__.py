"""The page that watches the batch queue."""
