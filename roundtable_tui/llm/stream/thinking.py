"""Splits `<think>reasoning</think>answer` into reasoning and answer, however the stream is divided.

A tag counts only at the start of an answer. Only text that can still become a tag is held back. A block
that is never closed is reasoning. A closing tag without an opening one (the chat template has already
written that) turns all text before it into reasoning. Later tags are part of the answer and stay: a model
may write about them.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

THINKING_TAGS = {"<think>": "</think>", "<thinking>": "</thinking>", "[THINK]": "[/THINK]"}
_CLOSERS = tuple(THINKING_TAGS.values())
_OPENERS_OR_CLOSERS = (*THINKING_TAGS, *_CLOSERS)
_QUOTES = tuple("`'\"“”‘’")
_FENCE = "```"
_MAX_BLANK_CHARS = 4096


class SplitDelta(NamedTuple):
    """What one `feed` adds. If `resplit`, all of the answer before it is reasoning."""

    reasoning: str = ""
    answer: str = ""
    resplit: bool = False


class _SplitterState(Enum):
    START = auto()
    THINK = auto()
    ANSWER = auto()


class ThinkingSplitter:
    """An incremental splitter: `feed` it the text of the answer, `close` it at the end."""

    def __init__(self) -> None:
        self._state = _SplitterState.START
        self._held = ""
        self._closer = ""
        self._fresh = False
        self._after_block = False
        self._may_close = True
        self._fences = _FenceCounter()
        self.has_removed_tag = False
        """A tag was removed: the answer is no longer the received text."""
        self.has_separate_reasoning = False
        """Reasoning arrives in a field of its own: a closing tag without an opening one is then text."""

    @property
    def held_text(self) -> str:
        """Received text that is not in any delta yet."""
        return self._held

    def feed(self, text: str) -> SplitDelta:
        """Return what `text` adds to the reasoning and to the answer."""
        if self._state is _SplitterState.ANSWER and not self._held:
            if not self._may_close:
                return SplitDelta("", text)
            if "<" not in text and "[" not in text:
                self._fences.add(text)
                return SplitDelta("", text)
        if self._held:
            text, self._held = self._held + text, ""
        return self._advance(text, last=False)

    def close(self) -> SplitDelta:
        """Return the text held back so far, at the end of the response."""
        text, self._held = self._held, ""
        return self._advance(text, last=True)

    def _advance(self, text: str, *, last: bool) -> SplitDelta:
        reasoning: list[str] = []
        answer = ""
        resplit = False
        while text:
            if self._state is _SplitterState.START:
                text = self._read_start(text, last=last)
            elif self._state is _SplitterState.THINK:
                piece, text = self._read_thinking(text, last=last)
                reasoning.append(piece)
            else:
                piece, text, lone = self._read_answer(text, last=last)
                if lone:
                    resplit = True
                    reasoning.append(piece)
                else:
                    answer = piece
        return SplitDelta("".join(reasoning), answer, resplit)

    def _read_start(self, text: str, *, last: bool) -> str:
        body = text.lstrip()
        if not body and len(text) < _MAX_BLANK_CHARS and not last:
            self._held = text
            return ""
        for opener, closer in THINKING_TAGS.items():
            if body.startswith(opener):
                self._state, self._closer = _SplitterState.THINK, closer
                self._fresh = self.has_removed_tag = True
                return body[len(opener) :]
        for closer in _CLOSERS:
            if body.startswith(closer):
                self._after_block = self.has_removed_tag = True
                return body[len(closer) :]
        if not last and any(tag.startswith(body) for tag in _OPENERS_OR_CLOSERS):
            self._held = text
            return ""
        self._state = _SplitterState.ANSWER
        self._may_close = not (self._after_block or self.has_separate_reasoning)
        return body if self._after_block else text

    def _read_thinking(self, text: str, *, last: bool) -> tuple[str, str]:
        if self._fresh:
            text = text.lstrip("\r\n")
            self._fresh = not text
        at = text.find(self._closer)
        if at >= 0:
            self._state, self._after_block = _SplitterState.START, True
            return text[:at], text[at + len(self._closer) :]
        keep = 0 if last else _partial_tag_length(text, self._closer)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], ""

    def _read_answer(self, text: str, *, last: bool) -> tuple[str, str, bool]:
        """Return (text, the rest to parse, whether a lone closing tag turned the text into reasoning)."""
        if not self._may_close or self.has_separate_reasoning:
            self._start_answer()
            return text, "", False
        found = [(at, tag) for tag in _OPENERS_OR_CLOSERS if (at := text.find(tag)) >= 0]
        if not found:
            keep = 0 if last else max(_partial_tag_length(text, tag) for tag in _OPENERS_OR_CLOSERS)
            self._held = text[len(text) - keep :]
            piece = text[: len(text) - keep]
            self._fences.add(piece)
            return piece, "", False
        at, tag = min(found)
        before, after = text[:at], text[at + len(tag) :]
        self._fences.add(before)
        if not after and not last and tag in _CLOSERS:
            # The next character decides whether the tag is quoted.
            self._held = text[at:]
            return before, "", False
        if tag in THINKING_TAGS or self._is_quoted(after):
            self._start_answer()
            return text, "", False
        self._start_answer()
        self._state, self._after_block = _SplitterState.START, True
        self.has_removed_tag = True
        return before, after, True

    def _is_quoted(self, after: str) -> bool:
        is_in_code = self._fences.count % 2 == 1
        return is_in_code or self._fences.last_char in _QUOTES or after.startswith(_QUOTES)

    def _start_answer(self) -> None:
        self._may_close = False


class _FenceCounter:
    """Counts the code fences in a text that arrives in pieces."""

    def __init__(self) -> None:
        self.count = 0
        self.last_char = ""
        self._rest = ""
        """Backticks at the end that are not a whole fence yet."""

    def add(self, text: str) -> None:
        """Add the next piece."""
        if not text:
            return
        self.last_char = text[-1]
        if "`" in text:
            text = self._rest + text
            self.count += text.count(_FENCE)
            run = len(text) - len(text.rstrip("`"))
            self._rest = "`" * (run % len(_FENCE))
        else:
            self._rest = ""


def _partial_tag_length(text: str, tag: str) -> int:
    """Return the length of the longest end of `text` that is an incomplete beginning of `tag`."""
    for size in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:size]):
            return size
    return 0
