"""TOML as people write it: read with the line of every fault, changed with their comments kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

Table = dict[str, Any]
_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TUPLE = re.compile(r"\(('[^']*',? ?)+\)")
_HEADER = re.compile(r"^\s*\[{1,2}([^\]]+)\]{1,2}\s*(?:#.*)?$")
_ASSIGNED = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def parse(source: str, path: Path | None) -> Table:
    """Return the table that `source` spells out. Raises FileError with line and column."""
    import tomllib

    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        what, where, column = str(error), None, ""
        if (match := _AT.search(what)) is not None:
            what = what[: match.start()]
            where = int(match[1]) if match[1] else source.rstrip("\n").count("\n") + 1
            column = f" (column {match[2]})" if match[2] else ""
        what = _TUPLE.sub(lambda match: f"[{'.'.join(_parts(match[0]))}]", what)
        raise FileError(
            f"is not TOML: {single_line(what, 120)}{column}", where=files.format_location(path, where)
        ) from None
    except (ValueError, RecursionError):
        raise FileError(
            "is not TOML: a number too long, or nested too deeply", where=files.format_location(path)
        ) from None


def find_key_line(source: str, keys: Sequence[str]) -> int | None:
    """Return the line (from 1) where the value at `keys` is set, or the nearest table around it."""
    best, line = 0, None
    for number, found in _iter_keys(source.split("\n")):
        if best < len(found) and found == tuple(keys[: len(found)]):
            best, line = len(found), number + 1
    return line


def update_toml(source: str, new: Table, path: Path | None = None) -> str:
    """Return TOML for `new`, made by changing as little of `source` as possible: comments and order stay.

    Values are replaced, dropped and added one by one, tables that are gone taken out with what was said of
    them, new tables put at the end. The result is read back; where it does not come to `new`, all is
    written afresh. Raises FileError where `source` is not TOML.
    """
    import tomli_w

    before, after = flatten(parse(source, path)), flatten(new)
    lines = source.rstrip().split("\n") if source.strip() else []
    _drop_tables(lines, before, after)
    for keys in [keys for keys in before if keys not in after or before[keys] != after[keys]]:
        at = next((number for number, found in _iter_keys(lines) if found == keys), None)
        if at is not None:
            end, comment = _value_end(lines, at)
            written = f"{tomli_w.dumps({keys[-1]: after[keys]}).rstrip()}{comment}" if keys in after else ""
            lines[at:end] = [written] if written else []
    tables: Table = {}
    for keys in [keys for keys in after if keys not in before]:
        if (end_of := _insertion_line(lines, keys[:-1])) is not None:
            lines.insert(end_of, tomli_w.dumps({keys[-1]: after[keys]}).rstrip())
        else:
            set_value(tables, keys, after[keys])
    text = "\n".join(lines).strip("\n") + "\n"
    if tables:
        text = f"{text}\n{tomli_w.dumps(tables)}".lstrip()
    try:
        if flatten(parse(text, None)) == after:
            return text
    except FileError:
        pass  # the small change did not work out: the large one below does
    return tomli_w.dumps(new)


def rename_table(source: str, old: Sequence[str], new: Sequence[str]) -> str:
    """Return `source` with the header of the table `old` naming `new`, if there is such a line."""
    import tomli_w

    lines = source.split("\n")
    at = next(
        (n for n, row in enumerate(lines) if (m := _HEADER.match(row)) and _parts(m[1]) == tuple(old)), -1
    )
    if at < 0:
        return source
    # As the library quotes them: an empty table of this name, on a line of its own.
    inner: Table = {}
    for key in reversed(new):
        inner = {key: inner}
    lines[at] = tomli_w.dumps(inner).strip().split("\n")[-1] + _header_comment(lines[at])
    return "\n".join(lines)


def _header_comment(row: str) -> str:
    after = row.rpartition("]")[2] if "#" not in row else row[row.index("]") + 1 :]
    return after.rstrip()


def _drop_tables(
    lines: list[str], before: Mapping[tuple[str, ...], Any], after: Mapping[tuple[str, ...], Any]
) -> None:
    """Take out the tables that held something and are to hold nothing, and the comments right above them."""
    for name in dict.fromkeys(keys[:-1] for keys in before if len(keys) > 1):
        if any(keys[: len(name)] == name for keys in after):
            continue
        at = next(
            (n for n, row in enumerate(lines) if (m := _HEADER.match(row)) and _parts(m[1]) == name), -1
        )
        if at < 0:
            continue
        end = next((n for n in range(at + 1, len(lines)) if _HEADER.match(lines[n])), len(lines))
        # What stands right above the next table is about that one.
        while end < len(lines) and end > at + 1 and lines[end - 1].lstrip().startswith("#"):
            end -= 1
        start = at
        while start and lines[start - 1].lstrip().startswith("#"):
            start -= 1
        del lines[start:end]


def _value_end(lines: list[str], at: int) -> tuple[int, str]:
    """Return where the value that begins on line `at` ends, and the comment behind it."""
    for end in range(at + 1, len(lines) + 1):
        if not _is_toml("\n".join(lines[at:end])):
            continue
        last = lines[end - 1]
        for place in (n for n, char in enumerate(last) if char == "#"):
            head = "\n".join([*lines[at : end - 1], last[:place]])
            if _is_toml(head) and head.strip():
                return end, last[len(last[:place].rstrip()) :]
        return end, ""
    return at + 1, ""


def _is_toml(source: str) -> bool:
    try:
        parse(source, None)
    except FileError:
        return False
    return True


def _iter_keys(lines: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield (number from 0, full name) of the lines that open a table or set a value."""
    table: tuple[str, ...] = ()
    counted: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(lines):
        if (header := _HEADER.match(row)) is not None:
            table = _full_key(_parts(header[1]), counted, one_more=row.lstrip().startswith("[["))
            yield number, table
        elif (assigned := _ASSIGNED.match(row)) is not None:
            yield number, table + _parts(assigned[1])


def _full_key(
    name: tuple[str, ...], counted: dict[tuple[str, ...], int], *, one_more: bool
) -> tuple[str, ...]:
    """Return a table's full name, with its place in a list of tables: `[[stages]]` is ("stages", "0")."""
    full: tuple[str, ...] = ()
    for depth, part in enumerate(name, 1):
        full = (*full, part)
        if one_more and depth == len(name):
            counted[full] = counted.get(full, -1) + 1
        if full in counted:
            full = (*full, str(counted[full]))
    return full


def _insertion_line(lines: list[str], table: tuple[str, ...]) -> int | None:
    """Return where a line can be added to a table (() is the top level); None where that is not there."""
    headers = [(number, _parts(m[1])) for number, row in enumerate(lines) if (m := _HEADER.match(row))]
    starts = [(-1, ()), *headers, (len(lines), ())]
    for (start, name), (end, _) in pairwise(starts):
        if name == table:
            # Comments right above the next table are about that table.
            while end < len(lines) and end > start + 1 and lines[end - 1].lstrip().startswith("#"):
                end -= 1
            while end > start + 1 and not lines[end - 1].strip():
                end -= 1
            return end
    return None


def flatten(table: Mapping[str, Any], at: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return the values of a table and of those in it, by their full names."""
    found: dict[tuple[str, ...], Any] = {}
    for key, value in table.items():
        found |= flatten(value, (*at, key)) if isinstance(value, Mapping) else {(*at, key): value}
    return found


def set_value(table: Table, keys: Sequence[str], value: Any) -> None:
    """Set the value at `keys`, making the tables on the way."""
    for key in keys[:-1]:
        table = table.setdefault(key, {})
    table[keys[-1]] = value


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(next((g for g in match.groups() if g is not None), "") for match in _PART.finditer(dotted))
