"""What draws and reads in an app that a browser shows. It is on pipes, and their end is its end."""

from __future__ import annotations

from textual.drivers.web_driver import WebDriver

from roundtable_tui.utils.shutdown import hang_up


class BrowserDriver(WebDriver):
    """Textual's driver for browsers, which leaves when the tab has been closed or the server is no more."""

    def run_input_thread(self) -> None:
        """Read until there is nothing more to come; then leave as if the terminal had been closed."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            hang_up()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Take what the server says beside the keys. To quit is to leave: the record gets its end."""
        if packet_type == "quit":
            hang_up()
        else:
            super().on_meta(packet_type, payload)

    def write(self, data: str) -> None:
        """Write to the browser; to nobody, where it has gone."""
        try:
            super().write(data)
        except OSError:
            hang_up()

    def write_meta(self, data: dict[str, object]) -> None:
        """Tell the server something; nobody, where it has gone."""
        try:
            super().write_meta(data)
        except OSError:
            hang_up()
