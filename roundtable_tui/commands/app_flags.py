"""The app with flags of `roundtable ask`: options of the mode, seats, limits."""

from __future__ import annotations

from collections.abc import Sequence

from roundtable_tui import settings
from roundtable_tui.commands import app
from roundtable_tui.commands.ask_wish import wish_of
from roundtable_tui.errors import UsageError
from roundtable_tui.launch.wish import Wish

NOT_HERE = ("json", "events", "quiet", "verbose", "linear", "out", "follow_up", "question")


def run(argv: Sequence[str]) -> int:
    """Open the app and return its exit code. Raises UsageError for flags that only `ask` has."""
    settled = settings.with_choices(settings.load())
    wish = checked(argv, settled)
    return app.open_with(wish, settled, mouse=settled.mouse and "--no-mouse" not in argv)


def checked(argv: Sequence[str], settled: settings.Settings | None = None) -> Wish:
    """Return what the flags wish for. Raises UsageError for flags that only `ask` has."""
    settled = settled or settings.with_choices(settings.load())
    wish, args = wish_of([arg for arg in argv if arg != "--no-mouse"], settled)
    for name in NOT_HERE:
        if getattr(args, name, None):
            what = "a question" if name == "question" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{what} is for `roundtable ask`", hint="The app asks for the question itself.")
    return wish
