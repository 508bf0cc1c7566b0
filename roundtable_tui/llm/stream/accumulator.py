"""The answer of one attempt as it grows: chunks in, pieces for the person out."""

from __future__ import annotations

from roundtable_tui.llm.stream.chunk import Chunk
from roundtable_tui.llm.stream.loop_guard import Guard
from roundtable_tui.llm.stream.thinking import Splitter
from roundtable_tui.llm.stream.tool_calls import ToolCalls
from roundtable_tui.llm.types import AnswerPiece, Growing, Piece, ReasoningPiece, Restated, Usage
from roundtable_tui.utils import text as door

_SAME_WHOLE = 16


class _Joiner:
    """Makes text that can be written as UTF-8, also where a surrogate pair is split over two pieces."""

    def __init__(self) -> None:
        self._high = ""

    def join(self, text: str) -> str:
        if self._high:
            text, self._high = self._high + text, ""
        if not text or text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._high = text[:-1], text[-1]
        return door.repair(text)

    def close(self) -> str:
        rest, self._high = door.repair(self._high), ""
        return rest


class Answer:
    """Collects what chunks say; `flush` gives what is new since the last flush, in one piece a kind."""

    def __init__(self, max_chars: int) -> None:
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.tools = ToolCalls()
        self.refused = False
        self.stop = ""
        """Why the attempt must end now (it loops, it is too long), or ""."""
        self.content = 0
        """Counts the chunks that said something: the clock of silence looks at it."""
        self._splitter = Splitter()
        self._answer_joiner, self._reasoning_joiner = _Joiner(), _Joiner()
        self._answer_guard, self._reasoning_guard = Guard(max_chars), Guard(max_chars)
        self._answer, self._reasoning, self._raw_answer = Growing(), Growing(), Growing()
        self._new_answer: list[str] = []
        self._new_reasoning: list[str] = []
        self._restated = False
        self._by_delta = False
        self._max_chars = max_chars

    @property
    def text(self) -> str:
        """The answer so far, reasoning apart."""
        return str(self._answer)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return str(self._reasoning)

    def take(self, chunk: Chunk) -> None:
        """Take what one chunk says; its `error` is the caller's matter."""
        if chunk.usage is not None:
            self.usage = chunk.usage
        if chunk.finish_reason is not None:
            self.finish_reason = chunk.finish_reason
        said = chunk.answer
        if chunk.whole:
            said = self._beyond_what_came(said)
        elif said:
            self._by_delta = True
        if chunk.refusal:
            self.refused = True
            said += chunk.refusal
        if chunk.reasoning and not (chunk.whole and self._reasoning):
            self._splitter.reasoning_elsewhere = True
            self._add_reasoning(self._reasoning_joiner.join(chunk.reasoning))
            self.content += 1
        if said:
            self.content += 1
            self._add_split(self._answer_joiner.join(said))
        for piece in chunk.tools:
            self.content += 1
            self.tools.add(piece)
            if self.tools.size > self._max_chars:
                self.stop = f"its tool call went past {self._max_chars:,} characters"

    def close(self) -> None:
        """Take in what was held back: nothing more comes."""
        self._add_reasoning(self._reasoning_joiner.close())
        self._add_split(self._answer_joiner.close())
        reasoning, answer, restated = self._splitter.close()
        self._put(reasoning, answer, restated)

    def flush(self) -> list[Piece]:
        """Return the pieces that are new."""
        if not (self._new_answer or self._new_reasoning or self._restated):
            return []
        pieces: list[Piece] = []
        if self._restated:
            pieces.append(Restated(self.reasoning, self.text))
        else:
            if self._new_reasoning:
                pieces.append(ReasoningPiece("".join(self._new_reasoning)))
            if self._new_answer:
                pieces.append(AnswerPiece("".join(self._new_answer)))
        self._new_answer, self._new_reasoning, self._restated = [], [], False
        return pieces

    def _beyond_what_came(self, message: str) -> str:
        """Return what a whole `message` adds to the deltas before it."""
        came = str(self._raw_answer)
        if came and (self._by_delta or len(came) >= _SAME_WHOLE) and message.startswith(came):
            return message[len(came) :]
        return "" if self._by_delta else message

    def _add_split(self, text: str) -> None:
        if text:
            self._raw_answer.add(text)
            self._put(*self._splitter.feed(text))

    def _put(self, reasoning: str, answer: str, restated: bool) -> None:
        if restated:
            self._reasoning.add(str(self._answer))
            self._answer = Growing()
            self._restated = True
        self._add_reasoning(reasoning)
        if answer:
            self._answer.add(answer)
            self._new_answer.append(answer)
            self.stop = self.stop or self._answer_guard.add(answer)

    def _add_reasoning(self, text: str) -> None:
        if text:
            self._reasoning.add(text)
            self._new_reasoning.append(text)
            self.stop = self.stop or self._reasoning_guard.add(text)
