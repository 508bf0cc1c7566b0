"""The words that runs are spoken of in; nothing here is slow to import."""

from __future__ import annotations

LAST = "last"
"""Stands for the newest run."""
INTERRUPTED = "interrupted"
"""The status of a run whose record has no end."""
RUNNING = "running"
"""The status of a run that some program works on right now."""
UNREADABLE = "unreadable"
"""The status of what lies among the runs and is no record, or is none that can be read."""
STATUSES = ("complete", "partial", "failed", "cancelled", INTERRUPTED, RUNNING, UNREADABLE)
FORMATS = {
    "md": "Markdown: the transcript",
    "html": "one HTML page, the panes side by side",
    "json": "JSON: all of it, for programs",
    "cast": "a terminal recording of the replay (asciicast v2)",
}
"""What a run can be exported as."""
