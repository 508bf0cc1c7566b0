"""Read promptfoo's tests: `vars` and `assert` in YAML or JSON, or columns `__expected` in CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from roundtable_tui.bench.questions.formats import (
    QuestionFormat,
    RecordError,
    build_question,
)
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.utils.text import single_line

_QUESTION_NAMES = ("question", "input", "query", "prompt", "message")
_SPECIAL_COLUMNS = re.compile(r"__(?:expected\d*|description|prefix|suffix|metric|threshold|metadata:.*)\Z")
_EXPECTED = re.compile(r"__expected\d*\Z")
_PREFIX = re.compile(r"(not-)?([a-z][a-z0-9-]*)(?:\([^)]*\))?:\s*", re.IGNORECASE)
_FOREIGN_CODE = ("javascript", "python", "ruby", "webhook", "assert-set")
_GRADERS: Mapping[str, AnswerCheck] = {
    "equals": AnswerCheck("exact"),
    "contains": AnswerCheck("contains"),
    "icontains": AnswerCheck("contains", ignore_case=True),
    "contains-any": AnswerCheck("contains"),
    "icontains-any": AnswerCheck("contains", ignore_case=True),
    "contains-all": AnswerCheck("contains", needs_all=True),
    "icontains-all": AnswerCheck("contains", needs_all=True, ignore_case=True),
    "starts-with": AnswerCheck("regex"),
    "regex": AnswerCheck("regex"),
    "is-json": AnswerCheck("json"),
    "llm-rubric": AnswerCheck("rubric"),
    "factuality": AnswerCheck("judge"),
    "model-graded-factuality": AnswerCheck("judge"),
    "model-graded-closedqa": AnswerCheck("rubric"),
}


def read_promptfoo(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a test with `vars` and `assert`."""
    given = record.get("vars")
    if not isinstance(given, Mapping):
        raise RecordError("its vars are not an object")
    listed = record.get("assert") or record.get("assertions")
    if not isinstance(listed, list) or not listed:
        raise RecordError("has no assertion: nothing to grade by")
    checks = []
    for one in listed:
        if not isinstance(one, Mapping):
            raise RecordError("has an assertion that is not an object")
        kind, value = str(one.get("type") or ""), one.get("value")
        checks.append(_build_check(kind, value, given))
    metadata = record.get("metadata") if isinstance(record.get("metadata"), Mapping) else {}
    shared = {"id": record.get("id") or record.get("description") or "", "metadata": metadata}
    return build_question(shared, _find_question(given), checks)


def read_promptfoo_row(record: Mapping[str, Any]) -> BenchQuestion:
    """Read a row of a table with the column `__expected`."""
    given = {name: value for name, value in record.items() if name and not _SPECIAL_COLUMNS.match(name)}
    checks = []
    for name in sorted(record):
        if _EXPECTED.match(name) and (text := str(record[name]).strip()):
            negation, kind, value = _split_prefix(text)
            checks.append(_build_check(negation + kind, value, given))
    if not checks:
        raise RecordError("has no expected answer: nothing to grade by")
    metadata = {n.partition(":")[2]: v for n, v in record.items() if n.startswith("__metadata:")}
    shared = {"id": record.get("__description", ""), "metadata": metadata}
    asked = f"{record.get('__prefix') or ''}{_find_question(given)}{record.get('__suffix') or ''}"
    return build_question(shared, asked, checks)


def _split_prefix(text: str) -> tuple[str, str, str]:
    """Return (negation, kind, value) of a cell; without a known kind it is `equals`."""
    found = _PREFIX.match(text)
    if found is None or (kind := found[2].lower()) not in {*_GRADERS, *_FOREIGN_CODE, "similar", "grade"}:
        return "", "equals", text
    return found[1] or "", "llm-rubric" if kind == "grade" else kind, text[found.end() :]


def _build_check(kind: str, value: Any, given: Mapping[str, Any]) -> AnswerCheck:
    negated = kind.startswith("not-")
    kind = kind.removeprefix("not-")
    if kind in _FOREIGN_CODE:
        raise RecordError(f"the assertion {kind} would run foreign code, and is not supported")
    if kind not in _GRADERS:
        known = ", ".join(_GRADERS)
        raise RecordError(f"the assertion {single_line(kind, 40)!r} is not supported, only {known}")
    model = _GRADERS[kind]
    values = tuple(
        _fill(str(one), given) for one in (value if isinstance(value, list) else [value]) if one is not None
    )
    if model.grader == "contains" and len(values) == 1 and kind.endswith(("-any", "-all")):
        values = tuple(part.strip() for part in values[0].split(","))
    if model.grader == "json":
        import json

        return AnswerCheck(
            "json", schema=json.dumps(value) if isinstance(value, Mapping) else "", is_negated=negated
        )
    if not values or not all(values):
        raise RecordError(f"the assertion {kind} has no value")
    if kind == "starts-with":
        values = tuple(rf"\A\s*{re.escape(one)}" for one in values)
    return AnswerCheck(
        model.grader, values, ignore_case=model.ignore_case, needs_all=model.needs_all, is_negated=negated
    )


def _find_question(given: Mapping[str, Any]) -> str:
    """Return the question among the variables: by its name, else the only one."""
    texts = {
        name: value
        for name, value in given.items()
        if isinstance(value, str | int | float) and str(value).strip()
    }
    for name in _QUESTION_NAMES:
        if name in texts:
            return str(texts[name]).strip()
    if len(texts) == 1:
        return str(next(iter(texts.values()))).strip()
    names = ", ".join(map(str, texts)) or "none"
    raise RecordError(
        f"which variable is the question? There are: {single_line(names, 100)}; name one question"
    )


def _fill(text: str, given: Mapping[str, Any]) -> str:
    """Replace `{{name}}` by the variable."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: str(given.get(match[1], match[0])), text)


PROMPTFOO_FORMATS = (
    QuestionFormat(
        "promptfoo", lambda r: "vars" in r and ("assert" in r or "assertions" in r), read_promptfoo
    ),
    QuestionFormat("promptfoo", lambda r: any(_EXPECTED.match(str(name)) for name in r), read_promptfoo_row),
)
