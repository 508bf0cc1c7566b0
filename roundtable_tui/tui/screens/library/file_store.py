"""Where a persona or a team comes from, and where saving puts it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from roundtable_tui.errors import FileError
from roundtable_tui.resources import (
    Persona,
    PersonaLibrary,
    Problem,
    Team,
    check_persona,
    check_team,
    read_text,
    save_persona,
    save_team,
    slugify,
)
from roundtable_tui.resources.persona import NamedFile
from roundtable_tui.resources.reading import MAX_PERSONA_BYTES, list_json_files
from roundtable_tui.utils import files, paths

N = TypeVar("N", bound=NamedFile)


def user_personas_dir() -> Path:
    """Return the folder of the user's own personas."""
    return paths.data_dir() / "personas"


def is_yours(path: Path) -> bool:
    """Return whether a file is one of the user's own, so that it may be written to."""
    parent = files.resolve_path(path.parent)
    own = [files.resolve_path(user_personas_dir() / part) for part in ("", "participants", "teams")]
    return parent in own and not files.resolve_path(path).is_relative_to(
        files.resolve_path(paths.bundled_dir("personas"))
    )


@dataclass(slots=True)
class FileStore(Generic[N]):
    """The file of what is edited, None for what is new, and its text as it was found."""

    path: Path | None
    origin: str = ""
    text: str | None = field(default=None, init=False)
    fault: str = field(default="", init=False)
    """Why the file cannot be read any more, as far as `look` has seen."""
    gone: bool = field(default=False, init=False)
    _seen: files.FileSnapshot = field(default=(), init=False)
    _now: str | None = field(default=None, init=False)

    def folder(self) -> Path:
        """Return the folder of the user's own."""
        raise NotImplementedError

    def check(self, text: str) -> tuple[N | None, list[Problem]]:
        """Return what `text` spells out, or None and what is wrong with it."""
        raise NotImplementedError

    def write(self, named: N, file: Path | None) -> Path:
        """Write it to `file`, or to a file of its name; return the file. Raises FileError."""
        raise NotImplementedError

    def read(self) -> str:
        """Return the file as it is now, and remember it. Raises FileError."""
        assert self.path is not None
        self._seen = files.snapshot_files([self.path])
        self.text = self._now = read_text(self.path, MAX_PERSONA_BYTES)
        return self.text

    def look(self) -> bool:
        """Return whether the file is another one than when it was looked at last."""
        if self.path is None or (now := files.snapshot_files([self.path])) == self._seen:
            return False
        self._seen, self._now, self.fault, self.gone = now, None, "", not files.path_exists(self.path)
        try:
            self._now = None if self.gone else read_text(self.path, MAX_PERSONA_BYTES)
        except FileError as error:
            self.fault = str(error)
        return True

    @property
    def differs(self) -> bool:
        """Whether somebody else has changed the file, as far as `look` has seen."""
        return self._now is not None and self._now != self.text

    @property
    def now(self) -> str:
        """The file as it is now, as far as `look` has seen."""
        return self._now or ""

    def accept(self) -> str:
        """Return what somebody else has written: it is known now."""
        self.text = self._now
        return self.text or ""

    @property
    def yours(self) -> bool:
        """Whether saving writes to the file itself."""
        return self.path is not None and is_yours(self.path)

    def line(self, name: str) -> str:
        """Return where saving puts one of this name, in a line."""
        if self.path is not None and self.yours:
            return f"Saves to {files.display_path(self.path)}"
        target = files.display_path(
            self.folder() / f"{slugify(name)}.json" if name.strip() else self.folder()
        )
        if self.path is None:
            return f"Saves to {target}"
        whose = "the shipped one" if self.origin == "shipped" else files.display_path(self.path)
        return f"Saves a copy to {target} ({whose} stays as it is)"

    def named(self, name: str) -> N:
        """Return what the file holds under another name. Raises FileError."""
        found, problems = self.check(self.text or "")
        if found is not None:
            renamed = json.loads(self.text or "{}") | {"name": name}
            found, problems = self.check(json.dumps(renamed))
        if found is None:
            raise problems[0].to_error(None)
        return found

    def question(self, named: N) -> str:
        """Return what saving would do that one may not want; "" if nothing."""
        other = self._namesake(named)
        if other is not None and self.yours:
            return (
                f"{files.display_path(other)} has the name {named.name} too, and only one of them is found."
            )
        if other is not None:
            return f"{files.display_path(other)} is {named.name} already, and would be replaced."
        if self.yours and self._changed():
            return "The file has been changed by somebody else, and would be replaced."
        return ""

    def save(self, named: N) -> Path:
        """Write it; return its file. Raises FileError."""
        return self.write(named, self.path if self.yours else None)

    def _changed(self) -> bool:
        assert self.path is not None
        try:
            return self.text is not None and read_text(self.path, MAX_PERSONA_BYTES) != self.text
        except FileError:
            return files.path_exists(self.path)

    def _namesake(self, named: N) -> Path | None:
        """Return another file of the user's own with one of this name."""
        for path in list_json_files(self.folder())[0]:
            if self.path is not None and files.resolve_path(path) == files.resolve_path(self.path):
                continue
            try:
                found, _ = self.check(read_text(path, MAX_PERSONA_BYTES))
            except FileError:
                continue
            if found is not None and found.slug == named.slug:
                return path
        return None


class PersonaFileStore(FileStore[Persona]):
    """The home of a persona."""

    def folder(self) -> Path:
        """Return the folder of the user's own personas."""
        return user_personas_dir()

    def check(self, text: str) -> tuple[Persona | None, list[Problem]]:
        """Return the persona that `text` spells out."""
        return check_persona(text)

    def write(self, named: Persona, file: Path | None) -> Path:
        """Write the persona."""
        return save_persona(named, file=file)


class TeamFileStore(FileStore[Team]):
    """The home of a team."""

    def folder(self) -> Path:
        """Return the folder of the user's own teams."""
        return user_personas_dir() / "teams"

    def check(self, text: str) -> tuple[Team | None, list[Problem]]:
        """Return the team that `text` spells out."""
        return check_team(text)

    def write(self, named: Team, file: Path | None) -> Path:
        """Write the team."""
        return save_team(named, file=file)


def find_overridden(library: PersonaLibrary | None, persona: Persona) -> Path | None:
    """Return the file, not of the user's own, that is found before theirs of the same name."""
    for found in library.items if library is not None else ():
        if found.slug == persona.slug and found.origin not in ("yours", "shipped"):
            return found.path
    return None


@dataclass(frozen=True, slots=True)
class TrashedFile:
    """A file that was put away: where it was, and where it is."""

    path: Path
    kept: Path

    @classmethod
    def put(cls, path: Path) -> TrashedFile:
        """Move a file to the folder for what was deleted. Raises FileError."""
        folder = paths.data_dir() / "deleted"
        number, kept = 1, folder / path.name
        while files.path_exists(kept):
            number += 1
            kept = folder / f"{path.stem}-{number}{path.suffix}"
        _move(path, kept)
        return cls(path, kept)

    def bring_back(self) -> None:
        """Move the file back to where it was. Raises FileError, also where another has its place now."""
        if files.path_exists(self.path):
            where, kept = files.display_path(self.path), files.display_path(self.kept)
            raise FileError("is there again", where=where, hint=f"The deleted one is {kept}.")
        _move(self.kept, self.path)


@dataclass(frozen=True, slots=True)
class PreviousVersion:
    """A file that was changed: its text before, and since."""

    path: Path
    before: str
    since: str

    def bring_back(self) -> None:
        """Write what it was before. Raises FileError, also where somebody has changed it again."""
        if files.read_text(self.path) != self.since:
            raise FileError(
                "has been changed since", where=files.display_path(self.path), hint="It stays as it is."
            )
        files.write_text(self.path, self.before, mode=0o644)


def _move(source: Path, target: Path) -> None:
    try:
        paths.make_private_dir(target.parent)
        source.rename(target)
    except OSError as error:
        reason = error.strerror or "for no known reason"
        raise FileError(f"cannot be moved: {reason}", where=files.display_path(source)) from error
