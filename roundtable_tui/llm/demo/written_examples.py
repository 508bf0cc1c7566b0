"""The written examples of the demo: shipped tasks whose discussions were written by hand.

Each is a file in `examples`, by the name of its task. Other questions get generated text.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from roundtable_tui.llm.demo import EXAMPLE_TITLES
from roundtable_tui.llm.demo.prompt_parser import ParsedPrompt, digest
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MIN_QUOTES = 3
_FOLDER = Path(__file__).with_name("examples")
_EARLIER_QUESTION = lazy_compile(r"^<<[^<>\n]*\bquestion \d+>>\n.*?^<</[^<>\n]*>>$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExampleTurn:
    """One turn of a seat."""

    text: str
    answer: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the texts of a discussion of it: the content of a file here."""

    task: str
    """The shipped task that the question is from."""
    question: str
    """The start of the question, up to a sentence's end."""
    final: str
    """The text of an editor or a summary; for a talk with places for three quotations and their speakers."""
    final_answer: str = ""
    """The answer at the end of `final`, if it has one."""
    turns: Mapping[str, Sequence[ExampleTurn]] = field(default_factory=dict)
    """By the name of the seat: its turns, one per round."""
    directions: Sequence[str] = ()
    """What the captain names as in dispute, by round."""
    reason: str = ""
    """Why the captain chooses the most frequent answer."""
    lines: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """For a talk: by topic and name, what is said on it."""
    follow_up: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """For a talk: by name, what can be said to any topic."""


@cache
def load_examples() -> tuple[Example, ...]:
    """Return the examples in the order in which they are offered."""
    return tuple(map(_load, EXAMPLE_TITLES))


def _load(task: str) -> Example:
    data = tomllib.loads((_FOLDER / f"{task}.toml").read_text(encoding="utf-8"))
    turns = {name: [ExampleTurn(**turn) for turn in own] for name, own in data.pop("turns", {}).items()}
    return Example(task, turns=turns, **data)


def find_example(text: str) -> Example | None:
    """Return the example whose question a text asks; None if there is none.

    An earlier question of the conversation, which is quoted before the question, is not asked again.
    """
    text = _EARLIER_QUESTION.sub("", text)
    return next((one for one in load_examples() if one.question in text), None)


def find_reply(asked: ParsedPrompt) -> ExampleTurn | None:
    """Return the written reply to a request for a text; None if it has to be generated."""
    example = find_example(asked.text)
    if example is None or asked.words:
        return None
    if example.lines:
        return _find_line(example, asked) or _summarize(example, asked.last)
    name = _find_name(asked.system, example.turns)
    if not name and "<<" in asked.last:
        return ExampleTurn(example.final, example.final_answer)  # An editor reads the answers of others.
    turns = example.turns[name] if name else _choose_turns(example, asked.seat)
    return turns[min(asked.round, len(turns)) - 1]


def adapt_decision(text: str, asked: ParsedPrompt) -> str:
    """Return a generated decision (JSON) as the example has it: no consensus over different answers, the
    written direction of its round, and the most frequent answer as the choice.
    """
    example = find_example(asked.text)
    decision = json.loads(text)
    answers = [block.strip().splitlines()[-1].strip().lower() for block in asked.quotes if block.strip()]
    if example is None or not isinstance(decision, dict) or not answers:
        return text
    given = len(asked.replies)
    if "consensus" in decision:
        decision["consensus"] = len(set(answers)) == 1
        if not decision["consensus"] and "direction" in decision and given < len(example.directions):
            decision["direction"] = example.directions[given]
    if "choice" in decision:
        most_frequent = max(answers, key=answers.count)
        decision["choice"] = answers.index(most_frequent) + 1
        if "reason" in decision:
            decision["reason"] = example.reason
    return json.dumps(decision, ensure_ascii=False)


def _find_line(example: Example, asked: ParsedPrompt) -> ExampleTurn | None:
    """Return a sentence of a speaker that was not used yet, on the topic first."""
    name = _find_name(asked.system, example.follow_up)
    said = "\n".join(asked.replies)
    lines = (*example.lines.get(asked.question, {}).get(name, ()), *example.follow_up.get(name, ()))
    return next((ExampleTurn(line) for line in lines if line not in said), None)


def _summarize(example: Example, talk: str) -> ExampleTurn | None:
    """Return the summary of a talk with three of its sentences; None if it has fewer written ones."""
    found = sorted(
        (talk.index(line), name, line)
        for lines in example.lines.values()
        for name, said in lines.items()
        for line in said
        if line in talk
    )
    if len(found) < _MIN_QUOTES:
        return None
    quoted = [found[0], found[len(found) // 2], found[-1]]
    names = {f"name{n}": name for n, (_, name, _) in enumerate(quoted, 1)}
    lines = {f"line{n}": line for n, (_, _, line) in enumerate(quoted, 1)}
    return ExampleTurn(example.final.format(**names, **lines))


def _find_name(system: str, names: Mapping[str, object]) -> str:
    """Return which of the names a system prompt is for, "" if none."""
    return next((name for name in names if re.search(rf"\b(?:You are|Speak as) {name}\b", system)), "")


def _choose_turns(example: Example, seat: str) -> Sequence[ExampleTurn]:
    """Return the turns of one of the example's seats for a seat that it does not know."""
    turns = list(example.turns.values())
    return turns[digest(seat, example.task) % len(turns)]
