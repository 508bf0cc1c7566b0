"""Chooses the version of a prompt that fits the context of a seat's model, and notifies the user of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from roundtable_tui.engine.calls.context_fitting import (
    LEFT_OUT,
    ContextFitter,
    FittedPrompt,
    PromptParts,
    list_texts,
)
from roundtable_tui.engine.calls.context_window import ContextWindows
from roundtable_tui.engine.calls.prompt_parts import (
    PERSONA,
    Background,
    KnownText,
    PartFinder,
    describe_longest,
)
from roundtable_tui.engine.events import Event, Notice
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.engine.seat import Seat
from roundtable_tui.llm.types import ChatRequest, ToolExchange
from roundtable_tui.utils.text import single_line

_MAX_RESERVED_TOKENS = 2048
_RESERVED_SHARE = 0.3
"""Share of the context that is left for the answer."""
_MIN_QUOTE_CHARS = 100
_MIN_ANSWER_TOKENS = 16
_SUMMARY_SHARE = 0.12
"""Share of the context that a summary may fill."""
_WORDS_PER_TOKEN = 0.7


class PromptFitting:
    """Fits the prompts of one run."""

    def __init__(
        self,
        windows: ContextWindows,
        quoter: Quoter,
        background: Callable[[], Background],
        emit: Callable[[Event], None],
    ) -> None:
        self.windows = windows
        self._fitter = ContextFitter(quoter)
        self._background, self._emit = background, emit
        self._noticed: set[tuple[str, tuple[str, ...]]] = set()
        self.picture_tokens: Callable[[Seat], int] = lambda seat: 0
        """Returns the tokens of the pictures in the prompts of a seat."""

    def fit(self, seat: Seat, parts: PromptParts, max_tokens: int | None) -> FittedPrompt:
        """Return the largest version of a prompt that leaves room for an answer, else the smallest one."""
        room = self._room(seat, max_tokens)
        for version in self._fitter.candidates(parts):
            if room is None or self._size(seat, parts, version) <= room:
                return version
        assert room is not None
        background = self._background()
        for form in background.short_forms:
            version = self._fitter.with_short_form(version, form.text, form.short, form.step)
            if self._size(seat, parts, version) <= room:
                return version
        texts = (background.context, background.question)
        version = self._fitter.without_repetitions(version, parts.system, texts)
        if self._size(seat, parts, version) <= room:
            return version
        return self._shorten(seat, parts, version, room)

    def fit_results(
        self, seat: Seat, texts: Sequence[str], exchanges: tuple[ToolExchange, ...], max_tokens: int | None
    ) -> tuple[ToolExchange, ...]:
        """Return calls of tools with results short enough to fit beside the messages, if possible."""
        room, fitted = self._room(seat, max_tokens), exchanges
        max_chars = max((len(result) for one in exchanges for result in one.results), default=0)
        while room is not None and max_chars > _MIN_QUOTE_CHARS:
            if self.windows.estimate(seat.server, seat.model, [*texts, *list_texts(fitted)]) <= room:
                break
            max_chars = max(_MIN_QUOTE_CHARS, max_chars * 2 // 3)
            fitted = self._fitter.shorten_results(exchanges, max_chars)
        return fitted

    def summary_request(self, seat: Seat, system: str, fitted: FittedPrompt) -> tuple[str, int] | None:
        """Return the prompt for a summary of older rounds that are left out, and its maximum tokens.

        None if nothing is left out.
        """
        window = self.windows.get(seat.server, seat.model)
        if LEFT_OUT not in fitted.steps or not fitted.older or window is None:
            return None
        most = max(_MIN_ANSWER_TOKENS, int(window * _SUMMARY_SHARE))
        return self._summary_prompt(seat, system, fitted, window, most), most

    def notify(self, seat: Seat, fitted: FittedPrompt) -> None:
        """Show once per seat what was done to make its prompt fit."""
        window = self.windows.get(seat.server, seat.model)
        if not fitted.steps or window is None or (seat.id, fitted.steps) in self._noticed:
            return
        self._noticed.add((seat.id, fitted.steps))
        model = single_line(seat.model, 60)
        line = f"{seat.name}: {', '.join(fitted.steps)}: {model} holds {window:,} tokens"
        self._emit(Notice(text=line, seat=seat.id))

    def lower_max_tokens(self, seat: Seat, texts: Sequence[str], max_tokens: int | None) -> int | None:
        """Return the token limit that fits beside a prompt, after a refusal."""
        window = self.windows.get(seat.server, seat.model)
        if max_tokens is None or window is None:
            return max_tokens
        left = int(0.95 * window) - self.windows.estimate(seat.server, seat.model, texts)
        return min(max_tokens, max(_MIN_ANSWER_TOKENS, left))

    def overflow_hint(self, seat: Seat, request: ChatRequest) -> str:
        """Return the hint for a refusal of this request: it names the longest part of the prompt."""
        persona = KnownText(PERSONA, seat.persona.prompt)
        parts = PartFinder(self._fitter.quoter, (*self._background().known_texts, persona)).find_parts(
            request
        )
        windows, server = self.windows, seat.server
        sizes = {
            part: windows.estimate(server, seat.model, ["\n".join(texts)]) for part, texts in parts.items()
        }
        return describe_longest(sizes, self.picture_tokens(seat), request.max_tokens)

    def _room(self, seat: Seat, max_tokens: int | None) -> int | None:
        window = self.windows.get(seat.server, seat.model)
        if window is None:
            return None
        return (
            window
            - self.picture_tokens(seat)
            - min(max_tokens or _MAX_RESERVED_TOKENS, _MAX_RESERVED_TOKENS, int(window * _RESERVED_SHARE))
        )

    def _size(self, seat: Seat, parts: PromptParts, version: FittedPrompt) -> int:
        return self.windows.estimate(seat.server, seat.model, version.texts(parts.system))

    def _shorten(self, seat: Seat, parts: PromptParts, version: FittedPrompt, room: int) -> FittedPrompt:
        """Shorten quoted answers to the greatest equal length at which the prompt fits."""
        low, high = _MIN_QUOTE_CHARS, self._fitter.longest_quote(version)
        if high <= low:
            return version
        best = self._fitter.shorten(version, low)
        while high - low > low // 8:
            middle = (low + high) // 2
            shorter = self._fitter.shorten(version, middle)
            if self._size(seat, parts, shorter) <= room:
                low, best = middle, shorter
            else:
                high = middle
        return best

    def _summary_prompt(
        self, seat: Seat, system: str, fitted: FittedPrompt, window: int, max_tokens: int
    ) -> str:
        question, words = self._background().question, int(max_tokens * _WORDS_PER_TOKEN)
        max_chars = max(len(message["content"]) for message in fitted.older)
        while True:
            prompt = self._fitter.build_summary_prompt(question, fitted.older, words, max_chars)
            size = self.windows.estimate(seat.server, seat.model, [system, prompt])
            if size <= window - max_tokens or max_chars <= _MIN_QUOTE_CHARS:
                return prompt
            max_chars = max_chars * 2 // 3
