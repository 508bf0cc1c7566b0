"""Read a configuration of promptfoo: its prompt, its default test and its tests become single tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.resources.inside import inside
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.records import Record

PROMPT_KEY = "__prompt"
"""The key under which a test has the prompt of its configuration."""
DEFAULT_KEY = "__default"
"""The key under which a row of a table has the default test."""
_OTHER_KEYS = frozenset(("prompts", "providers", "targets", "defaultTest", "scenarios"))
_MAX_COMBINATIONS = 1_000
_MAX_PROMPT_BYTES = 1_000_000
_FILE = "file://"


def is_config(data: Any) -> bool:
    """Return True if data is a configuration of promptfoo, not only a list of tests."""
    return (
        isinstance(data, Mapping)
        and bool(_OTHER_KEYS & data.keys())
        and bool({"tests", "scenarios"} & data.keys())
    )


def expand_config(
    data: Mapping[str, Any], path: Path, read_file: Callable[[Path], Sequence[Record]]
) -> Iterator[Record]:
    """Yield the tests of a configuration, each with its prompt and what it has from the default test.

    Args:
        data: the configuration.
        path: its file; the files that it names are read in its folder only.
        read_file: returns the records of a file with tests.

    Raises:
        FileError: it has several prompts, scenarios, or files elsewhere.
    """
    where = files.format_location(path)
    if data.get("scenarios"):
        raise FileError("has scenarios, which are not supported", where=where, hint="Write them as tests.")
    prompt = _read_prompt(data.get("prompts"), path)
    default = data.get("defaultTest")
    if default and not isinstance(default, Mapping):
        raise FileError("its defaultTest is not an object", where=where)
    for key in ("vars", "options"):
        if default and default.get(key) and not isinstance(default[key], Mapping):
            raise FileError(f"{key} of its defaultTest should be an object", where=where)
    for record in _list_tests(data.get("tests"), path, read_file):
        if record.problem or any(str(name).startswith("__expected") for name in record.data):
            test = {**record.data, DEFAULT_KEY: default or {}}  # A row of a table.
        else:
            test = _merge(default or {}, record.data)
        if prompt:
            test[PROMPT_KEY] = prompt
        yield Record(record.place, test, record.problem)


def expand_variables(record: Record) -> Iterator[Record]:
    """Yield a test for each combination of its variables that are lists."""
    given = record.data.get("vars")
    lists = (
        {name: one for name, one in given.items() if isinstance(one, list)}
        if isinstance(given, Mapping)
        else {}
    )
    if not isinstance(given, Mapping) or not lists:
        yield record
        return
    found = list(islice(product(*lists.values()), _MAX_COMBINATIONS + 1))
    if len(found) > _MAX_COMBINATIONS:
        yield Record(
            record.place, problem=f"has more than {_MAX_COMBINATIONS:,} combinations of its variables"
        )
        return
    for values in found:
        yield Record(
            record.place, {**record.data, "vars": {**given, **dict(zip(lists, values, strict=True))}}
        )


def _merge(default: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
    """Return a test with the variables, assertions and metadata of the default test."""
    merged = {**default, **test}
    for key in ("vars", "metadata", "options"):
        ours, theirs = test.get(key), default.get(key)
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            merged[key] = {**theirs, **ours}
    asserted = [one["assert"] for one in (default, test) if isinstance(one.get("assert"), list)]
    if len(asserted) == 2:
        merged["assert"] = [*asserted[0], *asserted[1]]
    return merged


def _list_tests(tests: Any, path: Path, read_file: Callable[[Path], Sequence[Record]]) -> Iterator[Record]:
    listed = tests if isinstance(tests, list) else [tests]
    for number, entry in enumerate(listed, 1):
        place = f"entry {number}"
        if isinstance(entry, Mapping):
            yield Record(place, entry)
        elif isinstance(entry, str):
            name = entry.removeprefix(_FILE)
            for one in read_file(_find_inside(path, name)):
                yield Record(f"{single_line(name, 60)} {one.place}", one.data, one.problem)
        else:
            yield Record(place, problem="is not an object")


def _read_prompt(prompts: Any, path: Path) -> str:
    """Return the only prompt, "" if there is none. Raises FileError if there are several."""
    listed = prompts if isinstance(prompts, list) else [prompts] if prompts else []
    where = files.format_location(path)
    if len(listed) > 1:
        raise FileError(
            f"has {len(listed)} prompts", where=where, hint="Leave one: a question is asked in one form."
        )
    if not listed:
        return ""
    prompt = listed[0].get("raw") if isinstance(listed[0], Mapping) else listed[0]
    if not isinstance(prompt, str) or not prompt.strip():
        raise FileError("its prompt is not a text", where=where)
    if not prompt.startswith(_FILE):
        return prompt
    name = prompt.removeprefix(_FILE)
    if Path(name).suffix.lower() not in (".txt", ".md", ".json"):
        what = f"the prompt {single_line(name, 60)} is not a text, and may be foreign code"
        raise FileError(what, where=where, hint="Write the prompt as text.")
    text = files.read_text(_find_inside(path, name), _MAX_PROMPT_BYTES)
    if "\n---\n" in text:
        raise FileError(f"{single_line(name, 60)} has several prompts", where=where, hint="Leave one.")
    return text


def _find_inside(path: Path, name: str) -> Path:
    found = inside(path.parent, name)
    if found is None or not files.path_exists(found):
        what = f"the file {single_line(name, 80)} is not in its folder"
        raise FileError(
            what, where=files.format_location(path), hint="Only files beside it, by name, are read."
        )
    return found
