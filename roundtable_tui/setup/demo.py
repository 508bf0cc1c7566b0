"""The written examples of the demo that the app offers; it does not import `llm`."""

from __future__ import annotations

from roundtable_tui.llm.demo import EXAMPLE_TITLES


def next_example(shown: int) -> tuple[str, str]:
    """Return task and title of the example to offer after `shown` others; after the last comes the first.

    The first frame of the app shows it: no text of an example is read here.
    """
    return list(EXAMPLE_TITLES.items())[shown % len(EXAMPLE_TITLES)]
