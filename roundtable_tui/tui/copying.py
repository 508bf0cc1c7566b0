"""An app that copies: by every way there is to the clipboard, without waiting, and it says how."""

from __future__ import annotations

from textual.app import App

from roundtable_tui.text import clean
from roundtable_tui.tui.clipboard import MOST_BYTES, find_tool, give, told

_TOLD_S = 4.0
_WARNED_S = 10.0


class Copying(App[int]):
    """`copy` is for what has a name; what a person selects comes by Textual's own `copy_to_clipboard`."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what was selected; in a field one sees what is selected, so nothing is said of it there."""
        self.copy(text, "selection" if self.screen.get_selected_text() else "")

    def copy(self, text: str, what: str, *, escape: str = "") -> None:
        """Copy `what`, and say so; `escape` is what else to do with a text that the terminal may cut."""
        text = "\t".join(clean(part) for part in text.split("\t"))
        if not text.strip():
            self.notify(f"{what}: there is nothing to copy yet", timeout=_TOLD_S, markup=False)
            return
        self._clipboard = text
        self.run_worker(self._copy(text, what, escape), exit_on_error=False, group="copy", exclusive=True)

    async def _copy(self, text: str, what: str, escape: str) -> None:
        tool = find_tool()
        fits = len(text.encode("utf-8", "replace")) <= MOST_BYTES
        if tool is None or fits:
            super().copy_to_clipboard(text)
        by = tool.name if tool is not None and await give(tool, text) else ""
        if tool is not None and not by and not fits:
            super().copy_to_clipboard(text)
        sure = bool(by) or fits
        if what or not sure:
            failed = tool.name if tool is not None and not by else ""
            self.notify(
                told(what or "selection", text, by, failed=failed, escape=escape),
                timeout=_TOLD_S if sure else _WARNED_S,
                severity="information" if sure else "warning",
                markup=False,
            )


def copy(app: App[object], text: str, what: str, *, escape: str = "") -> None:
    """Copy `what` in an app, and say so where it can."""
    if isinstance(app, Copying):
        app.copy(text, what, escape=escape)
    else:
        app.copy_to_clipboard(clean(text))
