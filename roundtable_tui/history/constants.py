"""Constants for run status and export formats. Must stay cheap to import."""

from __future__ import annotations

LAST = "last"
"""The name that stands for the newest run."""
INTERRUPTED = "interrupted"
"""The status of a run whose record has no end."""
RUNNING = "running"
"""The status of a run that a process is writing right now."""
UNREADABLE = "unreadable"
"""The status of a folder among the runs without a readable record."""
STATUSES = ("complete", "partial", "failed", "cancelled", INTERRUPTED, RUNNING, UNREADABLE)
FORMATS = {
    "md": "Markdown: the transcript",
    "html": "one HTML page, panes side by side",
    "json": "the full report as JSON",
    "cast": "a terminal recording of the replay (asciicast v2)",
}
"""Export format -> its description."""
