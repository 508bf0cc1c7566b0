"""The answer of one attempt as it grows: chunks in, pieces for the person out."""

from __future__ import annotations

from roundtable_tui.llm.stream.chunk import StreamChunk
from roundtable_tui.llm.stream.loop_guard import LoopGuard
from roundtable_tui.llm.stream.thinking import ThinkingSplitter
from roundtable_tui.llm.stream.tool_calls import ToolCalls
from roundtable_tui.llm.types import Resplit, StreamEvent, TextBuffer, TextDelta, ThinkingDelta, Usage
from roundtable_tui.utils import text as door

_MIN_PREFIX_CHARS = 16


class SurrogateJoiner:
    """Makes text that can be written as UTF-8, also where a surrogate pair is split over two pieces."""

    def __init__(self) -> None:
        self._high = ""

    def join(self, text: str) -> str:
        """Return `text` joined with a half pair kept from before; a half pair at its end is kept."""
        if self._high:
            text, self._high = self._high + text, ""
        if not text or text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._high = text[:-1], text[-1]
        return door.fix_surrogates(text)

    def close(self) -> str:
        """Return what is left, with a lone half replaced."""
        rest, self._high = door.fix_surrogates(self._high), ""
        return rest


class ResponseAccumulator:
    """Collects what chunks say; `flush` gives what is new since the last flush, in one piece a kind."""

    def __init__(self, max_chars: int) -> None:
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.tool_calls = ToolCalls()
        self.is_refused = False
        self.stop_reason = ""
        """Why the attempt must end now (it loops, it is too long), or ""."""
        self.content_chunks = 0
        """Counts the chunks that said something: the clock of silence looks at it."""
        self._splitter = ThinkingSplitter()
        self._answer_joiner, self._reasoning_joiner = SurrogateJoiner(), SurrogateJoiner()
        self._answer_guard, self._reasoning_guard = LoopGuard(max_chars), LoopGuard(max_chars)
        self._answer, self._reasoning, self._raw_answer = TextBuffer(), TextBuffer(), TextBuffer()
        self._new_answer: list[str] = []
        self._new_reasoning: list[str] = []
        self._resplit = False
        self._has_deltas = False
        self._max_chars = max_chars

    @property
    def text(self) -> str:
        """The answer so far, reasoning apart."""
        return str(self._answer)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return str(self._reasoning)

    def add_chunk(self, chunk: StreamChunk) -> None:
        """Take what one chunk says; its `error` is the caller's matter."""
        if chunk.usage is not None:
            self.usage = chunk.usage
        if chunk.finish_reason is not None:
            self.finish_reason = chunk.finish_reason
        said = chunk.answer
        if chunk.is_full_message:
            said = self._new_suffix(said)
        elif said:
            self._has_deltas = True
        if chunk.refusal:
            self.is_refused = True
            said += chunk.refusal
        if chunk.reasoning and not (chunk.is_full_message and self._reasoning):
            self._splitter.has_separate_reasoning = True
            self._add_reasoning(self._reasoning_joiner.join(chunk.reasoning))
            self.content_chunks += 1
        if said:
            self.content_chunks += 1
            self._add_answer(self._answer_joiner.join(said))
        for piece in chunk.tool_deltas:
            self.content_chunks += 1
            self.tool_calls.add(piece)
            if self.tool_calls.size > self._max_chars:
                self.stop_reason = f"its tool call is longer than {self._max_chars:,} characters"

    def close(self) -> None:
        """Take in what was held back: nothing more comes."""
        self._add_reasoning(self._reasoning_joiner.close())
        self._add_answer(self._answer_joiner.close())
        reasoning, answer, restated = self._splitter.close()
        self._append(reasoning, answer, restated)

    def flush(self) -> list[StreamEvent]:
        """Return the pieces that are new."""
        if not (self._new_answer or self._new_reasoning or self._resplit):
            return []
        pieces: list[StreamEvent] = []
        if self._resplit:
            pieces.append(Resplit(self.reasoning, self.text))
        else:
            if self._new_reasoning:
                pieces.append(ThinkingDelta("".join(self._new_reasoning)))
            if self._new_answer:
                pieces.append(TextDelta("".join(self._new_answer)))
        self._new_answer, self._new_reasoning, self._resplit = [], [], False
        return pieces

    def _new_suffix(self, message: str) -> str:
        """Return what a whole `message` adds to the deltas before it."""
        came = str(self._raw_answer)
        if came and (self._has_deltas or len(came) >= _MIN_PREFIX_CHARS) and message.startswith(came):
            return message[len(came) :]
        return "" if self._has_deltas else message

    def _add_answer(self, text: str) -> None:
        if text:
            self._raw_answer.append(text)
            self._append(*self._splitter.feed(text))

    def _append(self, reasoning: str, answer: str, restated: bool) -> None:
        if restated:
            self._reasoning.append(str(self._answer))
            self._answer = TextBuffer()
            self._resplit = True
        self._add_reasoning(reasoning)
        if answer:
            self._answer.append(answer)
            self._new_answer.append(answer)
            self.stop_reason = self.stop_reason or self._answer_guard.add(answer)

    def _add_reasoning(self, text: str) -> None:
        if text:
            self._reasoning.append(text)
            self._new_reasoning.append(text)
            self.stop_reason = self.stop_reason or self._reasoning_guard.add(text)
