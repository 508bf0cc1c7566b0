"""Moves the focus from a list to its search field when a search key is pressed."""

from __future__ import annotations

from collections.abc import Callable, Collection

from textual import events
from textual.widget import Widget


def forward_to_search(
    here: Widget, event: events.Key, keys: Collection[str], search: Callable[[], None]
) -> None:
    """Open the search at one of `keys`, and pass on keys that arrive before the field has the focus.

    Several keys may be queued for the list at once; all after the first one are meant for the search.

    Args:
        here: The list.
        event: The key.
        keys: The keys that open the search.
        search: Focuses the search field.
    """
    if event.key in keys:
        event.stop()
        search()
    elif (focused := here.screen.focused) is not None and focused is not here:
        event.stop()
        event.prevent_default()
        focused.post_message(events.Key(event.key, event.character))
