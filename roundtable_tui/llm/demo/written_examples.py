"""The written examples of the demo: discussions of shipped tasks, each in `examples` by the task's name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from roundtable_tui.llm.demo.prompt_parser import PATTERNS, ParsedPrompt, digest


class ExampleTurn(BaseModel):
    """One turn of a seat, or the text at the end of a discussion."""

    text: str
    answer: str = ""
    reasoning: str = ""

    def join_answer(self, marker: str) -> str:
        """Return the text with its answer below the marker that the prompt asks for, or a label."""
        if self.answer:
            return f"{self.text}\n\n{marker or 'Answer:'}\n{self.answer}"
        return f"{marker}\n{self.text}" if marker else self.text


class Example(BaseModel):
    """A question with the texts of a discussion of it, which is a talk if it has `lines`."""

    task: str
    """The shipped task that the question is from."""
    question: str
    """The start of the question, up to a sentence's end."""
    final: ExampleTurn
    """Of an editor; of a talk it is the summary, with places for three quotations and their speakers."""
    turns: Mapping[str, Sequence[ExampleTurn]] = {}
    """By the name of the seat: its turns, one per round."""
    directions: Sequence[str] = ()
    """What the captain names as in dispute, by round."""
    reason: str = ""
    """Why the captain chooses the most frequent answer."""
    lines: Mapping[str, Mapping[str, Sequence[str]]] = {}
    """By topic and name, what is said on it."""
    follow_up: Mapping[str, Sequence[str]] = {}
    """By name, what can be said to any topic."""

    def find_reply(self, asked: ParsedPrompt) -> ExampleTurn | None:
        """Return the written reply to a request for a text; None if it has to be generated."""
        names = (*self.turns, *self.follow_up)
        addressed = (one for one in names if re.search(rf"\b(?:You are|Speak as) {one}\b", asked.system))
        name = next(addressed, "")
        if self.lines:
            said = "\n".join(asked.replies)
            lines = (*self.lines.get(asked.question, {}).get(name, ()), *self.follow_up.get(name, ()))
            unused = (ExampleTurn(text=line) for line in lines if line not in said)
            return next(unused, None) or self._summarize(asked.last)
        if not name and asked.answers:  # An editor reads answers of others.
            return self.final
        # A seat that the example does not know has the turns of one that it knows.
        turns = self.turns[name or names[digest(asked.seat, self.task) % len(names)]]
        return turns[min(asked.round, len(turns)) - 1]

    def _summarize(self, talk: str) -> ExampleTurn | None:
        """Return the summary of a talk with three of its sentences; None if it has fewer written ones."""
        written = ((name, line) for topic in self.lines.values() for name in topic for line in topic[name])
        found = sorted((talk.index(line), name, line) for name, line in written if line in talk)
        if len(found) < 3:
            return None
        quoted = [{"name": one[1], "line": one[2]} for one in (found[0], found[len(found) // 2], found[-1])]
        return ExampleTurn(text=self.final.text.format(*quoted))


@cache
def load_examples() -> tuple[Example, ...]:
    """Return the examples, by the names of their tasks."""
    files = sorted(Path(__file__).with_name("examples").glob("*.toml"))
    return tuple(Example(task=file.stem, **tomllib.loads(file.read_text("utf-8"))) for file in files)


def find_example(text: str) -> Example | None:
    """Return the example whose question a text asks; a quoted earlier question is not asked again."""
    text = PATTERNS["earlier_question"].sub("", text)
    return next((one for one in load_examples() if one.question in text), None)
