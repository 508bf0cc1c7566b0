"""Compose replies: written ones, or text from a grammar, words and JSON as the prompt asks for them."""

from __future__ import annotations

import re
import sys
from random import Random
from typing import Any, NamedTuple

from roundtable_tui.answers.asked.question import read_question
from roundtable_tui.llm.demo.prompt_parser import CORPUS, ParsedPrompt, digest
from roundtable_tui.llm.demo.reply import Reply, cut_at_stop, split_tokens
from roundtable_tui.llm.demo.request import CompletionRequest
from roundtable_tui.llm.demo.schema import generate_instance
from roundtable_tui.llm.demo.written_examples import Example, find_example
from roundtable_tui.utils.lazy_pattern import lazy_compile


class _Model(NamedTuple):
    pace_factor: float
    first_token_s: float
    reasoning_percent: int
    """The share of seats that reason."""


MODELS = {
    "demo-large": _Model(0.8, 0.6, 50),
    "demo-small": _Model(1.5, 0.2, 20),
    "demo-thinker": _Model(1.0, 0.3, 100),
}
_MIN_REASONING_LIMIT = 200
"""With a lower limit of tokens there is no reasoning, which would leave no room for an answer."""
_AGREEMENT = ("consensus", "agree", "agreed", "agreement", "done", "finished", "conclude")
_ANSWERS = ("answer", "final_answer", "verdict", "conclusion", "result")
_NAMES = ("name", "title", "topic", "label")
_CALCULATION = lazy_compile(r"\bwhat is\b.*\d", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def compose_reply(request: CompletionRequest, model: str, seed: int, number: int = 0) -> Reply:
    """Return the reply to a request; equal ones with another `number` have others. Raises ApiError."""
    asked = ParsedPrompt(request.messages, model)
    random = Random(digest(seed, model, request.conversation, request.seed, request.temperature, number))
    generator = _TextGenerator(asked, random)
    example = find_example(asked.text)
    form = request.find_form()
    written = example.find_reply(asked) if example and not form and not asked.words else None
    reasoning: tuple[str, ...] = ()
    left = request.limit or sys.maxsize
    if left >= _MIN_REASONING_LIMIT and digest(asked.seat, "thinks") % 100 < MODELS[model].reasoning_percent:
        reasoning = split_tokens(written.reasoning if written else generator.write("thinking"))
        left -= len(reasoning)
    if form is not None:
        known = _decide(asked, example, random, seed)
        text = generate_instance(form, random, known, lambda: generator.write("point"))
    elif written is not None:
        text = _join_answer(written.text, written.answer, asked.marker)
    elif asked.words:
        text = asked.words[0 if _is_agreed(asked, random) else 1]
    else:
        answer = choose_answer(asked, seed) if asked.marker else ""
        paragraphs = generator.write(asked.kind).split("\n\n")
        text = _join_answer("\n\n".join(paragraphs), answer, asked.marker)
        while len(paragraphs) > 1 and len(split_tokens(text)) > left:
            paragraphs.pop(-2)
            text = _join_answer("\n\n".join(paragraphs), answer, asked.marker)
    function = form.function if form else ""
    whole = split_tokens(text if function else cut_at_stop(text, request.stop))
    end = "length" if len(whole) > left else "tool_calls" if function else "stop"
    return Reply(reasoning, whole[:left], function, end)


def _join_answer(text: str, answer: str, marker: str) -> str:
    """Return a text with its answer below the marker that the prompt asks for."""
    if not answer:
        return f"{marker}\n{text}" if marker else text
    return f"{text}\n\n{marker or 'Answer:'}\n{answer}"


def list_answers(question: str) -> tuple[str, ...]:
    """Return two or more short answers that fit the form of `question`, regardless of its subject."""
    asked = read_question(question)
    offered = tuple(asked.options) or tuple(choice[:1].upper() + choice[1:] for choice in asked.choices)
    if len(offered) > 1:
        return offered
    is_number = asked.wants == "number" or _CALCULATION.search(question)
    kind = "number" if is_number else "yes_or_no" if asked.is_polar else "stance"
    return tuple(Random(digest(question)).sample(CORPUS[kind], 3))


def choose_answer(asked: ParsedPrompt, seed: int) -> str:
    """Return this seat's answer: its own in round 1, that of most seats in round 2, of all from round 3."""
    answers = list_answers(asked.question)
    is_common = asked.round >= 3 or (asked.round == 2 and digest(seed, asked.seat, "second") % 3)
    return answers[digest(seed, "common" if is_common else asked.seat, asked.question) % len(answers)]


def _is_agreed(asked: ParsedPrompt, random: Random) -> bool:
    """Return True if the quoted answers agree; without several, from round 3, and sometimes in round 2."""
    if len(asked.answers) > 1:
        return len(set(asked.answers)) == 1
    return asked.round >= 3 or (asked.round == 2 and random.random() < 0.34)


def _decide(asked: ParsedPrompt, example: Example | None, random: Random, seed: int) -> dict[str, Any]:
    """Return values by the names of properties: agreement, its direction, the most frequent answer, names."""
    agreed = _is_agreed(asked, random)
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


class _TextGenerator:
    """Writes the text of one reply from a grammar: kinds of texts, with placeholders for other kinds."""

    def __init__(self, asked: ParsedPrompt, random: Random) -> None:
        self._random = random
        self._before = asked.text
        self._used: set[str] = set()
        self._kinds = {
            **CORPUS,
            "topic": asked.topics,
            "name": asked.names,
            "statement": asked.statements or CORPUS["point"],
            "aside": CORPUS["aside"] if asked.names else CORPUS["point"],
            "opening": CORPUS["opening"] if asked.round == 1 else CORPUS["reply"],
        }

    def write(self, kind: str) -> str:
        """Return a text of a kind of the corpus, if possible one that is new in the conversation."""
        options = set(self._kinds[kind]) - self._used or self._kinds[kind]
        text = ""
        for template in self._random.sample(sorted(options), len(options)):
            text = _PLACEHOLDER.sub(lambda found: self.write(found[1]), template)
            self._used.add(template)
            if text not in self._before:
                break
        return text
