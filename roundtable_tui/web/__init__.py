"""The app in a browser: a guard at the door, a server behind it, and one app for each open tab."""

from __future__ import annotations

DRIVER = "roundtable_tui.web.driver:BrowserDriver"
"""What draws and reads in an app that a browser shows, as Textual names it in `TEXTUAL_DRIVER`."""
EXTRA = "textual_serve"
"""The module that the extra `web` brings."""
