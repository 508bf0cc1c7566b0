"""Compares words of a sentence by their stems."""

from __future__ import annotations

import re
from functools import lru_cache

from roundtable_tui.answers.numbers import parse_number

_MIN_COMMON_CHARS = 4
_MAX_SUFFIX_CHARS = 3
"""The most letters by which two forms of a word differ at their ends."""
_EDGES = " \t.,;:!?¿¡()[]{}*_`\"'“”„«»‘’…"
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")
_ELISION = re.compile(r"^(?:l|d|qu|dell|nell|all|un)['’](?=\w)")
_IRREGULAR = """
    beat beaten | begin began begun | break broke broken | bring brought | build built | buy bought
    catch caught | choose chose chosen | come came | draw drew drawn | drive drove driven | eat ate eaten
    fall fell fallen | fight fought | find found | fly flew flown | get got gotten | give gave given
    go went gone | grow grew grown | hold held | keep kept | know knew known | lead led | leave left
    lose lost | make made | meet met | pay paid | ride rode ridden | rise rose risen | run ran
    say said | see saw seen | sell sold | send sent | sing sang sung | sink sank sunk | speak spoke spoken
    spend spent | stand stood | steal stole stolen | take took taken | teach taught | tell told
    think thought | wear wore worn | win won winner winners | write wrote written writer | fewest few
    """
_FORMS = {
    form: forms[0]
    for forms in (entry.split() for entry in _IRREGULAR.replace("\n", "|").split("|"))
    for form in forms
}


@lru_cache(maxsize=4096)
def stem_of(word: str) -> str:
    """Return a word in small letters without punctuation and 's, a number in digits, a verb in one form."""
    bare = _ELISION.sub("", _POSSESSIVE.sub("", word.strip(_EDGES)).casefold())
    if bare.isalpha() and (number := parse_number(bare)) is not None:
        return str(number)
    return _FORMS.get(bare, bare)


@lru_cache(maxsize=16384)
def are_forms(a: str, b: str) -> bool:
    """Return True if two stems are equal or forms of one word, such as `travel` and `travels`."""
    if a == b:
        return True
    if not (a.isalpha() and b.isalpha()) or a[:_MIN_COMMON_CHARS] != b[:_MIN_COMMON_CHARS]:
        return a.isalpha() and b.isalpha() and len(a) > 2 and len(b) > 2 and (a + "s" == b or b + "s" == a)
    common = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return max(len(a), len(b)) - common <= _MAX_SUFFIX_CHARS


def put_owner_last(words: list[str]) -> list[str]:
    """Return words with "X's Y" as "Y X"."""
    found = list(words)
    for place in range(len(found) - 2, -1, -1):
        if _POSSESSIVE.search(found[place].rstrip('.,;:!?*_`"')):
            found[place], found[place + 1] = found[place + 1], found[place]
    return found
