"""The written examples of the demo: shipped tasks whose discussions were written by hand.

Each is a file in `examples`, by the name of its task. Other questions get generated text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from roundtable_tui.llm.demo.prompt_parser import ParsedPrompt, digest
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MIN_QUOTES = 3
_FOLDER = Path(__file__).with_name("examples")
_EARLIER_QUESTION = lazy_compile(r"^<<[^<>\n]*\bquestion \d+>>\n.*?^<</[^<>\n]*>>$", re.MULTILINE | re.DOTALL)


class ExampleTurn(BaseModel):
    """One turn of a seat."""

    text: str
    answer: str = ""
    reasoning: str = ""


class Example(BaseModel):
    """A question with the texts of a discussion of it: the content of a file here."""

    task: str
    """The shipped task that the question is from."""
    question: str
    """The start of the question, up to a sentence's end."""
    final: str
    """The text of an editor or a summary; for a talk with places for three quotations and their speakers."""
    final_answer: str = ""
    """The answer at the end of `final`, if it has one."""
    turns: Mapping[str, Sequence[ExampleTurn]] = {}
    """By the name of the seat: its turns, one per round."""
    directions: Sequence[str] = ()
    """What the captain names as in dispute, by round."""
    reason: str = ""
    """Why the captain chooses the most frequent answer."""
    lines: Mapping[str, Mapping[str, Sequence[str]]] = {}
    """For a talk: by topic and name, what is said on it."""
    follow_up: Mapping[str, Sequence[str]] = {}
    """For a talk: by name, what can be said to any topic."""

    def find_reply(self, asked: ParsedPrompt) -> ExampleTurn | None:
        """Return the written reply to a request for a text; None if it has to be generated."""
        if self.lines:
            return self._find_line(asked) or self._summarize(asked.last)
        name = _find_name(asked.system, self.turns)
        if not name and asked.quotes:
            # An editor reads answers of others.
            return ExampleTurn(text=self.final, answer=self.final_answer)
        # A seat that the example does not know has the turns of one that it knows.
        turns = self.turns[name or list(self.turns)[digest(asked.seat, self.task) % len(self.turns)]]
        return turns[min(asked.round, len(turns)) - 1]

    def _find_line(self, asked: ParsedPrompt) -> ExampleTurn | None:
        """Return a sentence of a speaker that was not used yet, on the topic first."""
        name = _find_name(asked.system, self.follow_up)
        said = "\n".join(asked.replies)
        lines = (*self.lines.get(asked.question, {}).get(name, ()), *self.follow_up.get(name, ()))
        return next((ExampleTurn(text=line) for line in lines if line not in said), None)

    def _summarize(self, talk: str) -> ExampleTurn | None:
        """Return the summary of a talk with three of its sentences; None if it has fewer written ones."""
        found = sorted(
            (talk.index(line), name, line)
            for lines in self.lines.values()
            for name, said in lines.items()
            for line in said
            if line in talk
        )
        if len(found) < _MIN_QUOTES:
            return None
        quoted = [found[0], found[len(found) // 2], found[-1]]
        names = {f"name{n}": name for n, (_, name, _) in enumerate(quoted, 1)}
        lines = {f"line{n}": line for n, (_, _, line) in enumerate(quoted, 1)}
        return ExampleTurn(text=self.final.format(**names, **lines))


@cache
def load_examples() -> tuple[Example, ...]:
    """Return the examples, by the names of their tasks."""
    return tuple(
        Example(task=path.stem, **tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(_FOLDER.glob("*.toml"))
    )


def find_example(text: str) -> Example | None:
    """Return the example whose question a text asks; None if there is none.

    An earlier question of the conversation, which is quoted before the question, is not asked again.
    """
    text = _EARLIER_QUESTION.sub("", text)
    return next((one for one in load_examples() if one.question in text), None)


def _find_name(system: str, names: Iterable[str]) -> str:
    """Return which of the names a system prompt is for, "" if none."""
    return next((name for name in names if re.search(rf"\b(?:You are|Speak as) {name}\b", system)), "")
