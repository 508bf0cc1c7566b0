"""Removes the names with which authors sign their texts, so that readers do not learn who wrote them.

A signature stands at the start or the end of a text, or of the answer below its marker. Names are also found
in disguise: see `utils/disguises/lookalikes.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from roundtable_tui.answers.marker import MARKER_LINE
from roundtable_tui.engine.seat import Seat
from roundtable_tui.utils.disguises.lookalikes import FoldedText, fold, replace_folded

_FIRST_PERSON = r"(?=(?:I|I'm|I'd|I've|I'll|my|we|our)\b)"
_OPENING = r"[\s*_#>\[]*"
_MARKUP = r"[*_\]]{0,6}"
_IN_BRACKETS = r"(?: ?\([^()\n]{0,60}\))?"
_DESCRIPTION = r"(?:, (?:the|a|an|your|our) [^,.:;!?\n]{1,60})?"
_COURTESIES = (
    r"(?:(?:kind|best|warm)(?:est)? regards|regards|sincerely|yours(?: truly| sincerely)?|best|cheers|signed)"
)


def strip_seat_signature(seat: Seat, text: str) -> str:
    """Remove the names of a seat from the start and the end of its text."""
    return strip_signature(text, (seat.persona.name, seat.persona.full_name))


@lru_cache(maxsize=128)  # The same text is quoted for every reader.
def strip_signature(text: str, names: tuple[str, ...]) -> str:
    """Remove the name that the author put before the text (`Ada: ...`) or below it (`-- Ada`).

    `As Ada, I think ...` becomes `I think ...`, wherever a sentence begins like that.
    """
    # A numbered seat ("Ada 2") may sign as "Ada".
    names = tuple(re.sub(" [0-9]+$", "", fold(name)).strip() for name in names)
    known = "|".join(rf"{re.escape(name)}(?: [0-9]+)?" for name in names if name)
    if not known:
        return text
    parts = [_strip_part(part, known) for part in _split_at_markers(text)]
    return replace_folded(_self_naming(known), "", "".join(parts))


def _split_at_markers(text: str) -> Iterator[str]:
    """Yield the text before, between and after answer markers, and the markers."""
    at = 0
    for match in MARKER_LINE.finditer(text):
        yield text[at : match.start()]
        yield match[0]
        at = match.end()
    yield text[at:]


def _strip_part(text: str, known: str) -> str:
    folded = FoldedText(text)
    for pattern in _opening_patterns(known):
        if match := pattern.match(folded.text):
            text = text[folded.original_span(*match.span())[1] :]
            break
    body, line, last = text.rstrip().rpartition("\n")
    if not line:
        return text
    end = text[len(text.rstrip()) :]
    last = fold(last).strip()
    if _closing_pattern(known).fullmatch(last):
        return body.rstrip() + end
    before, line, courtesy = body.rstrip().rpartition("\n")
    if line and _letter_pattern(known).fullmatch(f"{fold(courtesy).strip()}\n{last}"):
        return before.rstrip() + end
    return text


@lru_cache(maxsize=256)
def _opening_patterns(known: str) -> tuple[re.Pattern[str], ...]:
    """Return patterns of `Ada:`, `Ada here:` and `I am Ada, the engineer.` at the start of a text."""
    name = rf"(?:{known})"
    return (
        re.compile(
            rf"\A{_OPENING}{name}{_MARKUP}{_IN_BRACKETS}{_DESCRIPTION}{_MARKUP} ?:[*_]*\s*",
            re.I,
        ),
        re.compile(rf"\A{_OPENING}{name} here{_DESCRIPTION}[*_]*(?: ?[.,:;!-]|$)[*_]*\s*", re.I | re.M),
        re.compile(
            rf"\A{_OPENING}(?:hello, |hi, )?(?:I am|I'm|my name is|this is) {name}{_IN_BRACKETS}"
            rf"{_DESCRIPTION}(?:, and |[.,:;!])[*_]*\s*",
            re.I,
        ),
    )


@lru_cache(maxsize=256)
def _closing_pattern(known: str) -> re.Pattern[str]:
    """Return the pattern of a last line `-- Ada`, `Ada:`, `Signed, Ada`."""
    name = rf"(?:{known}){_IN_BRACKETS}{_DESCRIPTION}"
    dashed = rf"[—–-]+\s*[*_]*{name}[*_.]*"
    labelled = rf"[*_#\[]*(?:{known}){_MARKUP}{_IN_BRACKETS}{_MARKUP} ?:[*_]*"
    return re.compile(rf"{dashed}|{labelled}|[*_]*{_COURTESIES},? {name}[*_.]*", re.I)


@lru_cache(maxsize=256)
def _letter_pattern(known: str) -> re.Pattern[str]:
    """Return the pattern of two last lines, `Best regards,` and `Ada`."""
    return re.compile(
        rf"[*_]*{_COURTESIES}[,.]?[*_]*\n[*_]*(?:{known}){_IN_BRACKETS}{_DESCRIPTION}[*_.]*", re.I
    )


@lru_cache(maxsize=256)
def _self_naming(known: str) -> re.Pattern[str]:
    """Return the pattern of `As Ada, the engineer, ` at the start of a sentence in the first person."""
    start = r"(?:^|(?<=[.!?:] )|(?<=[*_#>] )|(?<=[*_]))"
    name = rf"[*_]*(?:{known})[*_]*{_IN_BRACKETS}{_DESCRIPTION}"
    return re.compile(rf"{start}(?:(?:speaking|writing) )?as {name},? {_FIRST_PERSON}", re.I | re.M)
