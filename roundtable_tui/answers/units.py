"""Units and currencies: names, symbols and plurals, and conversion within a dimension."""

from __future__ import annotations

import re
from collections.abc import Hashable
from fractions import Fraction
from functools import lru_cache

from roundtable_tui.answers.values import Number, Unit
from roundtable_tui.utils.lazy_pattern import lazy_compile

# dimension: "factor names"; the names that are symbols keep their case, names of three letters or
# more do not.
_TABLE = """
length 1 m meter metre Meter mètre metro метр метра метров метры м 米 メートル
length 1000 km kilometer kilometre Kilometer kilomètre kilómetro chilometro 公里 千米
length 1000 км километр километра километров
length 0.1 dm decimeter decimetre
length 0.01 cm centimeter centimetre Zentimeter centimètre centímetro см сантиметр сантиметра сантиметров 厘米
length 0.001 mm millimeter millimetre мм 毫米
length 0.000001 μm um micrometer micrometre micron
length 0.000000001 nm nanometer nanometre
length 0.0000000001 Å angstrom ångström ångstrom angström
length 9460730472580800 ly lightyear light-year
length 0.0254 in inch inches
length 0.3048 ft foot feet
length 0.9144 yd yard
length 1609.344 mi mile
length 1852 nmi
length 149597870700 au AU
parsec 1 pc parsec
mass 1 g gram gramme Gramm gramo г грамм грамма граммов 克
mass 1000 kg kilogram kilogramme Kilogramm kilo kilogramo кг килограмм килограмма килограммов 千克 公斤
mass 0.001 mg milligram
mass 0.000001 μg ug mcg microgram
mass 1000000 t tonne
mass 453.59237 lb lbs pound
mass 28.349523125 oz ounce
time 1 s sec second Sekunde seconde segundo secondo с секунда секунд 秒
time 60 min minute Minute Minuten minuto мин минута минут минуты 分钟 分鐘
time 3600 h hr hrs hour Stunde Stunden heure hora ora uur ч час часа часов 小时 時間 小時
time 86400 d day Tag Tage Tagen jour día dia giorno день дней дня 天
time 1209600 fortnight
time 604800 week wk wks Woche Wochen semaine semana неделя 周
time 0.001 ms millisecond
time 0.000001 μs us microsecond
time 0.000000001 ns nanosecond
months 1 month Monat Monate mois mes meses mese месяц 个月
months 12 year yr yrs Jahr Jahre Jahren année ans año ano anno год лет 年
months 120 decade
months 1200 century centuries
months 12000 millennium millennia
volume 1 l L liter litre Liter litro л литр литра литров 升
volume 0.001 ml mL milliliter millilitre cm3 cc
volume 0.01 cl cL centiliter centilitre
volume 0.1 dl dL deciliter decilitre
volume 1000 m3
gallons 1 gallon
gallons 0.25 quart
gallons 0.125 pint
area 1 m2 sqm
area 10000 ha hectare
area 1000000 km2
area 0.0001 cm2
area 4046.8564224 acre
speed 1 m/s
speed 1/3.6 km/h kmh kph
speed 0.44704 mph
speed 1852/3600 kn knot
force 1 N newton
force 1000 kN kilonewton
energy 1 J joule
energy 1000 kJ kilojoule
energy 1000000 MJ megajoule
energy 3600000 kWh
energy 3600 Wh
energy 4.184 cal calorie
energy 4184 kcal kilocalorie
electronvolt 1 eV electronvolt
electronvolt 1000 keV
electronvolt 1000000 MeV
electronvolt 1000000000 GeV
power 0.001 mW milliwatt
power 1 W watt
power 1000 kW kilowatt
power 1000000 MW megawatt
power 1000000000 GW gigawatt
pressure 1 Pa pascal
pressure 100 hPa
pressure 1000 kPa kilopascal
pressure 1000000 MPa
pressure 100000 bar
pressure 101325 atm
voltage 1 V volt
voltage 0.001 mV millivolt
voltage 1000 kV kilovolt
current 1 A ampere amp
current 0.001 mA milliampere milliamp
resistance 1 Ω ohm
resistance 1000 kΩ kiloohm kilohm
frequency 1 Hz hertz
frequency 1000 kHz kilohertz
frequency 1000000 MHz megahertz
frequency 1000000000 GHz gigahertz
amount 1 mol mole
amount 0.001 mmol millimole
angle 1 ° deg degree Grad градус
angle 1/60 arcmin arcminute
angle 1/3600 arcsec arcsecond
angle 360 revolution
rad 1 rad radian
capacitance 1 farad
charge 1 coulomb
inductance 1 H henry
conductance 1 S siemens
induction 1 T tesla
radioactivity 1 Bq becquerel
data 1 bit
data 1000 kb Kb kilobit
data 1000000 Mb megabit
data 1000000000 Gb gigabit
data 8 B byte
data 8000 kB kilobyte KB
data 8000000 MB megabyte
data 8000000000 GB gigabyte
data 8000000000000 TB terabyte
data 8192 KiB kibibyte
data 8388608 MiB mebibyte
data 8589934592 GiB gibibyte
temperature 1 K kelvin
"""
_PREFIXES = {
    "f": -15, "p": -12, "n": -9, "μ": -6, "m": -3, "c": -2, "d": -1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12,
    "femto": -15, "pico": -12, "nano": -9, "micro": -6, "milli": -3, "centi": -2, "deci": -1, "hecto": 2,
    "kilo": 3, "mega": 6, "giga": 9, "tera": 12,
}  # fmt: skip
"""Metric prefixes and their powers of ten."""
_PREFIXED = {
    **dict.fromkeys("m l L Pa".split(), "f p n μ m c d h k M G T".split()),  # noqa: SIM905
    **dict.fromkeys("g s A N J W V Ω Hz F C H S T Bq K mol eV pc".split(), "f p n μ m k M G T".split()),  # noqa: SIM905
}
"""Symbols that take prefixes, and which of them."""
_WITH_PREFIX = lazy_compile(
    "([fpnμmcdhkMGT])(" + "|".join(_PREFIXED) + r")|"
    r"(femto|pico|nano|micro|milli|centi|deci|hecto|kilo|mega|giga|tera)-?"
    r"((?:met(?:er|re)|lit(?:er|re)|gram|second|newton|joule|watt|pascal|volt|amp(?:ere)?|ohm|hertz|farad|coulomb"
    r"|tesla|henry|siemens|becquerel|mole|parsec)s?)"
)
_AMBIGUOUS = ("Tm",)
"""Terametres, or tesla metres."""
_CURRENCIES = {
    "USD": "$ us$ usd dollar dollars us-dollar доллар доллара долларов 美元",
    "EUR": "€ eur euro euros евро 欧元",
    "GBP": "£ gbp",
    "JPY": "jpy yen 円 日元",
    "CNY": "cny rmb yuan 元 人民币",
    "INR": "₹ inr rupees rupee",
    "CHF": "chf franken",
    "RUB": "₽ rub рублей рубль рубля",
    "KRW": "₩ krw won",
    "CAD": "c$ cad",
    "PLN": "pln zł złoty złote złotych",
    "AUD": "a$ aud",
    "BRL": "r$ brl reais",
    "¥": "¥ ￥",
}
CURRENCY_SYMBOLS = "$€£¥￥₹₽₩"
_POINT_GROUPED = ("EUR", "BRL", "CHF")
"""Currencies beside which `1.200` is 1200."""

# Words that are not units: after a number, they change its meaning.
_NO_UNIT = frozenset(
    """
    and or not no none only more less fewer most least about above below over under before after ago later
    early late factorial squared cubed times time plus minus of off to per with without except if unless but
    than too at in on by for from is are was the a an each every all half halves hundred thousand
    million billion trillion dozen percent points bc bce ad ce am pm th st nd rd mod modulo choose
    maybe perhaps possibly probably approximately roughly exactly x y z n i e th-century remainder
    degrees short long wide tall high deep old young ahead behind missing extra away
    left right
    und oder nicht et ou pas y o no e и или не bis mais menos más plus moins mehr weniger etwa
    """.split()  # noqa: SIM905
)
_WORD = lazy_compile(r"[^\W\d_]{3,}(?:-[^\W\d_]{2,})*")
_FACTOR = lazy_compile(r"([^\W\d_]+|[°Ω])(?:\^?[({]?(-?[1-9])[)}]?)?")
_VERB = lazy_compile(r"(?!(?:seed|breed|weed|feed|reed|bleed|shed|sled|bed)$)\w{2,}ed")
"""What was done with the things that were counted: "5 died" is not 5."""
_PLURAL = lazy_compile(r"(?:s|people|children|men|women|feet|teeth|mice|geese|fish|sheep)$")
_EXPONENT = lazy_compile(r"\^\{?([23])\}?")
_COMPOUND = lazy_compile(r"[/*^⋅·\s]")
_SHAPES = {"length^1 time^-1": "speed", "length^2": "area"}
HALF_TURN = Unit("angle", Fraction(180))
"""The unit of an angle given as a multiple of π."""
_SYMBOLS: dict[str, Unit] = {}
_NAMES: dict[str, Unit] = {}


_COUNTERS = """개 명 마리 권 가지 쪽 살 個 人 枚 匹 冊 回 通り 歳 个 只 本 岁 种 次 张 条 支 块 棵 件 名 页
    台"""
"""Words of Chinese, Japanese and Korean after a number of things."""
_LONG_NAMES = {
    "nautical mile": "nmi", "astronomical unit": "au", "light year": "ly", "light-year": "ly",
    "degrees of arc": "°", "minutes of arc": "arcmin", "seconds of arc": "arcsec",
}  # fmt: skip
_TIME_UNITS = frozenset("minute hour day week fortnight month year decade century millennium".split())  # noqa: SIM905
_FULL_NAMES = {
    "us dollar": "USD", "u.s. dollar": "USD", "american dollar": "USD", "canadian dollar": "CAD",
    "australian dollar": "AUD", "pound sterling": "GBP", "pounds sterling": "GBP", "british pound": "GBP",
    "japanese yen": "JPY", "chinese yuan": "CNY", "indian rupee": "INR", "swiss franc": "CHF",
    "brazilian reais": "BRL", "russian ruble": "RUB", "korean won": "KRW",
}  # fmt: skip


def _fill() -> None:
    for row in _TABLE.strip().splitlines():
        dimension, factor, *names = row.split()
        over, _, under = factor.partition("/")
        unit = Unit(dimension, Fraction(over) / Fraction(under or "1"))
        for name in names:
            _SYMBOLS[name] = unit
            if len(name) > 2 and name.isalpha():
                for plural in ("", "s", "n", "en", "es"):
                    _NAMES.setdefault(name.lower() + plural, unit)
    for name in ("°C", "℃", "C", "celsius", "degrees celsius", "degree celsius", "degrees c", "° celsius"):
        _SYMBOLS[name] = Unit("temperature", Fraction(1), Fraction("273.15"))
    for name in ("°F", "℉", "F", "fahrenheit", "degrees fahrenheit", "degree fahrenheit", "degrees f"):
        _SYMBOLS[name] = Unit("temperature", Fraction(5, 9), Fraction("459.67") * Fraction(5, 9))
    _SYMBOLS.update(
        {"degrees": _SYMBOLS["°"], "square meters": _SYMBOLS["m2"], "cubic meters": _SYMBOLS["m3"]}
    )
    _SYMBOLS.update({"square kilometers": _SYMBOLS["km2"], "square metres": _SYMBOLS["m2"]})
    _SYMBOLS.update({"square centimeters": _SYMBOLS["cm2"], "cubic centimeters": _SYMBOLS["cm3"]})
    _SYMBOLS.update({"square kilometres": _SYMBOLS["km2"], "cubic metres": _SYMBOLS["m3"]})
    for code, names_ in _CURRENCIES.items():
        for name in names_.split():
            _NAMES[name] = Unit("currency " + code)
    for name, symbol in _LONG_NAMES.items():
        if unit_named := _SYMBOLS.get(symbol):
            _NAMES[name] = _NAMES[name + "s"] = unit_named
    for name, code in _FULL_NAMES.items():
        _NAMES[name] = _NAMES[name + "s"] = Unit("currency " + code)
    for name in ("cent", "cents", "¢"):
        _NAMES[name] = Unit("currency USD", Fraction(1, 100))
    for name in _COUNTERS.split():
        _NAMES[name] = Unit("of " + name)
    _NAMES["pence"] = _NAMES["penny"] = Unit("currency GBP", Fraction(1, 100))


_fill()
_BY_LOWER: dict[str, Unit] = {}
"""Symbols without regard to case, where all spellings mean the same unit."""
_meanings: dict[str, set[Unit]] = {}
for _symbol, _unit in _SYMBOLS.items():
    _meanings.setdefault(_symbol.lower(), set()).add(_unit)
_BY_LOWER.update({_symbol: _units.pop() for _symbol, _units in _meanings.items() if len(_units) == 1})


@lru_cache(maxsize=4096)
def find_unit(text: str) -> Unit | None:
    """Return the unit that a text after a number names, or None if it names none.

    A word or two that the table does not have count as a unit of their own ("apples"), unless they say
    something about the number ("or more").
    """
    known = _find_known(text)
    if known is not None:
        return known
    words = text.split()
    if words and (_VERB.fullmatch(words[-1]) or (len(words) == 2 and not _PLURAL.search(words[-1]))):
        return None
    if 0 < len(words) <= 2 and all(_WORD.fullmatch(word) and word.lower() not in _NO_UNIT for word in words):
        return Unit("of " + " ".join(_singular(word.lower()) for word in words))
    return None


def is_one_of(name: str, key: Hashable) -> bool:
    """Return True if a name is that of a unit of time, and the key that of one of it: `hour`, of `60 min`."""
    return name in _TIME_UNITS and Number(Fraction(1), _NAMES[name]).key == key


def has_dot_groups(unit: Unit | None) -> bool:
    """Return True if numbers with this currency are written with dots between thousands."""
    return unit is not None and unit.dimension.removeprefix("currency ") in _POINT_GROUPED


def _find_known(text: str) -> Unit | None:
    text = text.strip().replace("µ", "μ")
    simple = text.rstrip(".")
    if "^" in simple:
        simple = _EXPONENT.sub(r"\1", simple)
    for table, name in ((_SYMBOLS, text), (_SYMBOLS, simple), (_NAMES, simple.lower())):
        if name in table:
            return table[name]
    if prefixed := _find_prefixed(simple):
        return prefixed
    if (
        len(simple) > 1
        and simple[-1] not in "bB"
        and simple[0] != "M"
        and (unit := _BY_LOWER.get(simple.lower()))
    ):
        return unit
    return _find_compound(text)


def _find_prefixed(name: str) -> Unit | None:
    """Return the unit of `pF`, `MΩ` or `picofarad`, or None."""
    match = _WITH_PREFIX.fullmatch(name) or _WITH_PREFIX.fullmatch(name.lower())
    if match is None or name in _AMBIGUOUS:
        return None
    prefix, symbol = match[1] or match[3], match[2] or match[4]
    if match[1] and prefix not in _PREFIXED[symbol]:
        return None
    # The symbols of the farad and the coulomb alone are those of temperatures.
    base = _NAMES.get({"F": "farad", "C": "coulomb"}.get(symbol, symbol)) or _SYMBOLS.get(symbol)
    if base is None or base.offset:
        return None
    return Unit(base.dimension, base.factor * Fraction(10) ** _PREFIXES[prefix])


def _find_compound(text: str) -> Unit | None:
    """Return the unit of `m/s^2`, `kg*m/s`, `kilometers per hour`, or None."""
    if not _COMPOUND.search(text):
        return None
    text = re.sub(r"\s*\bper\b\s*(second squared)?", lambda m: "/s^2" if m[1] else "/", text)
    text = re.sub(r"\bsquared\b", "^2", text).replace("⋅", "*").replace("·", "*")
    parts = re.split(r"\s*/\s*", text)
    if len(parts) > 2 or not re.search(r"[/*^]|\s", text):
        return None
    factor, powers = Fraction(1), dict[str, int]()
    for part, sign in zip(parts, (1, -1), strict=False):
        for piece in re.split(r"\s*\*\s*|\s+", part.strip("() ")):
            match = _FACTOR.fullmatch(piece)
            unit = match and (_SYMBOLS.get(match[1]) or _NAMES.get(match[1].lower()))
            if not match or not unit or unit.offset or unit.dimension in ("months",):
                return None
            power = sign * int(match[2] or 1)
            factor *= unit.factor**power
            powers[unit.dimension] = powers.get(unit.dimension, 0) + power
    shape = " ".join(f"{name}^{power}" for name, power in sorted(powers.items()) if power)
    if shape == "length^3":
        return Unit("volume", factor * 1000)
    return Unit(_SHAPES.get(shape, shape), factor) if shape else None


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
