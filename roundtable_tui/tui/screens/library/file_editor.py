"""The base of the editors of files: header, saving, and changes of the file on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from textual.app import ComposeResult
from textual.content import Content

from roundtable_tui.errors import FileError
from roundtable_tui.resources import PersonaLibrary, Problem
from roundtable_tui.resources.draft import ResourceDraft
from roundtable_tui.resources.edited_file import EditedFile, ResourceFile, find_overriding
from roundtable_tui.resources.persona import NamedFile
from roundtable_tui.tui.commands import format_key_of
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.disk_poll import DiskPoller
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.draft_editor import D, DraftEditor, R
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.utils import files
from roundtable_tui.utils.text import sanitize_input, single_line

RD = TypeVar("RD", bound=ResourceDraft[Any])
_LOAD_KEY, _KEEP_KEY = format_key_of("take_theirs"), format_key_of("keep_yours")


class FileEditor(DraftEditor[D, R]):
    """Edits a file. It is polled: a new version on disk replaces an unchanged draft; otherwise the user
    chooses with two keys.
    """

    new_title = ""
    """The title of a new resource, which has no name yet."""

    def __init__(self, file: EditedFile, draft: D) -> None:
        super().__init__(draft)
        self.file = file
        self.has_problems = False
        self._poller = DiskPoller(self, file.has_new_version, self._look_at_disk)

    def parse(self, text: str) -> D:
        """Return the draft of a text on disk."""
        raise NotImplementedError

    # --- drawing -------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Yield name, target and the notice about the disk, the fields, status and keys."""
        yield Note(id="who")
        yield Note(id="where")
        yield Note(id="disk", hide_empty=True)
        yield from self.compose_fields()
        yield Note(id="status", hide_empty=True)
        yield KeyHints()

    def compose_fields(self) -> ComposeResult:
        """Yield the fields."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Begin to poll the file."""
        self._poller.start()

    def show_header(self, name: str, about: str = "") -> None:
        """Show name, a sign for unsaved changes, and the file that saving writes."""
        sign = " •" if self.changed else ""
        title = single_line(name, 60) or self.new_title
        note = (f"  {single_line(about, 80)}", "dim") if about else ""
        self.query_one("#who", Note).show_content(Content.assemble((title, "bold"), note, sign))
        self.query_one("#where", Note).show_content(self.file.describe_target(name))

    def note_problems(self, problems: Sequence[Problem]) -> None:
        """Note whether there are problems, which decides what can be done."""
        if self.has_problems != bool(problems):
            self.has_problems = bool(problems)
            self.refresh_bindings()

    def save(self, question: str, write: Callable[[], object]) -> None:
        """Save unless nothing has changed; ask first if there is a question. Errors become a line."""
        if not self.changed and self.file.path is not None and not self.file.gone:
            self.say("Nothing has changed: there is nothing to save.")
        elif not question or self.confirm(question, "Press ctrl+s again to save anyway."):
            self.attempt_save(write)

    # --- the file on disk ----------------------------------------------------------------------

    def check_disk_text(self, text: str) -> str:
        """Return why a text on disk cannot be edited here, as a sentence; "" if it can."""
        return ""

    def on_screen_resume(self) -> None:
        """Look at the file: it may have been changed while another screen was open."""
        self._poller.poll()

    def _look_at_disk(self) -> None:
        self.file.look()
        if self.file.differs and (fault := self.check_disk_text(self.file.disk_text)):
            self._show_disk_line(f"The file was changed on disk. {fault} {_KEEP_KEY} keeps the text here.")
        elif self.file.differs and not self.changed:
            self.action_take_theirs()
            self.say("Reloaded: the file was changed on disk.")
        elif self.file.differs:
            self._show_disk_line(
                f"The file was changed on disk: {_LOAD_KEY} loads it, {_KEEP_KEY} keeps the text here."
            )
        elif self.file.gone and self.file.is_writable:
            self._show_disk_line("The file was removed from disk: saving writes it again.")
        else:
            self._show_disk_line(self.file.fault)

    def _show_disk_line(self, line: str) -> None:
        self.query_one("#disk", Note).show_content(single_line(line))
        self.refresh_bindings()

    @offered(lambda self: self.file.differs and not self.check_disk_text(self.file.disk_text), hide=True)
    def action_take_theirs(self) -> None:
        """Load the text on disk in place of the draft."""
        self.load_text(self.file.accept())
        self._show_disk_line("")

    @offered(lambda self: self.file.differs, hide=True)
    def action_keep_yours(self) -> None:
        """Keep the draft; saving replaces the text on disk."""
        self.original = self.parse(self.file.accept())
        self.show_draft()
        self._show_disk_line("")

    def load_text(self, text: str) -> None:
        """Begin again with a text on disk."""
        self.begin(self.parse(text))


@dataclass(frozen=True, slots=True)
class Edited:
    """The result of editing: the resource, and the file it was saved to (None: not saved)."""

    resource: Any
    path: Path | None


class ResourceEditor(FileEditor[RD, Edited | None], Generic[RD]):
    """Edits a persona or a team in a file of its own; one that is not the user's is saved as a copy."""

    DRAFT: type[RD]

    def __init__(
        self,
        resource: NamedFile | None,
        *,
        path: Path | None = None,
        origin: str = "",
        live: bool = False,
        library: PersonaLibrary | None = None,
        context: LibraryContext | None = None,
    ) -> None:
        """Edit a resource; None with a path repairs that file as it is, None without one begins a new one.

        `origin` is where the file was found, `live` whether the active run uses the resource.
        """
        self.file: ResourceFile[Any] = ResourceFile(path, self.DRAFT.MODEL, origin)
        text, self._load_error = None, ""
        try:
            text = self.file.read() if path is not None else None
        except FileError as error:
            self._load_error = str(error)
        draft = self.DRAFT.of(resource) if resource is not None or text is None else self.parse(text)
        super().__init__(self.file, draft)
        self.new_title = f"New {self.DRAFT.MODEL.__name__.lower()}"
        self.is_live = live
        self.is_new = resource is None and path is None
        self.untouched = {problem.field for problem in draft.problems} if self.is_new else set()
        """Fields of a new resource that the user has not visited yet: they show no problems."""
        self.library = library or PersonaLibrary()
        self.library_context = context or LibraryContext()

    def parse(self, text: str) -> RD:
        """Return the draft of a text on disk."""
        return self.DRAFT.parse(sanitize_input(text))

    def open_draft(self) -> None:
        """Show the draft. A subclass does this when it is mounted."""
        self.show_draft()
        self.say(self._load_error, is_error=True)

    def load_text(self, text: str) -> None:
        """Begin again with a text on disk."""
        self.untouched.clear()
        super().load_text(text)

    def find_first_problem(self) -> Problem | None:
        """Return what keeps the draft from being saved, if anything does."""
        return next(iter(self.draft.problems), None)

    def go_to_problem(self, problem: Problem) -> None:
        """Go to the place of a problem."""
        raise NotImplementedError

    def get_valid_resource(self, otherwise: str) -> Any:
        """Return the resource; if it has a problem, show what was not done, and all problems."""
        if (problem := self.find_first_problem()) is None:
            return self.draft.resource
        self.untouched.clear()
        self.show_draft()
        self.go_to_problem(problem)
        self.say(f"{otherwise}: {problem}", is_error=True)
        return None

    def save_resource(self) -> None:
        """Save; ask first if something would be lost."""
        if (resource := self.get_valid_resource("Not saved")) is not None:
            self.save(self.file.question(resource), lambda: self._write(resource))

    def _write(self, resource: NamedFile) -> None:
        path = self.file.save(resource)
        lines = f"{resource.name} saved to {files.display_path(path)}"
        if (first := find_overriding(self.library, resource)) is not None:
            lines += f"\n{files.display_path(first)} has the same name and is used instead."
        self.app.notify(lines, markup=False)
        self.dismiss(Edited(resource, path))
