"""Accumulates the chunks of one attempt: answer, reasoning, tool calls, usage; emits stream events."""

from __future__ import annotations

from roundtable_tui.llm.finish_reasons import find_cut
from roundtable_tui.llm.output_limit import OutputLimit, OutputMeter
from roundtable_tui.llm.stream.choices import ChoiceFilter
from roundtable_tui.llm.stream.chunk import StreamChunk
from roundtable_tui.llm.stream.loop_guard import LoopGuard
from roundtable_tui.llm.stream.sources import merge_sources
from roundtable_tui.llm.stream.thinking import ThinkingSplitter
from roundtable_tui.llm.stream.tool_calls import ToolCalls
from roundtable_tui.llm.types import Resplit, Source, StreamEvent, TextBuffer, TextDelta, ThinkingDelta, Usage
from roundtable_tui.utils.text import fix_surrogates

_MIN_PREFIX_CHARS = 16


class SurrogateJoiner:
    """Makes text that can be encoded as UTF-8, also if a surrogate pair is split over two pieces.

    JSON may escape one character outside the BMP as two \\uXXXX escapes, and some servers split these over
    two chunks.
    """

    def __init__(self) -> None:
        self._high = ""

    def join(self, text: str) -> str:
        """Return `text` after the half pair held back before; a half pair at its end is held back."""
        if self._high:
            text, self._high = self._high + text, ""
        if not text or text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._high = text[:-1], text[-1]
        return fix_surrogates(text)

    def close(self) -> str:
        """Return the half pair that is left, replaced by U+FFFD, or ""."""
        rest, self._high = fix_surrogates(self._high), ""
        return rest


class ResponseAccumulator:
    """Accumulates chunks; `flush` returns the events since the last flush, at most one of each type."""

    def __init__(self, max_chars: int, limit: OutputLimit | None = None) -> None:
        """Create an accumulator of an answer of at most `max_chars` characters and at most `limit`."""
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.tool_calls = ToolCalls()
        self.is_refused = False
        self.stop_reason = ""
        """Why the attempt must be ended (it repeats itself, it is too long), or ""."""
        self.content_chunks = 0
        """Number of chunks with content; the timeout for silence depends on it."""
        self.is_ended = False
        """Whether a finish reason was received, and no content since."""
        self.media = ""
        """What was received beside text and is not shown: "audio", "picture", or ""."""
        self.sources: list[Source] = []
        self._choices = ChoiceFilter()
        self._splitter = ThinkingSplitter()
        self._answer_joiner, self._reasoning_joiner = SurrogateJoiner(), SurrogateJoiner()
        self._answer_guard, self._reasoning_guard = LoopGuard(max_chars), LoopGuard(max_chars)
        self._answer, self._reasoning = TextBuffer(), TextBuffer()
        self._raw_answer: TextBuffer | None = None
        """The text as received, from the first tag that was removed from it; before it equals the answer."""
        self._new_answer: list[str] = []
        self._new_reasoning: list[str] = []
        self._resplit = False
        self._has_deltas = False
        self._max_chars = max_chars
        self._meter = OutputMeter(limit)

    @property
    def text(self) -> str:
        """The answer so far, without the reasoning."""
        return str(self._answer)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return str(self._reasoning)

    @property
    def has_other_choices(self) -> bool:
        """Whether the server sent further answers, which are not used."""
        return self._choices.dropped

    def add_chunk(self, chunk: StreamChunk) -> None:
        """Add one chunk. Its `error` is handled by the caller."""
        for used in self._choices.add(chunk):
            self._add_choice(used)

    def _add_choice(self, chunk: StreamChunk) -> None:
        if chunk.sources:
            self.sources = merge_sources(self.sources, chunk.sources)
        if chunk.media:
            self.media = chunk.media
            self.content_chunks += 1
        if chunk.usage is not None:
            self.usage = chunk.usage
        if chunk.finish_reason is not None and not (self.is_ended and find_cut(self.finish_reason)):
            self.finish_reason = chunk.finish_reason  # A proxy may add "stop" to an answer that was cut off.
        before = self.content_chunks
        content = chunk.answer
        if chunk.is_full_message:
            content = self._new_suffix(content)
        elif content:
            self._has_deltas = True
        if chunk.refusal:
            self.is_refused = True
            content += chunk.refusal
        if chunk.reasoning and not (chunk.is_full_message and self._reasoning):
            self._splitter.has_separate_reasoning = True
            self._add_reasoning(self._reasoning_joiner.join(chunk.reasoning))
            self.content_chunks += 1
        if content:
            self.content_chunks += 1
            self._add_answer(self._answer_joiner.join(content))
        for piece in chunk.tool_deltas:
            self.content_chunks += 1
            self.tool_calls.add(piece)
            if self.tool_calls.size > self._max_chars:
                self.stop_reason = f"its tool call is longer than {self._max_chars:,} characters"
        if chunk.usage is not None and not self._choices.dropped:
            # For the next chunk: a whole answer is not stopped, only one that continues above its limit.
            self._meter.note_reported(chunk.usage.completion_tokens)
        if chunk.finish_reason is not None or self.content_chunks != before:
            self.is_ended = chunk.finish_reason is not None

    def close(self) -> None:
        """Add what was held back so far, at the end of the response."""
        for chunk in self._choices.close():
            self._add_choice(chunk)
        self._add_reasoning(self._reasoning_joiner.close())
        self._add_answer(self._answer_joiner.close())
        reasoning, answer, resplit = self._splitter.close()
        self._append(reasoning, answer, resplit)

    def flush(self) -> list[StreamEvent]:
        """Return the events for the text added since the last flush."""
        if not (self._new_answer or self._new_reasoning or self._resplit):
            return []
        events: list[StreamEvent] = []
        if self._resplit:
            events.append(Resplit(self.reasoning, self.text))
        else:
            if self._new_reasoning:
                events.append(ThinkingDelta("".join(self._new_reasoning)))
            if self._new_answer:
                events.append(TextDelta("".join(self._new_answer)))
        self._new_answer, self._new_reasoning, self._resplit = [], [], False
        return events

    def _new_suffix(self, message: str) -> str:
        """Return what a full message adds to the deltas before it.

        Some servers repeat the whole answer in their last chunk.
        """
        raw = self._raw_answer
        received = f"{self._answer}{self._splitter.held_text}" if raw is None else str(raw)
        is_repeated = self._has_deltas or len(received) >= _MIN_PREFIX_CHARS
        if received and is_repeated and message.startswith(received):
            return message[len(received) :]
        return "" if self._has_deltas else message

    def _add_answer(self, text: str) -> None:
        if not text:
            return
        held = self._splitter.held_text
        delta = self._splitter.feed(text)
        if self._raw_answer is not None:
            self._raw_answer.append(text)
        elif self._splitter.has_removed_tag:
            self._raw_answer = TextBuffer(f"{self._answer}{held}{text}")
        self._append(*delta)

    def _append(self, reasoning: str, answer: str, resplit: bool) -> None:
        if resplit:
            self._reasoning.append(str(self._answer))
            self._answer = TextBuffer()
            self._resplit = True
        self._add_reasoning(reasoning)
        if answer:
            self._answer.append(answer)
            self._new_answer.append(answer)
            self.stop_reason = self.stop_reason or self._answer_guard.add(answer) or self._meter.add(answer)

    def _add_reasoning(self, text: str) -> None:
        if text:
            self._reasoning.append(text)
            self._new_reasoning.append(text)
            self.stop_reason = self.stop_reason or self._reasoning_guard.add(text) or self._meter.add(text)
