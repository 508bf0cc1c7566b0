"""The screen of a bench: it fills while the bench runs, and opens its runs."""
