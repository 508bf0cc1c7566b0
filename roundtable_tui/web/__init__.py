"""The app in a browser: access control, a server, and one app process for each open tab."""

from __future__ import annotations

DRIVER = "roundtable_tui.web.driver:BrowserDriver"
"""The driver of an app in a browser, as a value of `TEXTUAL_DRIVER`."""
EXTRA = "textual_serve"
"""A module that the extra `web` installs."""
