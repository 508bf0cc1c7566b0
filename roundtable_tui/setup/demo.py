"""What a run of the demo says of its texts."""

from __future__ import annotations

from collections.abc import Iterable

from roundtable_tui.llm.demo import DEMO_URL

WRITTEN_TEXT_NOTE = "A written example of the demo: no model was asked."
GENERATED_TEXT_NOTE = "The demo has no model: its text is generated and means nothing."


def describe_demo_text(base_urls: Iterable[str], question: str) -> tuple[str, ...]:
    """Return what kind of text the demo gives to a question; empty if one of the servers is not the demo."""
    if any(url != DEMO_URL for url in base_urls):
        return ()
    from roundtable_tui.llm.demo.written_examples import find_example  # Slow to import.

    return (WRITTEN_TEXT_NOTE if find_example(question) else GENERATED_TEXT_NOTE,)
