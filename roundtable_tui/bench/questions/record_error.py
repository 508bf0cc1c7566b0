"""The error of a record that is not a question."""

from __future__ import annotations


class RecordError(ValueError):
    """A record is not a question; the message says why."""
