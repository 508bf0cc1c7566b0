"""The assertions of promptfoo that can be graded, and those that are refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from roundtable_tui.bench.questions.model import AnswerCheck
from roundtable_tui.bench.questions.record_error import RecordError
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

_FOREIGN_CODE = ("javascript", "python", "ruby", "webhook")
_CODE_FILE = re.compile(r"\.(?:py|[cm]?[jt]s|rb)(?::|\Z)")
_LEGACY_NAMES = {"fn": "javascript", "eval": "javascript", "grade": "llm-rubric"}
"""Names that cells of a table may have, and their present ones."""
_WITHOUT_VALUE = (
    "is-json", "contains-json", "is-xml", "contains-xml", "is-sql", "contains-sql", "is-html",
    "contains-html", "is-refusal", "latency", "cost", "is-valid-function-call",
    "is-valid-openai-function-call", "is-valid-openai-tools-call", "moderation", "guardrails",
    "perplexity", "perplexity-score",
)  # fmt: skip
"""Assertions that a cell may have without a value. Any other name alone in a cell is an answer."""
_NOT_GRADED = (
    "answer-relevance", "bleu", "classifier", "context-faithfulness", "context-recall",
    "context-relevance", "conversation-relevance", "finish-reason", "g-eval", "gleu", "levenshtein",
    "meteor", "pi", "rouge-l", "rouge-n", "rouge-s", "select-best", "similar", "tool-call-f1",
    "word-count", "assert-set", "human", "max-score", "search-rubric",
)  # fmt: skip
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
_CELL = re.compile(r"(not-)?([a-z][a-z0-9-]*)(?:\([\d.]+\))?(?::(.*))?\Z", re.DOTALL)
_VARIABLE = re.compile(r"\{\{-?\s*([\w.-]+?)\s*-?\}\}")


def read_cell(text: str) -> tuple[str, str]:
    """Return (kind, value) of a cell of a table; a cell without a known kind is an answer, `equals`."""
    if text.startswith("file://"):
        # A program, or a file that is not read: `build_check` refuses both.
        return "equals", text
    match = _CELL.match(text)
    if match is None:
        return "equals", text
    kind = _LEGACY_NAMES.get(match[2], match[2])
    has_value = match[3] is not None
    known = {*_GRADERS, *_FOREIGN_CODE, *_NOT_GRADED, *_WITHOUT_VALUE} if has_value else _WITHOUT_VALUE
    return (f"{match[1] or ''}{kind}", (match[3] or "").strip()) if kind in known else ("equals", text)


def build_check(kind: str, value: Any, given: Mapping[str, Any]) -> AnswerCheck:
    """Return the check of an assertion.

    Args:
        kind: its type, perhaps with `not-` before it.
        value: its value: a text, a list of texts, or for `is-json` a schema.
        given: the variables of the test.

    Raises:
        RecordError: it would run foreign code, needs a file, or cannot be graded here; names it.
    """
    negated = kind.startswith("not-")
    kind = kind.removeprefix("not-")
    if kind in _FOREIGN_CODE:
        raise RecordError(describe_foreign_code(f"the assertion {kind}"))
    if kind not in _GRADERS:
        known = ", ".join(_GRADERS)
        raise RecordError(f"the assertion {single_line(kind, 40)!r} is not supported, only {known}")
    model = _GRADERS[kind]
    listed = value if isinstance(value, list) else [value]
    for one in listed:
        if isinstance(one, str) and one.startswith(("file://", "package:")):
            name = single_line(one, 60)
            if one.split(":")[0] == "package" or _CODE_FILE.search(one):
                raise RecordError(describe_foreign_code(f"the assertion {kind} ({name})"))
            raise RecordError(f"the assertion {kind} has its value in {name}, which is not read")
    if model.grader == "json":
        return AnswerCheck("json", schema=_read_schema(value), is_negated=negated)
    if kind == "equals" and isinstance(value, Mapping | list):
        gold = json.dumps(value, ensure_ascii=False)
        return AnswerCheck("json", (gold,), is_negated=negated)
    values = tuple(fill_template(_to_text(one), given) for one in listed if one is not None)
    if isinstance(value, str) and kind.endswith(("-any", "-all")):
        values = tuple(part.strip() for part in values[0].split(",") if part.strip())
    if not values or not all(values):
        raise RecordError(f"the assertion {kind} has no value")
    if kind == "starts-with":
        values = tuple(rf"\A\s*{re.escape(one)}" for one in values)
    return AnswerCheck(
        model.grader, values, ignore_case=model.ignore_case, needs_all=model.needs_all, is_negated=negated
    )


def describe_foreign_code(what: str) -> str:
    """Return why something is refused that would run code of the file."""
    return f"{what} would run foreign code, and is not supported"


def fill_template(text: str, given: Mapping[str, Any]) -> str:
    """Replace `{{name}}` and `{{name.part}}` by the variables.

    Raises:
        RecordError: a variable is missing, or the template does more than that.
    """

    def find(match: re.Match[str]) -> str:
        value: Any = given
        for part in match[1].split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            raise RecordError(f"the variable {single_line(match[1], 40)} is missing")
        return _to_text(value)

    left = _VARIABLE.sub("", text)
    if "{{" in left or "{%" in left:
        raise RecordError("its template has filters or commands, which are not supported")
    return _VARIABLE.sub(find, text)


def _read_schema(value: Any) -> str:
    """Return the JSON Schema of `is-json`, "" for any JSON."""
    if isinstance(value, str) and value.strip():
        try:
            value = load_json(value)
        except ValueError:
            raise RecordError("the assertion is-json has a schema that is not JSON") from None
    if value in (None, ""):
        return ""
    if not isinstance(value, Mapping):
        raise RecordError("the assertion is-json has a schema that is not an object")
    return json.dumps(value, ensure_ascii=False)


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
