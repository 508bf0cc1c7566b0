"""Personas are read again only when a file of theirs has changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roundtable_tui.resources.library import PersonaLibrary
from roundtable_tui.resources.library_cache import load_personas, snapshot_personas
from roundtable_tui.resources.persona import Persona


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The folders of the libraries that are read."""
    seen: list[Path | None] = []
    load = PersonaLibrary.load.__func__  # type: ignore[attr-defined]

    def counted(
        cls: type[PersonaLibrary], given: Path | None = None, task: Path | None = None
    ) -> PersonaLibrary:
        seen.append(given)
        found: PersonaLibrary = load(cls, given, task)
        return found

    monkeypatch.setattr(PersonaLibrary, "load", classmethod(counted))
    return seen


def write(folder: Path, name: str, prompt: str = "You answer.") -> Path:
    path = folder / f"{name.lower()}.json"
    path.write_text(json.dumps({"name": name, "full_name": name, "creativity": 0.5, "prompt": prompt}))
    return path


def test_load_personas_of_unchanged_files_reads_them_once(tmp_path: Path, reads: list[Path | None]) -> None:
    write(tmp_path, "Nils")
    first, second = load_personas(tmp_path), load_personas(tmp_path)
    assert reads == [tmp_path]
    assert [found.slug for found in first.items] == [found.slug for found in second.items]
    assert first.items[0].persona.name == "Nils"


def test_load_personas_of_changed_files_reads_them_again(tmp_path: Path, reads: list[Path | None]) -> None:
    path = write(tmp_path, "Nils")
    load_personas(tmp_path)
    write(tmp_path, "Nils", "You answer at length.")
    assert load_personas(tmp_path).get("nils").persona.prompt == "You answer at length."
    write(tmp_path, "Olga")
    assert load_personas(tmp_path).get("olga").persona.name == "Olga"
    path.unlink()
    assert "nils" not in {found.slug for found in load_personas(tmp_path).items}
    (tmp_path / "teams").mkdir()
    load_personas(tmp_path)
    assert len(reads) == 5


def test_load_personas_returns_a_library_of_the_callers_own(tmp_path: Path) -> None:
    write(tmp_path, "Nils")
    load_personas(tmp_path).add(Persona(name="Olga", full_name="Olga", creativity=0.5, prompt="You answer."))
    assert "olga" not in {found.slug for found in load_personas(tmp_path).items}


def test_snapshot_personas_after_a_change_differs(tmp_path: Path) -> None:
    nothing = snapshot_personas(tmp_path)
    path = write(tmp_path, "Nils")
    first = snapshot_personas(tmp_path)
    assert str(path) in [entry[0] for entry in first] and str(path) not in [entry[0] for entry in nothing]
    write(tmp_path, "Nils", "You answer at length.")
    assert snapshot_personas(tmp_path) != first, "written anew"
    path.unlink()
    assert str(path) not in [entry[0] for entry in snapshot_personas(tmp_path)]


def test_snapshot_personas_ignores_what_is_in_other_files(tmp_path: Path) -> None:
    (log := tmp_path / "run.log").write_text("one\n")
    before = snapshot_personas(tmp_path)
    log.write_text("one\ntwo\n")
    assert snapshot_personas(tmp_path) == before
