"""The tasks of a batch: their model, and the formats they are read from."""
