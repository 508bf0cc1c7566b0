"""What a conversation asks of the demo: its question, topics and round, and how it wants to be answered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from roundtable_tui.llm.demo.topics import FUNCTION_WORDS, LABELS, topics

_MARKER = re.compile(r"\[\[\s*ANSWER[^\]\n]{0,40}\]\]", re.IGNORECASE)
_BOUNDARY = re.compile(r"^<</?[^<>\n]{1,120}>>$", re.MULTILINE)
_QUOTED = re.compile(r"^<<(?!/)[^<>\n]{1,120}>>\n(.*?)^<</[^<>\n]{1,60}>>$", re.MULTILINE | re.DOTALL)
_LEAD = re.compile(r"(?:^|\n)[ \t]*([^\W\d_][\w .'’-]{0,38}?)[ \t]*:[ \t]*$")
_SPEAKER_LINE = re.compile(
    r"^[ \t*_]*([^\W\d_][\w.'’-]{0,24}(?: [^\W\d_][\w.'’-]{0,24}){0,2})[*_]*:[*_]* \S", re.MULTILINE
)
_PARTICIPANTS = re.compile(
    r"(?:participants|at the table|taking part|discussion with|others)\b[^:\n]{0,40}[: ]+([^\n]{3,300})",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Z][\w'’-]{1,24}(?: [A-Z][\w'’-]{0,24})?")
_ROUND = re.compile(r"\bround (\d{1,3})\b", re.IGNORECASE)
_PLAIN = re.compile(
    r"\bno (?:lists|markup|markdown|headings)|plain (?:text|prose)|without (?:lists|markup|markdown)",
    re.IGNORECASE,
)
_BRIEF = re.compile(
    r"\bone or two sentences|two or three sentences|\d ?(?:-|to) ?\d sentences|one to three sentences",
    re.IGNORECASE,
)
_ONE_WORD = re.compile(r"\b(?:one|single|exactly one)(?: \w+)? word\b", re.IGNORECASE)
_OFFERED = re.compile(r"\b[A-Z]{2,20}\b|[\"'“`]([A-Za-z]{2,20})[\"'”`]")
_TO_US = re.compile(
    r"\b(?:you|your|yours|yourself|answer with|do not|don't|reply|json|schema|quoted?|marker)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<!\bMrs\.)(?<!\be\.g\.)(?<!\bi\.e\.)\s+|(?<=[。！？])|\n+"
)
_DECORATION = re.compile(r"^(?:\s*(?:[-*+•>#|]+|\d+[.)])\s*)+|[*_`|]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation as the demo understands it."""

    question: str
    topics: tuple[str, ...]
    """Phrases of the question that can stand in a sentence: `the backend`, `Rust`."""
    round: int
    """From 1: how often this seat has answered, plus one; or what the prompt says."""
    marker: str
    """The answer marker the reply must end with, or nothing."""
    speaker: str
    """Who the reply should speak as in a discussion, or nothing."""
    names: tuple[str, ...]
    """The others, where they are named."""
    plain: bool
    """No Markdown wanted."""
    brief: bool
    """One to three sentences wanted."""
    words: tuple[str, ...]
    """One of these words is the whole reply, if there are any; the first agrees, the last does not."""
    seat: str
    """What tells one seat from another: the system prompt and the model."""
    material: tuple[tuple[str, int], ...]
    """Sentences of the request with their weights."""
    said: tuple[str, ...]
    """Sentences this seat has said already."""


def text_of(content: Any) -> str:
    """Return the text of a message's content, which may be a string or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(p.get("text") or "") for p in content if isinstance(p, Mapping))
    return ""


def digest(*parts: object) -> int:
    """Return a number for `parts` that is the same on every machine and in every process."""
    return int.from_bytes(
        blake2b("\x1f".join(map(str, parts)).encode("utf-8", "replace"), digest_size=8).digest(), "big"
    )


def understand(messages: Sequence[Mapping[str, Any]], model: str = "") -> Asked:
    """Read a chat request's messages."""
    turns = [(str(m.get("role") or ""), _ends(text_of(m.get("content")))) for m in messages]
    system = "\n".join(text for role, text in turns if role in ("system", "developer"))
    asked = [text for role, text in turns if role == "user"] or [system]
    own = [text for role, text in turns if role == "assistant"]
    everything = f"{system}\n" + "\n".join(asked)
    markers = _MARKER.findall(everything)
    question = _question(asked[0])
    lead = _LEAD.search(asked[-1].rstrip())
    speaker = lead[1] if lead and lead[1].lower() not in LABELS else ""
    return Asked(
        question=question,
        topics=topics(question),
        round=_round(len(own), asked[-1]),
        marker=markers[-1] if markers else "",
        speaker=speaker,
        names=_names(system, [*asked, *own], speaker),
        plain=bool(speaker or _PLAIN.search(everything)),
        brief=bool(speaker or _BRIEF.search(everything)),
        words=_one_word(asked[-1]),
        seat=str(digest(system, model)),
        material=_material(asked, system),
        said=tuple(s for text in own for s in sentences(text)),
    )


def sentences(text: str) -> list[str]:
    """Split `text` into sentences without Markdown; `Ms. X` and `e.g. this` stay whole."""
    pieces = (_DECORATION.sub("", piece).strip() for piece in _SENTENCE_END.split(_BOUNDARY.sub("\n", text)))
    return [piece for piece in pieces if piece]


def _ends(text: str, most: int = 20_000) -> str:
    """Return a long text without its middle: a reply of 200 words needs no more, and reading costs time."""
    return text if len(text) <= most else f"{text[: most // 2]}\n{text[-most // 2 :]}"


def _question(text: str) -> str:
    quoted = [s for block in _QUOTED.findall(text) for s in sentences(block)]
    found = quoted + sentences(_QUOTED.sub("\n", text))
    asking = [s for s in found if s.endswith(("?", "？"))]
    plain = [s for s in found if not _MARKER.search(s) and not _TO_US.search(s)]
    return (asking or plain or found or [""])[0][:400]


def _round(answered: int, last: str) -> int:
    told = [int(n) for n in _ROUND.findall(last)]
    return max(answered + 1, told[0] if told else 1)


def _one_word(last: str) -> tuple[str, ...]:
    order = _ONE_WORD.search(last)
    if order is None:
        return ()
    line = last[last.rfind("\n", 0, order.start()) + 1 :]
    offered = [m[1] or m[0] for m in _OFFERED.finditer(line)]
    return tuple(dict.fromkeys(offered)) or ("yes", "no")


def _names(system: str, texts: list[str], speaker: str) -> tuple[str, ...]:
    found: list[str] = []
    for text in (system, *texts):
        for listing in _PARTICIPANTS.findall(text):
            found += _NAME.findall(listing)
    found += [name for text in texts for name in _SPEAKER_LINE.findall(text)]
    me = speaker.lower()
    return tuple(
        n
        for n in dict.fromkeys(found)
        if n.lower() not in LABELS and n.lower() not in me and n.lower() not in FUNCTION_WORDS
    )


def _material(asked: list[str], system: str) -> tuple[tuple[str, int], ...]:
    out = [(s, 3) for s in _usable(asked[-1])]
    out += [(s, 1) for text in asked[:-1] for s in _usable(text)]
    out += [(s, 1) for s in _usable(system)]
    return tuple(out[:400])


def _usable(text: str) -> list[str]:
    """Return what is said in `text` and leave out what is ordered: instructions read badly in an answer."""
    return [
        s
        for s in sentences(text)
        if 20 <= len(s) <= 300
        and s[-1] in ".!。！"
        and not _TO_US.search(s)
        and not re.search(r"[\[\]<>{}=|]", s)
    ]
