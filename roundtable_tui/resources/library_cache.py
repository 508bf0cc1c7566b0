"""Keeps personas and teams that were read, as long as their files stay as they are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from roundtable_tui.resources.library import PersonaLibrary
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import FileSnapshot, snapshot_files

_MAX_KEPT = 8
_FOLDERS = ("", "participants", "teams")
_kept: OrderedDict[tuple[tuple[str, Path], ...], tuple[FileSnapshot, PersonaLibrary]] = OrderedDict()
_lock = threading.Lock()


def load_personas(given: Path | None = None, task: Path | None = None) -> PersonaLibrary:
    """Return what `PersonaLibrary.load` returns; files that did not change are not read again.

    A bench or a batch looks personas up for each of its runs, and reading all files takes longer than
    everything else before the first call. The library is the caller's own and may be changed.
    """
    places, before = _list_places(given, task), snapshot_personas(given, task)
    with _lock:
        found = _kept.get(places)
    if found is None or found[0] != before:
        found = (before, PersonaLibrary.load(given, task))
        # What changed while it was read is read again next time: the state is that from before.
        with _lock:
            _kept[places] = found
            _kept.move_to_end(places)
            while len(_kept) > _MAX_KEPT:
                _kept.popitem(last=False)
    return _copy(found[1])


def _list_places(given: Path | None, task: Path | None) -> tuple[tuple[str, Path], ...]:
    return (*([("task", task)] if task is not None else []), *paths.search_path("personas", given))


def snapshot_personas(given: Path | None = None, task: Path | None = None) -> FileSnapshot:
    """Return the state of all files and folders of personas and teams, other files in them included."""
    found: list[Path] = []
    for _, folder in _list_places(given, task):
        for inner in _FOLDERS:
            place = folder / inner if inner else folder
            found.append(place)
            try:
                found += sorted(path for path in place.iterdir() if path.suffix.lower() == ".json")
            except OSError:
                continue
    return snapshot_files(found)


def _copy(library: PersonaLibrary) -> PersonaLibrary:
    return PersonaLibrary(
        items=list(library.items),
        teams=list(library.teams),
        hidden=list(library.hidden),
        hidden_teams=list(library.hidden_teams),
        problems=list(library.problems),
        broken=list(library.broken),
    )
