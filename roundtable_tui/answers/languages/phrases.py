"""Puts the words of the languages in which answers are stated into patterns; phrases that patterns share."""

from __future__ import annotations

import re
from functools import cache

from roundtable_tui.answers.languages.words import GROUPS, WORDS
from roundtable_tui.utils.lazy_pattern import lazy_compile


@cache
def any_of(role: str, group: str = "") -> str:
    """Return the words of a role as alternatives of a regular expression.

    Args:
        role: a key of `WORDS`.
        group: a key of `GROUPS`; without it, the languages of no group.
    """
    apart = {code for codes in GROUPS.values() for code in codes}
    found = [
        text for code, text in WORDS[role].items() if (code in GROUPS[group] if group else code not in apart)
    ]
    joined = re.sub(r"\s*\|\s*", "|", "|".join(found).strip()) or "(?!)"  # Without words, nothing matches.
    return re.sub(r"\s+", r"\\s+", joined).replace("_", "[ ]").replace("'", "['’]")


def words_of(role: str) -> frozenset[str]:
    """Return the words of a role, in all languages."""
    return frozenset(word.strip() for text in WORDS[role].values() for word in text.split("|"))


def expand(pattern: str) -> str:
    """Return a verbose pattern with words for `{role}` and `{role:group}`, and phrases for `{HENCE}`."""

    def fill(match: re.Match[str]) -> str:
        role, group = match.groups("")
        return _PHRASES.get(role) or f"(?:{any_of(role, group)})"

    return _PLACE.sub(fill, pattern)


def phrase(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Return a pattern, compiled at its first use.

    Args:
        pattern: verbose, without white space that counts, as `expand` reads it.
        flags: those of `re.compile`; `re.VERBOSE` is added.
    """
    return lazy_compile(pattern, flags | re.VERBOSE, expand)


_PLACE = re.compile(r"\{([A-Za-z_]+)(?::([a-z]+))?\}")
_PHRASES: dict[str, str] = {}
YES_NO = {**dict.fromkeys(words_of("yes"), True), **dict.fromkeys(words_of("no"), False)}
"""Words that alone are a yes or a no."""
REVERSALS = words_of("reversal")
"""Words that may take back a yes or a no before them."""
AND = phrase(
    r"""
    \s* [,;] \s* (?: {and} | {short_and} | & ) \s+ (?=\w)
    | \s* [;,] \s+
    | \s* [;；] \s*
    | (?<=\w) , (?=[^\W\d])
    | \s+ (?: {and} | & ) \s+
    | (?<=[^\W\d_]{2}) \s+ {short_and} \s+ (?=[^\W\d_]{2})  # Not "x y z".
    | (?<=\d) \s+ {short_and} \s+ (?=\d)
    | (?<=[\u3040-\u9fff]) {and:cjk} (?=[\u3040-\u9fff])
    """,
    0,
)
"""What separates the items of an enumeration."""
ORDER_WORDS = phrase(r"\b {order} \b | {order:cjk}")
"""Words of a question that asks for items in order."""
ANSWER_LABEL = expand(
    r"""(?x:
    (?: {article_of_answer} \s+ )?
    (?: {final} [\s_]+ )*
    (?: {answer} | {answer:cjk} | {answer:other} )
    (?: \s+ (?:
        {final_after_answer}
        | to \s+ (?: the | your | this ) \s+ (?: question | problem )
          (?: \s* [:,]? \s* ["“«„'‘] [^\n]{1,200}? ["”»“'’] ,? )?
        | to \s+ ["“«„'‘] [^\n]{1,200}? ["”»“'’] ,?
        | {of_after_answer} \s+ (?: (?: the | this | our | your ) \s+ )? [^\W\d_]+ (?: \s+ [^\W\d_]+ )?
    ) )*
    )"""
)
"""A pattern for the name of the answer."""
IS = expand(
    r"""(?x:
    (?: , \s* (?: then | therefore | thus | hence | of \s+ course | in \s+ short ) \s* , )?
    (?:
        ['’]s \s+  # "The answer's 42"
        | (?<= \b ans ) \. \s* [:=]? \s*  # "Ans. 42"
        | \s* (?: -> | => | → | [:：=] | [-–—] (?= \s ) )+ \s*  # "Answer: 42"
        | \s+ (?: {is_after_answer} | {is_after_answer:other} ) \b (?: \s+ {therefore_after_is} )? \s* :? \s*
        | \s* {is_after_answer:cjk} \s* (?: {therefore_after_is:cjk} )? \s* [:：]? \s*
    )
    )"""
)
"""A pattern for what stands between the name of the answer and the answer."""
HENCE = expand(
    r"""(?x:
    (?: {hence} | {hence:cjk} | {hence:other} )
    (?: \b | (?<= [\u3040-\u9fff\uac00-\ud7af] ) )  # A letter may follow those of Chinese, Japanese, Korean.
    \s* [,，、]? \s*
    )"""
)
"""A pattern for a word that draws a conclusion."""
_PHRASES.update(ANSWER_LABEL=ANSWER_LABEL, IS=IS, HENCE=HENCE)
