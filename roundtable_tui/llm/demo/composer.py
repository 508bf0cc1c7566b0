"""Compose replies: written ones, or text from a grammar, words and JSON as the prompt asks for them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from roundtable_tui.answers.asked.question import read_question
from roundtable_tui.llm.demo.prompt_parser import CORPUS, PATTERNS, ParsedPrompt, digest
from roundtable_tui.llm.demo.schema import generate_instance
from roundtable_tui.llm.demo.wire import CompletionRequest, Reply, split_tokens
from roundtable_tui.llm.demo.written_examples import Example, find_example

_MIN_REASONING_LIMIT = 200
"""With a lower limit of tokens there is no reasoning, which would leave no room for an answer."""


def compose_reply(request: CompletionRequest, model: str, seed: int, number: int = 0) -> Reply:
    """Return the reply to a request; equal ones with another `number` have others. Raises ApiError."""
    asked = ParsedPrompt(request.messages, model)
    random = Random(digest(seed, model, request.conversation, request.seed, request.temperature, number))
    write = _make_writer(asked, random)
    example, form = find_example(asked.text), request.find_form()
    written = example.find_reply(asked) if example and not form and not asked.words else None
    reasoning: tuple[str, ...] = ()
    left = request.limit or sys.maxsize
    percent = CORPUS["models"][model]["reasoning_percent"] if left >= _MIN_REASONING_LIMIT else 0
    if digest(asked.seat, "thinks") % 100 < percent:
        reasoning = split_tokens(written.reasoning if written else write("thinking"))
        left -= len(reasoning)
    if form is not None:
        known = _find_values(asked, example, random, seed)
        text = generate_instance(form, random, known, partial(write, "point"))
    elif written is not None:
        text = written.join_answer(asked.marker)
    elif asked.words:
        text = asked.words[0 if _is_agreed(asked, random) else 1]
    else:
        *body, ending = write(asked.kind).split("\n\n")
        answer = [f"{asked.marker}\n{choose_answer(asked, seed)}"] if asked.marker else []
        while len(split_tokens(text := "\n\n".join([*body, ending, *answer]))) > left and body:
            body.pop()
    function = form.function if form else ""
    if not function:
        for stop in [request.stop] if isinstance(request.stop, str) else request.stop or ():
            text = text.split(stop, 1)[0] if stop else text
    whole = split_tokens(text)
    end = "length" if len(whole) > left else "tool_calls" if function else "stop"
    return Reply(reasoning, whole[:left], function, end)


def list_answers(question: str) -> tuple[str, ...]:
    """Return two or more short answers that fit the form of `question`, regardless of its subject."""
    asked = read_question(question)
    offered = tuple(asked.options) or tuple(choice[:1].upper() + choice[1:] for choice in asked.choices)
    if len(offered) > 1:
        return offered
    is_number = asked.wants == "number" or PATTERNS["calculation"].search(question)
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


def _find_values(asked: ParsedPrompt, example: Example | None, random: Random, seed: int) -> dict[str, Any]:
    """Return values by the names of properties: agreement, its direction, the most frequent answer, names."""
    agreed = _is_agreed(asked, random)
    direction = "" if agreed else random.choice(CORPUS["direction"])
    known: dict[str, Any] = {"disputed": not agreed, "direction": direction}
    topic = asked.topics[0].capitalize()
    for kind, value in {"agreement": agreed, "answer": choose_answer(asked, seed), "name": topic}.items():
        known |= dict.fromkeys(CORPUS["properties"][kind], value)
    if asked.answers:
        known["choice"] = asked.answers.index(max(asked.answers, key=asked.answers.count)) + 1
    if example is not None and example.reason:
        known["reason"] = example.reason
        if not agreed and len(asked.replies) < len(example.directions):
            known["direction"] = example.directions[len(asked.replies)]
    return known


def _make_writer(asked: ParsedPrompt, random: Random) -> Callable[[str], str]:
    """Return a function that writes a text of a kind of the corpus, if possible one that was not said yet."""
    kinds = {
        **CORPUS,
        "topic": asked.topics,
        "name": asked.names,
        "statement": asked.statements or CORPUS["point"],
        "aside": CORPUS["aside"] if asked.names else CORPUS["point"],
        "opening": CORPUS["opening"] if asked.round == 1 else CORPUS["reply"],
    }
    used: set[str] = set()

    def write(kind: str) -> str:
        options = set(kinds[kind]) - used or kinds[kind]
        for template in random.sample(sorted(options), len(options)):
            text = re.sub(r"\{(\w+)\}", lambda found: write(found[1]), template)
            used.add(template)
            if text not in asked.text:
                break
        return text

    return write
