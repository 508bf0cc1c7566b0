"""How long a text may be that a mode cuts itself: a share of what the models can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roundtable_tui.engine.calls.context_window import CHARS_PER_TOKEN, ContextWindows
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn

Lookup = Callable[[str, Callable[[], Mapping[str, Any]]], Mapping[str, Any]]
"""Records the result of a lookup under a name; a resumed run gets the recorded one."""


class TextSizes:
    """Limits of texts in characters. Those that were applied are recorded for a resumed run."""

    def __init__(
        self,
        windows: ContextWindows,
        replay_cache: ReplayCache,
        record: Lookup,
        list_seats: Callable[[], list[Seat]],
    ) -> None:
        """`list_seats` returns the seats of the run, in a pipeline those of the current stage."""
        self._windows, self._cache, self._record, self._list_seats = windows, replay_cache, record, list_seats

    @property
    def _was_run(self) -> bool:
        """Whether the record has calls of these seats: what they were sent must stay the same."""
        return self._cache.has_calls_of({seat.id for seat in self._list_seats()})

    async def ask_servers(self) -> None:
        """Ask the servers what the models can hold, where that is not known; a resumed run does not ask."""
        if not self._was_run:
            await self._windows.ask_servers(self._list_seats())

    def limit_by_context(self, chars: int, share: float) -> int:
        """Return at most `chars`, and at most what fills this share of the smallest known context."""
        seats, facts = self._list_seats(), self._cache.external_facts
        stage = seats[0].stage if seats else 0
        name = "chars_by_context" + (f"/{stage}" if stage else "")
        if name not in facts:
            if self._was_run:  # Records of before have one name for all stages.
                return int(facts.get("chars_by_context", {}).get("chars", chars))
            room = self._windows.find_smallest(seats)
            limit = chars if room is None else int(room * share * CHARS_PER_TOKEN)
            if limit >= chars:
                return chars
            chars = limit
        return int(self._record(name, lambda: {"chars": chars})["chars"])

    def limit_after_refusal(self, refused: Turn, text: str, share: float) -> int:
        """Return how many characters of a text in a refused prompt fill this share of the model's context.

        The length of the text, unless the prompt was refused as too long and the context is known now.
        """
        name = f"chars_after_refusal/{refused.id}"
        if refused.ok or refused.kind != "context":
            return len(text)
        limit = window = 0
        if name not in self._cache.external_facts:
            if self._cache.get_call(refused.id) is not None:  # The recorded run kept the text as it is.
                return len(text)
            seat = next(one for one in self._list_seats() if one.id == refused.seat)
            window = self._windows.get(seat.server, seat.model) or 0
            tokens = max(1, self._windows.estimate(seat.server, seat.model, [text]))
            limit = int(window * share * min(CHARS_PER_TOKEN, len(text) / tokens))
            if not 0 < limit < len(text):
                return len(text)
        return int(self._record(name, lambda: {"chars": limit, "context": window})["chars"])
