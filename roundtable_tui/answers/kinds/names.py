"""Other spellings of a name: without a title, with `ue` for `ü`, and with the surname first."""

from __future__ import annotations

from roundtable_tui.answers.languages.phrases import phrase, words_of
from roundtable_tui.answers.plain import text_form
from roundtable_tui.utils.lazy_pattern import lazy_compile

_TITLE = phrase(r"(?: (?: {title_of_person} ) \.? \s+ )+ (?= \S )")
_FIRST_WORDS = frozenset(title.split()[0] for title in words_of("title_of_person"))
_BEFORE_SURNAME = frozenset(
    "president professor prof dr doctor pope emperor chancellor general senator sir".split()  # noqa: SIM905
)
"""Titles that may stand before a surname, whose bearer is known by it alone."""
_UMLAUTS = {
    "ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe",
    "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe",
}  # fmt: skip
_UMLAUT_TABLE = str.maketrans(_UMLAUTS)
_UMLAUT = lazy_compile(f"[{''.join(_UMLAUTS)}]")
_PARTICLE = r"(?:van|von|de|da|di|del|della|der|den|la|le|du|dos|ten|ter|al|bin)\s"
_CAPITALIZED = r"[A-ZÀ-ÞŁŚŻŽŠČŘİА-Я][\w'’-]*[^\W\d_]"
_SURNAME_FIRST = lazy_compile(
    rf"(?P<surname>(?:{_PARTICLE}){{0,2}}{_CAPITALIZED}(?:\s{_CAPITALIZED})?),\s+"
    rf"(?P<given>{_CAPITALIZED}(?:\s(?:{_CAPITALIZED}|[A-Z]\.?)){{0,2}}|[A-Z]\.?(?:\s?[A-Z]\.?){{0,2}})"
)
_PARTICLES = words_of("particle_of_name") | {"von", "van", "de"}
_MIN_WORDS = 2
_MAX_WORDS = 7


def spell_otherwise(plain: str) -> tuple[str, ...]:
    """Return the forms under which another text names the same.

    A title is left out before a name of two words or more: "Lady Macbeth" is not Macbeth, and "Mr Darcy" and
    "Mrs Darcy" differ.
    """
    if plain.isascii() and not plain[0].isupper():
        return ()
    name = drop_title(plain)
    is_name = name != plain and len(name.split()) >= _MIN_WORDS
    found = [text_form(name)] if is_name else []
    if not plain.isascii() and len(plain) > 2 and _UMLAUT.search(plain):
        spelled = [plain.translate(_UMLAUT_TABLE), *([name.translate(_UMLAUT_TABLE)] if is_name else [])]
        found += [text_form(one) for one in spelled]
    return tuple(found)


def spell_untitled(form: str) -> str:
    """Return "lincoln" of "president lincoln": the surname alone, as an answer to "Who ...?"; else ""."""
    title, _, name = form.rpartition(" ")
    return name if title in _BEFORE_SURNAME and name.isalpha() else ""


def drop_title(plain: str) -> str:
    """Return a name without the titles before it, such as "Sir" or "Prof. Dr."."""
    first, space, _ = plain.partition(" ")
    match = _TITLE.match(plain) if space and first.rstrip(".").lower() in _FIRST_WORDS else None
    if match is None:
        return plain
    words = plain[match.end() :].split()
    is_name = 0 < len(words) <= _MAX_WORDS and all(
        word[0].isupper() or word.lower() in _PARTICLES for word in words
    )
    return plain[match.end() :] if is_name and words[0][0].isupper() else plain


def find_inverted_name(plain: str) -> str:
    """Return the form of "Marie Curie" for "Curie, Marie"; "" for every other text."""
    match = _SURNAME_FIRST.fullmatch(plain)
    return text_form(f"{match['given'].strip()} {match['surname']}") if match else ""
