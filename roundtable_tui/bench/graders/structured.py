"""The graders `regex` and `json`. Patterns and schemas run in a worker with a time limit.

Python's regular expressions can take exponential time, also as `pattern` in a schema.
"""

from __future__ import annotations

import atexit
import json
import re
from functools import cache
from threading import Lock
from typing import Any

from roundtable_tui.bench.graders.check_outcome import CheckOutcome
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.worker import Worker, WorkerError

MAX_CPU_S = 5.0
"""Seconds of the CPU for one check: they do not depend on how busy the machine is."""
_TIMEOUT_S = 60.0
MAX_ANSWER_CHARS = 200_000
_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n?```", re.DOTALL | re.IGNORECASE)
_LOCK = Lock()


def grade_regex(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Search the answer for any of the patterns."""
    request = {
        "patterns": list(check.gold),
        "text": answer[:MAX_ANSWER_CHARS],
        "ignore_case": check.ignore_case,
    }
    found = _request(request)
    return CheckOutcome(bool(found.get("matches")), answer, str(found.get("error", "")))


def grade_json(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Read the answer as JSON, and compare it with the known value or check it against the schema."""
    try:
        data = parse_json_answer(answer)
    except ValueError:
        return CheckOutcome(False, answer, "it is not JSON")
    shown = json.dumps(data, ensure_ascii=False)
    if check.schema:
        found = _request({"schema": check.schema, "text": shown[:MAX_ANSWER_CHARS]})
        if not found.get("matches"):
            return CheckOutcome(False, shown, str(found.get("error", "")))
    if not check.gold:
        return CheckOutcome(True, shown)
    return CheckOutcome(any(_equals(data, gold) for gold in check.gold), shown)


def parse_json_answer(answer: str) -> Any:
    """Return the value of an answer that is JSON, perhaps in a code block. Raises ValueError."""
    blocks = _FENCE.findall(answer)
    return load_json(blocks[-1] if blocks else answer.strip())


def _equals(data: Any, gold: str) -> bool:
    try:
        wanted = load_json(gold)
    except ValueError:
        wanted = gold
    # 1 and true are equal in Python, and not in JSON.
    return json.dumps(data, sort_keys=True) == json.dumps(wanted, sort_keys=True) or (
        data == wanted and not _has_boolean(data) and not _has_boolean(wanted)
    )


def _has_boolean(data: Any) -> bool:
    if isinstance(data, dict):
        return any(map(_has_boolean, data.values()))
    if isinstance(data, list):
        return any(map(_has_boolean, data))
    return isinstance(data, bool)


@cache
def _worker() -> Worker:
    worker = Worker(f"{__name__}:handle", timeout_s=_TIMEOUT_S, max_cpu_s=MAX_CPU_S)
    atexit.register(worker.close)
    return worker


def _request(message: dict[str, Any]) -> dict[str, Any]:
    with _LOCK:
        try:
            return _worker().request(message)
        except WorkerError as error:
            late = error.problem == "timeout"
            return {"error": f"the check took over {MAX_CPU_S:g} s" if late else f"the check failed: {error}"}


def handle(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Match patterns or check a schema; runs in the worker."""
    text = message["text"]
    if "schema" not in message:
        flags = re.MULTILINE | (re.IGNORECASE if message["ignore_case"] else 0)
        try:
            return {"matches": any(re.search(pattern, text, flags) for pattern in message["patterns"])}
        except re.error as error:
            return {"error": f"the pattern is not valid: {error}"}
    from roundtable_tui.engine.decisions.validator import check_data

    try:
        given = json.dumps({"schema": load_json(message["schema"]), "data": load_json(text)})
    except ValueError as error:
        return {"error": str(error)[:200]}
    problem = str(check_data({}, given.encode())["problem"])
    return {"error": problem[:200]} if problem else {"matches": True}
