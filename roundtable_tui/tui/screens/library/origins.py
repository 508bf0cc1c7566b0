"""What the lists call the places where a resource is found."""

from __future__ import annotations

ORIGIN_HEADINGS = {
    "task": "From the task",
    "given": "Given",
    "here": "From this folder",
    "yours": "Yours",
    "shipped": "Bundled",
}
"""Headings of the lists, in the order in which they are shown."""
_ORIGIN_PHRASES = {
    "task": "one of the task",
    "given": "the given one",
    "here": "one from this folder",
    "yours": "yours",
    "shipped": "the bundled one",
}


def describe_hidden(origin: str) -> str:
    """Return the hint of a resource that another one of the same name, found earlier, hides."""
    return f"hidden by {_ORIGIN_PHRASES[origin]}"
