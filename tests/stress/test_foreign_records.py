"""The record of a run from elsewhere may hold anything: it is listed, read, replayed and exported."""

from __future__ import annotations

import asyncio
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from roundtable_tui.cli import main
from roundtable_tui.tui.screens.replay.cast import render_cast
from tests.support.stress import hostile_text
from tests.support.terminal import Terminal, Watcher, roundtable

RUNS, ENTER, ESCAPE, QUIT = "\x1b[21~", "\r", "\x1b", "\x11"


def test_app_hostile_record_is_only_displayed(roundtable_home: Path) -> None:
    hostile_text.foreign_run(roundtable_home)
    hostile_text.foreign_run(roundtable_home, ("[/] \x1b[31m|x y", "../../ada"), 2)
    (roundtable_home / "settings.toml").write_text("discovery = false\n")
    with Terminal(
        roundtable("--demo"), {"ROUNDTABLE_HOME": str(roundtable_home)}, columns=150, rows=44
    ) as terminal:
        terminal.shows("Type a question")
        terminal.press(RUNS)
        terminal.shows("fo00q")
        # Read it, replay it, step through it, fork it, export it: and come back each time.
        for keys in (
            (ENTER, "n", ESCAPE),
            ("p", "n", "b", "\x1b[C", ".", ",", ESCAPE),
            ("f", ESCAPE),
            ("x", ESCAPE),
            ("g",),
        ):
            for key in keys:
                terminal.settles()
                terminal.press(key)
            terminal.settles()
        assert terminal.process.poll() is None, "it is still there"
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored
        assert terminal.strange == [] and terminal.overflows == []
        assert sum(tag in terminal.told for tag, _ in hostile_text.acting("fo")) > 30, "it was on the screen"
    assert not (roundtable_home / "cache" / "roundtable.log").exists()


def exported(home: Path, form: str, tmp_path: Path, last: str = "fo80q") -> str:
    folder = hostile_text.foreign_run(home)
    out = tmp_path / f"run.{form}"
    assert main.main(["runs", "export", folder.name, "--format", form, "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    check_text(text, last)
    return text


def check_text(text: str, last: str) -> None:
    assert "fo00q" in text and last in text
    assert not [char for char in text if ord(char) < 32 and char != "\n"]
    assert not set(text) & set("\x7f\x85\x9b\x9d\u202e\u2066\u200b\u2028\ufeff")


@pytest.mark.parametrize("form", ["md", "json"])
def test_export_of_hostile_record_is_readable(form: str, roundtable_home: Path, tmp_path: Path) -> None:
    text = exported(roundtable_home, form, tmp_path)
    if form == "json":
        assert json.loads(text)["question"]


class Page(HTMLParser):
    """Collects the active parts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            target = (value or "").strip().lower()
            if name.startswith("on") or (
                name in ("href", "src", "action") and not target.startswith(("http", "#"))
            ):
                self.wrong.append(f"{tag} {name}={value}")


def test_export_html_of_hostile_record_has_no_active_content(roundtable_home: Path, tmp_path: Path) -> None:
    text = exported(roundtable_home, "html", tmp_path)
    page = Page()
    page.feed(text)
    assert page.wrong == []
    assert page.tags.isdisjoint({"script", "iframe", "object", "embed", "img", "form", "base", "link", "svg"})
    assert "default-src 'none'" in text


def test_export_cast_of_hostile_record_has_only_own_sequences(roundtable_home: Path, tmp_path: Path) -> None:
    check_cast(exported(roundtable_home, "cast", tmp_path, "fo13q"))
    # The whole answer is on a high screen.
    (folder,) = (roundtable_home / "runs").iterdir()
    text = asyncio.run(render_cast(folder, size=(120, 500)))
    check_text(text, "fo80q")
    check_cast(text)


def check_cast(text: str) -> None:
    lines = text.splitlines()
    header = json.loads(lines[0])
    watcher = Watcher(header["width"], header["height"])
    for line in lines[1:]:
        watcher.look(json.loads(line)[2])
    assert watcher.strange == []
    assert "fo" in watcher.told
