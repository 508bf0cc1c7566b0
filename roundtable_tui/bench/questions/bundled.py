"""The bundled questions: 100 with known answers, made by a seeded generator, in six kinds and three levels.

The answer of each is computed together with its text, so no question has been in a model's training data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import cycle
from random import Random

from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion, letters

BUNDLED_NAME = "bundled"
BUNDLED_COUNT = 100
LEVELS = (1, 2, 3)
_NAMES = ("Ada", "Ben", "Cleo", "Dov", "Emil", "Fay", "Gus", "Hana")
_THINGS = ("apples", "stamps", "marbles", "tickets", "books", "shells")
_WORDS = (
    "amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "hazel", "ivory", "jetty",
    "kiosk", "lemon", "maple", "night", "ocean", "pearl", "quill", "river", "stone", "tulip",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WRONG_ANSWERS = 10


@dataclass(frozen=True, slots=True)
class Draft:
    """A question before it has an id."""

    text: str
    answer: str
    choices: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


def generate_questions(count: int = BUNDLED_COUNT, seed: int = 0) -> tuple[BenchQuestion, ...]:
    """Return `count` questions; the same for the same seed. Kinds and levels take turns.

    The topic of a question is its kind, and its id has kind, level and number, such as `sequence-2-05`.
    """
    cells = cycle([(kind, level) for level in LEVELS for kind in KINDS])
    out: list[BenchQuestion] = []
    texts: set[str] = set()
    numbers: dict[tuple[str, int], int] = {}
    while len(out) < count:
        kind, level = next(cells)
        number = numbers[kind, level] = numbers.get((kind, level), 0) + 1
        for attempt in range(100):
            draft = KINDS[kind](level, Random(f"{seed}/{kind}/{level}/{number}/{attempt}"))
            if draft.text not in texts:
                break
        texts.add(draft.text)
        grader = "choice" if draft.choices else "number" if draft.answer.lstrip("-")[0].isdigit() else "exact"
        out.append(
            BenchQuestion(
                id=f"{kind}-{level}-{number:02}",
                question=draft.text,
                checks=(AnswerCheck(grader, (draft.answer,)),),
                choices=draft.choices,
                topic=kind,
                wrong=draft.wrong,
            )
        )
    return tuple(out)


def nearby_numbers(answer: str) -> tuple[str, ...]:
    """Return ten wrong numbers near a right one."""
    value = Fraction(answer.replace(",", ""))
    shifts = [sign * step for step in range(1, _WRONG_ANSWERS // 2 + 1) for sign in (1, -1)]
    return tuple(str(value + shift) for shift in shifts)


def _number(text: str, value: int) -> Draft:
    return Draft(text, str(value), (), nearby_numbers(str(value)))


def _choice(text: str, right: str, others: Sequence[str], random: Random) -> Draft:
    options = [right, *others]
    random.shuffle(options)
    answer = letters(options)[options.index(right)]
    return Draft(text, answer, tuple(options), tuple(one for one in letters(options) if one != answer))


def _arithmetic(level: int, random: Random) -> Draft:
    a, b, c = random.randint(11, 99), random.randint(11, 99), random.randint(2, 9)
    if level == 1:
        return _number(f"What is {a} + {b} - {c}?", a + b - c)
    if level == 2:
        return _number(f"What is {a} * {c} + {b}?", a * c + b)
    d = random.randint(101, 999)
    return _number(f"What is ({a} + {b}) * {c} - {d}?", (a + b) * c - d)


def _word_problem(level: int, random: Random) -> Draft:
    first, second, third = random.sample(_NAMES, 3)
    thing = random.choice(_THINGS)
    a, b, c = random.randint(12, 60), random.randint(2, 9), random.randint(3, 12)
    start = f"{first} has {a} {thing}."
    if level == 1:
        text = f"{start} {second} gives {first} {b} more, and {first} loses {c}."
        text += f" How many {thing} does {first} have now?"
        return _number(text, a + b - c)
    if level == 2:
        text = f"{start} {second} has {b} times as many, and gives away {c}."
        text += f" How many {thing} do both have together?"
        return _number(text, a + a * b - c)
    text = (
        f"{start} {second} has {b} times as many as {first}, and {third} has {c} fewer than {second}. "
        f"All three share their {thing} equally among {b} boxes and keep what is left over. "
        f"How many {thing} are left over?"
    )
    return _number(text, (a + a * b + a * b - c) % b) if b > 2 else _word_problem(level, random)


def _sequence(level: int, random: Random) -> Draft:
    start, step = random.randint(1, 20), random.randint(2, 9)
    if level == 1:
        terms = [start + step * i for i in range(6)]
    elif level == 2:
        terms = [start + step * i + i * (i - 1) // 2 for i in range(6)]
    else:
        terms = [random.randint(1, 9), random.randint(1, 9)]
        while len(terms) < 7:
            terms.append(terms[-1] + 2 * terms[-2])
    return _number(f"Which number comes next: {', '.join(map(str, terms[:-1]))}?", terms[-1])


def _ordering(level: int, random: Random) -> Draft:
    names = random.sample(_NAMES, 3 + level)
    facts = [f"{names[i]} is taller than {names[i + 1]}." for i in range(len(names) - 1)]
    random.shuffle(facts)
    place = random.randrange(len(names))
    ordinal = (
        "tallest",
        "second tallest",
        "third tallest",
        "fourth tallest",
        "fifth tallest",
        "sixth tallest",
    )[place]
    others = random.sample([name for name in names if name != names[place]], 3)
    return _choice(f"{' '.join(facts)} Who is the {ordinal}?", names[place], others, random)


def _calendar(level: int, random: Random) -> Draft:
    day = date(2001, 1, 1) + timedelta(days=random.randrange(9000))
    weekday = _WEEKDAYS[day.weekday()]
    ahead = random.randint(*((2, 6), (8, 60), (100, 900))[level - 1])
    later = _WEEKDAYS[(day.weekday() + ahead) % 7]
    text = f"Today is {weekday}. Which day of the week is it in {ahead} days?"
    return Draft(text, later, (), tuple(one for one in _WEEKDAYS if one != later))


def _letters(level: int, random: Random) -> Draft:
    words = random.sample(_WORDS, 2 + 2 * level)
    if level == 1:
        letter = random.choice(words[0])
        text = f"How often does the letter {letter} occur in: {' '.join(words)}?"
        return _number(text, "".join(words).count(letter))
    place = random.randint(2, len(words) - 1)
    right = sorted(words)[place - 1] if level == 2 else sorted(words, key=lambda word: word[::-1])[place - 1]
    order = "alphabetically" if level == 2 else "alphabetically by their letters read from the end"
    text = f"Sort these words {order}: {' '.join(words)}. Which word is number {place} then?"
    return Draft(text, right, (), tuple(one for one in words if one != right))


KINDS: Mapping[str, Callable[[int, Random], Draft]] = {
    "arithmetic": _arithmetic,
    "word-problem": _word_problem,
    "sequence": _sequence,
    "ordering": _ordering,
    "calendar": _calendar,
    "letters": _letters,
}
"""The kinds of questions: a function of level and random generator each."""
