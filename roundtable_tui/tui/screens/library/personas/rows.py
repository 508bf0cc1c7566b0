"""Rows of the list of personas, and the folders they are read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui.config.params import describe_params
from roundtable_tui.errors import FileError
from roundtable_tui.resources import LibraryPersona, PersonaLibrary
from roundtable_tui.resources.reading import list_json_files, snapshot_folders
from roundtable_tui.tui.screens.library.entries import (
    ResourceEntry,
    describe_error,
    list_errors,
    list_resources,
)
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.files import FileSnapshot
from roundtable_tui.utils.text import sanitize, single_line

MAX_PROMPT_CHARS = 6_000
"""Characters of a prompt that are shown beside the list."""
PersonaEntry = ResourceEntry[LibraryPersona]


@dataclass(frozen=True, slots=True)
class PersonaFolders:
    """Where personas and teams are read from: the given folder, the task's, and the standard ones."""

    given: Path | None = None
    task: Path | None = None

    def list_folders(self) -> list[Path]:
        """Return the folders in the order in which they are searched."""
        found = [folder for _, folder in paths.search_path("personas", self.given)]
        return [*found, *([self.task] if self.task is not None else [])]

    def list_files(self, *parts: str) -> list[Path]:
        """Return the JSON files in these subfolders ("" is the folder itself)."""
        return [path for folder in self.list_folders() for part in parts for path in _list(folder / part)]

    def snapshot(self) -> FileSnapshot:
        """Return names, times and sizes of all files, to detect changes."""
        parts = ("", "participants", "teams")
        return snapshot_folders(folder / part for folder in self.list_folders() for part in parts)

    def load(self) -> PersonaLibrary:
        """Read all personas and teams; a given folder that cannot be read becomes a problem."""
        try:
            return PersonaLibrary.load(self.given, self.task)
        except FileError as error:
            library = PersonaLibrary.load(None, self.task)
            library.problems.insert(0, error)
            return library


@dataclass(frozen=True, slots=True)
class PersonaScan:
    """The personas and the errors as they were read at one moment."""

    library: PersonaLibrary = field(default_factory=PersonaLibrary)
    entries: dict[str, PersonaEntry] = field(default_factory=dict)

    @classmethod
    def read(cls, folders: PersonaFolders) -> PersonaScan:
        """Read all personas. Never raises FileError: problems become entries."""
        return cls.from_library(folders.load(), folders.list_files("", "participants"))

    @classmethod
    def from_library(cls, library: PersonaLibrary, files: Sequence[Path] = ()) -> PersonaScan:
        """Return the entries of a library; an error in one of `files` can be opened to repair it."""
        personas = list_resources(
            library.items,
            library.hidden,
            lambda found: found.persona.name,
            lambda found: _row(library, found),
        )
        entries = [*personas, *list_errors(library.problems, files)]
        return cls(library, {entry.item.id: entry for entry in entries})


def describe_persona(entry: PersonaEntry) -> tuple[str, str, str]:
    """Return the name, the facts and the prompt of an entry (or its error), sanitized."""
    if entry.found is None:
        assert entry.fault is not None
        return describe_error(entry.fault)
    persona = entry.found.persona
    facts = [persona.full_name, persona.role]
    facts.append(f"creativity {persona.creativity:g}, temperature {persona.effective_temperature:g}")
    facts += [f"model {persona.model}"] if persona.model else []
    facts += [f"server {persona.server}"] if persona.server else []
    facts += [f"at most {persona.max_tokens:,} tokens a turn"] if persona.max_tokens else []
    facts += [describe_params(persona.params)] if persona.params else []
    facts.append(files.display_path(entry.found.path))
    prompt = sanitize(persona.prompt)
    rest = "\n…" if len(prompt) > MAX_PROMPT_CHARS else ""
    lines = "\n".join(single_line(fact) for fact in facts if fact)
    return single_line(persona.name), lines, prompt[:MAX_PROMPT_CHARS].strip() + rest


def _row(library: PersonaLibrary, found: LibraryPersona) -> Item:
    # A persona of the current folder may come from a stranger: name what it replaces.
    hides = library.hidden_by(found) if found.origin == "here" else ""
    hint = " · ".join(part for part in (hides and f"hides {hides}", found.persona.role) if part)
    return Item("", found.persona.name, found.persona.full_name, hint=hint)


def _list(folder: Path) -> list[Path]:
    return list_json_files(folder)[0]
