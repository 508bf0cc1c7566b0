"""The graders `judge` and `rubric`: a model outside the team compares an answer with what is known.

It sees both texts in both orders, since models prefer a place. Only a verdict given in both orders counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Literal, Protocol

from roundtable_tui.bench.graders.check_outcome import CheckOutcome
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.engine.quoting import Quoter, make_boundary_token
from roundtable_tui.utils.text import single_line

JudgeVerdict = Literal["C", "I", "N"]
"""Correct, incorrect, or not decidable, for example because there is no answer in the text."""
MAX_TEXT_CHARS = 20_000
_MAX_REASON_CHARS = 400

JUDGE_PROMPT = """You grade an answer to a question by a reference answer that is known to be right.

The question:

{question}

{first}

{second}

{rule}

Does the answer state the same result as the reference answer? Its wording, its length and its reasoning
do not matter, and neither does what you yourself take to be right. Write one sentence with the reason, and
then one line with the verdict:
VERDICT: C if it states the same result
VERDICT: I if it states another result
VERDICT: N if it states no result, or if this cannot be decided"""

RUBRIC_PROMPT = """You grade an answer to a question by criteria.

The question:

{question}

{first}

{second}

{rule}

Does the answer meet all of the criteria? Its length and its style do not matter unless a criterion says so.
Write one sentence with the reason, and then one line with the verdict:
VERDICT: C if it meets all criteria
VERDICT: I if it misses at least one of them
VERDICT: N if this cannot be decided"""

_VERDICT = re.compile(r"^\W*VERDICT\W+([CIN])\b", re.IGNORECASE | re.MULTILINE)


class JudgeModel(Protocol):
    """Whatever asks a model: one prompt, one reply."""

    async def ask(self, prompt: str) -> str:
        """Return the reply to a prompt; "" if there is none."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts of both orders."""

    verdicts: tuple[JudgeVerdict, JudgeVerdict]
    reasons: tuple[str, str]

    @property
    def verdict(self) -> JudgeVerdict:
        """The verdict if both orders agree, else N."""
        return self.verdicts[0] if self.verdicts[0] == self.verdicts[1] else "N"

    @property
    def reason(self) -> str:
        """The reason of the judge, or that the order mattered."""
        if self.verdicts[0] != self.verdicts[1]:
            one, other = self.verdicts
            return f"the judge contradicts itself: {one} in one order, {other} in the other"
        return self.reasons[0]


def build_judge_prompts(
    question: BenchQuestion, check: AnswerCheck, answer: str, seed: int = 0
) -> tuple[str, str]:
    """Return the prompts of both orders.

    Args:
        question: the question.
        check: a check with the grader `judge` (its gold answers are references) or `rubric` (criteria).
        answer: the answer; it is quoted, so that it cannot give orders to the judge.
        seed: of the boundary token, together with the question.
    """
    quoter = Quoter(make_boundary_token(Random(f"{seed}/{question.id}/{question.hash}")))
    known = _list_known(check)
    is_rubric = check.grader == "rubric"
    parts = [
        quoter.quote("criteria" if is_rubric else "reference answer", known),
        quoter.quote("answer", answer[:MAX_TEXT_CHARS]),
    ]
    template = RUBRIC_PROMPT if is_rubric else JUDGE_PROMPT

    def fill(first: str, second: str) -> str:
        return template.format(
            question=quoter.quote("question", question.question), first=first, second=second,
            rule=quoter.quoting_rule(),
        )  # fmt: skip

    return fill(parts[0], parts[1]), fill(parts[1], parts[0])


def parse_judge_reply(reply: str) -> tuple[JudgeVerdict, str]:
    """Return (verdict, reason) of a reply; the last verdict counts, and without one it is N."""
    found = list(_VERDICT.finditer(reply))
    if not found:
        return "N", "the judge gave no verdict"
    letter = found[-1][1].upper()
    reason = single_line(reply[: found[-1].start()], _MAX_REASON_CHARS)
    return ("C" if letter == "C" else "I" if letter == "I" else "N"), reason


async def judge_answer(
    judge: JudgeModel, question: BenchQuestion, check: AnswerCheck, answer: str, seed: int = 0
) -> Judgement:
    """Ask the judge in both orders."""
    replies = [
        parse_judge_reply(await judge.ask(prompt))
        for prompt in build_judge_prompts(question, check, answer, seed)
    ]
    (one, why), (other, why_other) = replies
    return Judgement((one, other), (why, why_other))


def to_check_outcome(judgement: Judgement, answer: str) -> CheckOutcome:
    """Return the result of a judgement: only C in both orders is right."""
    return CheckOutcome(judgement.verdict == "C", answer, judgement.reason)


def _list_known(check: AnswerCheck) -> str:
    if len(check.gold) == 1:
        return check.gold[0]
    word = "" if check.grader == "rubric" else "Any of these:\n"
    return word + "\n".join(f"- {one}" for one in check.gold)
