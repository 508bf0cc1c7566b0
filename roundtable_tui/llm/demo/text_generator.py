"""Generate the demo's text from a grammar: kinds of texts, with placeholders for texts of other kinds."""

from __future__ import annotations

import re
from random import Random

from roundtable_tui.answers.asked.question import read_question
from roundtable_tui.llm.demo.prompt_parser import CORPUS, ParsedPrompt, digest
from roundtable_tui.llm.demo.reply import split_tokens
from roundtable_tui.utils.lazy_pattern import lazy_compile

_CALCULATION = lazy_compile(r"\bwhat is\b.*\d", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


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
    if asked.round >= 3 or (asked.round == 2 and digest(seed, asked.seat, "second") % 3):
        return answers[digest(seed, "common", asked.question) % len(answers)]
    return answers[digest(seed, asked.seat, asked.question) % len(answers)]


class TextGenerator:
    """Writes the text of one reply, without sentences that occur in the conversation before it."""

    def __init__(self, asked: ParsedPrompt, random: Random) -> None:
        self._random = random
        self._asked = asked
        self._used: set[str] = set()
        self._kinds = {
            **CORPUS,
            "topic": asked.topics,
            "name": asked.names,
            "statement": asked.statements or CORPUS["point"],
            "aside": CORPUS["aside"] if asked.names else CORPUS["point"],
            "opening": CORPUS["opening"] if asked.round == 1 else CORPUS["reply"],
        }

    def write(self, kind: str, max_tokens: int | None = None) -> str:
        """Return a text of a kind of the corpus, without paragraphs that do not fit into `max_tokens`."""
        paragraphs = self._expand(kind).split("\n\n")
        while max_tokens is not None and len(paragraphs) > 1:
            if len(split_tokens("\n\n".join(paragraphs))) <= max_tokens:
                break
            paragraphs.pop(-2)
        return "\n\n".join(paragraphs)

    def _expand(self, kind: str) -> str:
        """Return a text that is new in the conversation; one that is not if there is no other."""
        options = set(self._kinds[kind]) - self._used or self._kinds[kind]
        text = ""
        for template in self._random.sample(sorted(options), len(options)):
            text = _PLACEHOLDER.sub(lambda found: self._expand(found[1]), template)
            self._used.add(template)
            if text not in self._asked.text:
                break
        return text
