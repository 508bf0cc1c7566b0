"""Finds the answer that a line of a reply sets in bold type."""

from __future__ import annotations

import re

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.endings import patterns, wordings
from roundtable_tui.answers.endings.finish import finish_answer, is_closed
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.values import Choice, YesNo
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_NAME_WORDS = 5
_MAX_REST = 12
_MAX_STARTING_WORDS = 8
_BOLD = lazy_compile(r"(?:\*\*|__)(?P<answer>[^*_\n]{1,60}?)(?:\*\*|__)")
_BOLD_LABEL = lazy_compile(r":\W*$")
_NAME = lazy_compile(r"[A-Z][\w.'’-]*(?:\s(?:[A-Z][\w.'’-]*|of|the|de|von|van|da|di)){0,4}")
_QUALIFIED = phrase(
    r"""
    \b (?:
        not | no | never | under | over | between | and | or | from | {not_before_bold} | step
        | part | question | equation | case | round | number | above | below | minimum | maximum | until
        | before | after | wrong | forget\w* | mistake\w* | because | since | instead | add | subtract
        | multiply | divide | divided | times | plus | minus | with | if | each | every | per
    ) \s+ (?: of \s+ | the \s+ | by \s+ | a \s+ )* $
    """
)
"""Words before a part in bold type without which it says something else."""
_RELATIVE = phrase(
    r"""
    \b an? \s+ example \s+ of \b
    | \b (?: that | which | who ) \s+ (?: do (?:es)? | is | are | was | were | did | has | have | can )
      (?: \s+ not | n['’]t ) \b
    """,
    0,
)
"""An example, and what only a relative clause denies."""
_DEFINITE = phrase(r"\W* {HENCE}? {definite_before_bold} \b")
_INTRODUCTION = phrase(
    r"""
    ^ (?: (?:out \s+)? of | among | amongst | from | based \s+ on | given | according \s+ to ) \s
    [^.;:*?]{1,100}, \s+ (?: (?: then | so ) \s+ )?
    | ^ i \s+ (?: would | ['’]d ) \s+ (?=\w+ \s)
    """
)
"""A phrase before the sentence itself."""
_AS = phrase(
    r"""
    \b (?!
        such \b | well \b | same \b | work\w* \b | long \b | soon \b | far \b | act\w* \b | serv\w* \b
        | use\w* \b
    ) \w+ \s+ (?: (?: this | that | it | the ) \s+ (?:\w+ \s+)? )? as \s+ (?:an? \s+)? $
    """
)
_LEADING_ARTICLE = phrase(r"^ (?: {definite_before_bold} ) $")
_STEP = lazy_compile(
    r"\W*(?:step|first|then|next|in\s+(?:the\s+)?(?:first|second|third|last|other|case|step|phase))\b",
    re.IGNORECASE,
)
_AFTER_NAME = phrase(
    r"""
    (?!
        .* \b (?:
            while | whereas | but | although | often | usually | generally | popular | can | also | good
            | great
        ) \b
    ) \s+ (?! (?: or | and | of | in | on | at | to | for | with | as ) \b ) [a-z]{2,} \b .*
    """,
    0,
)
_IS_CHOICE = phrase(
    r"""
    \s+ (?: is | would \s+ be | seems ) \s+ (?: the \s+ | your \s+ )? (?:\w+ \s+){0,2}
    (?: choice | option | answer | one | solution | pick | winner ) \b .*
    """
)
_QUALIFIER = phrase(
    r"""
    \b (?:
        about | approximately | roughly | around | nearly | almost | at \s+ least | at \s+ most
        | (?: more | less | fewer ) \s+ than
        | up \s+ to
    ) \s+ $
    """
)
_AFFECTED = phrase(
    r"""
    \b (?: is | are | was | were ) \s+ (?: (?! not \b | depend ) \w+ \s+ ){0,4}
    (?: to | by | in | at | as | from | on | of | an? ) \s+ (?:the \s+)? $
    """
)
"""`was awarded to`, `is an example of`."""
_NAMING = frozenset("option choice say choose choosing pick picking select with".split())  # noqa: SIM905
_MORE = phrase(
    r"""
    ,? \s+ (?: but | though | although | while | whereas ) \b
    | , \s+ which \s+ (?: we | i ) \b
    | \s* (?:
          [:=+*/×<>≤≥≠] | - \s
          | \s (?:
                (?: if | unless | per | plus | minus | times ) \b
                | (?: or | and | of | to ) \s+ (?:the \s+)? [*\d]
                | (?: or | and ) \s+ [A-Z]
            )
      )
    """,
    0,
)
"""What continues a part in bold type, so that it is not the answer alone."""

_TOPIC = phrase(
    r"""
    \W* (?i: {definite_before_bold} ) \s+ \*\* [a-z][^*]* \*\* \s+ of \s
    | [^*]* \*\* [^*]{1,12} \*\* \s+ (?: \w+ \s+ )?
      (?: things | points | aspects | factors | considerations ) \b
    """,
    0,
)
"""What a text is about, not an answer: "The **main idea** of the passage", "**three** things to consider"."""


def find_bold(line: str) -> str | None:
    """Return the part in bold type that ends the last sentence of a line, if it is an answer alone."""
    sentence = re.split(r"(?<=[.!?])\s+(?=[^\W\d_])", line.strip())[-1]
    match = patterns.BOLD_END.fullmatch(patterns.EMOJI.sub("", sentence))
    if match is None:
        return None
    is_named = (
        patterns.COPULA_BEFORE.search(sentence[: match.start("answer")])
        and len(match["answer"].split()) <= _MAX_NAME_WORDS
    )
    return finish_answer(match["answer"]) if is_named or is_closed(match["answer"].strip()) else None


def is_topic(sentence: str) -> bool:
    """Return True if what a sentence sets in bold type is what the text is about."""
    return bool(_TOPIC.match(sentence))


def find_bold_below(line: str) -> str | None:
    """Return what a line below a label sets in bold type, in a sentence about it or at its start."""
    found = _BOLD.findall(line)
    if len(found) == 1 and line.startswith("**") and len(found[0].split()) <= _MAX_STARTING_WORDS:
        after = line[len(found[0]) + 4 :]
        if re.match(r"[.,;:—–(]|\s[—–(]", after) and not found[0].endswith(":"):
            return finish_answer(found[0])
    return find_only_bold(line)


def find_bold_of_label(line: str, raw: str) -> str | None:
    """Return `x ≤ 4` of "The solution is all numbers with **x ≤ 4**, or (−∞, 4]".

    Args:
        line: the line without markup.
        raw: the line with it.
    """
    label = patterns.LABEL.match(line)
    found = [match for match in _BOLD.finditer(raw) if not _BOLD_LABEL.search(match[0])]
    if not label or len(found) != 1 or is_closed(finish_answer(label["answer"])):
        return None
    answer, before = found[0]["answer"].strip(" .,"), raw[: found[0].start()]
    is_limited = _QUALIFIED.search(before) or _QUALIFIER.search(before) or _MORE.match(raw, found[0].end())
    if is_limited or not is_closed(answer) or patterns.OPEN_SENTENCE.search(_RELATIVE.sub("", before)):
        return None
    return finish_answer(answer) if answer in label["answer"] else None


def find_only_bold(line: str) -> str | None:
    """Return the only part of a sentence in bold type if it is an answer: "The sum is **12**, as 5 + 7 = 12".

    A figure, an option or the like counts wherever it stands, a word after "is", a name also as the subject.
    """
    found = list(_BOLD.finditer(line))
    if len(found) != 1 or patterns.ITEM.match(line) or line.startswith(("#", "|")) or is_topic(line):
        return None
    match = found[0]
    before, answer, after = line[: match.start()], match["answer"].strip(" .,"), line[match.end() :]
    if match["answer"].rstrip().endswith(":") or _MORE.match(after) or _QUALIFIED.search(before):
        return None
    before = _INTRODUCTION.sub("", before)
    if patterns.OPEN_SENTENCE.search(_RELATIVE.sub("", before)) or after.rstrip().endswith("?"):
        return None
    if _IS_CHOICE.fullmatch(after) and not patterns.OPEN_SENTENCE.search(after):
        return finish_answer(answer)
    qualifier = _QUALIFIER.search(before)
    if qualifier:
        before, answer = before[: qualifier.start()], qualifier[0] + answer
    if _is_named(before, answer, after):
        return finish_answer(answer)
    words = before.split()
    if not words or _STEP.match(before):
        return None
    is_stated = wordings.CONCLUSION.match(before) or words[-1].casefold() in wordings.LAST_WORDS | _NAMING
    return finish_answer(answer) if is_stated and is_closed(answer) and _is_apart(answer) else None


def _is_named(before: str, answer: str, after: str) -> bool:
    """Return True for what stands after "is", or a name in capital letters that is the subject."""
    if not _LEADING_ARTICLE.sub("", before.strip()):
        is_figure = is_closed(answer) and any(char.isdigit() for char in answer) and " " in answer
        is_subject = (
            (_NAME.fullmatch(answer) or is_figure)
            and _AFTER_NAME.fullmatch(after)
            and len(after.split()) <= _MAX_REST
        )
        return bool(is_subject) and not patterns.OPEN_SENTENCE.search(after)
    if len(answer.split()) > _MAX_NAME_WORDS:
        return False
    if _AFFECTED.search(before) and not is_closed(answer):
        return answer[:1].isupper() or bool(_DEFINITE.match(before) and not after.strip(" ."))
    if _AS.search(before) and not after.strip(" ."):
        return True  # "The tone is best described as **skeptical**."
    is_name = is_closed(answer) or answer[:1].isupper() or _DEFINITE.match(before)
    return bool(is_name and patterns.COPULA_BEFORE.search(before))


def _is_apart(answer: str) -> bool:
    return any(char.isdigit() for char in answer) or isinstance(classify(answer), (Choice, YesNo))
