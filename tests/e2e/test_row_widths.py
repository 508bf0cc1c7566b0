"""A real terminal draws words of every script as wide as they are measured."""

from __future__ import annotations

from pathlib import Path

from roundtable_tui.utils.format import display_width
from roundtable_tui.utils.terminal_cells import drop_undrawn
from roundtable_tui.utils.text import sanitize
from tests.support.scripts import WORDS
from tests.support.tmux import Tmux


def test_words_of_every_script_in_tmux_are_drawn_as_wide_as_measured(tmp_path: Path) -> None:
    shown = {name: drop_undrawn(sanitize(word)) for name, word in WORDS.items()}
    # The bar stands in the same column of each row, by an absolute move, only if nothing before it is wider.
    rows = [f"{word}{'.' * (30 - display_width(word))}|\x1b[31G#" for word in shown.values()]
    (tmp_path / "rows").write_text("\n".join(rows) + "\n", "utf-8")
    with Tmux(["cat", "rows"], tmp_path, {}, 60, len(rows) + 4) as terminal:
        screen = terminal.see("left with 0")
    drawn = [line.rstrip() for line in screen.split("\n")[: len(rows)]]
    wrong = [name for name, line in zip(shown, drawn, strict=True) if not line.endswith(".#")]
    assert not wrong, screen
