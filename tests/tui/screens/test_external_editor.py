from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, SuspendNotSupported

from roundtable_tui.errors import UsageError
from roundtable_tui.tui.external_editor import get_editor_command, open_in_editor


class Aside(App[None]):
    """An app that notes when it steps aside."""

    def __init__(self, able: bool = True) -> None:
        super().__init__()
        self.able, self.seen = able, list[str]()

    @contextmanager
    def suspend(self) -> Iterator[None]:
        if not self.able:
            raise SuspendNotSupported
        self.seen.append("away")
        yield
        self.seen.append("back")


def script(folder: Path, text: str) -> Path:
    path = folder / "my editor"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_editor_command_comes_from_visual_or_editor(tmp_path: Path) -> None:
    path = str(script(tmp_path, "true"))
    environ = {"EDITOR": f"'{path}' --wait -n", "VISUAL": " ", "PATH": "/bin:/usr/bin"}
    assert get_editor_command(environ) == [path, "--wait", "-n"]
    assert get_editor_command(environ | {"VISUAL": "true"}) == ["true"]


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, "no editor is set. Set EDITOR"),
        ({"EDITOR": "no-such\x1b-editor -n"}, "editor not found: no-such␛-editor (set by EDITOR)"),
        ({"VISUAL": "vi 'x"}, "VISUAL has an unclosed quote"),
    ],
)
def test_editor_command_missing_names_variable_to_set(environ: dict[str, str], told: str) -> None:
    app = Aside()
    with pytest.raises(UsageError) as caught:
        open_in_editor(app, Path("x"), environ)
    assert told in str(caught.value) and app.seen == []


def test_open_in_editor_suspends_app_and_ignores_interrupt(tmp_path: Path) -> None:
    text = tmp_path / "a text.txt"
    editor = script(tmp_path, 'kill -INT $PPID; trap; printf "%s" "$1" > "$2"')
    before = signal.getsignal(signal.SIGINT)
    app = Aside()
    open_in_editor(app, text, {"EDITOR": f'"{editor}" --flag'})
    assert text.read_text() == "--flag" and app.seen == ["away", "back"]
    assert signal.getsignal(signal.SIGINT) is before


def test_open_in_editor_failure_raises_usage_error(tmp_path: Path) -> None:
    environ: dict[str, Any] = {"EDITOR": f"'{script(tmp_path, 'exit 3')}'"}
    with pytest.raises(UsageError, match="failed with exit code 3"):
        open_in_editor(Aside(), tmp_path / "x", environ)
    with pytest.raises(UsageError, match="needs a terminal"):
        open_in_editor(Aside(able=False), tmp_path / "x", environ)
    script(tmp_path, "").write_bytes(b"\x00 no program")
    with pytest.raises(UsageError, match="cannot be started"):
        open_in_editor(Aside(), tmp_path / "x", environ)


def test_open_in_editor_option_like_name_is_passed_as_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    editor = script(tmp_path, 'printf "%s" "$1" > given')
    open_in_editor(Aside(), Path("-c evil"), {"EDITOR": f"'{editor}'"})
    assert (tmp_path / "given").read_text() == str(tmp_path / "-c evil")
