"""Parse a conversation: its question, its round, and the kind of reply wanted."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.marker import ANY_MARKER
from roundtable_tui.llm.demo.wire import Message
from roundtable_tui.utils.lazy_pattern import lazy_compile

_HALF = 10_000
"""Characters read of each end of a message: a reply of 200 words needs no more."""
CORPUS = tomllib.loads(Path(__file__).with_name("corpus.toml").read_text("utf-8"))
"""Texts with placeholders, by kind, and `models`, `properties`, `patterns` and `words`."""
_WORDS = {kind: rf"(?i:{'|'.join(words.split())})\b" for kind, words in CORPUS["words"].items()}
PATTERNS = {name: lazy_compile(pattern % _WORDS) for name, pattern in CORPUS["patterns"].items()}


class ParsedPrompt:
    """A conversation as the demo understands it."""

    def __init__(self, messages: Sequence[Message], model: str = "") -> None:
        texts = [(message.role, _shorten(message.text)) for message in messages]
        self.text = "\n".join(text for _, text in texts)
        self.system = "\n".join(text for role, text in texts if role in ("system", "developer"))
        self.asked = [text for role, text in texts if role == "user"] or [self.system]
        self.last = self.asked[-1]
        self.replies = [text for role, text in texts if role == "assistant"]
        """This seat's earlier replies."""
        self.seat = digest(self.system, model)
        quotes: list[str] = PATTERNS["quoted"].findall(self.last)
        self.answers = [text.strip().rpartition("\n")[2].strip().lower() for text in quotes]
        """The last lines of the texts that the last message quotes, in lower case."""
        named = PATTERNS["round"].search(PATTERNS["quoted"].sub("\n", self.last))
        self.round = max(len(self.replies) + 1, int(named[1]) if named else 1)
        """The round, from 1: the number of this seat's replies plus one, or what the last message says."""
        prompts = "\n".join([self.system, *self.asked])
        # A marker whose token was struck out belongs to a quotation.
        self.marker = ([""] + [marker for marker in ANY_MARKER.findall(prompts) if "*" not in marker])[-1]
        """The answer marker that the reply must end with, or ""."""
        self.kind = next((kind for kind in ("brief", "plain") if PATTERNS[kind].search(prompts)), "essay")
        """The kind of text that is wanted: `brief`, or `plain`, without Markdown, or `essay`."""
        self.words: tuple[str, ...] = next(iter(PATTERNS["one_word"].findall(self.last)), ())
        """The words of which one is wanted as the whole reply: the first agrees, the second does not."""
        others = PATTERNS["others"].search(self.system)
        self.names = re.split(r", | and ", others[1]) if others else []
        """The other participants of a discussion."""

    @cached_property
    def question(self) -> str:
        """The newest question labelled as new, else the one of the first message: labelled, or asked last."""
        texts = [PATTERNS["quoted"].sub("\n", text) for text in self.asked]
        newest = [one for text in texts for is_new, one in PATTERNS["labelled"].findall(text) if is_new]
        labelled = [one for _, one in PATTERNS["labelled"].findall(texts[0])]
        sentences = list_sentences(texts[0]) or list_sentences(self.asked[0])
        asking = [one for one in sentences if one.endswith(("?", "？"))]
        themes = [theme for _, theme in PATTERNS["labelled"].findall(self.system)]
        found = newest[-1:] or labelled or asking[-1:] or themes or sentences or [""]
        return str(found[0]).strip()[:400]

    @cached_property
    def topics(self) -> list[str]:
        """Phrases of the question that can stand in a sentence: `the backend`, `Rust`."""
        found = []
        for article, phrase, name in PATTERNS["topic"].findall(self.question):
            before = article.lower() if article.lower() in ("", "a", "an") else "the"
            found.append(f"{before} {phrase}".strip() or name)
        return found or PATTERNS["content"].findall(self.question)[-2:] or ["the question"]

    @property
    def statements(self) -> list[str]:
        """Sentences of what was asked without instructions; if texts are quoted, of these alone."""
        quoted = [block for text in self.asked for block in PATTERNS["quoted"].findall(text)]
        return [
            one
            for text in quoted or self.asked
            for one in list_sentences(text)
            if 20 <= len(one) <= 300 and one[-1] in ".!。！" and not PATTERNS["instruction"].search(one)
        ]


def digest(*parts: object) -> int:
    """Return a 64-bit hash of `parts`, the same on every machine and in every process."""
    data = "\x1f".join(map(str, parts)).encode("utf-8", "replace")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")


def list_sentences(text: str) -> list[str]:
    """Return the sentences of a text without its markup and the lines around its quotations."""
    lines = PATTERNS["quotation_line"].sub("", text).splitlines()
    return [sentence for line in lines for sentence in split_sentences(strip_markup(line))]


def _shorten(text: str) -> str:
    """Return a long text without its middle."""
    return text if len(text) <= 2 * _HALF else f"{text[:_HALF]}\n{text[-_HALF:]}"
