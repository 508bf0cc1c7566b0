"""Removes what carries no meaning: Markdown, LaTeX, variants of one character, case and accents of words."""

from __future__ import annotations

import re
import unicodedata

from roundtable_tui.answers.kinds.web_markup import strip_web_markup
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.number_words import ordinals, parse_roman
from roundtable_tui.answers.numbers import OVERLINE
from roundtable_tui.utils.lazy_pattern import lazy_compile

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"
_SUPERSCRIPT = lazy_compile(f"[{_SUPERSCRIPTS}]+")
_FROM_SUPERSCRIPT = str.maketrans(_SUPERSCRIPTS, "0123456789+-n")
_CHARACTERS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(a): b
    for a, b in {
        "。": ".", "、": ", ", "−": "-", "﹣": "-", "‐": "-", "‑": "-", "–": "-", "\u00a0": " ",
        "\u202f": " ", "\u2009": " ",
        "\u3000": " ", "\u200b": "", "\ufeff": "", "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"',
        "«": '"', "»": '"',
        "≦": "≤", "≧": "≥", "⩽": "≤", "⩾": "≥", "÷": "/", "∕": "/", "⁄": "/", "·": "*", "⋅": "*", "∙": "*",
        "₀": "0", "₁": "1", "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9",
        "٫": ".", "٬": ",", "٪": "%", "′": "'", "″": '"', "ℕ": "N", "ℤ": "Z", "ℚ": "Q",
        "ℂ": "C", "µ": "μ", "，": ", ",
    }.items()
}  # fmt: skip
_VULGAR = lazy_compile("[¼½¾⅐-⅞]")
_BRACED = r"\{((?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*)\}"
_COMMANDS = (
    (lazy_compile(rf"\\(?:boxed|fbox|text|textbf|textit|mathrm|mathbf|mathit|"
     rf"operatorname|mbox|textrm|bm|mathcal|mathbb|mathsf|texttt|ce|textsc|mathtt)\s*{_BRACED}"), r"\1"),
    (lazy_compile(r"(?<=\d)\s*\\[dtc]?frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}"), r" \1/\2"),
    (lazy_compile(r"(?<=\d)\s*\\[dtc]?frac\s*(\d)\s*(\d)"), r" \1/\2"),
    (lazy_compile(rf"\\[dtc]?frac\s*{_BRACED}\s*{_BRACED}"), r"(\1)/(\2)"),
    (lazy_compile(r"\\[dtc]?frac\s*(\d)\s*(\d)"), r"(\1)/(\2)"),
    (lazy_compile(rf"\\sqrt\s*{_BRACED}"), r"√(\1)"),
    (lazy_compile(rf"\\sqrt\s*\[(\w)\]\s*{_BRACED}"), r"(\2)^(1/\1)"),
    (lazy_compile(rf"\^\s*{_BRACED}"), r"^(\1)"),
    (lazy_compile(rf"_\s*{_BRACED}"), r"_\1"),
)  # fmt: skip
_BINOMIALS = (
    (lazy_compile(rf"\\[dt]?binom\s*{_BRACED}\s*{_BRACED}"), r" binom(\1,\2)"),
    (lazy_compile(r"\\[dt]?binom\s*(\w)\s*(\w)"), r" binom(\1,\2)"),
    (lazy_compile(r"\{\s*([^{}\\]+?)\s*\\choose\s+([^{}\\]+?)\s*\}"), r" binom(\1,\2)"),
)  # fmt: skip
_MATRIX = lazy_compile(r"\\begin\{([pbv]?)matrix\}(.*?)\\end\{\1matrix\}", re.DOTALL)
_WORDS = {
    "times": "×", "cdot": "*", "div": "/", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥",
    "geqslant": "≥", "ne": "≠", "neq": "≠", "lt": "<", "gt": ">", "pi": "π", "infty": "∞", "in": "∈",
    "cup": "∪",
    "cap": "∩", "pm": "±", "circ": "°", "degree": "°", "approx": "≈", "sim": "~", "theta": "θ", "Theta": "Θ",
    "Omega": "Ω", "alpha": "α", "beta": "β", "gamma": "γ", "lambda": "λ", "mu": "μ", "sqrt": "√",
    "emptyset": "∅",
    "varnothing": "∅", "to": "→", "rightarrow": "→", "Rightarrow": "⇒", "ldots": "...", "dots": "...",
    "prime": "'",
    "log": "log", "ln": "ln", "sin": "sin", "cos": "cos", "tan": "tan", "exp": "exp", "max": "max",
    "min": "min",
    "lor": "∨", "land": "∧", "neg": "¬", "lnot": "¬", "mid": "|", "quad": " ", "qquad": " ",
    "left": "", "right": "",
    "displaystyle": "", "bigl": "", "bigr": "", "big": "", "Big": "", "setminus": "∖", "euro": "€",
    "langle": "⟨", "rangle": "⟩", "top": "⊤", "intercal": "⊤",
    "lvert": "|", "rvert": "|", "vert": "|", "lbrace": "{", "rbrace": "}",
}  # fmt: skip
_REALS = lazy_compile(r"\\mathbb\s*\{?\s*R\s*\}?")
_WITHOUT = lazy_compile(r"(?<=[RℝNZQC])\s*\\\s*(?=\\?\{)")
_COMMAND = lazy_compile(r"\\([A-Za-z]+)\s?")
_ESCAPED = lazy_compile(r"\\([%$#&_{}])")
_SPACING = lazy_compile(r"\\[,;:! ]|~(?=\s)|\\\\$")
_NOTE_MARKS = ("†", "‡", "¹")
_WRAPPERS = (
    ("```", "```"), ("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("**", "**"), ("__", "__"), ("$", "$"),
    ("`", "`"), ("*", "*"), ("_", "_"), ('"', '"'), ("'", "'"), ("~~~", "~~~"), 
    ("「", "」"), ("『", "』"), ("《", "》"),
)  # fmt: skip
_WRAPPERS_BY_FIRST = {
    first: tuple(pair for pair in _WRAPPERS if pair[0][0] == first)
    for first in {pair[0][0] for pair in _WRAPPERS}
}
_LINE_START = lazy_compile(r"^(?:#{1,6}\s+|>\s+(?!\d)|[-*•+]\s+(?!\d)|[*•]\s+)+")
_EMPHASIS = lazy_compile(r"(?<![\w*)])(\*\*|__|\*)(?=[^\s*])([^*\n]*?[^\s*])\1(?![\w*(])")
_MATH_SPAN = lazy_compile(r"\$([^$\n]*[^$\n\s\d][^$\n]*|\d+)\$|\\\((.*?)\\\)")
_FENCE = lazy_compile(r"^```\w*\n|\n?```$")
_CHOOSE = lazy_compile(
    r"(?<![\w'])\(?(\d{0,3}(?!i\b)[a-z]|\d{1,3}|\([^()]{1,12}\)) choose "
    r"(\d{0,3}[a-z]|\d{1,3}|\([^()]{1,12}\))(?!\w)\)?"
)
_PLUS_MINUS = lazy_compile(
    r"(?:(?<!\+)\+\s?/\s?[-−–]|\bplus(?:/|-| or )minus\b)(?=\s*[\w.√∞(\[{$\\])", re.IGNORECASE
)
_PI = lazy_compile(r"(?<![^\W\d_])pi(?![^\W\d_])")
_SIGNS = ("=", "-", "+")
_EQUALS = lazy_compile(r"^=\s*(?=[^=\s>])")
_SIGN_GAP = lazy_compile(r"^([-+])\s+(?=[\d.])")
_DOLLAR = "\ue000"
"""Stands for an escaped dollar sign, which is a currency, while those around mathematics are removed."""
_IN_TOTAL = lazy_compile(
    r"(?<=\w)\s*(?:,?\s+(?:in\s+total|in\s+all|altogether|overall|old(?<=\byears\sold)|old(?<=\byear\sold)|insgesamt|au\s+total|en\s+total)|(?:です|だ|である|입니다|이다))$"
)
_SYMBOL_NAMES = {
    "infinity": "∞", "infinite": "∞", "positive infinity": "∞", "plus infinity": "∞", "+∞": "∞",
    "negative infinity": "-∞", "minus infinity": "-∞", "-infinity": "-∞",
    "the empty set": "∅", "empty set": "∅", "{}": "∅",
}  # fmt: skip
_MAX_SYMBOL_NAME_CHARS = 20
_INITIALS = lazy_compile(r"\b[A-Z](?:\.\s?[A-Z])+\b\.?(?!\w)")
_ARTICLE = lazy_compile(r"^(?:the|a|an)\s+(?=\w)", re.IGNORECASE)
_ORDINAL_WORDS = lazy_compile(
    r"\b(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\s)?[a-z]*(?:first|second|third|[a-z]th)\b"
)
_ORDINAL_HINT = lazy_compile(r"th\b|first|second|third")
_ANY_DIGIT = lazy_compile(r"\d")
_SUFFIX = lazy_compile(r"(?<=\d)(?=(?:st|nd|rd|th)\b)")
_SAINT = lazy_compile(r"^St\.?\s+(?=[A-Z])")
_MOUNT = lazy_compile(r"\bMt\.?\s+(?=[A-Z])")
_TITLE = lazy_compile(r"\b(Dr|Mr|Mrs|Ms|Prof|Jr|Sr|Gen|Col|Capt|Lt|Sgt|Rev)\.(?=\s|$)")
_ERA = lazy_compile(r"\b(?:AD\s+(\d+)|(\d+)\s+(AD|BCE?|CE))\b")
_ERA_NAMES = {"BCE": "BC", "CE": "AD"}
_TEXT_PIECE = lazy_compile(r"\d+(?:[.,]\d+)*|[^\W_]+(?:'[^\W_]+)*|[^\w\s]|_")
_HYPHEN = lazy_compile(r"(?<=[^\W\d_]{2})-(?=[^\W\d_]{2})")
_ROMAN = lazy_compile(
    r"(?P<before>[A-ZÀ-Þ][^\W\d_]{2,}) (?P<numeral>[IVXL]{2,7}\b|[IVX](?=$| (?:of|von|de|di)\b))(?!['’-]\w)"
)
"""The number of a king, a war or a chapter: `Henry VIII`."""
_THE_NTH = lazy_compile(r"(?<=[^\W\d_]{3}) the (\d+) (?:st|nd|rd|th)(?=$| of )")
_NAME_AND_THE = lazy_compile(r"\b[A-Z][^\W\d_]{2,} the [A-Z\d]")
_NOT = lazy_compile(r"\bnot (?=[a-z]+)([a-z]+)")
_NTH_WORLD_WAR = lazy_compile(r"\b(\d) (?:st|nd|rd) world war\b")
_IFF = phrase(r"\b {iff} \b ,?")
_IFF_HINTS = (
    "only if", "dann", "seulement si", "solo si", "sólo si", "solo se", "somente se", "slechts dan",
    "tylko wtedy", "только тогда",
)  # fmt: skip
_CONTRACTION = lazy_compile(r"\b(ca|wo|[a-z]{2,6})n't\b", re.IGNORECASE)
_MIN_SPACES_OF_SENTENCE = 2
COMPLEMENTS = {
    "possible": "impossible", "correct": "incorrect", "true": "false", "valid": "invalid",
    "rational": "irrational", "finite": "infinite", "consistent": "inconsistent", "solvable": "unsolvable",
    "decidable": "undecidable", "defined": "undefined", "bounded": "unbounded", "stable": "unstable",
    "reversible": "irreversible", "legal": "illegal", "connected": "disconnected", "known": "unknown",
    "countable": "uncountable", "computable": "uncomputable", "continuous": "discontinuous",
    "reducible": "irreducible", 
    "complete": "incomplete", "equal": "unequal", "available": "unavailable",
    "safe": "unsafe", 
}  # fmt: skip
"""Adjectives, and those that say "not" of them."""
_TRAILING = " \t\n.,;:"
_AND_SO_ON = lazy_compile(r"(?:\d[.,]\d+|[,;]\s?(?:\d+)?)\s?(?:\.{3,}|…)$")
"""The end of a decimal, or of a list of numbers, that continues: 0.333... is not 0.333."""
_PERIOD = lazy_compile(
    r"(?<=\d)(?P<point>[.,])(?:"
    r"(?P<fixed>\d*)(?P<latex>\\(?:overline|bar|dot)\s*\{\d+\}(?:\d*\\dot\s*\{\d\})?)|\((?P<round>\d+)\)(?!\w)"
    r"|(?P<before>\d{0,12}?)(?P<again>\d{1,12}?)(?P=again){2,}\s?(?:\.{3,}|…)$"
    r"|(?P<one>\d)\s+(?:repeating|recurring)$|(?P<marked>\d*\d[\u0304\u0307][\d\u0304\u0307]*)$)"
)
"""The period of a repeating decimal, as people mark it."""
_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe", "Œ": "Oe", "æ": "ae",
     "Æ": "Ae", "ħ": "h"}
)  # fmt: skip
"""Latin letters with a stroke, and ligatures, which Unicode does not decompose."""


def to_plain(text: str) -> str:
    """Return a short text without Markdown and LaTeX, in one spelling of each character."""
    if text.lstrip().startswith("```"):
        text = _FENCE.sub("", text.strip())
    if "/" in text or "minus" in text.lower():
        text = _PLUS_MINUS.sub("±", text)
    is_code = "`" in text
    text = strip_wrappers(text.replace("\\$", _DOLLAR) if "\\$" in text else text)
    if not text.isascii() or "\\" in text or ".." in text or "(" in text or text.endswith("ing"):
        text = _PERIOD.sub(_mark_period, text)
    has_markup = "]" in text or "&" in text or "</" in text or "<br" in text or text[-1:] in _NOTE_MARKS
    if has_markup and not is_code:
        text = strip_wrappers(strip_web_markup(text))
    if not text.isascii():
        if len(text) == 1 and "<circle>" in unicodedata.decomposition(text):
            return unicodedata.normalize("NFKC", text)  # A circled number alone, such as ④, names an option.
        text = _SUPERSCRIPT.sub(lambda m: f"^({m[0].translate(_FROM_SUPERSCRIPT)})", text)
        text = _VULGAR.sub(_spell_vulgar_fraction, text)
        text = "".join(
            str(unicodedata.decimal(char)) if char > "\x7f" and char.isdecimal() else char
            for char in text.translate(_CHARACTERS)
        )
    text = strip_wrappers(text)
    if "`" in text or "*" in text or "_" in text:
        text = _EMPHASIS.sub(r"\2", text).replace("`", "")
    if "\\" in text or "$" in text or "^" in text or "{,}" in text:
        text = strip_wrappers(_strip_latex(text))
    if " choose " in text:
        text = _CHOOSE.sub(r"binom(\1,\2)", text)
    if "pi" in text:
        text = _PI.sub("π", text)
    if text.count(" ") >= _MIN_SPACES_OF_SENTENCE:
        text = _spell_words(text)
    if text[:1] in _SIGNS:
        text = _EQUALS.sub("", text)
        text = _SIGN_GAP.sub(r"\1", text)
    text = " ".join(_IN_TOTAL.sub("", text).replace(_DOLLAR, "$").split())
    return _SYMBOL_NAMES.get(text.casefold(), text) if len(text) < _MAX_SYMBOL_NAME_CHARS else text


def _mark_period(match: re.Match[str]) -> str:
    """Return a decimal with a line above each digit of its period."""
    fixed, period = match["fixed"] or match["before"] or "", match["round"] or match["again"] or match["one"]
    if match["latex"]:
        period = "".join(char for char in match["latex"] if char.isdigit())
    elif match["marked"]:
        digits = [char for char in match["marked"] if char.isdigit()]
        first = next(n for n, char in enumerate(match["marked"]) if not char.isdigit()) - 1
        fixed, period = "".join(digits[:first]), "".join(digits[first:])
    return match["point"] + fixed + "".join(digit + OVERLINE for digit in period)


def _spell_words(text: str) -> str:
    """Return a text with "is not" for "isn't", in a sentence, and "iff" for "if and only if"."""
    if "n't" in text:
        text = _CONTRACTION.sub(_spell_contraction, text)
    if any(hint in text for hint in _IFF_HINTS):
        text = _IFF.sub("iff", text)
    return text


def _spell_contraction(match: re.Match[str]) -> str:
    verb = match[1]
    return {"ca": "cannot", "wo": "will not"}.get(verb.lower(), f"{verb} not")


def strip_wrappers(text: str) -> str:
    """Remove what encloses a whole text: emphasis, quotes, code, delimiters, end punctuation."""
    while True:
        before = text
        text = text.strip()
        if text and text[0] in "#>-*•+":
            text = _LINE_START.sub("", text, count=1)
        if not (text.endswith("...") and _AND_SO_ON.search(text)):
            text = text.rstrip(_TRAILING + "。、，；：")
        if text.endswith("!") and len(text) > 2 and text[-2].isalpha() and text[-3].isalpha():
            text = text.rstrip("!")
        for start, end in _WRAPPERS_BY_FIRST.get(text[:1], ()):
            if len(text) > len(start) + len(end) and text.startswith(start) and text.endswith(end):
                inner = text[len(start) : -len(end)]
                if start not in inner and end not in inner:
                    text = inner
                    break
        if text == before:
            return text


def _spell_vulgar_fraction(match: re.Match[str]) -> str:
    over, _, under = unicodedata.normalize("NFKC", match[0]).partition("\u2044")
    before = match.string[match.start() - 1] if match.start() else ""
    return f"{' ' if before.isdigit() else ''}{over}/{under}"


def _strip_latex(text: str) -> str:
    text = text.replace("{,}", ",")
    if "mathbb" in text:
        text = _REALS.sub("ℝ", text)
    if "\\ " in text or "\\{" in text:
        text = _WITHOUT.sub("∖", text)
    if "matrix" in text:
        text = _MATRIX.sub(_spell_matrix, text)
    if "binom" in text or "choose" in text:
        for pattern, replacement in _BINOMIALS:
            text = pattern.sub(replacement, text)
    text = _MATH_SPAN.sub(lambda match: match[1] or match[2] or "", text)
    for _ in range(4):
        before = text
        for pattern, replacement in _COMMANDS:
            text = pattern.sub(replacement, text)
        if text == before:
            break
    text = _SPACING.sub(" ", text)
    text = _COMMAND.sub(lambda match: _WORDS.get(match[1], match[0]) + _gap(match), text)
    text = _ESCAPED.sub(r"\1", text)
    text = re.sub(r"\^\s*\(?\s*°\s*\)?", "°", text)
    return re.sub(r"\((-?(?:\w|\d+))\)/\((\w|\d+)\)", r"\1/\2", text)


def _gap(match: re.Match[str]) -> str:
    return " " if match[0].endswith(" ") and match[1] not in ("left", "right") else ""


def _spell_matrix(match: re.Match[str]) -> str:
    """Return a matrix as its rows, a column as its entries, and a determinant between bars."""
    rows = [[cell.strip() for cell in row.split("&")] for row in re.split(r"\\\\", match[2]) if row.strip()]
    if all(len(row) == 1 for row in rows):
        spelled = "[" + ", ".join(row[0] for row in rows) + "]"
    else:
        spelled = "[" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "]"
    return f"|{spelled}|" if match[1] == "v" else spelled


def text_form(plain: str) -> str:
    """Return the words and symbols of a text; accents of Latin letters and initials' dots are dropped."""
    text = _ARTICLE.sub("", plain)
    if "." in text:
        text = _INITIALS.sub(lambda match: match[0].replace(".", "").replace(" ", ""), text)
    if "-" in text:
        text = _HYPHEN.sub(" ", text)
    if not text.isascii():
        text = _strip_accents(text)
    if len(text) == 1 or (len(text) == 2 and text.isupper()):
        return text  # x is not X, CO is not Co.
    if text.startswith("St"):
        text = _SAINT.sub("Saint ", text)
    if "Mt" in text:
        text = _MOUNT.sub("Mount ", text)
    if "." in text:
        text = _TITLE.sub(r"\1", text)
    if "AD" in text or "BC" in text or "CE" in text:
        text = _ERA.sub(_name_era, text)
    is_nth = " the " in text and _NAME_AND_THE.search(text)
    if "I" in text or "V" in text or "X" in text:
        text = _ROMAN.sub(_spell_roman, text)
    text = text.casefold()
    if _ORDINAL_HINT.search(text):
        text = _ORDINAL_WORDS.sub(lambda match: ordinals().get(match[0], match[0]), text)
    if "not " in text:
        text = _NOT.sub(lambda match: COMPLEMENTS.get(match[1], match[0]), text)
    text = " ".join(_split_digits(text))
    if "world war" in text:
        text = _NTH_WORLD_WAR.sub(r"world war \1", text)
    return _THE_NTH.sub(r" \1", text) if is_nth else text


def _spell_roman(match: re.Match[str]) -> str:
    number = parse_roman(match["numeral"])
    return f"{match['before']} {number}" if number else match[0]


def _name_era(match: re.Match[str]) -> str:
    """Return a year in the form "79 AD" or "44 BC"."""
    year, era = match[1] or match[2], match[3] or "AD"
    return f"{year} {_ERA_NAMES.get(era, era)}"


def _split_digits(text: str) -> list[str]:
    """Return the words and symbols; the suffix of an ordinal is a word of its own."""
    return _TEXT_PIECE.findall(_SUFFIX.sub(" ", text) if _ANY_DIGIT.search(text) else text)


def _strip_accents(text: str) -> str:
    kept, base = [], ""
    for char in unicodedata.normalize("NFD", text.translate(_LETTERS) if len(text) > 1 else text):
        if unicodedata.combining(char) and base < "\u0250":
            continue
        base = char
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))
