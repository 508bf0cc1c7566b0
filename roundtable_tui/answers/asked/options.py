"""Reads the options of a question, by letters of several scripts or by numbers, and which are chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.plain import text_form, to_plain
from roundtable_tui.answers.values import Choice, Items, Number, Text, Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

_LATIN = lazy_compile(r"(?:^|(?<=\s))[*_]*(?:[(\[]?([A-J])[).\]:]|\(([a-j])\))[*_]*\s+")
_SPACED_SCRIPTS = ("АБВГДЕЖЗИК", "ΑΒΓΔΕΖΗΘ", "أبجده", "אבגדהו", "कखगघ", "กขคงจ")
_CJK_SCRIPTS = ("アイウエオカキク", "イロハニホヘト", "가나다라마바사", "ㄱㄴㄷㄹㅁㅂ", "甲乙丙丁戊己")
_SAME_LETTERS = str.maketrans({"ا": "أ", "ـ": ""})
_OPENING, _CLOSING = r"[(（\[「【]", r"[)）\]」】]"
_NUMBER_MARK = lazy_compile(
    rf"(?:^|(?<=\s)){_OPENING}(\d\d?){_CLOSING}\s*(?=\S)|^[ \t]*[*_]*(\d\d?)[).:．、][*_]*\s*(?=\S)"
    r"|([①-⑳])\s*(?=\S)",
    re.MULTILINE,
)
_MAX_OPTIONS = 12
_MAX_ANSWER_CHARS = 240
_MIN_SEVERAL = 2
_ASKS_CHOICE = phrase(r"\b {asks_choice} | {asks_choice:cjk} | {asks_choice:other} | [?？؟:：]\s*$")
ASKS_SEVERAL = phrase(r"\b {asks_several} \b | {asks_several:cjk} | {asks_several:other}")
"""Words of a question of whose options several may be right."""
_STATEMENTS = lazy_compile(r"\bI\b(?=[,.):]|\s+(?:and|or|und|et|y|e)\s)[\s\S]{0,600}\bII\b")
"""Statements that a question names by Roman numerals."""
_CHOSEN = phrase(
    r"""
    (?P<word> (?:
        {option_word} | {option_word:cjk} | {option_word:other} | number | nr\.? | no\. | \# | № | 第
    ) \s* [:：]? \s* )?
    (?P<open> [(（\[「【] )? \s* (?P<mark> \d\d? | [^\W\d_] ) ـ? \s*
    (?P<close> [)）\]」】.:：、] | [番번] )? [.。]?
    (?: \s* (?P<text> \S.* ) )?
    """
)
"""An option by its mark: `(2)`, `選択肢ウ`, `Б) олово`."""
_LETTERS = phrase(r"[A-J] (?: \s* (?: [-,;/+&>→]* | ,? \s {and} \s ) \s* [A-J] )+")
_AND_WORD = phrase(r"\s {and} \s")
_PLURAL_WORD = phrase(r"^ (?: the \s+ )? {option_word} s? \s+ (?= [A-J] \b )")
_DESCRIBED = phrase(r"(?: ^ | [\s,;]+ (?: {and} \s+ )? ) [-*_(]* \s* (?-i: ([A-J]) ) [).:]+ [*_]* \s*")
_LETTER = lazy_compile("[A-Ja-j]")


def list_options(text: str) -> dict[str, str]:
    """Return the options of a question by their letters or numbers: the last list from the first on."""
    if found := _list_marked(text, _latin_marks(text), "ABCDEFGHIJ"):
        return found
    if not text.isascii():
        for script in (*_SPACED_SCRIPTS, *_CJK_SCRIPTS):
            if script[0] in text.upper().translate(_SAME_LETTERS) and (
                found := _list_marked(text, _script_marks(text, script), script)
            ):
                return found
    marks = list(_NUMBER_MARK.finditer(text))
    if len(marks) < 2 or not _ASKS_CHOICE.search(text[: marks[0].start()].strip()):
        return {}
    numbers = [(m.start(), m.end(), str(_number_of(m))) for m in marks]
    return _list_marked(text, numbers, [str(n) for n in range(1, _MAX_OPTIONS + 1)])


def _latin_marks(text: str) -> list[tuple[int, int, str]]:
    return [(m.start(), m.end(), str(m[1] or m[2]).upper()) for m in _LATIN.finditer(text)]


def _script_marks(text: str, script: str) -> list[tuple[int, int, str]]:
    letters = f"[{script}{script.lower()}ا]ـ?"
    pattern = rf"(?:^|(?<=\s))[*_]*(?:{_OPENING}({letters}){_CLOSING}|({letters})[)）.:：．、])[*_]*\s*(?=\S)"
    if script in _CJK_SCRIPTS:
        pattern += rf"|^[ \t]*({letters})[ \t\u3000]+(?=\S)"
    return [
        (m.start(), m.end(), _normalize_letter(next(filter(None, m.groups()))))
        for m in re.finditer(pattern, text, re.MULTILINE)
    ]


def _normalize_letter(letter: str) -> str:
    return letter.upper().translate(_SAME_LETTERS)


def _number_of(match: re.Match[str]) -> int:
    return int(match[1] or match[2]) if match[1] or match[2] else ord(match[3]) - ord("①") + 1


def _list_marked(text: str, marks: list[tuple[int, int, str]], order: str | list[str]) -> dict[str, str]:
    found: list[tuple[int, int, str]] = []
    for mark in marks:
        if mark[2] == order[0]:
            found = [mark]
        elif found and len(found) < len(order) and mark[2] == order[len(found)]:
            found.append(mark)
    options = {}
    for (_, start, letter), (end, _, _) in pairwise([*found, (len(text), 0, "")]):
        options[letter] = text[start:end].strip().partition("\n")[0].rstrip(" ,;。")
    return options if len(options) > 1 else {}


def find_chosen(text: str, options: Mapping[str, Value], *, wants_number: bool) -> Choice | None:
    """Return the option that an answer names by a number, or by a letter that is not Latin; None if unsure.

    A number alone is an option unless a number was asked for, or is the text of an option.
    """
    if not options or "A" in options or len(text) > _MAX_ANSWER_CHARS:
        return None
    match = _CHOSEN.fullmatch(to_plain(text))
    if match is None or (mark := _find_mark(match["mark"], options)) is None:
        return None
    option, said = options[mark], match["text"]
    if said is not None:
        if not (match["close"] or match["word"]) or not _is_same_text(said, option):
            return None
        return Choice(mark, option)
    if not mark.isdecimal():
        return Choice(mark, option)
    values = {value.value for value in options.values() if isinstance(value, Number)}
    is_marked = match["word"] or match["open"] or match["close"]
    if not is_marked and (wants_number or int(mark) in values):
        return None
    is_clear = not isinstance(option, Number) or str(option.value) not in options
    return Choice(mark, option if is_clear else None)


def _find_mark(mark: str, options: Mapping[str, Value]) -> str | None:
    mark = mark.lstrip("0") if mark.isdecimal() else _normalize_letter(mark)
    if mark == "A":
        mark = next((letter for letter in options if letter in "АΑ"), mark)
    return mark if mark in options else None


def _is_same_text(said: str, option: Value) -> bool:
    said = said.strip(" *_,;.")
    return classify(said).key == option.key or (isinstance(option, Text) and text_form(said) == option.form)


def find_several(
    text: str, options: Mapping[str, Value], *, may_be_several: bool, is_ordered: bool
) -> Items | None:
    """Return the options of `ACD` or `B-A-C`, where several may be right or their order is asked for."""
    if "A" not in options or len(text) > _MAX_ANSWER_CHARS or not (may_be_several or is_ordered):
        return None
    if described := _find_described(text, options):
        return replace(described, is_ordered=is_ordered)
    plain = _PLURAL_WORD.sub("", to_plain(text))
    if not _LETTERS.fullmatch(plain):
        return None
    letters = [letter.upper() for letter in _LETTER.findall(_AND_WORD.sub(" ", plain))]
    if len(set(letters)) < len(letters) or not all(letter in options for letter in letters):
        return None
    if any(isinstance(option, Text) and option.form == text_form(plain) for option in options.values()):
        return None
    return Items(tuple(Choice(one, options[one]) for one in letters), is_ordered=is_ordered)


def _find_described(text: str, options: Mapping[str, Value]) -> Items | None:
    """Return the options of `A) basalt, C) granite`, each with its text; None if one text is another."""
    _, *parts = _DESCRIBED.split(text)
    letters, texts = parts[::2], parts[1::2]
    if len(letters) < _MIN_SEVERAL or _DESCRIBED.split(text)[0].strip() or len(set(letters)) < len(letters):
        return None
    if not all(letter in options for letter in letters):
        return None
    if not all(_is_same_text(said, options[one]) for one, said in zip(letters, texts, strict=True) if said):
        return None
    return Items(tuple(Choice(one, options[one]) for one in letters))


def name_options(value: Items, options: Mapping[str, Value]) -> Items:
    """Return an enumeration of letters, or of the texts of options, as one of options with their texts."""
    items = tuple(_name_option(item, options) for item in value.items)
    if None in items:
        return value
    return Items(tuple(item for item in items if item), value.brackets, value.is_ordered)


def _name_option(item: Value, options: Mapping[str, Value]) -> Choice | None:
    if isinstance(item, Choice):
        option = options.get(item.letter)
        return Choice(item.letter, item.option or option) if option else None
    letters = [letter for letter, option in options.items() if option.key == item.key]
    return Choice(letters[0], options[letters[0]]) if len(letters) == 1 else None


def names_statements(question: str) -> bool:
    """Return True if a question has statements with Roman numerals, of which an answer lists some."""
    return bool(_STATEMENTS.search(question))
