"""Patterns made of the words of the larger languages in which answers are stated.

Words that patterns share or that have a role in a sentence are in `words.py`; here is what joins them.
"""

from __future__ import annotations

import re
from functools import cache

from roundtable_tui.answers.languages.words import GROUPS, WORDS
from roundtable_tui.utils.lazy_pattern import lazy_compile

YES_NO = {
    **dict.fromkeys(
        """yes true correct yep yeah ja richtig wahr oui vrai vraie sí verdadera vera verdadeira si
        verdadero cierto correcto sì vero sim
        verdadeiro
        correto waar juist да верно правда истина 是 是的 对 对的 對 正确 正确的
        正確 真 はい 正しい 예 네 참 نعم صحيح हाँ
        हां
        सही evet doğru tak prawda так ja так vâng đúng ใช่ כן ναι ano igen kyllä""".split(),  # noqa: SIM905
        True,
    ),
    **dict.fromkeys(
        """no false incorrect wrong nope nein falsch non faux fausse falso falsa não nee onwaar onjuist
        нет неверно ложь
        неправда
        否 不 不是 错 錯 错误 错误的 不对 假 いいえ 正しくない 아니요 아니오 거짓 لا خطأ
        नहीं गलत hayır yanlış nie
        fałsz
        ні nej không sai ไม่ לא όχι ne nem ei""".split(),  # noqa: SIM905
        False,
    ),
}
"""Words that alone are a yes or a no."""

REVERSALS = frozenset(
    """but however although though unless except only if when sometimes partly mostly usually maybe perhaps or
    most cases rarely some often generally typically depending depends likely probably possibly almost under
    assuming provided given without not never no nor yes true false wrong incorrect aber jedoch nur
    wenn nicht nein falsch ja außer mais seulement
    sauf oui non faux pas pero sólo solo salvo no sí si falso ma soltanto tranne mas apenas maar alleen
    niet нет да но только
    если не 但 但是 不过 除非 如果 不 是 いいえ はい しかし ただし 하지만 단 لكن إذا""".split()  # noqa: SIM905
)
"""Words that may take back a yes or a no before them."""

AND = lazy_compile(
    r"\s*[,;]\s*(?:and|und|et|y|e|en|и|&)\s+(?=\w)|\s*[;,]\s+|\s*[;；]\s*|(?<=\w),(?=[^\W\d])"
    r"|\s+(?:and|und|et|&)\s+|(?<=[^\W\d_]{2})\s+(?:y|e|en|и)\s+(?=[^\W\d_]{2})|(?<=\d)\s+(?:y|e|en|и)\s+(?=\d)"
    r"|(?<=[\u3040-\u9fff])(?:和|と|及び|以及)(?=[\u3040-\u9fff])"
)
"""What separates the items of an enumeration."""

ORDER_WORDS = lazy_compile(
    r"\b(?:order(?:ed)?|sort(?:ed)?|sequence|rank(?:ed|ing)?|steps|first|ascending|descending|chronological\w*|"
    r"arrange|permutation|reihenfolge|ordre|orden|ordine|ordem|volgorde|порядк\w*)\b|顺序|順序|順番|순서",
    re.IGNORECASE,
)
"""Words of a question that asks for items in order."""


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
    joined = re.sub(r"\s*\|\s*", "|", "|".join(found).strip())
    return re.sub(r"\s+", r"\\s+", joined).replace("_", "[ ]").replace("'", "['’]")


def expand(pattern: str) -> str:
    """Return a verbose pattern with words for `{role}` and `{role:group}`, and phrases for `{HENCE}`."""
    return _PLACE.sub(
        lambda match: _PHRASES.get(match[1]) or f"(?:{any_of(match[1], match[2] or '')})", pattern
    )


def phrase(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Return a pattern, compiled at its first use.

    Args:
        pattern: verbose, without white space that counts, as `expand` reads it.
        flags: those of `re.compile`; `re.VERBOSE` is added.
    """
    return lazy_compile(pattern, flags | re.VERBOSE, expand)


_PLACE = re.compile(r"\{([A-Za-z_]+)(?::([a-z]+))?\}")
_PHRASES: dict[str, str] = {}
ANSWER_LABEL = expand(
    r"""(?x:
    (?: {article_of_answer} \s+ )?
    (?: {final} \s+ )*
    (?: {answer} | {answer:cjk} | {answer:other} )
    (?: \s+ (?:
        {final_after_answer}
        | to \s+ (?: the | your | this ) \s+ (?: question | problem )
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
        | \s* {is_after_answer:cjk} \s* [:：]? \s*
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
