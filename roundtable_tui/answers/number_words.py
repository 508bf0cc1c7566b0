"""Numbers below a thousand in the words of the larger languages, fractions and ordinals in English words."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from roundtable_tui.utils.lazy_pattern import lazy_compile

_GERMAN = """
    zero eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn
    sechzehn siebzehn achtzehn neunzehn
    """.split()  # noqa: SIM905
_GERMAN_TENS = """
    zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig
    """.split()  # noqa: SIM905
_DUTCH = """
    nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien
    zestien zeventien achttien negentien
    """.split()  # noqa: SIM905
_DUTCH_TENS = """
    twintig dertig veertig vijftig zestig zeventig tachtig negentig
    """.split()  # noqa: SIM905
_FRENCH = """
    zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize
    dix-sept dix-huit dix-neuf
    """.split()  # noqa: SIM905
_FRENCH_TENS = """
    vingt trente quarante cinquante soixante
    """.split()  # noqa: SIM905
_SPANISH = """
    cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
    dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro
    veinticinco veintiséis veintisiete veintiocho veintinueve
    """.split()  # noqa: SIM905
_SPANISH_TENS = """
    treinta cuarenta cincuenta sesenta setenta ochenta noventa
    """.split()  # noqa: SIM905
_PORTUGUESE = """
    zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis
    dezessete dezoito dezenove
    """.split()  # noqa: SIM905
_PORTUGUESE_TENS = """
    vinte trinta quarenta cinquenta sessenta setenta oitenta noventa
    """.split()  # noqa: SIM905
_ITALIAN = """
    zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici
    quindici sedici diciassette diciotto diciannove
    """.split()  # noqa: SIM905
_ITALIAN_TENS = """
    venti trenta quaranta cinquanta sessanta settanta ottanta novanta
    """.split()  # noqa: SIM905
_RUSSIAN = """
    ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать
    четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать
    """.split()  # noqa: SIM905
_RUSSIAN_TENS = """
    двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто
    """.split()  # noqa: SIM905
_HUNDREDS = {
    "hundert": 100, "einhundert": 100, "honderd": 100, "cent": 100, "cien": 100, "cem": 100, "cento": 100,
    "сто": 100,
    "zweihundert": 200, "deux cents": 200, "doscientos": 200, "duzentos": 200, "duecento": 200, "двести": 200,
    "quinientos": 500, "fünfhundert": 500, "cinq cents": 500, "mille": 1000, "mil": 1000,
    "tausend": 1000,
    "eintausend": 1000, "duizend": 1000, "тысяча": 1000,
}  # fmt: skip

_ORDINALS = """
    zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
    thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
    """.split()  # noqa: SIM905
_ORDINAL_TENS = """
    twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth
    """.split()  # noqa: SIM905
_TENS = """
    twenty thirty forty fifty sixty seventy eighty ninety
    """.split()  # noqa: SIM905
_DENOMINATORS = {
    "half": 2, "halves": 2, "quarter": 4, "quarters": 4, "hundredth": 100, "hundredths": 100,
    "thousandth": 1000,
    "thousandths": 1000, "twentieth": 20, "twentieths": 20,
} | {
    name + plural: n for n, name in enumerate(_ORDINALS) if n > 2 for plural in ("", "s")
}  # fmt: skip
_SMALL_ENGLISH = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_NUMERATORS = {name: n for n, name in enumerate(_SMALL_ENGLISH)} | {"a": 1, "an": 1}
_ROMAN = lazy_compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_MIXED = lazy_compile(r"(?:(\w+)\s+and\s+)?(\w+)[ -](\w+)")


def parse_roman(numeral: str) -> int | None:
    """Return the value of a Roman numeral in capital letters, or None."""
    if not _ROMAN.fullmatch(numeral):
        return None
    values = [_ROMAN_DIGITS[char] for char in numeral]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


@lru_cache(maxsize=1)
def other_languages() -> dict[str, int]:
    """Return the numbers below 100, and a few larger ones, in seven languages."""
    words = dict(_HUNDREDS)
    for ones in (_GERMAN, _DUTCH, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN, _RUSSIAN):
        words.update({word: n for n, word in enumerate(ones)})
    # German "null" is left out: in code it is not 0.
    words.update({"dezasseis": 16, "dezassete": 17, "quatorze": 14, "dezanove": 19, "un": 1, "ein": 1})
    joined = ((_GERMAN, _GERMAN_TENS, "und"), (_DUTCH, _DUTCH_TENS, "en"))
    for ones, tens, link in joined:
        for ten, name in enumerate(tens, 2):
            words[name] = 10 * ten
            for one in range(1, 10):
                first = "ein" if ones[one] == "eins" else ones[one]
                dotted = "ën" if link == "en" and first.endswith("e") else link
                words[first + dotted + name] = 10 * ten + one
    spaced = ((_SPANISH, _SPANISH_TENS, " y ", 3), (_PORTUGUESE, _PORTUGUESE_TENS, " e ", 2))
    for ones, tens, link, start in (*spaced, (_RUSSIAN, _RUSSIAN_TENS, " ", 2)):
        for ten, name in enumerate(tens, start):
            words[name] = 10 * ten
            words.update({f"{name}{link}{ones[one]}": 10 * ten + one for one in range(1, 10)})
    for ten, name in enumerate(_ITALIAN_TENS, 2):
        words[name] = 10 * ten
        for one in range(1, 10):
            stem = name[:-1] if one in (1, 8) else name
            words[stem + _ITALIAN[one]] = 10 * ten + one
    words.update({name[:-3] + "tré": n for name, n in words.items() if name.endswith("tatre")})
    _add_french(words)
    return words


def _add_french(words: dict[str, int]) -> None:
    for ten, name in enumerate(_FRENCH_TENS, 2):
        words[name] = 10 * ten
        for one in range(1, 20 if ten == 6 else 10):
            link = " et " if one in (1, 11) else " "
            words[f"{name}{link}{_FRENCH[one].replace('-', ' ')}"] = 10 * ten + one
    words["quatre vingts"] = 80
    words.update({f"quatre vingt {_FRENCH[one].replace('-', ' ')}": 80 + one for one in range(1, 20)})
    words.update({_FRENCH[one].replace("-", " "): one for one in (17, 18, 19)})


def denominator_of(word: str) -> int | None:
    """Return 10 for "tenths"; None for other words, also for "quarters", which may be coins or seasons."""
    return _DENOMINATORS.get(word) if word.endswith("s") and word not in ("halves", "quarters") else None


def parse_worded_fraction(lower: str) -> Fraction | None:
    """Return the value of `two fifths` or `three and two thirds`, or None."""
    match = _MIXED.fullmatch(lower)
    if match is None or match[3] not in _DENOMINATORS or match[2] not in _NUMERATORS:
        return None
    if match[1] and match[1] not in _NUMERATORS:
        return None
    numerator, is_plural = _NUMERATORS[match[2]], match[3].endswith("s")
    if is_plural != (numerator != 1):
        return None
    return Fraction(numerator, _DENOMINATORS[match[3]]) + (_NUMERATORS[match[1]] if match[1] else 0)


@lru_cache(maxsize=1)
def ordinals() -> dict[str, str]:
    """Return digits and suffix of the ordinals below 100, by their words: `21 st` for `twenty first`."""
    words = {word: n for n, word in enumerate(_ORDINALS)}
    for ten, (name, tens) in enumerate(zip(_ORDINAL_TENS, _TENS, strict=True), 2):
        words[name] = 10 * ten
        words.update({f"{tens} {_ORDINALS[one]}": 10 * ten + one for one in range(1, 10)})
    return {word: f"{n} {ordinal_suffix(n)}" for word, n in words.items()}


def ordinal_suffix(number: int) -> str:
    """Return "st" for 21."""
    if number // 10 % 10 == 1:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
