"""Validators of JSON Schemas, which may come from strangers: nothing is loaded, and the cost is bounded.

A schema is compiled to Python code, whose size follows that of the schema. What may take exponential time
(patterns, formats, references that branch) is checked in a process that can be ended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.worker import Worker, WorkerError

MAX_SCHEMA_VALUES = 2_000
"""Objects, lists and values of a schema."""
MAX_SCHEMA_CHARS = 100_000
MAX_CPU_S = 1.0
"""Seconds of the CPU for one check in a process of its own."""
_TIMEOUT_S = 20.0
_MAX_CHECK_BYTES = 500_000_000
_MAX_PROBLEM_CHARS = 300
_UNBOUNDED = frozenset({"$ref", "pattern", "patternProperties", "format"})
"""Keywords with which a check may take any time."""
_REMOTE_SCHEMES = ("http", "https", "ftp", "file", "data")


def compile_validator(schema: Mapping[str, Any], where: str = "the schema") -> Callable[[Any], Any]:
    """Compile a schema into a validator that returns the data or raises ValueError with one line.

    Raises:
        FileError: the schema is not valid, or too large; `where` names it in the message.
    """
    check = _compile(schema, where)
    if not is_bounded(schema):
        return lambda data: _check_in_process(schema, data)

    def validate(data: Any) -> Any:
        try:
            return check(data)
        except Exception as error:  # The code of some schemas fails in other ways: 1 / 0, unknown names.
            raise ValueError(_describe(error)) from None

    return validate


def is_bounded(schema: Any) -> bool:
    """Return whether checking data takes time in proportion to the data: no patterns, no references."""
    if isinstance(schema, list | tuple):
        return all(map(is_bounded, schema))
    if isinstance(schema, Mapping):
        return _UNBOUNDED.isdisjoint(schema) and all(map(is_bounded, schema.values()))
    return True


def _compile(schema: Mapping[str, Any], where: str) -> Callable[[Any], Any]:
    import fastjsonschema  # Loaded only by runs that use a schema.

    if _count_values(schema, MAX_SCHEMA_VALUES) > MAX_SCHEMA_VALUES or _is_long(schema):
        most = f"at most {MAX_SCHEMA_VALUES:,} values and {MAX_SCHEMA_CHARS:,} characters"
        raise FileError("the JSON Schema is too large", where=where, hint=f"It may have {most}.")
    try:
        compiled: Callable[[Any], Any] = fastjsonschema.compile(
            dict(schema), handlers=dict.fromkeys(_REMOTE_SCHEMES, _refuse_remote)
        )
    except Exception as error:  # An invalid schema can raise any kind of exception here.
        raise FileError(f"not a JSON Schema: {_describe(error)}", where=where) from None
    return compiled


def _count_values(value: Any, limit: int) -> int:
    """Return the number of values in a value; a number above `limit` if there are more."""
    count, left = 0, [value]
    while left and count <= limit:
        one = left.pop()
        count += 1
        if isinstance(one, Mapping):
            left.extend(one.values())
        elif isinstance(one, list | tuple):
            left.extend(one)
    return count


def _is_long(schema: Mapping[str, Any]) -> bool:
    return len(json.dumps(schema, default=str)) > MAX_SCHEMA_CHARS


def _describe(error: Exception) -> str:
    import fastjsonschema

    if isinstance(error, RecursionError):
        return "the schema refers to itself without end"
    if isinstance(error, fastjsonschema.JsonSchemaException | ValueError | SyntaxError):
        return single_line(str(error), _MAX_PROBLEM_CHARS)
    return single_line(f"the schema cannot be checked ({type(error).__name__}: {error})", _MAX_PROBLEM_CHARS)


def _refuse_remote(uri: str) -> Any:
    raise ValueError(f"it refers to {uri}; remote schemas are not loaded")


def _check_in_process(schema: Mapping[str, Any], data: Any) -> Any:
    """Return data that fits. Raises ValueError, also for a check that takes too long."""
    worker = Worker(
        f"{__name__}:check_data", timeout_s=_TIMEOUT_S, max_cpu_s=MAX_CPU_S, max_memory_bytes=_MAX_CHECK_BYTES
    )
    try:
        reply = worker.request({}, json.dumps({"schema": schema, "data": data}).encode())
    except WorkerError as error:
        late = error.problem == "timeout"
        why = "takes too long" if late else f"failed ({error.problem})"
        raise ValueError(f"checking it against the schema {why}") from None
    except OSError as error:
        raise ValueError(f"it cannot be checked: {error.strerror}") from None
    finally:
        worker.close()
    if problem := reply["problem"]:
        raise ValueError(str(problem))
    return reply["data"]


def check_data(message: dict[str, Any], data: bytes) -> Mapping[str, Any]:
    """Check data against a schema; runs in the worker process. Its depth was checked before."""
    given = json.loads(data)
    try:
        return {"problem": "", "data": _compile(given["schema"], "the schema")(given["data"])}
    except Exception as error:
        return {"problem": _describe(error)}
