"""What the list of personas shows: every persona under its origin, and every file that has a fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui.errors import FileError
from roundtable_tui.resources import LibraryPersona, PersonaLibrary
from roundtable_tui.resources.reading import list_json_files, snapshot_folders
from roundtable_tui.tui.screens.library.file_store import is_yours
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.files import FileSnapshot
from roundtable_tui.utils.text import sanitize, single_line

ORIGINS = ("task", "given", "here", "yours", "shipped")
ORIGIN_HEADINGS = {
    "task": "The task's",
    "given": "Given",
    "here": "Here",
    "yours": "Yours",
    "shipped": "Comes along",
}
FAULTY = "With a fault"
_MOST_OF_PROMPT = 6_000
"""Characters of a prompt that are shown beside the list."""


@dataclass(frozen=True, slots=True)
class PersonaEntry:
    """A persona, or a file with a fault; `path` is None where no one file is at fault."""

    item: Item
    path: Path | None
    found: LibraryPersona | None = None
    fault: FileError | None = None

    @property
    def yours(self) -> bool:
        """Whether its file may be deleted."""
        return self.path is not None and is_yours(self.path)


@dataclass(frozen=True, slots=True)
class PersonaScan:
    """All personas and faults as they were read at one moment."""

    library: PersonaLibrary = field(default_factory=PersonaLibrary)
    entries: dict[str, PersonaEntry] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Path | None, task: Path | None) -> PersonaScan:
        """Read all there is. A `given` folder that cannot be read is one more fault."""
        try:
            library = PersonaLibrary.load(given, task)
        except FileError as error:
            library = PersonaLibrary.load(None, task)
            library.problems.insert(0, error)
        return cls.of(library, cls.places(given, task))

    @staticmethod
    def places(given: Path | None, task: Path | None) -> list[Path]:
        """Return the folders that are looked into."""
        places = [folder for _, folder in paths.search_path("personas", given)]
        return [*places, *([task] if task is not None else [])]

    @classmethod
    def look(cls, given: Path | None, task: Path | None) -> FileSnapshot:
        """Return how all the files are now."""
        parts = ("", "participants", "teams")
        return snapshot_folders(folder / part for folder in cls.places(given, task) for part in parts)

    @classmethod
    def of(cls, library: PersonaLibrary, places: Sequence[Path] = ()) -> PersonaScan:
        """Return what a library holds; files with a fault are looked for in `places`."""
        entries = [*_personas(library), *_faults(library, places)]
        return cls(library, {entry.item.id: entry for entry in entries})

    def free_name(self, name: str) -> str:
        """Return `name` with the first number after it that no persona has."""
        names = {found.persona.name.casefold() for found in (*self.library.items, *self.library.hidden)}
        number = 2
        while (free := f"{name[:36].rstrip()} {number}").casefold() in names:
            number += 1
        return free


def described(entry: PersonaEntry) -> tuple[str, str, str]:
    """Return the name of an entry, what is known of it, and its prompt or its fault, all clean."""
    if entry.found is None:
        assert entry.fault is not None
        fault = entry.fault
        said = sanitize("\n".join(part for part in (fault.what, fault.hint) if part))
        return single_line(fault.where or "A fault"), "", said
    persona = entry.found.persona
    known = [persona.full_name, persona.role]
    known.append(f"creativity {persona.creativity:g}, temperature {persona.effective_temperature:g}")
    known += [f"model {persona.model}"] if persona.model else []
    known += [f"server {persona.server}"] if persona.server else []
    known += [f"at most {persona.max_tokens:,} tokens a turn"] if persona.max_tokens else []
    known.append(files.display_path(entry.found.path))
    lines = [single_line(line) for line in known if line]
    prompt = sanitize(persona.prompt)
    more = "\n…" if len(prompt) > _MOST_OF_PROMPT else ""
    return single_line(persona.name), "\n".join(lines), prompt[:_MOST_OF_PROMPT].strip() + more


def _personas(library: PersonaLibrary) -> Iterator[PersonaEntry]:
    first = {found.slug: found.origin for found in library.items}
    hidden = {id(found) for found in library.hidden}
    by_name = sorted((*library.items, *library.hidden), key=lambda found: found.persona.name.casefold())
    for origin in ORIGINS:
        for found in (found for found in by_name if found.origin == origin):
            behind = id(found) in hidden
            item = Item(
                id=str(found.path),
                title=found.persona.name,
                detail=found.persona.full_name,
                group=ORIGIN_HEADINGS[origin],
                hint=f"hidden by {ORIGIN_HEADINGS[first[found.slug]].lower()}"
                if behind
                else _hint(library, found),
                tone="muted" if behind else "",
            )
            yield PersonaEntry(item, found.path, found)


def _hint(library: PersonaLibrary, found: LibraryPersona) -> str:
    """Return the role, and where it is of the current folder what it hides."""
    hides = library.hidden_by(found) if found.origin == "here" else ""
    return " · ".join(part for part in (hides and f"hides {hides}", found.persona.role) if part)


def _faults(library: PersonaLibrary, places: Sequence[Path]) -> Iterator[PersonaEntry]:
    known = {files.display_path(path): path for folder in places for path in _files(folder)}
    for number, fault in enumerate(library.problems):
        path = known.get(fault.where) or known.get(fault.where.rpartition(", line ")[0])
        where = fault.where if path is None else fault.where.replace(files.display_path(path), path.name, 1)
        title = f"{where}: {fault.what}" if where else fault.what
        item = Item(f"fault {number}", title, fault.hint, FAULTY, tone="error")
        yield PersonaEntry(item, path, fault=fault)


def _files(folder: Path) -> list[Path]:
    return [path for part in (folder, folder / "participants") for path in list_json_files(part)[0]]
