"""The OpenAI Batch format: a line of requests as a task, and the line of its result."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from roundtable_tui.batch.results_file import read_rows
from roundtable_tui.batch.rows import BatchRow, parse_row
from roundtable_tui.batch.tasks.model import BatchTask, TaskError, parse_id, parse_task
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line, to_safe_json

CHAT_URL = "/v1/chat/completions"
MODEL_PREFIX = "roundtable/"
SINGLE = "single"
OUTPUT_FILE = "output.jsonl"
"""The results of these lines, in the same format."""
_OWN_KEY = "roundtable"
"""Key of a request body with fields of a task, such as options."""
_PARAMS = (
    "temperature", "top_p", "presence_penalty", "frequency_penalty", "stop", "reasoning_effort",
)  # fmt: skip
_ROLES = {"user": "User", "assistant": "Assistant"}


def is_batch_line(record: Mapping[str, Any]) -> bool:
    """Return whether a record is a line of the OpenAI Batch format."""
    return "custom_id" in record and "body" in record


def parse_batch_line(record: Mapping[str, Any], number: int) -> BatchTask:
    """Return the task of a line. A model `roundtable/MODE` is a mode, any other a model asked once.

    The last message of the user is the question; system messages and the conversation before are its context.

    Raises:
        TaskError: it is not a chat request, or has no question.
    """
    body = record["body"]
    if record.get("url", CHAT_URL) != CHAT_URL or record.get("method", "POST") != "POST":
        raise TaskError(f"should be POST {CHAT_URL}")
    if not isinstance(body, Mapping):
        raise TaskError("body should be an object")
    if unsupported := next((what for what in map(_describe_unsupported, body.items()) if what), ""):
        raise TaskError(unsupported)
    context, question = _split_messages(body.get("messages"))
    fields = {"question": question, "context": context, **parse_model_name(body.get("model"))}
    if params := {name: body[name] for name in _PARAMS if body.get(name) is not None}:
        fields["params"] = params
    for name in ("max_completion_tokens", "max_tokens"):
        if body.get(name) is not None:
            fields["max_tokens"] = body[name]
    if body.get("seed") is not None:
        fields["seed"] = body["seed"]
    own = body.get(_OWN_KEY)
    if own is not None and not isinstance(own, Mapping):
        raise TaskError(f"{_OWN_KEY} should be an object")
    for name, value in (own or {}).items():
        is_mapping = isinstance(value, Mapping) and isinstance(fields.get(name), Mapping)
        fields[name] = {**fields[name], **value} if is_mapping else value
    task = parse_task({"id": parse_id(record["custom_id"]), **fields}, number)
    return BatchTask(task.id, task.fields, str(body["model"]))


def parse_model_name(name: object) -> dict[str, Any]:
    """Return the fields of a task that a model name stands for.

    `roundtable/MODE`, `roundtable/team/NAME`, `roundtable/task/NAME`, each perhaps with
    `:option=value,option=value`; any other name is a model that is asked once.

    Raises TaskError.
    """
    if not isinstance(name, str) or not name.strip():
        raise TaskError("body has no model")
    if not name.startswith(MODEL_PREFIX):
        return {"mode": SINGLE, "model": name}
    words, _, given = name.removeprefix(MODEL_PREFIX).partition(":")
    kind, slash, rest = words.partition("/")
    if slash and kind not in ("team", "task"):
        raise TaskError(f"unknown model: {single_line(name, 60)}")
    fields: dict[str, Any] = {kind: rest} if slash else {"mode": words}
    if not all(fields.values()):
        raise TaskError(f"unknown model: {single_line(name, 60)}")
    options = [pair.partition("=") for pair in given.split(",") if pair]
    if not all(equals for _, equals, _ in options):
        raise TaskError(f"{single_line(name, 60)}: options have the form option=value")
    if options:
        fields["options"] = {key.strip(): value.strip() for key, _, value in options}
    return fields


def build_output_line(row: BatchRow, created: int) -> dict[str, Any]:
    """Return the line of a result: a chat completion, or an error.

    Args:
        row: the row of the run.
        created: seconds since the epoch.
    """
    response = None
    error = None
    if row.ok:
        message = {"role": "assistant", "content": row.answer}
        usage = {
            "prompt_tokens": row.prompt_tokens, "completion_tokens": row.completion_tokens,
            "total_tokens": row.tokens, "prompt_tokens_details": {"cached_tokens": row.cached_tokens},
        }  # fmt: skip
        choice = {"index": 0, "message": message, "finish_reason": "length" if row.cut else "stop"}
        body = {
            "id": f"chatcmpl-{row.key}", "object": "chat.completion", "created": created,
            "model": row.batch_model, "choices": [choice], "usage": usage,
        }  # fmt: skip
        response = {"status_code": 200, "request_id": row.key, "body": body}
    else:
        error = {"code": "run_failed", "message": row.error}
    return {"id": f"batch_req_{row.key}", "custom_id": row.id, "response": response, "error": error}


def write_output(path: Path, results: Path) -> None:
    """Write the results of all tasks that came in this format, each once. Raises FileError.

    Args:
        path: the file, which is replaced.
        results: `results.jsonl`; of rows with the same key the last one counts.
    """
    created = int(time.time())
    last = {row.key: number for number, row in _iter_batch_rows(results)}
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            for number, row in _iter_batch_rows(results):
                if last.get(row.key) == number:
                    file.write(to_safe_json(build_output_line(row, created)) + "\n")
        temporary.replace(path)
    except OSError as error:
        where = files.format_location(path)
        raise FileError(f"cannot be written: {error.strerror}", where=where) from error


def _iter_batch_rows(results: Path) -> Iterator[tuple[int, BatchRow]]:
    for number, data in enumerate(read_rows(results)):
        row = parse_row(data)
        if row is not None and row.batch_model:
            yield number, row


def _describe_unsupported(field: tuple[str, Any]) -> str:
    """Return why a field of a request cannot be kept; "" if it can, or changes no answer."""
    name, value = field
    match name:
        case "tools" | "functions" | "audio" | "logprobs" | "top_logprobs" if value:
            return f"body has {name}, which a batch cannot pass on"
        case "n" if value not in (None, 1):
            return "body asks for more than one answer (n)"
        case "response_format" if value and not (isinstance(value, Mapping) and value.get("type") == "text"):
            return "body has a response_format, which a batch cannot pass on"
        case "modalities" if value and value != ["text"]:
            return "body has modalities other than text"
    return ""


def _split_messages(messages: object) -> tuple[str, str]:
    """Return the context and the question of a conversation. Raises TaskError."""
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise TaskError("body has no messages")
    read = [_read_message(message) for message in messages]
    role, question = read.pop()
    if role != "user" or not question.strip():
        raise TaskError("the last message should be one of the user, with text")
    parts = [text for role, text in read if role in ("system", "developer")]
    said = [f"{_ROLES[role]}: {text}" for role, text in read if role in _ROLES]
    if said:
        parts.append("The conversation so far:\n\n" + "\n\n".join(said))
    return "\n\n".join(parts), question


def _read_message(message: object) -> tuple[str, str]:
    if not isinstance(message, Mapping):
        raise TaskError("a message should be an object")
    role, content = message.get("role"), message.get("content")
    if isinstance(content, Sequence) and not isinstance(content, str):
        texts = [part.get("text") for part in content if isinstance(part, Mapping)]
        if len(texts) != len(content) or not all(isinstance(text, str) for text in texts):
            raise TaskError("a message has parts that are not text")
        content = "".join(str(text) for text in texts)
    if not isinstance(content, str):
        raise TaskError("a message has no text")
    return str(role), content
