"""Replies to one question: what each of them answers, and which of them say the same."""

from __future__ import annotations

from itertools import combinations

import pytest

from roundtable_tui.answers.asked.question import read_question
from roundtable_tui.answers.compare import answers_agree, values_agree
from roundtable_tui.answers.grouping import group_answers
from roundtable_tui.answers.reading import extract_final_answer, read_answer
from tests.answers.cases import load_cases

ADD = "What is 2+2?"
CAPITAL = "What is the capital of Australia?"
CUP = "Who won the 2014 World Cup?"
SPEED = "A train travels 60 km in 1.5 hours. What is its speed?"
PRIME = "Is 17 a prime number?"
HEAVIER = "Which is longer, a mile or a kilometer?"
METAL = "Which metal is liquid?\nA. Iron\nB. Mercury\nC. Copper"
SAME = [
    (ADD, ["4", "2+2 equals 4.", "2 + 2 = 4", "The sum of 2 and 2 is 4.", "2+2 is 4", "Four.",
           'The answer to the question "What is 2+2?" is 4.']),
    (CAPITAL, ["Canberra", "The capital of Australia is Canberra.", "Canberra is the capital of Australia.",
               "Australia's capital is Canberra.", "It is Canberra, not Sydney.", "I think it's Canberra.",
               "The capital city of Australia is **Canberra**.", "Canberra, because Sydney is too large."]),
    (CUP, ["Germany", "Germany won the 2014 World Cup.", "The 2014 World Cup was won by Germany.",
           "The winner was Germany, with a goal in extra time.", "It was Germany."]),
    (SPEED, ["40 km/h", "The speed is 40 km/h.", "The train's speed is 40 km per hour.",
             "It travels at 40 km/h.", "60 km / 1.5 h = 40 km/h"]),
    (PRIME, ["Yes", "Yes, 17 is a prime number.", "17 is a prime number.", "17 is prime, so yes."]),
    (HEAVIER, ["A mile", "A mile is longer.", "A mile is longer than a kilometer.",
               "A mile, since 1 mile is 1.609 km"]),
    (METAL, ["B", "Mercury", "B. Mercury", "(b) mercury", "The answer is **B**."]),
    ("How many liters does it use?", ["20 L", "It would use 20 liters.", "20"]),
    ("What year did the Titanic sink?", ["1912", "The Titanic sank in 1912.", "April 15, 1912"]),
    ("Where is the Eiffel Tower?", ["Paris", "In Paris.", "The Eiffel Tower is located in Paris."]),
    ("Who discovered penicillin?", [
        "Alexander Fleming", "Alexander Fleming discovered it in 1928.",
        "Penicillin was discovered by the Scottish scientist Alexander Fleming.",
    ]),
]  # fmt: skip
DIFFERENT = [
    (ADD, "2+2 is 4", "2+2 is 5"),
    ("What is 7 minus 10?", "3", "The answer is minus three."),
    ("What is 7 minus 10?", "3", "7 minus 10 equals negative 3."),
    (CAPITAL, "Canberra", "It is not Canberra."),
    (CAPITAL, "Sydney", "The largest city in Australia is Sydney."),
    (CUP, "The 2014 World Cup was won by Germany.", "The 2014 World Cup was won by Argentina."),
    (CUP, "Germany won the 2014 World Cup.", "Germany did not win the 2014 World Cup."),
    (PRIME, "17 is a prime number.", "17 is not a prime number."),
    (HEAVIER, "A mile", "A mile is shorter than a kilometer."),
    (HEAVIER, "A kilometer is shorter than a mile.", "A kilometer is longer than a mile."),
    ("Who is the father of Carl?", "Bob is the father of Carl.", "Carl is the father of Bob."),
    ("Who is Carl's father?", "Bob is Carl's father.", "Carl is Bob's father."),
    ("Who beat Argentina?", "Argentina was beaten by Germany.", "Germany was beaten by Argentina."),
    ("Is Ann taller than Bob?", "Ann is taller than Bob.", "Bob is taller than Ann."),
    ("Name the largest planet.", "Mercury", "The smallest planet is Mercury."),
    (
        "Who was the first person on the Moon?",
        "Buzz Aldrin",
        "Buzz Aldrin was the second person on the Moon.",
    ),
    ("How many continents are there, and which is the largest?", "7, Asia", "7, Africa"),
    ("Order from smallest to largest: 3, -1, 2", "-1, 2, 3", "3, 2, -1"),
    ("How many liters does it use?", "20", "20 gallons"),
    (
        "Which of these is a mammal? (a) shark (b) dolphin",
        "The shark is a mammal.",
        "The dolphin is a mammal.",
    ),
    ("Which is divisible by 3: 124, 126?", "126 is divisible by 3.", "None of them is divisible by 3."),
    ("Can penguins fly?", "Penguins can't fly.", "Only some penguins can fly."),
    ("Which of these is not a fruit: carrot or apple?", "Carrot is not a fruit.", "Carrot is a fruit."),
]


@pytest.mark.parametrize(("question", "replies"), SAME)
def test_group_answers_of_replies_that_repeat_the_question_is_one_group(
    question: str, replies: list[str]
) -> None:
    marked = group_answers([(reply, reply) for reply in replies], question)
    assert [group.seats for group in marked.groups] == [tuple(replies)]
    found = group_answers([(reply, extract_final_answer(reply, question)) for reply in replies], question)
    assert [group.seats for group in found.groups] == [tuple(replies)]


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Two of them are out.\n\nAnswer: D", "D"),
        ("Two of them are out.\n\n\\boxed{D}", "D"),
        ("Two of them are out.\n\n**Final answer:** Dov", "Dov"),
        ("Two of them are out.\n\nSo the answer is D.", "D"),
        ("FINAL ANSWER: 5", "5"),
    ],
)
def test_extract_final_answer_of_a_labelled_answer_is_that(reply: str, answer: str) -> None:
    question = "Dov is taller than Cleo. Who is the tallest?\nA) Hana\nB) Gus\nC) Cleo\nD) Dov"
    assert extract_final_answer(reply, question) == answer


@pytest.mark.parametrize(("question", "a", "b"), DIFFERENT)
def test_answers_agree_replies_that_say_something_else_is_false(question: str, a: str, b: str) -> None:
    assert not answers_agree(a, b, question)
    assert not answers_agree(extract_final_answer(a, question), extract_final_answer(b, question), question)
    assert answers_agree(a, a, question) and answers_agree(b, b, question)


def test_read_answer_of_a_reply_is_that_of_its_final_answer() -> None:
    replies = [(case["question"], text) for case in load_cases("groups.jsonl") for _, text in case["replies"]]
    differing = [
        (question, text)
        for question, text in replies
        if not values_agree(
            read_answer(text, question), read_answer(extract_final_answer(text, question), question)
        )
    ]
    assert len(differing) <= len(replies) // 50, differing


def test_group_answers_of_replies_to_one_question_rarely_joins_what_differs() -> None:
    """Written by hand, with replies that are to mislead: the same figure in another role, swapped roles."""
    same, found, different, joined = 0, 0, 0, []
    for case in load_cases("groups.jsonl"):
        question, replies = case["question"], case["replies"]
        answers = [(str(n), extract_final_answer(text, question)) for n, (_, text) in enumerate(replies)]
        groups = [set(map(int, group.seats)) for group in group_answers(answers, question).groups]
        for a, b in combinations(range(len(replies)), 2):
            is_joined = any({a, b} <= group for group in groups)
            if replies[a][0] == replies[b][0]:
                same, found = same + 1, found + is_joined
            else:
                different += 1
                joined += [(question, replies[a][1], replies[b][1])] if is_joined else []
    assert len(joined) <= different // 100, joined
    assert found >= same * 0.6


def test_read_question_says_what_is_asked_for() -> None:
    assert read_question("Who wrote Hamlet?").wants == "name"
    assert read_question("How many liters are left?").wants == "number"
    assert read_question("Wie viele Äpfel sind es?").wants == "number"
    assert read_question("Is water a compound or an element?").choices == ("compound", "element")
    assert read_question("Which is smaller: 0.5, 0.05, or 0.55?").choices == ("0.5", "0.05", "0.55")
    assert read_question("Who is older, Eva or Paul?").choices == ("Eva", "Paul")
    assert read_question("Which is it? (a) shark (b) dolphin").choices == ("shark", "dolphin")
    assert read_question("Is it right?").is_polar
    assert not read_question("word " * 400 + "?").words
