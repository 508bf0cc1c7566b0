"""The three tools over files: list_files, search_files, read_file. Every line comes as `path:line: text`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase
from typing import Any

from roundtable_tui.engine.tools.tool import CallContext, Tool, ToolResult
from roundtable_tui.llm.types import ToolSpec
from roundtable_tui.tools.files import regex
from roundtable_tui.tools.files.roots import FileRoots, FileToolError, FoundFile
from roundtable_tui.tools.files.snapshots import RoundSnapshots
from roundtable_tui.utils.format import count_of

LIST, SEARCH, READ = "list_files", "search_files", "read_file"
GUIDANCE = f"""Use {LIST}, {SEARCH} and {READ} to look into the files that belong to the question.
Where your answer relies on a file, cite its lines as [path:line] or [path:first-last], with the path
and the numbers that the tools gave you, such as [notes.md:12-18]. Put words in quotation marks only if
they stand there."""
DEFAULT_LINES = 400
MAX_LINES = 2_000
_MAX_CHARS = 20_000
"""Characters of the lines of one result."""
_MAX_LINE_CHARS = 2_000
_MAX_FOUND_CHARS = 400
"""Characters of a line that was found."""
_MAX_FOUND = 100
_MAX_LISTED = 400
_MAX_GLOB_CHARS = 200
_MAX_SEARCHED_CHARS = 20_000_000
_MAX_SEARCHED_DOCUMENTS = 20
"""PDF files and the like of one search: each takes a process to read."""


def file_tools(roots: FileRoots) -> tuple[Tool, ...]:
    """Return the tools over these roots; they are allowed unless a rule of the user says otherwise."""
    calls = FileCalls(roots)
    path = {"type": "string", "description": "path of a folder; empty for all"}
    glob = {"type": "string", "description": "only files whose path fits, such as *.md"}
    described: list[tuple[str, str, dict[str, Any], list[str], Callable[..., ToolResult]]] = [
        (LIST, "List files and folders.", {"path": path, "glob": glob}, [], calls.list_files),
        (
            SEARCH, "Find the lines of files that contain a text.",
            {
                "text": {"type": "string", "description": "the text, in any case of letters"},
                "regex": {"type": "boolean", "description": "the text is a regular expression"},
                "path": path, "glob": glob,
            },
            ["text"], calls.search_files,
        ),
        (
            READ, "Read lines of a file.",
            {
                "path": {"type": "string", "description": "path of the file, as it was listed"},
                "first_line": {"type": "integer", "minimum": 1},
                "last_line": {"type": "integer", "minimum": 1},
            },
            ["path"], calls.read_file,
        ),
    ]  # fmt: skip
    return tuple(
        Tool(
            ToolSpec(name, text, {"type": "object", "properties": properties, "required": required}),
            _in_thread(run, properties),
            default="allow",
            is_shared=True,
            subject=calls.name_subject,
        )
        for name, text, properties, required, run in described
    )


def _in_thread(
    run: Callable[..., ToolResult], names: Collection[str]
) -> Callable[[Mapping[str, Any], CallContext], Any]:
    async def call(arguments: Mapping[str, Any], context: CallContext) -> ToolResult:
        known = {name: value for name, value in arguments.items() if name in names}
        try:
            return await asyncio.to_thread(run, context, **known)
        except FileToolError as error:
            return ToolResult(str(error), ok=False, title=str(arguments.get("path", "")))

    return call


class FileCalls:
    """Carries out the calls."""

    def __init__(self, roots: FileRoots) -> None:
        self._roots, self._snapshots = roots, RoundSnapshots(roots)

    def name_subject(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the path of a call: `./a`, `b/../a` and a link to it are all `a`."""
        path = str(arguments.get("path", ""))
        try:
            return self._roots.names_of(self._roots.find(path)) if path.strip() else ("",)
        except FileToolError:  # Nothing of it is shown.
            return (path,)

    def list_files(self, context: CallContext, path: str = "", glob: str = "") -> ToolResult:
        """List a folder, or with `glob` all files below it that fit."""
        folders = self._folders(path)
        if glob:
            found = [one for folder in folders for one in self._walk(folder, glob)]
        else:
            found = list(folders) if len(folders) > 1 else self._roots.entries(folders[0])
        lines = [f"{one.name}/" if one.is_folder else f"{one.name} ({one.size:,} bytes)" for one in found]
        more = (
            [f"(and {len(lines) - _MAX_LISTED:,} more: give a path or a glob)"]
            if len(lines) > _MAX_LISTED
            else []
        )
        title = f"{path or '.'} {glob}".strip()
        return ToolResult("\n".join([*lines[:_MAX_LISTED], *more]) or "(nothing)", title=title)

    def search_files(
        self, context: CallContext, text: str, regex: bool = False, path: str = "", glob: str = ""
    ) -> ToolResult:
        """Find lines that contain a text, in any case of letters, or match a regular expression."""
        if not text.strip():
            raise FileToolError("the text to look for is empty")
        searched = self._read_searched(self._folders(path), glob, context)
        places = _find_regex(text, searched) if regex else _find_text(text, searched)
        lines, chars = list[str](), 0
        found: list[tuple[str, int]] = []
        for at, number in places:
            name, its_lines = searched[at]
            line = _format_line(name, number + 1, its_lines[number], _MAX_FOUND_CHARS)
            chars += len(line)
            if len(lines) >= _MAX_FOUND or chars > _MAX_CHARS:
                lines.append("(and more: search for something rarer, or give a path or a glob)")
                break
            lines.append(line)
            found.append((name, number + 1))
        looked = count_of(len(searched), "file")
        title = f"“{text}” in {looked}"
        return ToolResult("\n".join(lines) or f"(no line in {looked})", title=title, details={"found": found})

    def read_file(
        self, context: CallContext, path: str, first_line: int = 1, last_line: int | None = None
    ) -> ToolResult:
        """Read lines of a file, from 1."""
        found = self._roots.find(path)
        lines = self._snapshots.read_lines(found, context.round_key)
        total = len(lines)
        if not total:
            return ToolResult(
                "(the file is empty)", title=found.name, details={"path": found.name, "total": 0}
            )
        if first_line > total:
            raise FileToolError(f"{found.name} has only {count_of(total, 'line')}")
        last = min(total, first_line + MAX_LINES - 1, last_line or first_line + DEFAULT_LINES - 1)
        if last < first_line:
            raise FileToolError("last_line is before first_line")
        shown, chars = list[str](), 0
        for number in range(first_line, last + 1):
            line = _format_line(found.name, number, lines[number - 1])
            chars += len(line) + 1
            if shown and chars > _MAX_CHARS:
                last = number - 1
                break
            shown.append(line)
        if last < total or first_line > 1:
            shown.append(f"(lines {first_line}-{last} of {total})")
        details = {"path": found.name, "first": first_line, "last": last, "total": total}
        place = f"{first_line}-{last}" if last > first_line else str(last)
        return ToolResult("\n".join(shown), title=f"{found.name}:{place}", details=details)

    def _folders(self, path: str) -> tuple[FoundFile, ...]:
        """Return the folders that a path means: all roots for an empty one. A file stands for itself."""
        if path.strip().strip("/") in ("", ".", "*"):
            return self._roots.folders
        return (self._roots.find(path),)

    def _walk(self, found: FoundFile, glob: str) -> list[FoundFile]:
        if len(glob) > _MAX_GLOB_CHARS:
            raise FileToolError(f"the glob is longer than {_MAX_GLOB_CHARS} characters")
        files = self._roots.walk(found) if found.is_folder else [found]
        return [one for one in files if not glob or _fits(one.name, glob)]

    def _read_searched(
        self, folders: tuple[FoundFile, ...], glob: str, context: CallContext
    ) -> list[tuple[str, list[str]]]:
        read: list[tuple[str, list[str]]] = []
        chars = documents = 0
        for folder in folders:
            for found in self._walk(folder, glob):
                names = self._roots.names_of(found)
                if any(context.is_restricted(tool, names) for tool in (READ, SEARCH)):
                    continue
                documents += self._roots.is_document(found)
                if documents > _MAX_SEARCHED_DOCUMENTS:
                    what = f"more than {_MAX_SEARCHED_DOCUMENTS} documents to search: give a path or a glob"
                    raise FileToolError(what)
                try:
                    lines = self._snapshots.read_lines(found, context.round_key)
                except FileToolError:
                    continue  # Binary, too large, gone: nothing to find there.
                chars += sum(map(len, lines))
                if chars > _MAX_SEARCHED_CHARS:
                    raise FileToolError("too many files to search: give a path or a glob")
                read.append((found.name, lines))
        return read


def _find_text(text: str, searched: list[tuple[str, list[str]]]) -> list[tuple[int, int]]:
    wanted = text.casefold()
    found = []
    for at, (_, lines) in enumerate(searched):
        for number, line in enumerate(lines):
            if wanted in line.casefold():
                found.append((at, number))
                if len(found) > _MAX_FOUND:
                    return found
    return found


def _find_regex(text: str, searched: list[tuple[str, list[str]]]) -> list[tuple[int, int]]:
    return regex.find_lines(text, [lines for _, lines in searched], _MAX_FOUND + 1)


def _fits(name: str, glob: str) -> bool:
    """Return whether a path fits a glob, over its whole or its last part; `**/` may stand for nothing."""
    glob = glob.removeprefix("./")
    whole = fnmatchcase(name, glob) or fnmatchcase(name, glob.replace("**/", ""))
    return whole or fnmatchcase(name.rpartition("/")[2], glob)


def _format_line(name: str, number: int, text: str, limit: int = _MAX_LINE_CHARS) -> str:
    if len(text) > limit:
        text = text[:limit] + "…"
    return f"{name}:{number}: {text}"
