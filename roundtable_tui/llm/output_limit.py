"""How long an answer may become, reasoning included, before it is stopped on our side.

Tokens can only be estimated while an answer arrives; two counts are compared with a limit.

Bytes: a token of ordinary text has about four, which is the estimate for the limit of our own. Where the
server should have enforced a limit itself, an honest answer must never be stopped: 16 bytes per token, since
a list of long words has 14. A sign or space that repeats the one before counts for little, as rules and
indentation are tokens of up to a hundred characters.

Units: parts of a text that tokenizers do not join, so that there are never fewer tokens than units: words,
numbers, runs of signs, runs of blanks, and a quarter for each emoji and each character of Chinese, Japanese
or Korean. Measured with seven tokenizers (OpenAI, Anthropic, DeepSeek, Llama, Mistral, Qwen), a token has 0.7
to 0.8 units in English prose and source text, 0.2 to 0.9 in other languages, and at most 1.1 (names of
institutions strung together in Chinese, by the tokenizer of DeepSeek; 1.0 in a list of words). A tenth more
is allowed for tokenizers that join words. A server that ignores a limit is thus stopped at about one and a
half times the tokens in prose, two to three times in Chinese, and sooner where a token is a single letter.

Characters per token vary too much for a limit: 4.7 in English prose, 14 in a list of long words and in tables
with long rules. Chunks are not counted, as some proxies send an answer letter by letter. Tokens that the
server itself reports while it is answering are used as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from roundtable_tui.utils.interface import parameter_name

LimitSource = Literal["answer_tokens", "max_tokens", "context"]
"""What sets the limit of an answer: the limit of the run, the token limit that is sent, or the context."""

_BYTES_PER_TOKEN = 4
_MAX_BYTES_PER_TOKEN = 16
_SLACK_BYTES = 1024
_MAX_UNITS_PER_TOKEN = 1.1
_SLACK_UNITS = 128
"""An answer that exceeds a small limit by so little is better kept than lost."""
_DENSE_UNITS = 1 / 4
"""Units of one character of Chinese, Japanese or Korean, or one emoji."""
_REPEATED_WEIGHT = 1 / 16
_CONTEXT_CHARS = 2

_CJK = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_MARKS = r"\u0300-\u036f\u0900-\u0fff"
_SIGN = r"!-/:-@\[-`{-~\u2500-\u257f"
_UNIT = re.compile(
    # A word; an apostrophe or a combining mark does not begin another.
    rf"(?<![^\W\d_])(?<![^\W\d_]['’])(?<![{_MARKS}])[^\W\d_{_CJK}]"
    r"|(?<!\d)\d"
    # The second sign of a run: one alone may be part of the word that follows.
    rf"|(?<=[^{_SIGN}][{_SIGN}])[{_SIGN}]"
    # The second blank of a run, as the last one may be part of the word that follows.
    r"|(?<=[^ \t][ \t])[ \t]"
)
_DENSE_CHAR = re.compile(rf"[{_CJK}\U0001f000-\U0001faff]")
_REPEATED = re.compile(r"(\W)(?=\1)")


@dataclass(frozen=True, slots=True)
class OutputLimit:
    """The size of an answer with its reasoning at which it is stopped, and the reason to state."""

    max_bytes: int
    reason: str
    tokens: int
    source: LimitSource = "answer_tokens"
    further: OutputLimit | None = None
    """A limit of more tokens that may be reached before, as its bytes are counted otherwise."""

    @property
    def max_units(self) -> int:
        """The units, or tokens by the server's own count, at which the answer is stopped."""
        return int(self.tokens * _MAX_UNITS_PER_TOKEN) + _SLACK_UNITS


def choose_output_limit(answer_tokens: int, max_tokens: int | None, window: int | None) -> OutputLimit:
    """Return the limit of one answer.

    Args:
        answer_tokens: the limit of the run, for requests without a token limit.
        max_tokens: the token limit that is sent; a server that ignores it is stopped in proportion to it.
        window: the tokens that the model can hold, prompt included; None if unknown.
    """
    if max_tokens is not None:
        reason = f"it is far longer than max_tokens ({max_tokens:,}), which the server ignores"
        limit = OutputLimit(_max_bytes(max_tokens), reason, max_tokens, "max_tokens")
    else:
        name = parameter_name("answer_tokens")
        reason = f"it is longer than about {answer_tokens:,} tokens, the limit of an answer ({name})"
        limit = OutputLimit(answer_tokens * _BYTES_PER_TOKEN, reason, answer_tokens)
    if window is None or window >= limit.tokens:
        return limit
    reason = f"it is longer than the context of the model ({window:,} tokens)"
    return OutputLimit(_max_bytes(window), reason, window, "context", limit)


def _max_bytes(tokens: int) -> int:
    """Return the bytes that no answer within `tokens` has."""
    return tokens * _MAX_BYTES_PER_TOKEN + _SLACK_BYTES


class OutputMeter:
    """Measures one answer with its reasoning."""

    def __init__(self, limit: OutputLimit | None) -> None:
        self._limit = limit
        self._bytes = 0.0
        self._units = 0.0
        self._reported_tokens = 0
        self._context = " " * _CONTEXT_CHARS
        """The end of the text so far: a unit may be split over two pieces."""

    def note_reported(self, tokens: int) -> None:
        """Take the number of tokens so far from the server, if it reports them while it is answering."""
        self._reported_tokens = tokens

    def add(self, text: str) -> str:
        """Count a piece; return a reason to stop the answer, or ""."""
        if self._limit is None:
            return ""
        self._count(text)
        limit: OutputLimit | None = self._limit
        while limit is not None:
            units = max(self._units, self._reported_tokens)
            if self._bytes > limit.max_bytes or units > limit.max_units:
                return limit.reason
            limit = limit.further
        return ""

    def _count(self, text: str) -> None:
        joined = self._context + text
        start = len(self._context)
        self._units += len(_UNIT.findall(joined, start))
        repeated = "".join(_REPEATED.findall(joined, start - 1))
        self._bytes += _byte_count(text) - (1 - _REPEATED_WEIGHT) * _byte_count(repeated)
        if not text.isascii():
            self._units += _DENSE_UNITS * len(_DENSE_CHAR.findall(text))
        self._context = joined[-_CONTEXT_CHARS:]


def _byte_count(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
