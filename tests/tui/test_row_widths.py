"""Rows of panes, lists and frames have the width of their view, as terminals draw it, in every script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import DataTable, OptionList, Static

from roundtable_tui.cli.output import format_columns
from roundtable_tui.tui.screens.dialogs.board import BoardScreen
from roundtable_tui.tui.screens.runs.screen import RunsScreen
from roundtable_tui.tui.textual_patches.hangup_driver import ClosedTolerantFile
from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.utils.format import display_width
from roundtable_tui.utils.terminal_cells import drop_undrawn
from roundtable_tui.utils.text import sanitize, single_line
from tests.support.pilot import Medium
from tests.support.scripts import WORDS, drawn_width
from tests.tui.test_main_screen import debate

pytestmark = pytest.mark.anyio
SCRIPTS = pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)


class Host(App[None]):
    """A pane beside a list, a table and a frame."""

    CSS = """
    Screen { layout: horizontal; }
    StreamView, OptionList, DataTable, Static { width: 1fr; height: 100%; border: round red; }
    """

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word

    def compose(self) -> ComposeResult:
        word = single_line(self.word)
        yield StreamView()
        yield OptionList(*[f"{word} {n}" for n in range(3)], markup=False)
        yield DataTable()
        frame = Static(f"{word} {word} {word}", markup=False)
        frame.border_title = word
        yield frame

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("a", "b")
        table.add_row(single_line(self.word), "x")


@SCRIPTS
@pytest.mark.parametrize("width", [100, 57, 33])
async def test_row_of_any_script_has_width_of_screen(word: str, width: int) -> None:
    app = Host(word)
    async with app.run_test(size=(width, 14)) as pilot:
        view = app.query_one(StreamView)
        view.begin("a.1", single_line(word))
        view.feed(
            "a.1", f"# {word}\n\n- {word} **{word}** {word * 5}\n\n| a | b |\n|---|---|\n| {word} | x |\n"
        )
        view.end("a.1")
        view.flush()
        await pilot.pause()
        for strip in view.render_lines(view.size.region):
            assert drawn_width(drop_undrawn(strip.text)) == view.size.width, strip.text
        rows = [drop_undrawn(strip.text) for strip in app.screen._compositor.render_strips()]
        assert [drawn_width(row) for row in rows] == [width] * 14, rows
        seen = drop_undrawn(sanitize(word)).split()[0]
        assert width < 100 or any(seen in row for row in rows)


@SCRIPTS
def test_display_width_of_any_script_is_width_drawn(word: str) -> None:
    shown = sanitize(word)
    assert display_width(shown) == measure_cells(shown) == drawn_width(drop_undrawn(shown))
    for width in range(1, 12):
        assert drawn_width(drop_undrawn(truncate_cells(shown, width))) <= width


@SCRIPTS
def test_format_columns_of_any_script_are_aligned(word: str) -> None:
    lines = format_columns([[word, "x"], ["plain", "x"]]).split("\n")
    assert len({drawn_width(line) for line in lines}) == 1


@SCRIPTS
def test_terminal_receives_what_terminals_agree_about(word: str, tmp_path: Path) -> None:
    with (tmp_path / "terminal").open("w", encoding="utf-8") as terminal:
        file = ClosedTolerantFile(terminal)
        file.write(f"\x1b[1m{word}\x1b[0m")
        file.flush()
    written = (tmp_path / "terminal").read_text("utf-8")
    assert written == f"\x1b[1m{drop_undrawn(word)}\x1b[0m"
    assert not set(written) & set("\u200d\ufe0f\ufe0e🏽🏿\U000e0100")


def test_terminal_receives_a_frame_in_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    monkeypatch.setattr(os, "write", lambda descriptor, data: writes.append(bytes(data)) or len(data))
    with (tmp_path / "terminal").open("w", encoding="utf-8") as terminal:
        file = ClosedTolerantFile(terminal)
        for part in ("\x1b[?2026h", "row of a frame\n" * 2000, "\x1b[?2026l"):
            file.write(part)
        file.flush()
    assert [len(data) for data in writes] == [8 + 15 * 2000 + 8]


@pytest.mark.parametrize(
    "names",
    [("tamil", "fillers", "family"), ("thai", "soft hyphen", "mongolian"), ("arabic", "khmer", "flag")],
)
async def test_row_of_answer_card_board_report_and_runs_has_width_of_screen(scripted, names):
    words = [WORDS[name] for name in names]

    def check(where):
        rows = [drop_undrawn(strip.text) for strip in seated.app.screen._compositor.render_strips()]
        assert {drawn_width(row) for row in rows} == {Medium[0]}, (where, rows)

    async with scripted(debate(*words, verdicts=(False,) * 3), Medium, team="roles", mode="debate") as seated:
        await seated.ask(" ".join(words))
        await seated.over()
        await seated.until(lambda: "u follow up" in seated.screen_text)
        check("card")
        await seated.pilot.press("escape", "b")
        await seated.until(
            lambda: isinstance(seated.app.screen, BoardScreen) and "round 3" in seated.screen_text
        )
        check("board")
        await seated.pilot.press("enter")
        await seated.until(lambda: "· round " in seated.screen_text)
        check("turn on the board")
        await seated.pilot.press("escape", "escape")
        await seated.until(lambda: seated.app.screen is seated.table)
        check("panes")
        seated.table.action_runs()
        await seated.until(
            lambda: isinstance(seated.app.screen, RunsScreen) and "debate" in seated.screen_text
        )
        check("runs")
