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
from roundtable_tui.llm.demo.request import Message
from roundtable_tui.utils.lazy_pattern import lazy_compile

_HALF = 10_000
"""Characters read of each end of a message: a reply of 200 words needs no more."""
CORPUS = tomllib.loads(Path(__file__).with_name("corpus.toml").read_text("utf-8"))
"""Texts with placeholders, by kind, and `words`."""

_QUOTED = lazy_compile(r"^<<(?!/)[^<>\n]{1,120}>>\n(.*?)^<</[^<>\n]{1,60}>>$", re.MULTILINE | re.DOTALL)
_LABELLED = lazy_compile(r"\b(new )?(?:question|theme|topic)\b[^:\n?.]{0,40}:\s*([^\n]+)", re.IGNORECASE)
_OTHERS = lazy_compile(
    r"\b(?:discussion with|participants(?: are|:)) ([^\n]{3,300}?)(?:\. The theme|\.?\s*$)", re.I | re.M
)
_ROUND = lazy_compile(r"\bround (\d{1,3})\b", re.IGNORECASE)
_PLAIN = lazy_compile(r"\b(?:no|without) (?:lists|markup|markdown|headings)|\bplain (?:text|prose)", re.I)
_BRIEF = lazy_compile(r"\b(?:one (?:or|to) (?:two|three)|two or three|\d ?(?:-|to) ?\d) sentences", re.I)
_ONE_WORD = lazy_compile(
    r"\b(?:one|single)(?: \w+)? word\b.*?(\w{2,20})[\"'”`]? or [\"'“`]?(\w{2,20})", re.IGNORECASE
)
_INSTRUCTION = lazy_compile(
    r"[\[\]<>{}=|]|\b(?:you|yours?|yourself|answer with|do not|don't|reply|json|schema|quoted?|marker)\b",
    re.IGNORECASE,
)
_BOUNDARY = lazy_compile(r"^<<.*>>$", re.MULTILINE)
_WORDS = {kind: rf"(?i:{'|'.join(words.split())})\b" for kind, words in CORPUS["words"].items()}
_CONTENT = lazy_compile(rf"\b(?!{_WORDS['function']})\w\w\w+")
_TOPIC = lazy_compile(
    r"\b(?:({articles})|{prepositions})\s+((?!{function})\w[\w'’-]*(?:\s(?!{function})\w[\w'’-]*)?)"
    r"|(?<!^)\b(?!{function})([A-Z][\w+#.-]*[\w+#])".format_map(_WORDS)
)


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
        """Identifies the seat."""
        self.quotes: list[str] = _QUOTED.findall(self.last)
        """The texts that the last message quotes."""
        self.answers = [text.strip().rpartition("\n")[2].strip().lower() for text in self.quotes]
        """Their last lines, in lower case."""
        named = _ROUND.search(_QUOTED.sub("\n", self.last))
        self.round = max(len(self.replies) + 1, int(named[1]) if named else 1)
        """The round, from 1: the number of this seat's replies plus one, or what the last message says."""
        prompts = "\n".join([self.system, *self.asked])
        # A marker whose token was struck out belongs to a quotation.
        markers = [marker for marker in ANY_MARKER.findall(prompts) if "*" not in marker]
        self.marker = markers[-1] if markers else ""
        """The answer marker that the reply must end with, or ""."""
        self.kind = "brief" if _BRIEF.search(prompts) else "plain" if _PLAIN.search(prompts) else "essay"
        """The kind of text that is wanted: `brief`, or `plain`, without Markdown, or `essay`."""
        order = _ONE_WORD.search(self.last)
        self.words = (order[1], order[2]) if order else None
        """The words of which one is wanted as the whole reply: the first agrees, the second does not."""
        others = _OTHERS.search(self.system)
        self.names = re.split(r", | and ", others[1]) if others else []
        """The other participants of a discussion."""

    @cached_property
    def question(self) -> str:
        """The newest question labelled as new, else the one of the first message: labelled, or asked last."""
        texts = [_QUOTED.sub("\n", text) for text in self.asked]
        newest = [one for text in texts for is_new, one in _LABELLED.findall(text) if is_new]
        labelled = [one for _, one in _LABELLED.findall(texts[0])]
        sentences = list_sentences(texts[0]) or list_sentences(self.asked[0])
        asking = [one for one in sentences if one.endswith(("?", "？"))]
        themes = [theme for _, theme in _LABELLED.findall(self.system)]
        found = newest[-1:] or labelled or asking[-1:] or themes or sentences or [""]
        return str(found[0]).strip()[:400]

    @cached_property
    def topics(self) -> list[str]:
        """Phrases of the question that can stand in a sentence: `the backend`, `Rust`."""
        found = []
        for article, phrase, name in _TOPIC.findall(self.question):
            before = article.lower() if article.lower() in ("", "a", "an") else "the"
            found.append(f"{before} {phrase}".strip() or name)
        return found or _CONTENT.findall(self.question)[-2:] or ["the question"]

    @property
    def statements(self) -> list[str]:
        """Sentences of what was asked without instructions; if texts are quoted, of these alone."""
        quoted = [block for text in self.asked for block in _QUOTED.findall(text)]
        return [
            one
            for text in quoted or self.asked
            for one in list_sentences(text)
            if 20 <= len(one) <= 300 and one[-1] in ".!。！" and not _INSTRUCTION.search(one)
        ]


def digest(*parts: object) -> int:
    """Return a 64-bit hash of `parts`, the same on every machine and in every process."""
    data = "\x1f".join(map(str, parts)).encode("utf-8", "replace")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")


def list_sentences(text: str) -> list[str]:
    """Return the sentences of a text without its markup and the lines around its quotations."""
    lines = _BOUNDARY.sub("", text).splitlines()
    return [sentence for line in lines for sentence in split_sentences(strip_markup(line))]


def _shorten(text: str) -> str:
    """Return a long text without its middle."""
    return text if len(text) <= 2 * _HALF else f"{text[:_HALF]}\n{text[-_HALF:]}"
