"""Fits a prompt into the context of its model.

As far as needed and no further: older rounds as final answers only, then summarised by their own seat,
then left out; then the quoted answers of the current round are shortened around their final answers. The
question, the seat's last answer and the last round always stay. The conversation of the seat itself is not
changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.engine.round_summary import RoundSummary
from roundtable_tui.llm.types import Message, ToolExchange
from roundtable_tui.utils.text import truncate

FINAL_ONLY = "older rounds are sent as final answers only"
SUMMARISED = "older rounds are sent as its own summary of them"
LEFT_OUT = "older rounds are left out"
SHORTENED = "quoted answers are shortened"
NOT_REPEATED = "the question is not repeated"
RESULTS_SHORTENED = "results of tools are shortened"

REPEATED_NOTE = "(as above)"
LEFT_OUT_NOTE = "(Older rounds are left out here.)"
SUMMARY_NOTE = """Your own summary of the older rounds:

{summary}"""
SUMMARY_PROMPT = """The question:

{question}

You have discussed it over several rounds. The older ones, yours and those of the others, quoted:

{rounds}

{rule}

Summarise them for yourself in at most {words} words: who held what in the end, and the reasons that
counted. Keep figures and final answers exactly as they are."""

_CUT_MARK = "[...]"
_MIN_QUOTE_CHARS = 120
_MAX_FINAL_CHARS = 400
_MIN_REPEATED_CHARS = 160
"""A shorter text that stands twice in a prompt costs little."""
_SOURCE_LABEL = re.compile(r"\[\d|(?:text|passage)\b", re.IGNORECASE)
"""Labels of the material that the question is about: it is never shortened here."""


@dataclass(frozen=True, slots=True)
class PromptParts:
    """A prompt before it is fitted."""

    system: str
    history: Sequence[Message]
    """The conversation so far: messages of the user and the assistant in turn."""
    message: str
    """The new message of the user."""
    summary: RoundSummary | None = None


@dataclass(frozen=True, slots=True)
class FittedPrompt:
    """The messages to send, and what was done to make them fit (for a notice)."""

    history: list[Message]
    message: str
    steps: tuple[str, ...] = ()
    older: list[Message] = field(default_factory=list)
    """The messages that had to be left out: a summary of them may be sent instead."""

    def texts(self, system: str) -> list[str]:
        """Return the texts of all messages."""
        return [system, *(message["content"] for message in self.history), self.message]


class ContextFitter:
    """Builds smaller versions of a prompt; `fits` says which one may be sent."""

    def __init__(self, quoter: Quoter) -> None:
        self.quoter = quoter
        # The same answers are quoted in the prompts of all seats.
        self._final_answer = lru_cache(maxsize=256)(self._extract_final_answer)

    def candidates(self, parts: PromptParts) -> Iterator[FittedPrompt]:
        """Yield the versions of a prompt from the largest to the smallest, quotations unchanged.

        Most prompts fit as they are: each version is made when it is asked for.
        """
        history = list(parts.history)
        steps: tuple[str, ...] = ()
        yield FittedPrompt(history, parts.message)
        if parts.summary is not None:
            history, steps = self._with_summary(history, parts.summary), (SUMMARISED,)
            yield FittedPrompt(history, parts.message, steps)
        if len(history) <= 2:
            return
        short = self._as_final_answers(history)
        yield FittedPrompt(short, parts.message, (*steps, FINAL_ONLY))
        older = short[1:-2]
        if older:
            first = {**short[0], "content": f"{short[0]['content']}\n\n{LEFT_OUT_NOTE}"}
            if parts.summary is not None:
                older.insert(0, {"role": "assistant", "content": parts.summary.text})
            yield FittedPrompt([first, short[-1]], parts.message, (LEFT_OUT,), [*older, short[-2]])

    def without_repetitions(self, prompt: FittedPrompt, system: str, texts: Iterable[str]) -> FittedPrompt:
        """Return the prompt with each of these texts, such as the question, only once.

        It stays in the system prompt, else where a message of the user has it first.
        """
        history, message = list(prompt.history), prompt.message
        for text in texts:
            if len(text) < _MIN_REPEATED_CHARS:
                continue
            is_said = text in system
            for at, one in enumerate(history):
                if one["role"] == "user" and text in one["content"]:
                    history[at] = {
                        **one,
                        "content": _without_repetition(one["content"], text, is_said=is_said),
                    }
                    is_said = True
            if text in message:
                message = _without_repetition(message, text, is_said=is_said)
        if (history, message) == (list(prompt.history), prompt.message):
            return prompt
        return FittedPrompt(history, message, (*prompt.steps, NOT_REPEATED), prompt.older)

    def with_short_form(self, prompt: FittedPrompt, text: str, short: str, step: str) -> FittedPrompt:
        """Return the prompt with `short` for a text that it has, and `step` as what was done."""
        if not any(text in message for message in prompt.texts("")):
            return prompt
        history: list[Message] = [
            {**one, "content": one["content"].replace(text, short)} for one in prompt.history
        ]
        message = prompt.message.replace(text, short)
        return FittedPrompt(history, message, (*prompt.steps, step), prompt.older)

    def shorten(self, prompt: FittedPrompt, max_chars: int) -> FittedPrompt:
        """Return the prompt with quoted answers, and the seat's own last one, of at most `max_chars` each."""
        history = list(prompt.history)
        for at, message in enumerate(history):
            text = message["content"]
            short = (
                self._shorten_text(text, max_chars)
                if message["role"] == "assistant"
                else self._shorten_quotes(text, max_chars)
            )
            history[at] = {**message, "content": short}
        message_text = self._shorten_quotes(prompt.message, max_chars)
        return FittedPrompt(history, message_text, (*prompt.steps, SHORTENED), prompt.older)

    def shorten_results(self, exchanges: Sequence[ToolExchange], max_chars: int) -> tuple[ToolExchange, ...]:
        """Return calls of tools with results of at most `max_chars` each, without their ends."""

        def shorten(label: str, quoted: str) -> str:
            return quoted if len(quoted) <= max_chars else f"{quoted[:max_chars].rstrip()}\n{_CUT_MARK}"

        return tuple(
            replace(one, results=tuple(self.quoter.replace_quoted(text, shorten) for text in one.results))
            for one in exchanges
        )

    def longest_quote(self, prompt: FittedPrompt) -> int:
        """Return the characters of the longest text that `shorten` can shorten."""
        lengths = [0]

        def measure(label: str, text: str) -> str:
            if not _SOURCE_LABEL.match(label):
                lengths.append(len(text))
            return text

        self.quoter.replace_quoted(prompt.message, measure)
        for message in prompt.history:
            if message["role"] == "assistant":
                lengths.append(len(message["content"]))
            else:
                self.quoter.replace_quoted(message["content"], measure)
        return max(lengths)

    def build_summary_prompt(
        self, question: str, older: Sequence[Message], words: int, max_chars: int
    ) -> str:
        """Build the prompt with which a seat summarises older rounds, each message of at most `max_chars`."""
        parts = []
        for message in older:
            if message["role"] == "assistant":
                parts.append(self.quoter.quote("you", self._shorten_text(message["content"], max_chars)))
            else:
                parts.append(self._shorten_quotes(message["content"], max_chars))
        rule = self.quoter.quoting_rule()
        return SUMMARY_PROMPT.format(question=question, rounds="\n\n".join(parts), rule=rule, words=words)

    def _with_summary(self, history: list[Message], summary: RoundSummary) -> list[Message]:
        note = SUMMARY_NOTE.format(summary=self.quoter.quote("summary", summary.text))
        first = {**history[0], "content": f"{history[0]['content']}\n\n{note}"}
        return [first, *history[summary.covered :]]

    def _as_final_answers(self, history: Sequence[Message]) -> list[Message]:
        """Return the conversation with final answers only, except for the last answer."""

        def shorten(label: str, quoted: str) -> str:
            return quoted if _SOURCE_LABEL.match(label) else self._final_answer(quoted)

        short: list[Message] = []
        for message in history[:-1]:
            text = message["content"]
            is_own = message["role"] == "assistant"
            text = self._final_answer(text) if is_own else self.quoter.replace_quoted(text, shorten)
            short.append({**message, "content": text})
        return [*short, history[-1]]

    def _extract_final_answer(self, text: str) -> str:
        marked, is_marked = self.quoter.extract_answer(text)
        return truncate(marked if is_marked else extract_final_answer(text), _MAX_FINAL_CHARS)

    def _shorten_quotes(self, text: str, max_chars: int) -> str:
        def shorten(label: str, quoted: str) -> str:
            return quoted if _SOURCE_LABEL.match(label) else self._shorten_text(quoted, max_chars)

        return self.quoter.replace_quoted(text, shorten)

    def _shorten_text(self, text: str, max_chars: int) -> str:
        """Return the beginning of a text and the final answer in it, together about `max_chars` long."""
        if len(text) <= max_chars:
            return text
        final = truncate(self._final_answer(text), max(_MIN_QUOTE_CHARS, max_chars // 2))
        head = text[: max(0, max_chars - len(final) - len(_CUT_MARK) - 4)].rstrip()
        kept = [part for part in (head, _CUT_MARK, final) if part]
        return "\n\n".join(kept) if head else final


def _without_repetition(message: str, text: str, *, is_said: bool) -> str:
    """Return a message with a text once, or not at all if it is said before."""
    end = 0 if is_said else message.index(text) + len(text)
    return message[:end] + message[end:].replace(text, REPEATED_NOTE)


def list_texts(exchanges: Iterable[ToolExchange]) -> list[str]:
    """Return the texts of calls of tools and of their results."""
    return [
        text
        for one in exchanges
        for text in (one.text, *(call.arguments for call in one.calls), *one.results)
        if text
    ]
