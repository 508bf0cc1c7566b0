"""Parse a chat request: its question, its round, the participants, and the kind of reply wanted."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from roundtable_tui.answers.marker import ANY_MARKER
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_CHARACTERS = 20_000
"""Read of one message: a reply of 200 words needs no more."""
_MAX_STATEMENTS = 400
CORPUS = tomllib.loads(Path(__file__).with_name("corpus.toml").read_text("utf-8"))
"""Sentences with placeholders, by kind, and `words`."""
WORDS = {kind: frozenset(words.split()) for kind, words in CORPUS["words"].items()}

_WORD = lazy_compile(r"[^\W_][\w'’+#.-]*[\w+#]|[^\W_]")

_QUOTED = lazy_compile(r"^<<(?!/)([^<>\n]{1,120})>>\n(.*?)^<</[^<>\n]{1,60}>>$", re.MULTILINE | re.DOTALL)
_BOUNDARY = lazy_compile(r"^<</?[^<>\n]{1,120}>>$", re.MULTILINE)
_LABELLED = lazy_compile(r"\b(new )?(?:question|theme|topic)\b[^:\n?.]{0,40}:\s*([^\n]+)", re.IGNORECASE)
_ANSWER_LABEL = lazy_compile(r"^Answer:[ \t]*$", re.MULTILINE)
_BACKGROUND = lazy_compile(r"^(?:background|context)\b[^:\n]{0,40}:\s*(.+?)(?:\n\n|\Z)", re.I | re.M | re.S)
_OTHERS = lazy_compile(
    r"\b(?:discussion with|participants(?: are|:)) ([^\n]{3,300}?)(?:\. The theme|\.?\s*$)", re.I | re.M
)
_ROUND = lazy_compile(r"\bround (\d{1,3})\b", re.IGNORECASE)
_PLAIN = lazy_compile(
    r"\b(?:no|without) (?:lists|markup|markdown|headings)|\bplain (?:text|prose)", re.IGNORECASE
)
_BRIEF = lazy_compile(
    r"\b(?:one (?:or|to) (?:two|three)|two or three|\d ?(?:-|to) ?\d) sentences", re.IGNORECASE
)
_ONE_WORD = lazy_compile(r"\b(?:one|single)(?: \w+)? word\b", re.IGNORECASE)
_OFFERED = lazy_compile(r"\b[A-Z]{2,20}\b|[\"'“`]([A-Za-z]{2,20})[\"'”`]")
_INSTRUCTION = lazy_compile(
    r"\b(?:you|your|yours|yourself|answer with|do not|don't|reply|json|schema|quoted?|marker|moderator)\b",
    re.IGNORECASE,
)
_SENTENCE_END = lazy_compile(
    r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<!\bMrs\.)(?<!\be\.g\.)(?<!\bi\.e\.)\s+|(?<=[。！？])|\n+"
)
_DECORATION = lazy_compile(r"^(?:\s*(?:[-*+•>#|]+|\d+[.)])\s*)+|[*_`|]+")


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """A conversation as the demo understands it."""

    question: str
    topics: tuple[str, ...]
    """Phrases of the question that can stand in a sentence: `the backend`, `Rust`."""
    round: int
    """From 1: the number of this seat's answers plus one, or what the prompt says."""
    marker: str
    """The answer marker that the reply must end with, or ""."""
    answers: tuple[str, ...]
    """The final answers that the last message quotes."""
    quotes: tuple[str, ...]
    """The texts that the last message quotes."""
    names: tuple[str, ...]
    """The other participants of a discussion."""
    is_plain: bool
    """True if the reply should have no Markdown."""
    is_brief: bool
    """True if the reply should have one to three sentences."""
    words: tuple[str, ...]
    """If any, the reply is one of these words; the first agrees, the last does not."""
    seat: str
    """Identifies the seat: a digest of the system prompt and the model."""
    statements: tuple[str, ...]
    """Sentences of the background and of what was asked."""
    text: str
    """The whole conversation."""
    system: str
    """The system prompt."""
    last: str
    """The last message of the user."""
    replies: tuple[str, ...]
    """This seat's earlier replies."""

    def is_agreed(self, chance: float) -> bool:
        """Return True if the quoted answers agree; without any, from round 3, in round 2 by `chance`."""
        if len(self.answers) > 1:
            return len(set(self.answers)) == 1
        return self.round >= 3 or (self.round == 2 and chance < 0.34)


def parse_prompt(messages: Sequence[Mapping[str, Any]], model: str = "") -> ParsedPrompt:
    """Parse the messages of a chat request."""
    turns = [(str(m.get("role") or ""), _shorten(get_text(m.get("content")))) for m in messages]
    system = "\n".join(text for role, text in turns if role in ("system", "developer"))
    asked = [text for role, text in turns if role == "user"] or [system]
    own = [text for role, text in turns if role == "assistant"]
    everything = "\n".join([system, *asked])
    question = find_question(asked, system)
    return ParsedPrompt(
        question=question,
        topics=find_topics(question),
        round=_find_round(asked[-1], len(own)),
        # A marker whose token was struck out belongs to a quotation.
        marker=next((m for m in reversed(ANY_MARKER.findall(everything)) if "*" not in m), ""),
        answers=_find_answers(asked[-1]),
        quotes=tuple(block for _, block in _QUOTED.findall(asked[-1])),
        names=find_names(system),
        is_plain=bool(_PLAIN.search(everything)),
        is_brief=bool(_BRIEF.search(everything)),
        words=_find_words(asked[-1]),
        seat=str(digest(system, model)),
        statements=_find_statements(system, asked),
        text="\n".join(text for _, text in turns),
        system=system,
        last=asked[-1],
        replies=tuple(own),
    )


def get_text(content: Any) -> str:
    """Return the text of a message's content, which may be a string or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return ""


def digest(*parts: object) -> int:
    """Return a 64-bit hash of `parts`, the same on every machine and in every process."""
    data = "\x1f".join(map(str, parts)).encode("utf-8", "replace")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")


def split_sentences(text: str) -> list[str]:
    """Split `text` into sentences without Markdown; `Ms. X` and `e.g. this` stay whole."""
    pieces = (_DECORATION.sub("", piece).strip() for piece in _SENTENCE_END.split(_BOUNDARY.sub("\n", text)))
    return [piece for piece in pieces if piece]


def find_question(asked: Sequence[str], system: str = "") -> str:
    """Return the question: the newest labelled as new, else one labelled as such, else the last one asked."""
    texts = [_QUOTED.sub("\n", text) for text in asked]
    labelled = [found for text in texts for found in _LABELLED.findall(text)]
    newest = [question for is_new, question in labelled if is_new]
    sentences = split_sentences(texts[0]) or split_sentences(asked[0])
    asking = [one for one in sentences if one.endswith(("?", "？"))]
    themes = [theme for _, theme in _LABELLED.findall(system)]
    plain = [one for one in sentences if not ANY_MARKER.search(one) and not _INSTRUCTION.search(one)]
    found = newest[-1:] or [one for _, one in labelled] or asking[-1:] or themes or plain or sentences or [""]
    return str(found[0]).strip()[:400]


def find_topics(question: str) -> tuple[str, ...]:
    """Return phrases that can stand as a noun: names, and words after an article or a preposition."""
    words = _WORD.findall(question)
    found: list[str] = []
    later: list[str] = []
    for i, word in enumerate(words):
        before = words[i - 1].lower() if i else ""
        if word.lower() in WORDS["function"]:
            continue
        phrase = word
        if i + 1 < len(words) and words[i + 1].lower() not in WORDS["function"]:
            phrase = f"{word} {words[i + 1]}"
        if before in WORDS["articles"]:
            later.append(f"{before if before in ('a', 'an') else 'the'} {phrase}")
        elif before in WORDS["prepositions"]:
            found.append(phrase)
        elif i and word[0].isupper():
            found.append(word)
    found += later
    if not found:
        found = [w for w in words if w.lower() not in WORDS["function"] and len(w) > 2][-2:]
    return tuple(dict.fromkeys(found))[:6] or ("the question",)


def find_names(system: str) -> tuple[str, ...]:
    """Return the other participants that a system prompt names."""
    others = _OTHERS.search(system)
    return tuple(re.split(r", | and ", others[1])) if others else ()


def _shorten(text: str) -> str:
    """Return a long text without its middle."""
    half = _MAX_CHARACTERS // 2
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:half]}\n{text[-half:]}"


def _find_round(last: str, answered: int) -> int:
    """Return the round, from 1."""
    named = _ROUND.search(_QUOTED.sub("\n", last))
    return max(answered + 1, int(named[1]) if named else 1)


def _find_answers(last: str) -> tuple[str, ...]:
    """Return what follows the marker, or the label in its place, in each quoted answer, in lower case."""
    blocks = [block for _, block in _QUOTED.findall(last)]
    tails = [ANY_MARKER.split(block)[-1] for block in blocks if ANY_MARKER.search(block)]
    tails = tails or [_ANSWER_LABEL.split(block)[-1] for block in blocks if _ANSWER_LABEL.search(block)]
    return tuple(" ".join(tail.lower().split()) for tail in tails)


def _find_words(last: str) -> tuple[str, ...]:
    """Return the words of which one is wanted as the whole reply, or ()."""
    order = _ONE_WORD.search(last)
    if order is None:
        return ()
    line = last[last.rfind("\n", 0, order.start()) + 1 :]
    return tuple(dict.fromkeys(m[1] or m[0] for m in _OFFERED.finditer(line))) or ("yes", "no")


def _find_statements(system: str, asked: Sequence[str]) -> tuple[str, ...]:
    """Return the request's statements without instructions; where a message quotes, those that it quotes."""
    texts = _BACKGROUND.findall(system)
    for text in asked:
        texts += [block for _, block in _QUOTED.findall(text)] or [text]
    return tuple(s for text in texts for s in split_sentences(text) if _is_statement(s))[-_MAX_STATEMENTS:]


def _is_statement(sentence: str) -> bool:
    """Return True for a sentence that can be quoted: neither an instruction nor a piece of markup."""
    return (
        20 <= len(sentence) <= 300
        and sentence[-1] in ".!。！"
        and not _INSTRUCTION.search(sentence)
        and not re.search(r"[\[\]<>{}=|]", sentence)
    )
