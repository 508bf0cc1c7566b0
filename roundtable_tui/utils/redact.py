"""Takes keys out of what servers say: many echo the key they refuse, whole, in part or encoded.

A text is read without its disguises first (`plain_view`), then keys are looked for, and the original is
masked where they stand. Only the first kilobytes of a text are kept, and all patterns take linear time.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import lru_cache
from urllib.parse import quote

from roundtable_tui.utils.disguises.plain_view import PlainView, read_plain, strip_markup
from roundtable_tui.utils.lazy_pattern import lazy_compile

PLACEHOLDER = "[key]"
MAX_CHARS = 8192
"""Characters of a text that are kept."""

_Span = tuple[int, int]

# The group, or else the whole match, is the key.
_PATTERNS = (
    # The key follows after "Bearer".
    lazy_compile(r"(?i)\b(?:bearer|basic)\s+([^\s\"',;<>]{6,})"),
    lazy_compile(r"\beyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]+)*"),
    lazy_compile(
        r"(?i)(?:api[_-]?key|access[_-]?token|token|secret|password|[?&]key)[\"']?\s*[=:]\s*[\"']?([^\s\"'&,;<>]{8,})"
    ),
    lazy_compile(r"\b[0-9a-fA-F]{24,}\b"),
    # Base64: long, and of all three kinds of characters, so that no word or model name looks like it.
    lazy_compile(
        r"(?<![A-Za-z0-9+_])(?=[A-Za-z0-9+_]*[0-9])(?=[A-Za-z0-9+_]*[a-z])(?=[A-Za-z0-9+_]*[A-Z])[A-Za-z0-9+_]{32,}={0,2}"
    ),
)
_TOKEN = lazy_compile(r"[A-Za-z0-9_\-*.•…]+")
# Known beginnings, also where the server has starred out the middle.
_BEGINNING = lazy_compile(
    r"\b(?:(?i:sk|pk|rk|gsk|xai|nvapi|pplx)|hf|csk|fw|ghp|gho|AIza|AKIA|r8|key|tok)[-_]?"
)
_DIGIT_OR_STAR = lazy_compile(r"[0-9*•…]")
_MIN_TOKEN_CHARS = 9
_MIN_SECRET_CHARS = 8
_MIN_GIVEN_CHARS = 4
_PART_CHARS = 10
"""Number of successive letters and digits of a key that are masked."""
_LOOKAHEAD_CHARS = 1024
"""Characters after the kept ones in which a key may end."""
_secrets: dict[str, None] = {}
_parts: dict[int, set[str]] = {}
"""Length -> parts of that length of all registered keys, folded."""


def register_secret(key: str) -> None:
    """Hide this key wherever it may turn up from now on: it is about to be sent."""
    if len(key) >= _MIN_SECRET_CHARS and key not in _secrets:  # A shorter one may be a word.
        _secrets[key] = None
        length, parts = _split_key(key)
        if length:
            _parts.setdefault(length, set()).update(parts)


def redact(text: str, key: str = "", *, known_only: bool = False, max_chars: int = MAX_CHARS) -> str:
    """Return the beginning of `text` without anything that is or looks like a key.

    Keys are also found with invisible characters, blanks, punctuation or line breaks in them, in another
    case, backwards, in full-width letters or look-alike letters of other scripts, and in percent codes, HTML
    entities, JSON escapes, hexadecimal digits or Base64.

    Args:
        text: Any text; what comes after `max_chars` is dropped.
        key: The key that was sent, "" for none; registered keys are hidden too.
        known_only: Hide known keys alone: for names, which may look like a key.
        max_chars: Characters to keep.
    """
    if len(text) < _MIN_SECRET_CHARS and text.isascii():  # All but a key that was given is longer.
        return _mask(text, _exact_spans(text, key), max_chars)
    kept, text = len(text), text[: max_chars + _LOOKAHEAD_CHARS]
    spans = list(_exact_spans(text, key))
    view = read_plain(text)
    # Both: a key may have tags in it, and it may stand where a tag would.
    for one in filter(None, (view, strip_markup(view))):
        folded = one.fold()
        spans += _known_spans(folded, _parts)
        if len(key) >= _MIN_SECRET_CHARS:
            spans += _known_spans(folded, dict([_split_key(key)]))
        if not known_only:
            spans += [(one.starts[start], one.ends[end - 1]) for start, end in _pattern_spans(one.text)]
    return _mask(text, spans, min(kept, max_chars))


@lru_cache(maxsize=64)
def _split_key(key: str) -> tuple[int, frozenset[str]]:
    """Return the parts by which a key is recognized, folded, and their length; (0, none) for too short."""
    folded = read_plain(key).fold().text
    if len(folded) < _MIN_SECRET_CHARS:
        return 0, frozenset()
    length = min(_PART_CHARS, len(folded))
    forms = [folded, folded[::-1], *(read_plain(form).fold().text for form in _encode(key))]
    return length, frozenset(form[at : at + length] for form in forms for at in range(len(form) - length + 1))


def _encode(key: str) -> Iterator[str]:
    """Yield a key in hexadecimal and in Base64, also as a part of a longer text."""
    data = key.encode("utf-8", "replace")
    yield data.hex()
    for before in range(3):
        # The characters at both ends also depend on what stands beside the key.
        whole = b64encode(b"\0" * before + data).decode()
        yield whole[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]


def _exact_spans(text: str, key: str) -> Iterator[_Span]:
    """Yield where keys stand as they are: all that can be looked for of one with few letters."""
    for known in [*_secrets, key] if len(key) >= _MIN_GIVEN_CHARS else _secrets:
        for form in {known, quote(known, safe="")}:
            at = text.find(form)
            while at >= 0:
                yield at, at + len(form)
                at = text.find(form, at + len(form))


def _known_spans(folded: PlainView, parts_by_length: Mapping[int, Set[str]]) -> list[_Span]:
    found: list[_Span] = []
    for length, parts in parts_by_length.items():
        for at in range(len(folded.text) - length + 1) if length else ():
            if folded.text[at : at + length] in parts:
                found.append((folded.starts[at], folded.ends[at + length - 1]))
    return found


def _pattern_spans(text: str) -> Iterator[_Span]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield match.span(pattern.groups)
    for token in _TOKEN.finditer(text):
        # The first beginning decides: a later one has less after it.
        if (begun := _BEGINNING.search(text, token.start(), token.end())) is None:
            continue
        rest = text[begun.end() : token.end()].rstrip("_-.")
        if len(rest) >= _MIN_TOKEN_CHARS and _DIGIT_OR_STAR.search(rest):
            yield begun.start(), begun.end() + len(rest)


def _mask(text: str, spans: Iterable[_Span], kept: int) -> str:
    """Return the first `kept` characters of `text` with a placeholder for each of the spans."""
    out: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= kept:
            break
        if start > at or not out:
            out += [text[at:start], PLACEHOLDER]
        at = max(at, end)
    return "".join([*out, text[at:kept]])
