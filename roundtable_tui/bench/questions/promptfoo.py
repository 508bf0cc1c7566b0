"""Read promptfoo's tests: `vars` and `assert` in YAML or JSON, or columns `__expected` in CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from roundtable_tui.bench.questions.formats import QuestionFormat, build_question, read_input
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.bench.questions.promptfoo_checks import (
    build_check,
    describe_foreign_code,
    fill_template,
    read_cell,
)
from roundtable_tui.bench.questions.promptfoo_config import DEFAULT_KEY, PROMPT_KEY
from roundtable_tui.bench.questions.record_error import RecordError
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

_QUESTION_NAMES = ("question", "input", "query", "prompt", "message")
_EXPECTED = re.compile(r"__expected(\d*)\Z")


def read_promptfoo(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a test with `vars` and `assert`."""
    given = record.get("vars") or {}
    if not isinstance(given, Mapping):
        raise RecordError("its vars are not an object")
    options = record.get("options")
    _refuse_code(record, options if isinstance(options, Mapping) else {})
    checks = _read_assertions(record.get("assert") or record.get("assertions"), given)
    _refuse_threshold(record.get("threshold"), len(checks))
    if not checks:
        raise RecordError("has no assertion with a weight: nothing to grade by")
    metadata = record.get("metadata") if isinstance(record.get("metadata"), Mapping) else {}
    shared = {"id": record.get("id") or record.get("description") or "", "metadata": metadata}
    asked = (_read_affix(options, "prefix"), _read_affix(options, "suffix"))
    context, question = _find_question(given, record.get(PROMPT_KEY, ""), *asked)
    return build_question(shared, question, checks, context=context)


def read_promptfoo_row(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a row of a table with the column `__expected`."""
    default = record.get(DEFAULT_KEY) or {}
    _refuse_code(default, default.get("options") or {})
    given = {name: value for name, value in record.items() if name and not name.startswith("__")}
    given = {**(default.get("vars") or {}), **given}
    checks = _read_assertions(default["assert"], given) if default.get("assert") else []
    for name in sorted(filter(_EXPECTED.match, record), key=_number):
        if text := str(record[name]).strip():
            kind, value = read_cell(text)
            checks.append(build_check(kind, value, given))
    if not checks:
        raise RecordError("has no expected answer: nothing to grade by")
    _refuse_threshold(record.get("__threshold") or default.get("threshold"), len(checks))
    metadata = {
        n.partition(":")[2].removesuffix("[]"): v for n, v in record.items() if n.startswith("__metadata:")
    }
    shared = {"id": record.get("__description", ""), "metadata": metadata}
    affixes = (str(record.get("__prefix") or ""), str(record.get("__suffix") or ""))
    context, question = _find_question(given, record.get(PROMPT_KEY, ""), *affixes)
    return build_question(shared, question, checks, context=context)


def _read_assertions(listed: Any, given: Mapping[str, Any]) -> list[AnswerCheck]:
    """Return the checks of a list of assertions. Raises RecordError."""
    if not isinstance(listed, list) or not listed:
        raise RecordError("has no assertion: nothing to grade by")
    checks = []
    for one in listed:
        if not isinstance(one, Mapping):
            raise RecordError("has an assertion that is not an object")
        _refuse_code(one)
        if one.get("weight") != 0:  # Such a one never fails a test.
            checks.append(build_check(str(one.get("type") or ""), one.get("value"), given))
    return checks


def _number(name: str) -> int:
    found = _EXPECTED.match(name)
    return int(found[1] or 0) if found else 0


def _refuse_code(*parts: Mapping[str, Any]) -> None:
    """Raise RecordError if a test or an assertion changes the answer by code first."""
    for part in parts:
        for key in ("transform", "postprocess", "assertScoringFunction", "transformVars", "contextTransform"):
            if part.get(key):
                raise RecordError(describe_foreign_code(key))


def _refuse_threshold(value: Any, count: int) -> None:
    """Raise RecordError if a part of several assertions is enough: an answer has to pass all of them here."""
    if value not in (None, "") and count > 1:
        raise RecordError("a threshold over several assertions is not supported")


def _read_affix(options: Any, key: str) -> str:
    return str(options.get(key) or "") if isinstance(options, Mapping) else ""


def _find_question(given: Mapping[str, Any], prompt: str, prefix: str, suffix: str) -> tuple[str, str]:
    """Return (background, question): the filled prompt, else the variable that is the question."""
    for name, value in given.items():
        if isinstance(value, str) and value.startswith("file://"):
            raise RecordError(f"its variable {single_line(str(name), 40)} is a file, which is not read")
    if prompt:
        return _fill_prompt(prompt, given, prefix, suffix)
    texts = {
        name: value
        for name, value in given.items()
        if isinstance(value, str | int | float) and str(value).strip()
    }
    chosen = next((name for name in _QUESTION_NAMES if name in texts), next(iter(texts), None))
    if chosen is None or (chosen not in _QUESTION_NAMES and len(texts) > 1):
        names = ", ".join(map(str, texts)) or "none"
        raise RecordError(
            f"which variable is the question? There are: {single_line(names, 100)}; name one question"
        )
    context = str(texts["context"]).strip() if "context" in texts and chosen != "context" else ""
    return context, f"{prefix}{str(texts[chosen]).strip()}{suffix}"


def _fill_prompt(prompt: str, given: Mapping[str, Any], prefix: str, suffix: str) -> tuple[str, str]:
    """Return (background, question) of a prompt, which is a text or chat messages as JSON."""
    if prompt.lstrip().startswith("["):
        try:
            messages = load_json(prompt)
        except ValueError:
            messages = None
        if isinstance(messages, Sequence) and messages and all(isinstance(one, Mapping) for one in messages):
            filled = [
                {**one, "content": fill_template(one["content"], given)}
                if isinstance(one.get("content"), str)
                else one
                for one in messages
            ]
            context, question = read_input(filled)
            return context, f"{prefix}{question}{suffix}"
    question = fill_template(f"{prefix}{prompt}{suffix}", given).strip()
    if not question:
        raise RecordError("its prompt is empty")
    return "", question


PROMPTFOO_FORMATS = (
    QuestionFormat(
        "promptfoo",
        lambda r: ("vars" in r or PROMPT_KEY in r) and ("assert" in r or "assertions" in r),
        read_promptfoo,
    ),
    QuestionFormat("promptfoo", lambda r: any(_EXPECTED.match(str(name)) for name in r), read_promptfoo_row),
)
