"""An app that hosts stream views, and helpers for their tests."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot

from roundtable_tui.tui.widgets.transcript import StreamView


class Host(App[None]):
    """Stream views side by side."""

    CSS = "StreamView { width: 1fr; }"

    def __init__(self, views: int = 1) -> None:
        super().__init__()
        self.count = views
        self.heard: list[object] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            for index in range(self.count):
                yield StreamView(id=f"s{index}")

    def on_mount(self) -> None:
        self.view.focus()

    @property
    def view(self) -> StreamView:
        return self.query_one("#s0", StreamView)

    def on_stream_view_follow_changed(self, message: StreamView.FollowChanged) -> None:
        self.heard.append(message.following)

    def on_stream_view_link_chosen(self, message: StreamView.LinkChosen) -> None:
        self.heard.append(message.target)


def view_of(pilot: Pilot[None]) -> StreamView:
    """Return the first view of the host that a pilot drives."""
    assert isinstance(pilot.app, Host)
    return pilot.app.view


def heard_by(pilot: Pilot[None]) -> list[object]:
    """Return what the views of the host have posted."""
    assert isinstance(pilot.app, Host)
    return pilot.app.heard


def lines(count: int, first: int = 0) -> str:
    """Return numbered lines, one per row."""
    return "".join(f"line {number}\n" for number in range(first, first + count))


def shown(view: StreamView) -> list[str]:
    """Return the text of the visible rows, as the compositor gets them."""
    return [strip.text.rstrip().rstrip("▐").strip() for strip in view.render_lines(view.size.region)]
