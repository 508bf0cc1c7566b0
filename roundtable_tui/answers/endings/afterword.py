"""What stands after the answer of a reply and is not part of it: courtesies, offers, notes and checks."""

from __future__ import annotations

import re

from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.endings.clauses import is_conclusion
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.utils.lazy_pattern import lazy_compile

MAX_AFTERWORD_LINES = 15
_MAX_SENTENCES = 4
_MAX_WISH_WORDS = 3
_CLOSING = phrase(
    r"""
    (?:
        if \s+ you[^,.?!]{0,40}, \s+ i (?: \s+ can | ['’]d | ['’]ll | \s+ could ) \b
        | i \s+ hope
        | hope \s+ (?: this | that | it )
        | let \s+ me \s+ know | feel \s+ free
        | please \s+ (?: let | feel | ask | do \s+ not | don['’]t )
        | {if_you} \b [^.!?]* \b {help} \b
        | (?: is | was ) \s+ there \s+ anything
        | (?: i['’]? (?: m | d ) \s+ (?:be \s+)? | i \s+ am \s+ )? (?: happy | glad ) \s+ to
        | (?: do | would ) \s+ you \s+ (?: want | like | need ) \b
        | thanks \b | thank \s+ you | good \s+ luck
        | have \s+ a \s+ (?: nice | great | good )
        | (?: you \s+ can \s+ )? (?: don['’]t | do \s+ not ) \s+ hesitate
        | you['’]re \s+ welcome | cheers \b
        | best \s+ (?: regards | wishes )
        | (?: this | that ) \s+ (?: is | was | should \s+ be | would \s+ be ) \s+ (?: the | my | your ) \s+
          (?:\w+ \s+)? (?: answer | result | solution | choice )
          (?! \s* (?: [:=] | is | to \s+ (?! (?: the | your ) \s+ (?: question | problem ) ) ) ) \b
        | (?: this | that ) \s+ (?: answers | solves | settles | completes | concludes ) \b
        | (?:so \s+)? there \s+ you \s+ (?: have | go ) \b
        | (?: i['’]m | i \s+ am ) \s+ (?:\w+ \s+)? (?: confident | certain | sure ) \s+
          (?: in | of | about ) \s+ (?: this | that | it | my ) \b
        | (?:my \s+)? confidence (?: \s+ (?: level | score ) )? \s* (?: is \b | [:=(–—-] | \d )
        | q\.?e\.?d \b | {closing}
        | (?: shall | should | can | may | could ) \s+ i \s+ (?:also \s+)?
          (?: help | explain | show | go | give | walk | provide | elaborate | clarify | do ) \b
        | {closing:cjk}
    )
    """
)
_OFFERED = phrase(r"\b {offered} \b | {offered:cjk}")
"""Words of a question that offers more."""
_NOTE = phrase(r"(?: {note} | {note:cjk} ) \s* [:：]")
_NOTE_THAT = phrase(r"{note_that} \b | {note_that:cjk}")
_ASIDE = lazy_compile(
    r"\([^()]*(?:\([^()]*\)[^()]*)*\)\.?|\*[^*\s](?:[^*]*[^*\s])?\*|_[^_\s](?:[^_]*[^_\s])?_"
)
"""A line in parentheses or in italics."""
_MIN_ASIDE_WORDS = 4
_CHECK_MARK = re.compile(r"\s*[-*]?\s*[✓✔☑]")
_BOLD = lazy_compile(r"(?:\*\*|__)[^*_\n]{1,80}?(?:\*\*|__)")
_ABOUT_ANSWER = phrase(r"(?: {about_answer} | {about_answer:cjk} ) [^:：\n]{0,40} [:：] .*")
"""A line that says how sure an answer is, or which is the next."""
_REGARDS = phrase(r"{regards} [,!.]?")
_SIGNATURE = phrase(
    r"""
    \W* (?: {participant} | {participant:cjk} ) \s* \#? \d{1,3} (?: [,;/(] [^.:\n]{0,40} )? \W*
    | [—–] \s* [A-Z][\w .-]{1,30}
    """
)
_MAX_SIGNATURE_WORDS = 5
_HEADING = phrase(r"{heading} [?:]?")
_LOOSE_OFFER = phrase(r"(?: {if_you_have} | {if_you_have:cjk} | ∎ | □ )")
"""A line that begins so is an offer; a sentence of an answer may be its condition."""
_SENTENCE_END = re.compile(
    r"(?<=[.!?…)*\]])\s+(?:[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]+\s+)?(?=[^\W\d_]|[*¿¡])|(?<=[。！？])(?=\S)"
)


def strip_closing(text: str) -> str:
    """Return a text without the courtesies that end its last line, such as "Hope this helps!"."""
    if not _SENTENCE_END.search(text):
        return text
    for _ in range(_MAX_SENTENCES):
        start = text.rfind("\n") + 1
        place = max((match.end() for match in _SENTENCE_END.finditer(text, start)), default=start)
        if place == start or not is_closing(text[place:]):
            return text
        text = text[:place].rstrip()
    return text


def is_closing(sentence: str) -> bool:
    """Return True if a sentence is a courtesy, an offer, or one that only says that this was the answer."""
    bare = _bare(sentence)
    is_offer = bare.endswith(("?", "？", "؟")) and _OFFERED.search(bare) and not _SENTENCE_END.search(bare)
    return bool(_CLOSING.match(bare) or is_offer)


def is_closing_line(line: str) -> bool:
    """Return True if a line of its own at the end of a reply is a courtesy."""
    bare = _bare(line)
    is_wish = bare.endswith("!") and 1 < len(bare.split()) <= _MAX_WISH_WORDS and bare.split()[-1].islower()
    return is_wish or is_closing(line) or bool(_LOOSE_OFFER.match(_bare(line)))


def find_afterword(lines: list[str]) -> int:
    """Return the place of the line with which an explanation after the stated answer begins, else the end."""
    while len(lines) > 1 and _is_trailer(lines):
        lines = lines[:-1]
    for place in range(len(lines) - 1, max(0, len(lines) - MAX_AFTERWORD_LINES), -1):
        line = strip_markup(lines[place])
        if patterns.LABEL.match(line) or patterns.LABEL_ALONE.fullmatch(line):
            break
        is_heading = lines[place].lstrip().startswith(("#", "*", "_")) and _HEADING.fullmatch(line)
        is_note = _NOTE.match(line) or _NOTE_THAT.match(line) or _CHECK_MARK.match(lines[place])
        if (is_note or is_heading) and _is_stated(lines, place):
            return find_afterword(lines[:place])
    return len(lines)


def _is_trailer(lines: list[str]) -> bool:
    """Return True if the last line is an aside, a signature, or says how sure the answer is."""
    line = strip_markup(lines[-1])
    return _is_aside(lines[-1]) or _is_signature(lines) or bool(_ABOUT_ANSWER.fullmatch(line))


def _is_signature(lines: list[str]) -> bool:
    """Return True if a letter or a turn ends with this line: "Seat 3, round 2", or a name."""
    line = strip_markup(lines[-1])
    if _REGARDS.fullmatch(line) or _SIGNATURE.fullmatch(line):
        return True
    is_name = len(line.split()) <= _MAX_SIGNATURE_WORDS
    return len(lines) > 2 and is_name and bool(_REGARDS.fullmatch(strip_markup(lines[-2])))


def _is_aside(line: str) -> bool:
    """Return True if a line of several words is in parentheses or italics, and states no answer."""
    if not _ASIDE.fullmatch(line) or len(line.split()) < _MIN_ASIDE_WORDS:
        return False
    plain = line.strip("()*_ .")
    return not (patterns.has_answer_sentence(plain) or is_conclusion(plain) or patterns.BOXED.search(plain))


def _bare(text: str) -> str:
    return patterns.EMOJI.sub("", text).strip(" *_>#-(¿¡")


def _is_stated(lines: list[str], end: int) -> bool:
    """Return True if the line before `end` states an answer under a label, boxed or in tags."""
    line = strip_markup(lines[end - 1])
    if patterns.LABEL.match(line) or patterns.BOXED.search(line) or patterns.TAG.search(line):
        return True
    if (match := patterns.COLON_LABEL.match(line)) and len(match["answer"].split()) <= _MIN_ASIDE_WORDS:
        return True
    if patterns.HASHES.match(lines[end - 1]) or len(_BOLD.findall(lines[end - 1])) == 1:
        return not patterns.ITEM.match(lines[end - 1])
    return end > 1 and bool(patterns.LABEL_ALONE.fullmatch(strip_markup(lines[end - 2])))
