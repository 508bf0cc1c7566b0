"""The app on real pseudo-terminals whose streams are redirected, closed or full, and suspended."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path

import pytest

from tests.support.terminal import Screen, Terminal, roundtable

READY = "Type a question"
QUIT = "\x11"


def open_app(home: Path, redirection: str = "", *, controlling: bool = False, **how: int) -> Terminal:
    """Start the app on the demo in a shell that redirects its streams; a question goes to one model."""
    (home / "settings.toml").write_text("discovery = false\n")
    line = f"exec {shlex.join(roundtable('--demo', '--mode', 'single'))} {redirection}"
    words = ["/bin/bash", "-c", line]
    return Terminal(
        ["setsid", "--ctty", "--wait", *words] if controlling else words,
        {"ROUNDTABLE_HOME": str(home), "ROUNDTABLE_DEMO_PACE": "0"},
        **how,
    )


@pytest.mark.parametrize(
    "redirection", ["2>&-", "2>/dev/full", "2>/dev/null", "2>errors.txt", ">output.txt", ">&-", ">/dev/full"]
)
def test_app_with_redirected_stream_draws_on_the_terminal_it_has(
    roundtable_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redirection: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_app(roundtable_home, redirection, columns=90, rows=30) as terminal:
        terminal.shows(READY)
        terminal.press("Why?\r")
        terminal.shows("Answer ·")
        assert max(map(len, terminal.screen.text.split("\n"))) > 80, "it has the width of the terminal"
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored and terminal.strange == []
    assert all(path.read_text() == "" for path in tmp_path.glob("*.txt"))


def test_app_with_both_outputs_redirected_draws_on_the_controlling_terminal(roundtable_home: Path) -> None:
    with open_app(roundtable_home, ">/dev/null 2>&1", controlling=True) as terminal:
        terminal.shows(READY)
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored


@pytest.mark.parametrize("redirection", ["</dev/null 2>errors.txt", "<&- 2>errors.txt"])
def test_app_without_terminal_says_so_and_ends(
    roundtable_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redirection: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_app(roundtable_home, redirection) as terminal:
        assert terminal.ends() == 2
    assert "the app needs a terminal" in (tmp_path / "errors.txt").read_text()


@pytest.mark.parametrize("redirection", ["2>&-", ">/dev/null"])
def test_app_with_redirected_stream_ends_with_its_terminal(roundtable_home: Path, redirection: str) -> None:
    with open_app(roundtable_home, redirection) as terminal:
        terminal.shows(READY)
        terminal.hang_up(told=False)
        assert terminal.process.wait(30) != 0


def state_of(terminal: Terminal) -> str:
    """Return the state of the program: "T" is stopped."""
    return Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("how", ["key", "SIGTSTP", "SIGSTOP"])
def test_app_suspended_and_continued_is_drawn_again(roundtable_home: Path, how: str) -> None:
    with open_app(roundtable_home) as terminal:
        terminal.shows(READY)
        for _ in range(2):
            if how == "key":
                terminal.press("\x1a")
            else:
                terminal.signal(signal.Signals[how])
            terminal.until(lambda: state_of(terminal) == "T", "it is suspended")
            terminal.settles()
            assert terminal.restored or how == "SIGSTOP"
            terminal.screen = Screen(120, 36, terminal.overflows)  # The shell has written over it.
            terminal.signal(signal.SIGCONT)
            terminal.shows(READY)
            terminal.settles()  # Keys pressed while it takes the terminal again are discarded.
        terminal.press("Why?\r")
        terminal.shows("Answer ·")
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored and terminal.strange == []
