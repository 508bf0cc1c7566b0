"""Readers of a run's events: the run view, reports, progress output, transcripts, HTML pages."""
