"""The kinds of answers. Every value has a key; equal keys mean equal answers."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

Key: TypeAlias = Hashable


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `base = value * factor + offset` in the base unit of its dimension."""

    dimension: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number, with its unit or currency if one is given; 12 % is 0.12."""

    value: Fraction
    unit: Unit | None = None

    @property
    def key(self) -> Key:
        """The value in the base unit of the dimension, and the dimension."""
        if self.unit is None:
            return ("number", self.value, "")
        return ("number", self.value * self.unit.factor + self.unit.offset, self.unit.dimension)


@dataclass(frozen=True, slots=True)
class Choice:
    """A lettered option, with its text if it is given."""

    letter: str
    option: Value | None = None
    initial: str = ""
    """The text form of the whole answer if the letter may be an initial, as in `E. coli`."""

    @property
    def key(self) -> Key:
        """The letter and the key of the option."""
        return ("choice", self.letter, self.option.key if self.option else None)


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes or true, no or false."""

    is_yes: bool
    claim: str = ""
    """The verb of a claim that comes with it: "sank" of "Yes, it sank"."""

    @property
    def key(self) -> Key:
        """Yes or no, and the claim."""
        return ("yes/no", self.is_yes, self.claim)


@dataclass(frozen=True, slots=True)
class Date:
    """A date; 0 stands for a part that is not given, and a year below 0 is one BC."""

    year: int
    month: int
    day: int

    @property
    def key(self) -> Key:
        """Year, month and day."""
        return ("date", self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, in seconds after midnight, with the offset of its zone from UTC if one is given."""

    seconds: int
    offset_s: int | None = None

    @property
    def key(self) -> Key:
        """Seconds after midnight, in UTC where the zone is given."""
        if self.offset_s is None:
            return ("time", self.seconds, "")
        return ("time", (self.seconds - self.offset_s) % 86400, "UTC")


@dataclass(frozen=True, slots=True)
class Items:
    """Several answers: in order within `brackets` or if `is_ordered`, else in any order."""

    items: tuple[Value, ...]
    brackets: str = ""
    is_ordered: bool = False
    name: str = ""
    """The text form of the name that two items are if they are a surname and a given name."""

    @property
    def key(self) -> Key:
        """The keys of the items, sorted where their order does not count."""
        keys = [item.key for item in self.items]
        return ("items", self.brackets, tuple(keys if self.is_ordered else sorted(keys, key=repr)))


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers between two bounds; None is infinity. `variable` is "" where none is named."""

    low: Fraction | None
    high: Fraction | None
    has_low: bool
    has_high: bool
    variable: str = ""

    @property
    def key(self) -> Key:
        """Bounds, whether they belong to the interval, and the variable."""
        return ("interval", self.low, self.high, self.has_low, self.has_high, self.variable)


@dataclass(frozen=True, slots=True)
class Expression:
    """Mathematics or code: its normal form, in which letters keep their case."""

    form: str
    source: str = ""
    """The plain text of the expression, for a comparison by a mathematics library."""

    @property
    def key(self) -> Key:
        """The normal form."""
        return ("expression", self.form)


@dataclass(frozen=True, slots=True)
class Text:
    """A name, a phrase or an open text: its words and symbols in order, without regard to case."""

    form: str
    is_open: bool = False
    """True for a text that is too long to be compared by its meaning."""
    others: tuple[str, ...] = ()
    """Forms of other texts that say the same: a name without its title, `ue` for `ü`."""

    @property
    def key(self) -> Key:
        """The words and symbols."""
        return ("text", self.form)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value with the name of what it is the value of: `x = 5`, "The capital is Paris"."""

    label: str
    value: Value

    @property
    def key(self) -> Key:
        """The name and the key of the value."""
        return ("labelled", self.label, self.value.key)


Value: TypeAlias = Number | Choice | YesNo | Date | Time | Items | Interval | Expression | Text | Labelled
