"""The demo's text maker: an order-2 Markov chain over the request's own sentences and a few of ours.

Two words choose the next; sentences begin and end as some sentence did. The chance is the caller's
own generator, so that agents in one process never disturb each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from random import Random

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]\s*|[^\s\u3040-\u30ff\u3400-\u9fff]+\s*")
_ENDS = (".", "!", "?", "。", "！", "？")
_PAIRS = (("(", ")"), ("“", "”"), ("«", "»"))
# A chain of two words loses the thread now and then: what has no verb, or "if" without its half, is dropped.
_VERBS_TEXT = """
    is are was were can cannot could should would will may must does do has have had gives makes takes tells
    says shows points rests looks matters works needs means wins beats gains falls arrives stands remains know
"""
_VERBS = frozenset(_VERBS_TEXT.split())
_OPEN = frozenset(("if", "when", "whoever", "although", "because", "while"))
_Pair = tuple[str, str]


class Chain:
    """An order-2 Markov chain over sentences; scripts without spaces go character by character."""

    def __init__(self, material: Iterable[tuple[str, int]]) -> None:
        """Take `(sentence, weight)` pairs."""
        self._next: dict[_Pair, list[str]] = {}
        self._starts: list[_Pair] = []
        for sentence, weight in material:
            tokens = _TOKEN.findall(sentence.strip())
            if len(tokens) < 3:
                continue
            tokens = [t if t[-1].isspace() or _cjk(t) else f"{t} " for t in tokens]
            for _ in range(weight):
                self._starts.append((tokens[0], tokens[1]))
                for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False):
                    self._next.setdefault((a, b), []).append(c)

    def sentence(self, random: Random, *, most: int = 30) -> str:
        """Return one sentence of at most `most` words, or nothing if the chain found no end in time."""
        if not self._starts:
            return ""
        a, b = random.choice(self._starts)
        out = [a, b]
        while not b.rstrip().endswith(_ENDS):
            followers = self._next.get((a, b))
            if not followers or len(out) >= most * (4 if _cjk(b) else 1):
                return ""
            a, b = b, random.choice(followers)
            out.append(b)
        return "".join(out).strip()


class Speech:
    """Sentences for one reply: each said once, none that this seat has said before."""

    def __init__(self, chain: Chain, random: Random, said: Iterable[str] = ()) -> None:
        self._chain = chain
        self._random = random
        self._said = {_key(s) for s in said}

    def sentence(self) -> str:
        """Return a sentence of the chain that is well formed and new; nothing if it has run dry."""
        for _ in range(12):
            made = self._chain.sentence(self._random)
            if made and _well_formed(made) and self._is_new(made):
                return made
        return ""

    def pick(self, choices: tuple[str, ...], topics: tuple[str, ...], name: str = "") -> str:
        """Return one of `choices`, filled in, that is new; any of them if all were said."""
        filled = ""
        for choice in self._random.sample(choices, len(choices)):
            filled = fill(choice, self._random.choice(topics), name)
            if self._is_new(filled):
                break
        return filled

    def _is_new(self, sentence: str) -> bool:
        key = _key(sentence)
        if key in self._said:
            return False
        self._said.add(key)
        return True


def fill(template: str, topic: str, name: str = "") -> str:
    """Put `topic` and `name` into a sentence of ours; its first letter becomes a capital."""
    text = template.replace("{topic}", topic).replace("{name}", name)
    return text[:1].upper() + text[1:]


def count(text: str) -> int:
    """Return the number of words in `text`; a character of a script without spaces is one."""
    return len(_TOKEN.findall(text))


def _key(sentence: str) -> str:
    return " ".join(re.findall(r"\w+", sentence.lower()))


def _cjk(token: str) -> bool:
    return "\u3040" <= token[0] <= "\u9fff"


def _well_formed(sentence: str) -> bool:
    words = re.findall(r"[\w'’]+|[^\w\s]", sentence.lower())
    triples = list(zip(words, words[1:], words[2:], strict=False))
    english = sentence.isascii()
    return (
        len(sentence) >= 24
        and len(triples) == len(set(triples))
        and not (english and _VERBS.isdisjoint(words))
        and not (english and words[0] in _OPEN and "," not in words)
        and all(sentence.count(a) == sentence.count(b) for a, b in _PAIRS)
        and sentence.count('"') % 2 == 0
    )
