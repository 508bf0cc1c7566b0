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
from roundtable_tui.bench.questions.choice_list import ChoiceList, read_choices
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion, letters
from roundtable_tui.bench.questions.record_error import RecordError
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

GRADERS = (
    "number", "math", "choice", "exact", "any", "contains", "regex", "json", "judge", "rubric", "code",
)  # fmt: skip
_GSM8K = re.compile(r"####\s*(\S[^\n]*?)\s*\Z")
_OPENAI_420_GRADERS = {"math": "math", "mc": "choice", "judge": "judge"}
NO_CHOICES = ChoiceList()


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
    return build_question(record, read_text(record, "question"), check, choices.texts)


def read_inspect(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a sample of Inspect: input (text or messages), target (text or list), choices, metadata."""
    choices = read_choices(record, _split_inspect_choices)
    if needed := next((key for key in ("sandbox", "files", "setup") if record.get(key)), ""):
        raise RecordError(f"needs {needed}, which is not supported: it is a task for an agent")
    context, question = read_input(record["input"])
    targets = read_answers(record, "target")
    if choices.texts and len(targets) > 1:
        raise RecordError("several of its options are right together, which is not supported")
    check = build_check(targets, choices, is_letter=bool(choices.texts))
    if isinstance(metadata := record.get("metadata"), str) and metadata.strip():
        record = {**record, "metadata": _read_metadata(metadata)}
    return build_question(record, question, check, choices.texts, context)


def read_openai_evals(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a sample of OpenAI's evals: input (messages), ideal (text or list)."""
    context, question = read_input(record["input"])
    return build_question(record, question, build_check(read_answers(record, "ideal")), (), context)


def read_openai_420(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a record of openai-420: question, answer, grading (math, mc, judge), benchmark."""
    named = str(record["grading"])
    if named not in _OPENAI_420_GRADERS:
        raise RecordError(
            f"grading {single_line(named, 40)!r} is not one of {', '.join(_OPENAI_420_GRADERS)}"
        )
    check = build_check(read_answers(record, "answer"), grader=_OPENAI_420_GRADERS[named])
    return build_question(record, read_text(record, "question"), check)


def read_gsm8k(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a record of GSM8K: the number after `####` is the answer."""
    found = _GSM8K.search(str(record["answer"]))
    assert found is not None
    check = build_check((found[1],), grader="number")
    return build_question(record, read_text(record, "question"), check)


def read_mmlu(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a row of MMLU: question, the options A to D, and the letter of the right one."""
    choices = ChoiceList(tuple(str(record[letter]).strip() for letter in "ABCD"))
    check = build_check(read_answers(record, "answer"), choices, is_letter=True)
    return build_question(record, read_text(record, "question"), check, choices.texts)


def read_mmlu_position(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a record of MMLU as data set libraries write it: the answer is a position, from 0."""
    choices, position = read_choices(record), record["answer"]
    if not 0 <= position < len(choices.texts):
        raise RecordError(f"its answer {position} is not a position among {len(choices.texts)} choices")
    check = AnswerCheck("choice", (letters(choices.texts)[position],))
    return build_question(record, read_text(record, "question"), check, choices.texts)


def read_human_eval(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a task of HumanEval: prompt, test, entry_point."""
    check = AnswerCheck("code", code=read_text(record, "test"), entry_point=read_text(record, "entry_point"))
    order = "Complete this Python function. Reply with the whole function in one code block."
    shown = f"{order}\n\n{record['prompt']}"
    return build_question({"id": record.get("task_id", record.get("id", ""))}, shown, check)


def build_check(
    answers: Sequence[str],
    choices: ChoiceList = NO_CHOICES,
    grader: str = "",
    tolerance: str = "",
    *,
    is_letter: bool = False,
) -> AnswerCheck:
    """Return the check for known answers; without a grader named, the one that fits their form.

    Args:
        answers: the accepted answers.
        choices: the options, if there are some.
        grader: one of `GRADERS`.
        tolerance: for `number`.
        is_letter: the format names the right option by its letter only.

    Raises:
        RecordError: they do not fit together.
    """
    if grader and grader not in GRADERS:
        raise RecordError(f"there is no grader {single_line(grader, 40)!r}, only {', '.join(GRADERS)}")
    grader = grader or _choose_grader(answers, choices.texts)
    if grader == "code":
        raise RecordError("the grader code needs the keys prompt, test and entry_point")
    gold = tuple(answers)
    if grader == "choice":
        gold = tuple(choices.find_letter(one, is_letter=is_letter) for one in gold)
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


def read_input(value: Any) -> tuple[str, str]:
    """Return (background, question) of a text or of chat messages: the last user message is the question."""
    if isinstance(value, str) and value.strip():
        return "", value.strip()
    if not isinstance(value, list):
        raise RecordError("its input is neither a text nor a list of messages")
    messages = [(str(one.get("role")), _read_content(one)) for one in value if isinstance(one, Mapping)]
    if len(messages) != len(value) or not all(text for _, text in messages):
        raise RecordError("its input has messages without text; only texts can be asked")
    # Some sets of OpenAI's evals have nothing but system messages: the last one asks.
    asked = [index for index, (role, _) in enumerate(messages) if role == "user"] or [
        index for index, (role, _) in enumerate(messages) if role == "system" and index == len(messages) - 1
    ]
    if not asked:
        raise RecordError("its input has no message of the user")
    return "\n\n".join(text for _, text in messages[: asked[-1]]), messages[asked[-1]][1]


def _read_content(message: Mapping[str, Any]) -> str:
    """Return the text of a message, a text itself or a list of parts; "" if it has other parts."""
    content = message.get("content")
    if isinstance(content, list):
        texts = [one.get("text") for one in content if isinstance(one, Mapping) and one.get("type") == "text"]
        parts = [text for text in texts if isinstance(text, str)]
        content = "\n".join(parts) if len(parts) == len(content) else ""
    return content.strip() if isinstance(content, str) else ""


def _split_inspect_choices(text: str) -> Sequence[str]:
    """Divide a cell as Inspect does: at commas, else at spaces. A bar is ours."""
    if "|" in text:
        return text.split("|")
    return text.split(",") if "," in text else text.split()


def _read_metadata(text: str) -> Mapping[str, Any]:
    """Return the metadata in a cell of a table, {} if it is not a JSON object."""
    try:
        found = load_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _choose_grader(answers: Sequence[str], choices: Sequence[str]) -> str:
    if choices:
        return "choice"
    if len(answers) > 1:
        return "any"
    return "number" if isinstance(classify(answers[0]), Number) else "exact"


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
    QuestionFormat(
        "mmlu-position",
        lambda r: {"question", "answer", "choices", "subject"} <= r.keys() and type(r["answer"]) is int,
        read_mmlu_position,
    ),
    QuestionFormat("mmlu", lambda r: {"question", "answer", *"ABCD"} <= r.keys(), read_mmlu),
    QuestionFormat("plain", lambda r: {"question", "answer"} <= r.keys(), read_plain),
    QuestionFormat("openai-evals", lambda r: {"input", "ideal"} <= r.keys(), read_openai_evals),
    QuestionFormat("inspect", lambda r: {"input", "target"} <= r.keys(), read_inspect),
    QuestionFormat("humaneval", lambda r: {"prompt", "test", "entry_point"} <= r.keys(), read_human_eval),
)
"""All formats but promptfoo's, the most particular first."""
