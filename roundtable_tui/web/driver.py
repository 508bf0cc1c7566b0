"""The driver of an app in a browser. The app talks to the server by pipes and ends when they are closed."""

from __future__ import annotations

from textual.drivers.web_driver import WebDriver

from roundtable_tui.utils.shutdown import hang_up
from roundtable_tui.utils.terminal_cells import drop_undrawn


class BrowserDriver(WebDriver):
    """Textual's driver for browsers; ends the app when the tab is closed or the server has ended."""

    def run_input_thread(self) -> None:
        """Read until the input ends; then end the app as if its terminal was closed."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            hang_up()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Handle messages of the server other than keys. On `quit` the app ends and completes its record."""
        if packet_type == "quit":
            hang_up()
        else:
            super().on_meta(packet_type, payload)

    def write(self, data: str) -> None:
        """Write to the browser what terminals agree about; end the app if it is gone."""
        try:
            super().write(drop_undrawn(data))
        except OSError:
            hang_up()

    def write_meta(self, data: dict[str, object]) -> None:
        """Write to the server; end the app if it is gone."""
        try:
            super().write_meta(data)
        except OSError:
            hang_up()
