"""What the models of a run can hold, and how many tokens their tokenizers make of a text.

Known from the settings, from the server's list of models, and from refused prompts. Estimates (UTF-8 bytes
/ 4) are corrected by the counts that servers report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

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

    def __init__(self, lookup: Callable[[Server, str], int | None] | None) -> None:
        """Create it; `lookup` returns what the model client knows about a model."""
        self._lookup = lookup
        self._learned: dict[tuple[str, str], int] = {}
        self._ratios: dict[tuple[str, str], float] = {}

    @classmethod
    def of_client(cls, client: Any) -> ContextWindows:
        """Return the windows that a model client knows; some clients know none."""
        return cls(getattr(client, "context_window", None))

    def get(self, server: Server, model: str) -> int | None:
        """Return the tokens that the model can hold, prompt and answer together; None if unknown."""
        learned = self._learned.get((server.base_url, model))
        return learned or server.context or (self._lookup(server, model) if self._lookup else None)

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
