"""Read TOML with the line of every error, and edit it without losing comments (with tomlkit)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import NestingError, check_toml_depth
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from tomlkit.items import Item, Key

    Body = list[tuple[Key | None, Item]]

Table = dict[str, Any]
MAX_CHARS = 300_000
"""Characters of a TOML text that is parsed: up to a second of CPU time for each million."""
_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TUPLE = re.compile(r"\(('[^']*',? ?)+\)")
_HEADER = re.compile(r"^\s*\[{1,2}([^\]]+)\]{1,2}\s*(?:#.*)?$")
_ASSIGNED = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def parse(source: str, path: Path | None) -> Table:
    """Return the TOML text `source` as a dict. Raises FileError with line and column, or for a long text."""
    import tomllib

    if len(source) > MAX_CHARS:
        size = f"{len(source) / files.BYTES_PER_MB:.1f} MB"
        hint = f"At most {MAX_CHARS / files.BYTES_PER_MB:g} MB of TOML is read."
        raise FileError(f"is too large ({size})", where=files.format_location(path), hint=hint)
    try:
        check_toml_depth(source)
        return tomllib.loads(source)
    except NestingError as error:
        raise FileError(f"is {error}", where=files.format_location(path)) from None
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
    return find_key_lines(source, [keys])[0]


def find_key_lines(source: str, wanted: Sequence[Sequence[str]]) -> list[int | None]:
    """Return the lines of several values, as `find_key_line` does, in one pass over the text."""
    around = {tuple(keys[:length]) for keys in wanted for length in range(1, len(keys) + 1)}
    lines: dict[tuple[str, ...], int] = {}
    for number, found in _iter_keys(source.split("\n")):
        if found in around:
            lines.setdefault(found, number + 1)
    prefixes = ((tuple(keys[:length]) for length in range(len(keys), 0, -1)) for keys in wanted)
    return [next((lines[keys] for keys in nearest if keys in lines), None) for nearest in prefixes]


def update_toml(source: str, new: Table, path: Path | None = None) -> str:
    """Return TOML for `new` that differs from `source` as little as possible: comments and order stay.

    Values are replaced, removed and added one by one. A table that becomes empty is removed with the comments
    right above it; new tables are added at the end. The result is parsed again. If it does not give `new`,
    the whole table is written without comments.

    Raises:
        FileError: `source` is not valid TOML.
    """
    after = flatten(new)
    parse(source, path)
    try:
        text = _edit_document(source, new)
        missing: Table = {}
        present = flatten(parse(text, None))
        for keys in [keys for keys in after if keys not in present]:
            set_value(missing, keys, after[keys])
        if missing:
            import tomlkit

            text = f"{text}\n{tomlkit.dumps(missing)}".lstrip()
        if flatten(parse(text, None)) == after:
            return text
    except Exception:  # An unusual file that the editing library cannot handle.
        pass
    import tomli_w

    return tomli_w.dumps(new)


def _edit_document(source: str, new: Table) -> str:
    """Return `source` with the values of `new` in the tables that it has."""
    import tomlkit

    document = tomlkit.parse(source.rstrip() + "\n" if source.strip() else "")
    _bind_comments(document.body, [])
    _update_table(document, new)
    return document.as_string().strip("\n") + "\n"


def _update_table(table: MutableMapping[str, Any], new: Mapping[str, Any]) -> None:
    """Change `table`, of the editing library, to `new`. Tables that are not there yet are left out."""
    for key in list(table):
        old, wanted = table[key], new.get(key)
        if isinstance(old, Mapping):
            # An empty table stays: it may be there for its comments.
            gone = bool(flatten(old)) and not (isinstance(wanted, Mapping) and flatten(wanted))
        else:
            gone = key not in new or isinstance(wanted, Mapping)
        if gone:
            del table[key]
    for key, value in new.items():
        old = table.get(key)
        if not isinstance(value, Mapping):
            if key not in table or old != value:
                table[key] = value
        elif isinstance(old, MutableMapping):
            _update_table(old, value)


def _bind_comments(body: Body, above: list[tuple[Body, int]]) -> None:
    """Move the comments right above each table header into that table.

    The library has them at the end of the table before, where they would be removed with that table and
    separated from theirs by a key that is added to it.

    Args:
        body: The entries of a document or a table, of the library.
        above: The comments and blank lines since the last value or header, with their place; changed here.
    """
    from tomlkit.items import AoT, Comment, Null, Table, Whitespace

    for place, (key, item) in enumerate(body):
        if isinstance(item, Comment | Whitespace):
            above.append((body, place))
            continue
        if not isinstance(item, Table | AoT) or (key is not None and key.is_dotted()):
            above.clear()
            continue
        for table in item.body if isinstance(item, AoT) else [item]:
            if not table.is_super_table():
                while above and isinstance((comment := above[-1][0][above[-1][1]][1]), Comment):
                    table.trivia.indent = comment.as_string() + table.trivia.indent
                    where, at = above.pop()
                    where[at] = (None, Null())
                above.clear()
            _bind_comments(table.value.body, above)


def rename_table(source: str, old: Sequence[str], new: Sequence[str]) -> str:
    """Return `source` with the header of the table `old` changed to `new`, if there is such a line."""
    import tomlkit

    lines = source.split("\n")
    for number, row in enumerate(lines):
        if (header := _HEADER.match(row)) is not None and _parts(header[1]) == tuple(old):
            name = tomlkit.key(list(new)).as_string()
            lines[number] = f"{row[: header.start(1)]}{name}{row[header.end(1) :]}"
            return "\n".join(lines)
    return source


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
