"""What an editor does whose file somebody else may change meanwhile: it sees it, says so, lets one choose."""

from __future__ import annotations

from typing import Any

from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.library.file_store import FileStore
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.utils.text import single_line

POLL_INTERVAL_S = 1.0
"""How often the file is looked at."""


class FileWatchMixin(BaseScreen[Any]):
    """Looks at the file of `home`; says what there is to say in `#disk`."""

    home: FileStore[Any]

    @property
    def changed(self) -> bool:
        """Whether anything has been changed here."""
        raise NotImplementedError

    def fault_in(self, text: str) -> str:
        """Return why a text cannot be taken, as a sentence; "" where it can."""
        return ""

    def take_text(self, text: str) -> None:
        """Begin anew with the text of the file."""
        raise NotImplementedError

    def keep_over(self, text: str) -> None:
        """Keep what stands here, with this as the text of the file."""
        raise NotImplementedError

    def say(self, line: str, kind: str = "warning") -> None:
        """Say something in the line above the keys."""
        raise NotImplementedError

    def watch_disk(self) -> None:
        """Look at the file from now on."""
        self.set_interval(POLL_INTERVAL_S, self._look)

    def on_screen_resume(self) -> None:
        """Look at the file: one may have been elsewhere to change it."""
        self._look()

    def _look(self) -> None:
        """See whether somebody else has changed the file; where nothing was changed here, take it."""
        if not self.is_current or not self.home.look():
            return
        if self.home.differs and (fault := self.fault_in(self.home.now)):
            self._tell(f"The file was changed on the disk: {fault} F7 keeps what stands here.")
        elif self.home.differs and not self.changed:
            self.action_take_theirs()
            self.say("Read again: the file was changed on the disk.")
        elif self.home.differs:
            self._tell("The file was changed on the disk: F6 takes that, F7 keeps what stands here.")
        elif self.home.gone and self.home.yours:
            self._tell("The file is gone from the disk: saving writes it again.")
        else:
            self._tell(self.home.fault)

    def _tell(self, line: str) -> None:
        self.query_one("#disk", Note).show_content(single_line(line))
        self.refresh_bindings()

    def action_take_theirs(self) -> None:
        """Take the file as it is now."""
        if self.home.differs and not self.fault_in(self.home.now):
            self.take_text(self.home.accept())
            self._tell("")

    def action_keep_yours(self) -> None:
        """Go on with what stands here; saving replaces the file."""
        if self.home.differs:
            self.keep_over(self.home.accept())
            self._tell("")
