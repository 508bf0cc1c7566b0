"""Paths among the options of a mode: those of a task and of a record stay in its folder, a flag's do not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.engine.mode import Mode, PathOption
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.resources.inside import inside
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line


def path_options(mode: Mode) -> dict[str, PathOption]:
    """Return the options of `mode` that name a file or a folder."""
    fields = mode.options.model_fields.items()
    return {name: kind for name, field in fields for kind in field.metadata if isinstance(kind, PathOption)}


def of_flags(mode: Mode, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as flags, forms, settings or the environment give them, folders of output absolute."""
    found = dict(given)
    for name, kind in path_options(mode).items():
        if kind.writes and isinstance(value := found.get(name), str) and value:
            found[name] = str(Path(value).expanduser().absolute())
    return found


def of_task(mode: Mode, given: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    """Return options as the task in `folder` gives them, files with their paths in it.

    Without a folder (a task that is not kept yet) a file is not looked for. Raises UsageError for a path
    outside the folder.
    """
    found = dict(given)
    for name, kind in path_options(mode).items():
        value = found.get(name)
        if value in (None, "") or (kind.inline and isinstance(value, Mapping)):
            continue
        if not isinstance(value, str):
            raise UsageError(f"options.{name} should be a path in the task folder")
        if (path := inside(folder or Path(), value)) is None:
            do = "to write there" if kind.writes else "to read it"
            what = f'options.{name} "{single_line(value, 80)}" is outside the task folder'
            raise UsageError(what, hint=f"Use {kind.flag} {do}.")
        if not kind.writes:
            found[name] = str(path) if folder is not None else None
    return found


def check_record(mode: Mode, given: Mapping[str, Any], folder: Path, flags: Collection[str] = ()) -> None:
    """Raise UsageError where options that the record in `folder` has name a path outside it.

    Those called `flags` were given for this run. Runs in the user's own folder of runs may have been
    given any path by a flag, and keep it.
    """
    ours = files.resolve_path(folder).is_relative_to(files.resolve_path(paths.runs_dir()))
    for part, options in _parts(mode, given):
        for name, kind in path_options(part).items():
            value = options.get(name)
            if value in (None, "") or name in flags or (kind.inline and isinstance(value, Mapping)):
                continue
            path = value if kind.writes else value.get("path") if isinstance(value, Mapping) else None
            # What was read is recorded with its checksum: a bare path was never read by this run.
            if not isinstance(path, str) or not (ours or _stays(folder, path)):
                shown = single_line(str(path or value), 80)
                what = f'its option {name} "{shown}" is outside the run\'s folder'
                hint = f"Fork it with --option {name}=PATH to allow that."
                raise UsageError(what, where=files.display_path(folder), hint=hint)


def _stays(folder: Path, path: str) -> bool:
    """Return whether a path of a record, which has real ones, is in the folder of the record."""
    if not Path(path).is_absolute():
        return inside(folder, path) is not None
    return ".." not in Path(path).parts and files.resolve_path(Path(path)).is_relative_to(
        files.resolve_path(folder)
    )


def _parts(mode: Mode, given: Mapping[str, Any]) -> Iterator[tuple[Mode, Mapping[str, Any]]]:
    """Yield the mode with its options; of a pipeline, each stage's."""
    if mode.seats != "stages":
        yield mode, given
        return
    rows = given.get("stages")
    for row in rows if isinstance(rows, list | tuple) else ():
        options = row.get("options") if isinstance(row, Mapping) else None
        if isinstance(options, Mapping):
            try:
                yield modes.get_mode(str(row.get("mode"))), options
            except RoundtableError:
                continue  # A mode that is not there cannot be run, whatever its options are.
