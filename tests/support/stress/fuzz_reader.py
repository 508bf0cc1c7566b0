"""Reads one hostile file like the program, in a separate process, and measures the cost.

It is the handler of a `Worker`; exceptions other than errors for the user fail the test.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema  # noqa: F401  What is imported at the first use is not part of its cost.
import PIL.Image  # noqa: F401
import yaml  # type: ignore[import-untyped]  # noqa: F401

from roundtable_tui import config
from roundtable_tui.attachments.picture_child import handle_picture
from roundtable_tui.batch.tasks.read import BadRecord, iter_tasks
from roundtable_tui.bench.questions.read import read_questions
from roundtable_tui.errors import RoundtableError
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.summary import read_summary, to_row
from roundtable_tui.knowledge.formats.child import read_document
from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.stream.chunk import parse_json_values, read_chunk
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.reading.bounded_json import load_bounded
from roundtable_tui.proxy.reading.catalog import Catalog
from roundtable_tui.proxy.reading.chat_call import read_chat_call
from roundtable_tui.proxy.reading.messages_body import read_messages_body
from roundtable_tui.proxy.reading.responses_body import read_responses_body
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.transcript import render_transcript
from roundtable_tui.resources.importing.read import read_foreign_file
from roundtable_tui.resources.library import PersonaLibrary
from roundtable_tui.resources.task import load_task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.task_check import check_task_settings
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line
from tests.support.cpu_cost import measure_cost

MAX_BODY_BYTES = 65_536
"""Bytes of an error body that the client keeps."""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def handle(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Read `data` as a file of `message["kind"]` in the folder `message["folder"]`.

    Returns:
        `cost` (see `measure_cost`), `memory` (bytes by which the peak of the process has grown beyond its
        start) and `lines` (the errors for the user).
    """
    lines, cost = measure_cost(lambda: _READERS[message["kind"]](Path(message["folder"]), data))
    return {"cost": cost, "memory": _peak_bytes() - _START, "lines": lines}


def _read_persona(folder: Path, data: bytes) -> list[str]:
    return _read_library(folder / "ada.json", data, folder)


def _read_team(folder: Path, data: bytes) -> list[str]:
    (folder / "teams").mkdir(exist_ok=True)
    return _read_library(folder / "teams" / "three.json", data, folder)


def _read_library(path: Path, data: bytes, folder: Path) -> list[str]:
    path.write_bytes(data)
    library = PersonaLibrary()
    library._add_folder("given", folder)
    return [str(problem) for problem in library.problems]


def _read_task(folder: Path, data: bytes) -> list[str]:
    (folder / "questions.txt").write_text("Why?\n", "utf-8")
    (folder / "task.toml").write_bytes(data)

    def check() -> None:
        _, problems = check_task_settings(files.read_text(folder / "task.toml"), 1)
        lines.extend(map(str, problems))

    lines: list[str] = []
    return [*_errors_of(check), *_errors_of(lambda: load_task(folder)), *lines]


def _read_settings(folder: Path, data: bytes) -> list[str]:
    path = folder / "settings.toml"
    path.write_bytes(data)
    return _errors_of(lambda: config.load(path))


def _read_record(folder: Path, data: bytes) -> list[str]:
    (folder / "events.jsonl").write_bytes(data)
    to_row(read_summary(folder))

    def render() -> None:
        recorded = read_run(folder).events
        render_transcript(recorded)
        build_report(recorded, folder)

    return _errors_of(render)


def _read_body(folder: Path, data: bytes) -> list[str]:
    data = data[:MAX_BODY_BYTES]
    values, _ = parse_json_values(data.decode("utf-8", "replace"))
    for value in values[:1000]:
        read_chunk(value)
    return [classify_error(status, {}, data, key="sk-abcdef").reason for status in (200, 401, 429, 500)]


def _read_import(folder: Path, data: bytes, name: str = "ada.json") -> list[str]:
    (folder / name).write_bytes(data)
    return _errors_of(lambda: read_foreign_file(folder / name))


def _read_card(folder: Path, data: bytes) -> list[str]:
    return _read_import(folder, data, "ada.png")


def _read_picture(folder: Path, data: bytes) -> list[str]:
    found = handle_picture({"side": 64}, data)
    return [single_line(str(found["error"]), 200)] if "error" in found else []


def _read_document(kind: str) -> Callable[[Path, bytes], list[str]]:
    def read(folder: Path, data: bytes) -> list[str]:
        try:
            found = read_document({"kind": kind}, data)
        except RecursionError:  # The worker process says this by itself.
            return ["is nested too deeply to read"]
        return [found["error"]] if "error" in found else []

    return read


def _read_batch(folder: Path, data: bytes) -> list[str]:
    lines = list[str]()
    for name in ("tasks.jsonl", "tasks.csv"):
        (folder / name).write_bytes(data)
        path = folder / name
        lines += _errors_of(lambda path=path: lines.extend(_problems(path)))  # type: ignore[misc]
    return lines


def _problems(path: Path) -> list[str]:
    return [one.problem for one in iter_tasks(path) if isinstance(one, BadRecord)][:10]


def _read_bench(folder: Path, data: bytes, name: str = "questions.jsonl") -> list[str]:
    (folder / name).write_bytes(data)
    return _errors_of(lambda: read_questions(folder / name))


def _read_yaml(folder: Path, data: bytes) -> list[str]:
    return _read_bench(folder, data, "questions.yaml")


def _read_chat(folder: Path, data: bytes) -> list[str]:
    lines = list[str]()
    for convert in (lambda body: body, read_responses_body, read_messages_body):
        try:
            read_chat_call(convert(load_bounded(data)), _CATALOG, RunRequest())
        except ProxyError as error:
            lines.append(error.message)
        except (ValueError, RecursionError):
            lines.append("the body is not valid JSON")
    return lines


def _errors_of(read: Callable[[], object]) -> list[str]:
    try:
        read()
    except RoundtableError as error:
        return [str(error)]
    return []


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


_READERS: dict[str, Callable[[Path, bytes], list[str]]] = {
    "persona": _read_persona, "team": _read_team, "task": _read_task, "settings": _read_settings,
    "record": _read_record, "body": _read_body, "import": _read_import, "card": _read_card,
    "picture": _read_picture, "docx": _read_document("docx"), "notebook": _read_document("notebook"),
    "html": _read_document("html"), "batch": _read_batch, "bench": _read_bench, "yaml": _read_yaml,
    "chat": _read_chat,
}  # fmt: skip
_CATALOG = Catalog(config.Settings())
_CATALOG.list_entries()
_START = _peak_bytes()
