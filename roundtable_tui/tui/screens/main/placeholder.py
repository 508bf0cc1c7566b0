"""What the empty input says: what enter does now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtable_tui.tui.screens.main.context import MESSAGE_PLACEHOLDER
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.tui.session import Session

ASK_PLACEHOLDER = "Ask a question, enter sends"
ASK_EXAMPLE_PLACEHOLDER = "Enter shows an example: {title}; or type your own question"
ASK_TASK_PLACEHOLDER = "Enter starts the task {task}; or type your own question about it"
FOLLOW_UP_PLACEHOLDER = "Follow up; ctrl+n begins a new conversation"
FOLLOW_UP_EXAMPLE_PLACEHOLDER = "Follow up, or press enter for an example: {title}"
EXAMPLE_TITLES = {
    "decision": "A decision with trade-offs",
    "maths": "A question with one right answer",
    "salon": "A talk",
}
"""The written examples of the demo in the order in which they are offered, by the shipped task whose first
question they answer; `llm/demo/examples` has their texts, which the first frame does not need.
"""


def get_placeholder(session: Session, examples_shown: int) -> str:
    """Return the hint of the empty input; `examples_shown` is how many written examples were shown."""
    if session.is_running:
        return MESSAGE_PLACEHOLDER
    task = session.summary["task"]
    example = None if task else find_next_example(session, examples_shown)
    if session.follow_up_of:
        if example is None:
            return FOLLOW_UP_PLACEHOLDER
        return FOLLOW_UP_EXAMPLE_PLACEHOLDER.format(title=example[1].lower())
    if task:
        return ASK_TASK_PLACEHOLDER.format(task=single_line(task, 40))
    if example is not None:
        return ASK_EXAMPLE_PLACEHOLDER.format(title=example[1].lower())
    return ASK_PLACEHOLDER


def find_next_example(session: Session, examples_shown: int) -> tuple[str, str] | None:
    """Return task and title of the written example that enter shows; None unless the demo is chosen.

    After the last comes the first.
    """
    return list(EXAMPLE_TITLES.items())[examples_shown % len(EXAMPLE_TITLES)] if session.wish.demo else None
