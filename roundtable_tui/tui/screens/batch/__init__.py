"""The screen of a batch: its progress and its runs."""
