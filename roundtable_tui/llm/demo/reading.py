"""What stands in a prompt: its question, who is there, what is quoted, what is wanted of the reply."""

from __future__ import annotations

import re
from collections.abc import Sequence

from roundtable_tui.llm.demo.topics import FUNCTION_WORDS, LABELS

MARKER = re.compile(r"\[\[\s*ANSWER[^\]\n]{0,40}\]\]", re.IGNORECASE)
_QUOTED = re.compile(r"^<<(?!/)([^<>\n]{1,120})>>\n(.*?)^<</[^<>\n]{1,60}>>$", re.MULTILINE | re.DOTALL)
_BOUNDARY = re.compile(r"^<</?[^<>\n]{1,120}>>$", re.MULTILINE)
_LABELLED = re.compile(r"\b(?:question|theme|topic)\b[^:\n?.]{0,40}:\s*([^\n]+)", re.IGNORECASE)
_NEW_TOPIC = re.compile(r"\bnew (?:question|topic)\b[^:\n?.]{0,40}:\s*([^\n]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"^(?:background|context)\b[^:\n]{0,40}:\s*(.+?)(?:\n\n|\Z)", re.I | re.M | re.S)
_LEAD = re.compile(r"(?:^|\n)[ \t]*([^\W\d_][\w .'’-]{0,38}?)[ \t]*:[ \t]*$")
_SPEAKER_LINE = re.compile(
    r"^[ \t*_]*([^\W\d_][\w.'’-]{0,24}(?: [^\W\d_][\w.'’-]{0,24}){0,2})[*_]*:[*_]* \S", re.MULTILINE
)
_NAME_TAG = re.compile(r"^[ \t*_]*[A-Z][\w.'’-]{0,24}(?: [A-Z][\w.'’-]{0,24})?[*_]*:[*_]* ", re.MULTILINE)
_PARTICIPANTS = re.compile(
    r"\b(?:participants|at the table|taking part|discussion (?:with|between))(?: are| is)?:? ([^\n:]{3,300})",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w'’-]{1,24}(?: [A-Z][\w'’-]{1,24})?")
_NO_NAME = re.compile(
    r"(?:the|mr|ms|mrs|dr|prof|moderator|discussion)\b|(?:agent|answer|candidate) \w+$", re.IGNORECASE
)
_ROUND = re.compile(r"\bround (\d{1,3})\b", re.IGNORECASE)
_PLAIN = re.compile(
    r"\b(?:no|without) (?:lists|markup|markdown|headings)|\bplain (?:text|prose)", re.IGNORECASE
)
_BRIEF = re.compile(
    r"\b(?:one (?:or|to) (?:two|three)|two or three|\d ?(?:-|to) ?\d) sentences", re.IGNORECASE
)
_ONE_WORD = re.compile(r"\b(?:one|single)(?: \w+)? word\b", re.IGNORECASE)
_OFFERED = re.compile(r"\b[A-Z]{2,20}\b|[\"'“`]([A-Za-z]{2,20})[\"'”`]")
_TO_US = re.compile(
    r"\b(?:you|your|yours|yourself|answer with|do not|don't|reply|json|schema|quoted?|marker|moderator)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<!\bMrs\.)(?<!\be\.g\.)(?<!\bi\.e\.)\s+|(?<=[。！？])|\n+"
)
_DECORATION = re.compile(r"^(?:\s*(?:[-*+•>#|]+|\d+[.)])\s*)+|[*_`|]+")


def sentences(text: str) -> list[str]:
    """Split `text` into sentences without Markdown; `Ms. X` and `e.g. this` stay whole."""
    pieces = (_DECORATION.sub("", piece).strip() for piece in _SENTENCE_END.split(_BOUNDARY.sub("\n", text)))
    return [piece for piece in pieces if piece]


def question_in(asked: Sequence[str], system: str = "") -> str:
    """Return what it is all about: a question newly put, one that is called so, or the last one asked."""
    newest = [found for text in asked for found in _NEW_TOPIC.findall(_QUOTED.sub("\n", text))]
    first = _QUOTED.sub("\n", asked[0])
    labelled = [found for found in _LABELLED.findall(first) if found.strip()]
    if newest or labelled:
        return str((newest[-1:] or labelled)[0]).strip()[:400]
    found = sentences(first) or sentences(asked[0])
    asking = [s for s in found if s.endswith(("?", "？"))]
    plain = [s for s in found if not MARKER.search(s) and not _TO_US.search(s)]
    themes = [found for found in _LABELLED.findall(system) if found.strip()]
    return str((asking[-1:] or themes or plain or found or [""])[0]).strip()[:400]


def round_in(last: str, answered: int) -> int:
    """Return the round, from 1: what the prompt says, or how often this seat has answered before."""
    told = [int(n) for n in _ROUND.findall(_QUOTED.sub("\n", last))]
    return max(answered + 1, told[0] if told else 1)


def answers_in(last: str) -> tuple[str, ...]:
    """Return the deliverables of the quoted answers: what follows each one's marker."""
    tails = (MARKER.split(block)[-1].strip() for _, block in _QUOTED.findall(last) if MARKER.search(block))
    return tuple(" ".join(tail.lower().split()) for tail in tails)


def lead_in(last: str) -> str:
    """Return the name of a prompt that ends with `Name:`, or nothing."""
    lead = _LEAD.search(last.rstrip())
    return lead[1] if lead and lead[1].lower() not in LABELS else ""


def names_in(system: str, texts: Sequence[str], speaker: str) -> tuple[str, ...]:
    """Return who else is at the table, where they are named: in a list, in quotations, in lines of speech."""
    found: list[str] = []
    for text in (system, *texts):
        for listing in _PARTICIPANTS.findall(text):
            found += _NAME.findall(listing.partition(". ")[0])
    for text in texts:
        found += [label.partition(" ")[2] for label, _ in _QUOTED.findall(text)]
        found += _SPEAKER_LINE.findall(text)
    me = speaker.lower()
    return tuple(
        name
        for name in dict.fromkeys(found)
        if name[:1].isupper()
        and not _NO_NAME.match(name)
        and name.lower() not in LABELS | FUNCTION_WORDS
        and name.lower() not in me
    )


def wants_plain(text: str) -> bool:
    """Say whether no Markdown is wanted."""
    return _PLAIN.search(text) is not None


def wants_brief(text: str) -> bool:
    """Say whether one to three sentences are wanted."""
    return _BRIEF.search(text) is not None


def one_word_of(last: str) -> tuple[str, ...]:
    """Return the words one of which is wanted as the whole reply, or nothing."""
    order = _ONE_WORD.search(last)
    if order is None:
        return ()
    line = last[last.rfind("\n", 0, order.start()) + 1 :]
    offered = [m[1] or m[0] for m in _OFFERED.finditer(line)]
    return tuple(dict.fromkeys(offered)) or ("yes", "no")


def material(system: str, asked: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return the request's sentences with their weights, the last message's first."""
    out = [(s, 3) for s in _said(asked[-1])]
    out += [(s, 1) for text in asked[:-1] for s in _said(text)]
    out += [(s, 1) for found in _BACKGROUND.findall(system) for s in _usable(found)]
    return tuple(out[:400])


def _said(text: str) -> list[str]:
    """Return what others said; where nothing is quoted, the whole text."""
    blocks = [block for _, block in _QUOTED.findall(text)]
    return [s for block in blocks or [text] for s in _usable(block)]


def _usable(text: str) -> list[str]:
    """Return what is stated in `text` and leave out what is ordered, which reads badly in an answer."""
    return [
        s
        for s in sentences(_NAME_TAG.sub("", text))
        if 20 <= len(s) <= 300
        and s[-1] in ".!。！"
        and not _TO_US.search(s)
        and not re.search(r"[\[\]<>{}=|]", s)
    ]
