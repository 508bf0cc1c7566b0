"""What a decision of the demo says in the properties that it knows by name, such as `consensus`."""

from __future__ import annotations

from random import Random
from typing import Any

from roundtable_tui.llm.demo.prompt_parser import CORPUS, ParsedPrompt
from roundtable_tui.llm.demo.text_generator import choose_answer
from roundtable_tui.llm.demo.written_examples import Example

_AGREEMENT = ("consensus", "agree", "agreed", "agreement", "done", "finished", "conclude")
_ANSWERS = ("answer", "final_answer", "verdict", "conclusion", "result")
_NAMES = ("name", "title", "topic", "label")


def is_agreed(asked: ParsedPrompt, random: Random) -> bool:
    """Return True if the quoted answers agree; without several, from round 3, and sometimes in round 2."""
    if len(asked.answers) > 1:
        return len(set(asked.answers)) == 1
    return asked.round >= 3 or (asked.round == 2 and random.random() < 0.34)


def decide(asked: ParsedPrompt, example: Example | None, random: Random, seed: int) -> dict[str, Any]:
    """Return values by the names of properties: agreement, its direction, the most frequent answer, names."""
    agreed = is_agreed(asked, random)
    known: dict[str, Any] = {
        "disputed": not agreed,
        "direction": "" if agreed else random.choice(CORPUS["direction"]),
        **dict.fromkeys(_AGREEMENT, agreed),
        **dict.fromkeys(_ANSWERS, choose_answer(asked, seed)),
        **dict.fromkeys(_NAMES, asked.topics[0].capitalize()),
    }
    if asked.answers:
        known["choice"] = asked.answers.index(max(asked.answers, key=asked.answers.count)) + 1
    if example is not None and example.reason:
        known["reason"] = example.reason
        if not agreed and len(asked.replies) < len(example.directions):
            known["direction"] = example.directions[len(asked.replies)]
    return known
