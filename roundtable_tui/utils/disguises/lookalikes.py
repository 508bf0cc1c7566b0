"""Folds characters that look alike to one, so that disguised words are found in untrusted text.

A word can be disguised by full-width or styled letters, letters of other scripts, accents, characters that
are not drawn, and spaces between its letters. A search runs on the folded text; what it finds is replaced
in the original, which stays as it is elsewhere. Source: compatibility decomposition (Unicode Standard Annex
15) and a part of the confusable characters of Unicode Technical Standard 39.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

GAP = r"[ \t\x00-\x08\x0e-\x1b\x1f\x7f]*"
"""Regular expression for what can stand between the letters of a spaced word in folded text."""

_NO_GAPS = str.maketrans(dict.fromkeys(map(chr, (9, 32, *range(9), *range(0x0E, 0x20), 0x7F))))
_LINE_BREAKS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_ASCII_LINE_BREAKS = str.maketrans({char: "\n" for char in _LINE_BREAKS if char.isascii()})
_SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ"
_LOOKALIKES = {
    # Brackets and signs.
    "<": "‹〈⟨❮❰˂ᐸ≺⧼",
    ">": "›〉⟩❯❱˃ᐳ≻⧽",
    "<<": "«《⟪≪",
    ">>": "»》⟫≫",
    "[": "⁅【〔〖〘〚⟦❲⦋⦗",
    "]": "⁆】〕〗〙〛⟧❳⦌⦘",
    "[[": "⟬",
    "]]": "⟭",
    "/": "⁄∕⧸╱⟋Ⳇノ",
    "*": "∗⁎✱∙•",
    "`": "ˋ‵",
    "-": "−‐‑‒–—―⁃˗－﹘﹣",
    " ": "\u2800",
    # Letters: Cyrillic, Greek, Armenian, Cherokee, phonetic.
    "a": "аαɑ⍺", "A": "АΑ", "B": "ВΒ", "b": "ЬƄᏏ", "c": "сϲ", "C": "СϹ", "d": "ԁɗ", "D": "Ꭰ",
    "e": "еєε℮", "E": "ЕΕ", "f": "ƒք", "F": "Ϝ", "g": "ɡցᶃ", "G": "ԌᏀ", "h": "һհ", "H": "НΗ",
    "i": "іιıɩ", "I": "ІΙӀ", "j": "јϳ", "J": "Ј", "k": "кκ", "K": "КΚ", "l": "ӏⅼ", "L": "Ꮮ",
    "m": "м", "M": "МΜ", "n": "пոռη", "N": "Ν", "o": "оοօσ", "O": "ОΟՕ", "p": "рρ", "P": "РΡ",
    "q": "ԛ", "r": "гᴦ", "R": "Ꭱ", "s": "ѕ", "S": "ЅՏ", "t": "тτ", "T": "ТΤ", "u": "υսʋ", "U": "Ս",
    "v": "νѵ", "V": "Ѵ", "w": "ԝѡω", "W": "Ԝ", "x": "хχ", "X": "ХΧ", "y": "уγ", "Y": "УΥ", "z": "ᴢ",
    "Z": "ΖᏃ",
}  # fmt: skip
_FOLDED = {char: folded for folded, chars in _LOOKALIKES.items() for char in chars}
_FOLDED |= {char: chr(ord("a") + n) for n, char in enumerate(_SMALL_CAPITALS) if not char.isascii()}
_FOLDED |= {
    chr(first + n): chr(ord("A") + n)
    for first in (0x1F150, 0x1F170, 0x1F1E6)  # White on black in circles and squares, regional indicators.
    for n in range(26)
}
_IGNORED = frozenset("\u115f\u1160\u3164\uffa0")
"""Fillers: letters by category, but not drawn. Other ignorable characters are found by category."""
_IGNORED_CATEGORIES = frozenset({"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"})


class FoldedText:
    """A text with look-alikes folded, and where each folded character comes from."""

    def __init__(self, original: str) -> None:
        self.original = original
        self.text = original
        self._origins: list[int] | None = None
        """Index in the original of each character of `text`; None if it is the same."""
        if original.isascii():
            self.text = original.translate(_ASCII_LINE_BREAKS)
        else:
            folded = [fold_char(char) for char in original]
            self.text = "".join(folded)
            self._origins = [index for index, chars in enumerate(folded) for _ in chars]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the original text of `text[start:end]`."""
        if self._origins is None:
            return start, end
        if start == end:
            at = self._origins[start] if start < len(self._origins) else len(self.original)
            return at, at
        return self._origins[start], self._origins[end - 1] + 1


def fold(text: str) -> str:
    """Return text with look-alikes folded: letters without accents, brackets and spaces of ASCII."""
    return FoldedText(text).text


def replace_folded(
    pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str | None], text: str
) -> str:
    """Replace what `pattern` finds in the folded text; the rest of `text` is unchanged.

    `replacement` is the new text as it stands, or a function of the match in the folded text, which returns
    None to keep what was found.
    """
    folded = FoldedText(text)
    parts: list[str] = []
    done = 0
    for match in pattern.finditer(folded.text):
        start, end = folded.original_span(*match.span())
        while end < len(text) and not fold_char(text[end]):  # Marks on the last character.
            end += 1
        new = replacement if isinstance(replacement, str) else replacement(match)
        if new is None:
            continue
        # One character may fold to several: two matches can begin in it.
        parts += [text[done : max(done, start)], new]
        done = max(done, end)
    return "".join([*parts, text[done:]]) if parts else text


def spaced(word: str) -> str:
    """Return a regular expression for an ASCII word in folded text, also with spaces between its letters."""
    return GAP.join(map(re.escape, word))


def has_spaced(word: str, folded: str) -> bool:
    """Return whether `spaced(word)` is in a folded text, in any case of its letters; `word` is in lower case.

    A pattern for one text takes 0.5 ms to compile.
    """
    return word in folded.translate(_NO_GAPS).lower()


@lru_cache(maxsize=8192)
def fold_char(char: str) -> str:
    """Return what a character looks like in ASCII, else itself without accents; "" if it is not drawn."""
    if char in "\t\n" or " " <= char <= "~":
        return char
    if char in _LINE_BREAKS:
        return "\n"
    if (known := _FOLDED.get(char)) is not None:
        return known
    return "".join(map(_fold_decomposed, unicodedata.normalize("NFKD", char)))


def _fold_decomposed(char: str) -> str:
    if char in _IGNORED or unicodedata.category(char) in _IGNORED_CATEGORIES:
        return ""
    return " " if unicodedata.category(char) == "Zs" else _FOLDED.get(char, char)
