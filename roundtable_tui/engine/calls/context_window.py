"""What the models of a run can hold, and how many tokens their tokenizers make of a text.

Known from the settings, from the server's list of models, and from refused prompts. Estimates (UTF-8 bytes
/ 4) are corrected by the counts that servers report.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from roundtable_tui.engine.seat import Seat
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.types import Server

CHARS_PER_TOKEN = 4
"""Characters of a token in ordinary text."""
_TOKENS_PER_MESSAGE = 8
"""Tokens that a chat template adds to each message."""
_INITIAL_RATIO = 1.1
_MIN_RATIO, _MAX_RATIO = 0.8, 4.0
_MARGIN = 1.05
_MIN_SAMPLE_TOKENS = 50
"""Shorter prompts consist mostly of the template and say little about the tokenizer."""
_MIN_REFUSED_TOKENS = 500
"""A shorter prompt is not taken as too long where the server names no limit: the token limit may be."""
_REFUSED_SHARE = 0.7
"""Share of a refused prompt that is assumed to fit if the server names no limit."""


class ContextWindows:
    """Sizes by (base URL, model); the tokens of a text by the same."""

    def __init__(
        self,
        lookup: Callable[[Server, str], int | None] | None,
        ask: Callable[[Server, str], Awaitable[int | None]] | None = None,
    ) -> None:
        """Create it.

        Args:
            lookup: returns what the model client knows about a model.
            ask: the same, after asking the server.
        """
        self._lookup, self._ask = lookup, ask
        self._learned: dict[tuple[str, str], int] = {}
        self._ratios: dict[tuple[str, str], float] = {}

    @classmethod
    def of_client(cls, client: Any) -> ContextWindows:
        """Return the windows that a model client knows; some clients know none."""
        return cls(getattr(client, "context_window", None), getattr(client, "find_window", None))

    async def ask_servers(self, seats: Iterable[Seat]) -> None:
        """Ask the servers of these seats what their models can hold, where that is not known."""
        models = {(seat.server.base_url, seat.model): seat for seat in seats}
        for seat in models.values() if self._ask else ():
            if self.get(seat.server, seat.model) is None and self._ask:
                await self._ask(seat.server, seat.model)

    def get(self, server: Server, model: str) -> int | None:
        """Return the tokens that the model can hold, prompt and answer together; None if unknown."""
        learned = self._learned.get((server.base_url, model))
        return learned or server.context or (self._lookup(server, model) if self._lookup else None)

    def find_smallest(self, seats: Iterable[Seat]) -> int | None:
        """Return the tokens that the models of all these seats can hold, as far as they are known."""
        known = [self.get(seat.server, seat.model) for seat in seats]
        return min((window for window in known if window), default=None)

    def estimate(self, server: Server, model: str, texts: Iterable[str]) -> int:
        """Return the estimated tokens of a prompt with these messages."""
        texts = list(texts)
        ratio = self._ratios.get((server.base_url, model), _INITIAL_RATIO)
        return round(estimate_tokens(*texts) * ratio) + _TOKENS_PER_MESSAGE * len(texts)

    def learn_count(self, server: Server, model: str, texts: Iterable[str], counted: int) -> None:
        """Correct the estimate by the tokens that the server has counted in a prompt."""
        texts = list(texts)
        estimated = estimate_tokens(*texts)
        if estimated >= _MIN_SAMPLE_TOKENS and counted > _MIN_SAMPLE_TOKENS:
            ratio = _MARGIN * (counted - _TOKENS_PER_MESSAGE * len(texts)) / estimated
            self._ratios[server.base_url, model] = min(_MAX_RATIO, max(_MIN_RATIO, ratio))

    def learn_refusal(
        self,
        server: Server,
        model: str,
        texts: Iterable[str],
        window: int | None,
        max_tokens: int | None = None,
    ) -> None:
        """Learn from a refused request.

        Args:
            server: the server that refused it.
            model: the model.
            texts: the texts of its messages.
            window: the size of the context, if the server named it.
            max_tokens: the token limit of the request; some servers add it to the prompt.
        """
        at, asked = (server.base_url, model), self.estimate(server, model, texts)
        known = self.get(server, model)
        if window is None:
            if asked >= _MIN_REFUSED_TOKENS and (known is None or asked <= known):
                self._learned[at] = round(_REFUSED_SHARE * asked)
            return
        self._learned[at] = window
        if asked + (max_tokens or 0) <= window:  # It fits by the estimate, which is too low.
            ratio = self._ratios.get(at, _INITIAL_RATIO) * window / asked
            self._ratios[at] = min(_MAX_RATIO, _MARGIN * ratio)
