"""From a record to a question. The keys of a record show its format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.values import Number
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion, letters
from roundtable_tui.utils.text import single_line

GRADERS = (
    "number", "math", "choice", "exact", "any", "contains", "regex", "json", "judge", "rubric", "code",
)  # fmt: skip
_GSM8K = re.compile(r"####\s*(\S[^\n]*?)\s*\Z")
_LETTER = re.compile(r"\(?([A-Za-z])[).]?\Z")
_OPENAI_420_GRADERS = {"math": "math", "mc": "choice", "judge": "judge"}
_MAX_CHOICES = 26


class RecordError(ValueError):
    """A record is not a question; the message says why."""


@dataclass(frozen=True, slots=True)
class QuestionFormat:
    """A format of question files."""

    name: str
    has_keys: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any]], BenchQuestion]


def read_plain(record: Mapping[str, Any]) -> BenchQuestion:
    """Read our own format: question and answer, with choices, grade, tol, schema, topic, cluster, weight."""
    choices = read_choices(record)
    answers = read_answers(record, "answer")
    grader = str(record.get("grade") or record.get("grader") or "").strip()
    tolerance = _read_tolerance(record.get("tol", record.get("tolerance")))
    schema = record.get("schema")
    check = build_check(answers, choices, grader, tolerance)
    if schema and check.grader == "json":
        check = AnswerCheck(
            "json", check.gold, schema=schema if isinstance(schema, str) else json.dumps(schema)
        )
    return build_question(record, read_text(record, "question"), check, choices)


def read_inspect(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a sample of Inspect: input (text or messages), target (text or list), choices, metadata."""
    choices = read_choices(record)
    context, question = read_input(record["input"])
    check = build_check(read_answers(record, "target"), choices)
    return build_question(record, question, check, choices, context)


def read_openai_evals(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a sample of OpenAI's evals: input (messages), ideal (text or list)."""
    context, question = read_input(record["input"])
    return build_question(record, question, build_check(read_answers(record, "ideal"), ()), (), context)


def read_openai_420(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a record of openai-420: question, answer, grading (math, mc, judge), benchmark."""
    named = str(record["grading"])
    if named not in _OPENAI_420_GRADERS:
        raise RecordError(
            f"grading {single_line(named, 40)!r} is not one of {', '.join(_OPENAI_420_GRADERS)}"
        )
    check = build_check(read_answers(record, "answer"), (), _OPENAI_420_GRADERS[named])
    return build_question(record, read_text(record, "question"), check)


def read_gsm8k(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a record of GSM8K: the number after `####` is the answer."""
    found = _GSM8K.search(str(record["answer"]))
    assert found is not None
    check = build_check((found[1],), (), "number")
    return build_question(record, read_text(record, "question"), check)


def read_mmlu(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a row of MMLU: question, the options A to D, and the letter of the right one."""
    choices = tuple(str(record[letter]) for letter in "ABCD")
    check = build_check(read_answers(record, "answer"), choices)
    return build_question(record, read_text(record, "question"), check, choices)


def read_human_eval(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a task of HumanEval: prompt, test, entry_point."""
    check = AnswerCheck("code", code=read_text(record, "test"), entry_point=read_text(record, "entry_point"))
    order = "Complete this Python function. Reply with the whole function in one code block."
    shown = f"{order}\n\n{record['prompt']}"
    return build_question({"id": record.get("task_id", record.get("id", ""))}, shown, check)


def build_check(
    answers: Sequence[str], choices: Sequence[str], grader: str = "", tolerance: str = ""
) -> AnswerCheck:
    """Return the check for known answers; without a grader named, the one that fits their form."""
    if grader and grader not in GRADERS:
        raise RecordError(f"there is no grader {single_line(grader, 40)!r}, only {', '.join(GRADERS)}")
    grader = grader or _choose_grader(answers, choices)
    if grader == "code":
        raise RecordError("the grader code needs the keys prompt, test and entry_point")
    gold = tuple(answers)
    if grader == "choice":
        gold = tuple(_read_letter(one, choices) for one in gold)
    if grader == "number" and (
        bad := next((one for one in gold if not isinstance(classify(one), Number)), None)
    ):
        raise RecordError(f"its answer {single_line(bad, 40)!r} is not a number")
    if tolerance and grader != "number":
        raise RecordError("a tolerance needs the grader number")
    return AnswerCheck(grader, gold, tolerance)


def build_question(
    record: Mapping[str, Any],
    question: str,
    check: AnswerCheck | Sequence[AnswerCheck],
    choices: Sequence[str] = (),
    context: str = "",
) -> BenchQuestion:
    """Return the question with the fields that all formats share; an id of "" is filled in later."""
    metadata: Mapping[str, Any] = next(
        (record[key] for key in ("metadata", "meta") if isinstance(record.get(key), Mapping)), {}
    )

    def find(*keys: str) -> str:
        return next(
            (
                single_line(str(part[key]), 200)
                for key in keys
                for part in (record, metadata)
                if part.get(key) not in (None, "")
            ),
            "",
        )

    return BenchQuestion(
        id=find("id", "question_id"),
        question=question,
        checks=(check,) if isinstance(check, AnswerCheck) else tuple(check),
        choices=tuple(choices),
        context=context or str(record.get("context") or "").strip(),
        topic=find("topic", "subject", "category", "benchmark"),
        cluster=find("cluster", "group"),
        weight=_read_weight(record.get("weight")),
    )


def read_text(record: Mapping[str, Any], key: str) -> str:
    """Return the text under `key`. Raises RecordError if there is none."""
    value = record.get(key)
    if not isinstance(value, str | int | float) or isinstance(value, bool) or not str(value).strip():
        raise RecordError(f"has no text under {key!r}")
    return str(value).strip()


def read_answers(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the accepted answers under `key`: one, or a list of them. Raises RecordError."""
    value = record.get(key)
    listed = value if isinstance(value, list) else [value]
    out = []
    for one in listed:
        if isinstance(one, bool):
            one = "yes" if one else "no"
        if isinstance(one, Mapping | list):
            one = json.dumps(one, ensure_ascii=False)
        if one is None or not str(one).strip():
            raise RecordError(f"has no answer under {key!r}")
        out.append(str(one).strip())
    if not out:
        raise RecordError(f"has no answer under {key!r}")
    return tuple(out)


def read_choices(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the texts of the options: a list, a JSON list in a cell of a table, or texts by letter."""
    value = record.get("choices", record.get("options"))
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value) if value.lstrip().startswith("[") else value.split("|")
        except ValueError:
            raise RecordError("its choices are not a JSON list") from None
    if isinstance(value, Mapping):
        value = list(value.values())
    if not value:
        return ()
    if not isinstance(value, list) or not 2 <= len(value) <= _MAX_CHOICES:
        raise RecordError(f"its choices should be a list of 2 to {_MAX_CHOICES} texts")
    return tuple(str(one).strip() for one in value)


def read_input(value: Any) -> tuple[str, str]:
    """Return (background, question) of a text or of chat messages: the last user message is the question."""
    if isinstance(value, str) and value.strip():
        return "", value.strip()
    if not isinstance(value, list):
        raise RecordError("its input is neither a text nor a list of messages")
    messages = [one for one in value if isinstance(one, Mapping) and isinstance(one.get("content"), str)]
    if len(messages) != len(value):
        raise RecordError("its input has messages without text; only texts can be asked")
    asked = [index for index, one in enumerate(messages) if one.get("role") == "user"]
    if not asked:
        raise RecordError("its input has no message of the user")
    before = [str(one["content"]).strip() for one in messages[: asked[-1]]]
    return "\n\n".join(filter(None, before)), str(messages[asked[-1]]["content"]).strip()


def _choose_grader(answers: Sequence[str], choices: Sequence[str]) -> str:
    if choices:
        return "choice"
    if len(answers) > 1:
        return "any"
    return "number" if isinstance(classify(answers[0]), Number) else "exact"


def _read_letter(answer: str, choices: Sequence[str]) -> str:
    """Return the letter of the right option, given as a letter, a text or both."""
    by_text = {text.casefold(): letter for letter, text in zip(letters(choices), choices, strict=True)}
    if answer.casefold() in by_text:
        return by_text[answer.casefold()]
    found = _LETTER.match(answer)
    if found and (not choices or found[1].upper() in letters(choices)):
        return found[1].upper()
    raise RecordError(f"its answer {single_line(answer, 40)!r} is none of the choices")


def _read_tolerance(value: Any) -> str:
    if value in (None, ""):
        return ""
    text = str(value).strip()
    try:
        Fraction(text.removesuffix("%"))
    except (ValueError, ZeroDivisionError):
        raise RecordError(f"its tolerance {single_line(text, 40)!r} is not a number") from None
    return text


def _read_weight(value: Any) -> float:
    if value in (None, ""):
        return 1.0
    try:
        weight = float(value)
    except (TypeError, ValueError):
        weight = 0.0
    if not 0 < weight < float("inf"):
        raise RecordError(f"its weight {single_line(str(value), 40)!r} is not a number above 0")
    return weight


FORMATS = (
    QuestionFormat("openai-420", lambda r: {"question", "answer", "grading"} <= r.keys(), read_openai_420),
    QuestionFormat(
        "gsm8k",
        lambda r: {"question", "answer"} <= r.keys() and _GSM8K.search(str(r["answer"])) is not None,
        read_gsm8k,
    ),
    QuestionFormat("mmlu", lambda r: {"question", "answer", *"ABCD"} <= r.keys(), read_mmlu),
    QuestionFormat("plain", lambda r: {"question", "answer"} <= r.keys(), read_plain),
    QuestionFormat("openai-evals", lambda r: {"input", "ideal"} <= r.keys(), read_openai_evals),
    QuestionFormat("inspect", lambda r: {"input", "target"} <= r.keys(), read_inspect),
    QuestionFormat("humaneval", lambda r: {"prompt", "test", "entry_point"} <= r.keys(), read_human_eval),
)
"""All formats but promptfoo's, the most particular first."""
