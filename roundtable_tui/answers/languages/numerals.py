"""Names of large numbers and of fractions in the larger languages."""

from __future__ import annotations

from fractions import Fraction

_SCALES_BY_LANGUAGE = {
    "en": "thousand=3 million=6 billion=9 trillion=12 lakh=5 lakhs=5 lac=5 lacs=5 crore=7 crores=7",
    "de": "tausend=3 millionen=6 milliarden=9 milliarde=9 billionen=12",
    "fr": "mille=3 millions=6 milliards=9 milliard=9",
    "es": "mil=3 millones=6 millón=6 billones=12",
    "it": "mila=3 milione=6 milioni=6 miliardo=9 miliardi=9",
    "pt": "milhão=6 milhões=6 bilhão=9 bilhões=9 trilhão=12 trilhões=12",
    "nl": "duizend=3 miljoen=6 miljard=9 biljoen=12",
    "pl": "tysiąc=3 tysiące=3 tysięcy=3 milion=6 miliony=6 milionów=6 miliard=9 miliardy=9 miliardów=9",
    "ru": """тысяча=3 тысяч=3 тысячи=3 миллион=6 миллиона=6 миллионов=6 миллиард=9 миллиарда=9
        миллиардов=9 триллион=12 триллиона=12 триллионов=12""",
    "tr": "milyon=6 milyar=9 trilyon=12",
    "uk": """тисяча=3 тисячі=3 мільйон=6 мільйони=6 мільйонів=6 мільярд=9 мільярди=9 мільярдів=9""",
    "sv": "tusen=3 miljon=6 miljoner=6 miljarder=9",
    "cs": "tisíc=3 tisíce=3 milionů=6 miliardy=9 miliarda=9 miliard=9",
    "vi": "nghìn=3 ngàn=3 triệu=6 tỷ=9 tỉ=9",
    "th": "ล้าน=6 พันล้าน=9",
    "ar": "ألف=3 آلاف=3 مليون=6 ملايين=6 مليار=9 مليارات=9",
    "hi": "हज़ार=3 हजार=3 लाख=5 करोड़=7 अरब=9",
}
SCALES: dict[str, int] = {
    name: 10 ** int(power)
    for names in _SCALES_BY_LANGUAGE.values()
    for name, _, power in (entry.partition("=") for entry in names.split())
}
"""Words after a number that multiply it. "Billion" is the English one."""
ARTICLES = frozenset("a an one ein eine un une una uno um uma een en jeden jedna один одна bir".split())  # noqa: SIM905
"""Words for "one" before a large number."""
_LONG_SCALE = {"eine billion": 10**12, "un billón": 10**12, "un bilione": 10**12}
SUFFIXES = {
    "tausend": 1000, "hundert": 100, "duizend": 1000, "honderd": 100, "mila": 1000, "cento": 100,
}  # fmt: skip
"""Ends of one word that multiply the number before them: `dreitausend`, `duemila`."""
CJK_SCALES = {"万": 10**4, "萬": 10**4, "만": 10**4, "億": 10**8, "亿": 10**8, "억": 10**8, "조": 10**12}
CJK_PARTS = {"千": 1000, "천": 1000, "百": 100, "백": 100}
_FRACTIONS_BY_LANGUAGE = {
    "de": """die hälfte=1/2 ein halb=1/2 ein halbes=1/2 einhalb=1/2 ein drittel=1/3 zwei drittel=2/3
        ein viertel=1/4 drei viertel=3/4 dreiviertel=3/4 ein fünftel=1/5 zwei fünftel=2/5 drei fünftel=3/5
        vier fünftel=4/5 ein sechstel=1/6 ein achtel=1/8 drei achtel=3/8 ein zehntel=1/10
        anderthalb=3/2 eineinhalb=3/2 zweieinhalb=5/2""",
    "fr": """la moitié=1/2 un demi=1/2 un tiers=1/3 deux tiers=2/3 un quart=1/4 trois quarts=3/4
        un cinquième=1/5 deux cinquièmes=2/5 trois cinquièmes=3/5 un sixième=1/6 un dixième=1/10""",
    "es": """la mitad=1/2 un medio=1/2 un tercio=1/3 dos tercios=2/3 un cuarto=1/4 tres cuartos=3/4
        un quinto=1/5 dos quintos=2/5 tres quintos=3/5 un sexto=1/6 un décimo=1/10""",
    "it": """la metà=1/2 metà=1/2 un mezzo=1/2 un terzo=1/3 due terzi=2/3 tre quarti=3/4
        due quinti=2/5 tre quinti=3/5 un decimo=1/10""",
    "pt": """a metade=1/2 metade=1/2 um meio=1/2 um terço=1/3 dois terços=2/3 um quarto=1/4 três quartos=3/4
        um quinto=1/5 dois quintos=2/5 um décimo=1/10""",
    "nl": """de helft=1/2 een half=1/2 een derde=1/3 twee derde=2/3 een kwart=1/4 een vierde=1/4
        drie kwart=3/4 driekwart=3/4 drie vierde=3/4
        een vijfde=1/5 twee vijfde=2/5 een tiende=1/10 anderhalf=3/2""",
    "pl": """połowa=1/2 jedna druga=1/2 jedna trzecia=1/3 dwie trzecie=2/3 jedna czwarta=1/4 trzy czwarte=3/4
        jedna piąta=1/5 dwie piąte=2/5 trzy piąte=3/5 jedna dziesiąta=1/10 półtora=3/2""",
    "ru": """половина=1/2 одна вторая=1/2 одна треть=1/3 две трети=2/3 одна четверть=1/4 три четверти=3/4
        одна четвёртая=1/4 одна пятая=1/5 две пятых=2/5 три пятых=3/5 одна десятая=1/10 полтора=3/2""",
    "sv": "hälften=1/2 en halv=1/2 en tredjedel=1/3 två tredjedelar=2/3 en fjärdedel=1/4 tre fjärdedelar=3/4",
    "ja": "半分=1/2",
    "zh": "一半=1/2",
    "ko": "절반=1/2",
}


def _split_fractions(text: str) -> dict[str, Fraction]:
    found, words = {}, list[str]()
    for word in text.split():
        last, equals, value = word.partition("=")
        words.append(last)
        if equals:
            found[" ".join(words)] = Fraction(value)
            words = []
    return found


NAMED_NUMBERS: dict[str, Fraction] = {
    **{name: Fraction(value) for name, value in _LONG_SCALE.items()},
    **{
        name: value
        for text in _FRACTIONS_BY_LANGUAGE.values()
        for name, value in _split_fractions(text).items()
    },
}
"""Fractions, and numbers whose names differ from the English ones, by their words."""
FRACTION_SIGNS = ("分の", "分之", "분의")
"""What stands between the denominator and the numerator: `4分の3`."""
