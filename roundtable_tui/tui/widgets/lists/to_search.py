"""From a list to the search beside it, by typing."""

from __future__ import annotations

from collections.abc import Callable, Collection

from textual import events
from textual.widget import Widget


def forward_to_search(
    here: Widget, event: events.Key, keys: Collection[str], search: Callable[[], None]
) -> None:
    """Go to the search at one of `keys`, at once, and hand on what was typed for it before it had the focus:
    keys may come many at a time, and only the first of them is still for the list `here`.
    """
    if event.key in keys:
        event.stop()
        search()
    elif (focused := here.screen.focused) is not None and focused is not here:
        event.stop()
        event.prevent_default()
        focused.post_message(events.Key(event.key, event.character))
