"""Where a persona comes from, and where saving puts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui import disk, paths
from roundtable_tui.errors import FileError
from roundtable_tui.files import Persona, PersonaLibrary, check_persona, key_of, read_text, save_persona
from roundtable_tui.files.read import PERSONA_LIMIT, json_files


def folder() -> Path:
    """Return the folder of the user's own personas."""
    return paths.data_dir() / "personas"


def is_yours(path: Path) -> bool:
    """Return whether a file is one of the user's own, so that it may be written to."""
    parent = disk.real(path.parent)
    own = (disk.real(folder()), disk.real(folder() / "participants"))
    return parent in own and not disk.real(path).is_relative_to(disk.real(paths.shipped("personas")))


@dataclass(slots=True)
class Home:
    """The file of the persona that is edited, None for a new one, and its text as it was found."""

    path: Path | None
    origin: str = ""
    text: str | None = field(default=None, init=False)

    def read(self) -> str:
        """Return the file as it is now, and remember it. Raises FileError."""
        assert self.path is not None
        self.text = read_text(self.path, PERSONA_LIMIT)
        return self.text

    @property
    def yours(self) -> bool:
        """Whether saving writes to the file itself."""
        return self.path is not None and is_yours(self.path)

    def line(self, name: str) -> str:
        """Return where saving puts a persona of this name, in a line."""
        if self.path is not None and self.yours:
            return f"Saves to {disk.show(self.path)}"
        target = disk.show(folder() / f"{key_of(name)}.json" if name.strip() else folder())
        if self.path is None:
            return f"Saves to {target}"
        whose = "the shipped one" if self.origin == "shipped" else disk.show(self.path)
        return f"Saves a copy to {target} ({whose} stays as it is)"

    def question(self, persona: Persona) -> str:
        """Return what saving would do that one may not want; "" if nothing."""
        other = self._namesake(persona)
        if other is not None and self.yours:
            return f"{disk.show(other)} has the name {persona.name} too, and only one of them is found."
        if other is not None:
            return f"{disk.show(other)} is {persona.name} already, and would be replaced."
        if self.yours and self._changed():
            return "The file has been changed by somebody else, and would be replaced."
        return ""

    def save(self, persona: Persona) -> Path:
        """Write the persona; return its file. Raises FileError."""
        return save_persona(persona, file=self.path if self.yours else None)

    def _changed(self) -> bool:
        assert self.path is not None
        try:
            return self.text is not None and read_text(self.path, PERSONA_LIMIT) != self.text
        except FileError:
            return disk.is_there(self.path)

    def _namesake(self, persona: Persona) -> Path | None:
        """Return another file of the user's own with a persona of this name."""
        for path in json_files(folder())[0]:
            if self.path is not None and disk.real(path) == disk.real(self.path):
                continue
            try:
                found, _ = check_persona(read_text(path, PERSONA_LIMIT))
            except FileError:
                continue
            if found is not None and found.key == persona.key:
                return path
        return None


def before(library: PersonaLibrary | None, persona: Persona) -> Path | None:
    """Return the file, not of the user's own, that is found before theirs of the same name."""
    for found in library.items if library is not None else ():
        if found.key == persona.key and found.origin not in ("yours", "shipped"):
            return found.path
    return None
