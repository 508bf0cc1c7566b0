"""Citations of files in answers, `[path:12-18]`, checked against what the tools delivered.

The record has the delivered lines, so that a citation can be checked without the files. A line that no tool
has shown to any seat cannot be cited: a model that names it has guessed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from roundtable_tui.engine.events import ToolReturned
from roundtable_tui.utils.format import count_of

CitationStatus = Literal["checked", "unread", "range", "words"]
_BRACKETS = re.compile(r"\[([^\[\]\n]{3,400})\]")
_PLACE = re.compile(r"^\s*(?:([^:]{1,300}):\s?)?[Ll]?(\d{1,7})(?:\s?[-–]\s?[Ll]?(\d{1,7}))?\s*$")
_FILE_LIKE = re.compile(r"\.\w{1,8}$|/")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED = re.compile('["“„«]([^"“”„«»\n]{8,600})["”“»]')
_QUOTED_AFTER = re.compile(
    r"\s{0,9}(?::|,?\s(?:says|said|states|stated|reads|notes|writes)\b[^.!?\"“„«»\n]{0,20})\s{0,9}"
    + _QUOTED.pattern
)
"""Words that a citation introduces: `[notes.md:2] says: "14 arches"`."""
_MAX_GAP_CHARS = 160
"""Characters between quoted words and the citation that they belong to."""
_MIN_QUOTED_WORDS = 2
_CUT_OFF = "…"
_MAX_CITATIONS = 200
_MAX_SPAN_LINES = 5_000


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """A citation, and whether it holds."""

    text: str
    """As it stands between the brackets, one place: `notes.md:12-18`."""
    path: str
    first: int
    last: int
    status: CitationStatus
    """checked: the lines were delivered, and words quoted before it are there; unread: no tool has shown
    them; range: the file has no such lines; words: the quoted words are not in them.
    """
    why: str = ""
    """Why it does not hold, in a few words."""

    @property
    def is_checked(self) -> bool:
        """True if the citation holds."""
        return self.status == "checked"


@dataclass(slots=True)
class DeliveredLines:
    """The lines of files that tools have shown to the seats of a run."""

    lines: dict[str, dict[int, str]] = field(default_factory=dict)
    """Path -> number of a line -> its text."""
    totals: dict[str, int] = field(default_factory=dict)
    """Path -> the number of lines of the file."""

    def add(self, event: ToolReturned) -> None:
        """Add the lines in a result, if it has any."""
        if not event.ok:
            return
        details = event.details
        path, first, total = details.get("path"), details.get("first"), details.get("total")
        if isinstance(path, str) and isinstance(total, int):
            self.totals[path] = total
        places: Sequence[object] = ()
        if isinstance(path, str) and isinstance(first, int):
            places = [(path, first + at) for at in range(event.text.count("\n") + 1)]
        elif isinstance(found := details.get("found"), list | tuple):
            places = found
        for place, line in zip(places, event.text.split("\n"), strict=False):
            if not (isinstance(place, list | tuple) and len(place) == 2):
                continue
            path, number = place
            prefix = f"{path}:{number}: "
            if isinstance(path, str) and isinstance(number, int) and line.startswith(prefix):
                known = self.lines.setdefault(path, {})
                text = line.removeprefix(prefix)
                if number not in known or known[number].endswith(_CUT_OFF):
                    known[number] = text

    def check(self, answer: str) -> list[CheckedCitation]:
        """Return the citations in an answer, outside code, each with its status."""
        text = _CODE.sub(lambda match: " " * len(match[0]), answer)
        matches = list(_BRACKETS.finditer(text))
        found: list[CheckedCitation] = []
        before = 0
        for number, match in enumerate(matches):
            places = list(self._places(match[1]))
            if not places or len(found) >= _MAX_CITATIONS:
                continue
            end = matches[number + 1].start() if number + 1 < len(matches) else len(answer)
            quoted = _quoted_before(answer[before : match.start()])
            quoted = quoted or _quoted_after(answer[match.end() : end], is_last=end == len(answer))
            checked = [self._check_lines(*place) for place in places]
            if quoted and all(one.is_checked for one in checked):
                checked = self._check_words(checked, quoted)
            found += checked
            before = match.end()
        return found

    def _places(self, inner: str) -> Iterator[tuple[str, str, int, int]]:
        """Yield (text, path, first, last) of the places between two brackets; none if they cite no file."""
        path = ""
        for part in re.split(r"[;,]", inner):
            match = _PLACE.match(part)
            if match is None:
                return
            path = (match[1] or path).strip().strip("`").removeprefix("./")
            if path not in self.totals and path not in self.lines and not _FILE_LIKE.search(path):
                return
            first = int(match[2])
            last = int(match[3] or first)
            lines = f"{first}-{last}" if last != first else str(first)
            yield f"{path}:{lines}", path, first, last

    def _check_lines(self, text: str, path: str, first: int, last: int) -> CheckedCitation:
        known, total = self.lines.get(path, {}), self.totals.get(path)
        status: CitationStatus = "checked"
        why = ""
        if not known and total is None:
            status, why = "unread", "no tool has shown this file"
        elif first < 1 or last < first or (total is not None and last > total):
            count = f": it has {count_of(total, 'line')}" if total is not None else ""
            status, why = "range", f"the file has no such lines{count}"
        elif last - first > _MAX_SPAN_LINES or any(n not in known for n in range(first, last + 1)):
            status, why = "unread", "no tool has shown these lines"
        return CheckedCitation(text, path, first, last, status, why)

    def _check_words(self, cited: Sequence[CheckedCitation], quoted: str) -> list[CheckedCitation]:
        """Return the citations of one bracket, after the words quoted before it were looked for in them."""
        texts = [self.lines[one.path][n] for one in cited for n in range(one.first, one.last + 1)]
        if any(text.endswith(_CUT_OFF) for text in texts) or _has_words(" ".join(texts), quoted):
            return list(cited)
        why = "the quoted words are not there"
        return [CheckedCitation(c.text, c.path, c.first, c.last, "words", why) for c in cited]


def count_unchecked(citations: Sequence[CheckedCitation]) -> int:
    """Return the number of citations that do not hold."""
    return sum(not one.is_checked for one in citations)


def citation_to_dict(one: CheckedCitation) -> Mapping[str, object]:
    """Return a citation as JSON data."""
    return {
        "text": one.text, "path": one.path, "first": one.first, "last": one.last, "status": one.status,
        "why": one.why,
    }  # fmt: skip


def _quoted_before(text: str) -> str:
    """Return the words in quotation marks that a citation after `text` belongs to; "" for none."""
    line = text.rpartition("\n")[2]
    last = next(iter(deque(_QUOTED.finditer(line), maxlen=1)), None)
    if last is None or len(line) - last.end() > _MAX_GAP_CHARS or len(last[1].split()) < _MIN_QUOTED_WORDS:
        return ""
    # A sentence in between has begun: the quotation belongs to the one before.
    return "" if re.search(r"[.!?]\s+\S", line[last.end() :]) else last[1]


def _quoted_after(text: str, *, is_last: bool) -> str:
    """Return the words in quotation marks that the citation before `text` introduces; "" for none.

    Where another citation follows in the same line, they belong to that one.
    """
    match = _QUOTED_AFTER.match(text)
    if match is None or len(match[1].split()) < _MIN_QUOTED_WORDS:
        return ""
    return match[1] if is_last or "\n" in text[match.end() :] else ""


def _has_words(text: str, quoted: str) -> bool:
    """Return whether a text has the quoted words; parts around an omission in their order."""
    plain, at = _plain(text), 0
    for part in re.split(r"\.{3}|…|\[\.{3}\]|\[…\]", quoted):
        wanted = _plain(part)
        if not wanted:
            continue
        at = plain.find(wanted, at)
        if at < 0:
            return False
        at += len(wanted)
    return True


def _plain(text: str) -> str:
    """Return words for a comparison: lower case, without marks of emphasis and punctuation at the ends."""
    for mark, same in (("’", "'"), ("‘", "'"), ("–", "-"), ("—", "-"), ("*", ""), ("_", ""), ("`", "")):
        text = text.replace(mark, same)
    return " ".join(text.casefold().split()).strip(" .,;:!?\"'“”")
