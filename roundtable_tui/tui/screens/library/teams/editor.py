"""Edit a team: personas in their seats, a captain, and a model for each."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources import Member, PersonaLibrary, Problem
from roundtable_tui.resources.draft import CAPTAIN, TeamDraft, find_problem
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.library.file_editor import ResourceEditor
from roundtable_tui.tui.screens.library.origins import ORIGIN_HEADINGS
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.tui.widgets.preview_pane import PreviewPane, cut_text, make_preview
from roundtable_tui.utils.text import single_line

DEFAULT_MODEL = "default model"
_NO_CAPTAIN = "none\n"
"""No persona has this name: a name is one line."""
_NO_SEATS = Item("", "No seats yet: a adds personas, c chooses a captain", tone="muted")
on_seat = offered(lambda self: self.row)
"""Makes a method an action on the highlighted seat."""


class TeamEditor(ResourceEditor[TeamDraft]):
    """Closes with the saved team, or with None."""

    DRAFT = TeamDraft
    CSS_PATH = ["../library.tcss", "../editor.tcss", "editor.tcss"]
    AUTO_FOCUS = "#list"
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("team", "disk", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*make_bindings("team"), *make_bindings("disk")]
    _previous: tuple[TeamDraft, ...] = ()
    """The drafts before each change of the seats."""

    def compose_fields(self) -> ComposeResult:
        """Yield name and title, and the seats beside the highlighted persona."""
        for field, hint in (("name", "short name"), ("title", "what it is good for")):
            with Horizontal(classes="row"):
                yield Static(field, classes="label")
                yield LineField(self.draft.format_field(field), placeholder=hint, id=field)
        yield Note(id="fault", hide_empty=True)
        with Horizontal(id="both"):
            yield ItemList(id="list", select_on_click=False)
            yield PreviewPane()

    def on_mount(self) -> None:
        """Show the draft."""
        self.open_draft()
        if self.is_new:
            self.call_after_refresh(self.query_one("#name").focus)

    # --- drawing -------------------------------------------------------------------------------

    @property
    def row(self) -> str:
        """The id of the highlighted seat, or ""."""
        item = self.query_one(ItemList).item if self.is_mounted else None
        return item.id if item is not None else ""

    def show_draft(self) -> None:
        """Draw the draft."""
        self.show_header(self.draft.format_field("name"))
        self.query_one(ItemList).show(self._list_rows())
        problems = () if self.untouched else self.draft.problems
        faults = [find_problem(problems, field) for field in ("name", "title", "members", "captain")]
        first = next((fault for fault in faults if fault), "")
        self.query_one("#fault", Note).show_content(single_line(first))
        self._show_member()

    def _list_rows(self) -> list[Item]:
        """Return the captain and the seats as rows."""
        rows = []
        for row, member in self.draft.rows.items():
            group, number = ("Captain", "") if row == CAPTAIN else ("Seats", f"{int(row) + 1}  ")
            name, model, exists = describe_member(member, self.library)
            hint = model or DEFAULT_MODEL
            rows.append(Item(row, number + name, "", group, hint, "" if exists else "error"))
        return rows or [_NO_SEATS]

    @on(OptionList.OptionHighlighted)
    def _show_member(self) -> None:
        content = Content("")
        if (member := self.draft.rows.get(self.row)) is not None:
            name, model, exists = describe_member(member, self.library)
            prompt = self.library.get(member.persona).persona.prompt if exists else ""
            content = make_preview(name, [model or DEFAULT_MODEL], cut_text(prompt))
        self.query_one(PreviewPane).show(content)
        self.refresh_bindings()

    # --- editing -------------------------------------------------------------------------------

    def _change(self, draft: TeamDraft, row: str = "") -> None:
        """Take a changed draft, which can be undone, and highlight a row."""
        if draft != self.draft:
            self._previous = (*self._previous, self.draft)
        self.set_draft(draft)
        if row:
            self.query_one(ItemList).highlight_item(row)

    @on(Input.Changed)
    def _take_text(self, event: Input.Changed) -> None:
        field, value = event.input.id or "", event.value.strip()
        if self.draft.format_field(field) != value:
            self.set_draft(self.draft.with_field(field, value))

    @on(Input.Submitted)
    def _focus_next(self) -> None:
        self.focus_next()

    async def _pick(self, title: str, current: str = "", *first: Item) -> str | None:
        items = [*first, *_list_persona_items(self.library)]
        return await self.app.push_screen_wait(Picker(title, items, current=current))

    @background(opens_screen=True)
    async def action_add_member(self) -> None:
        """Add seats until the user closes the list."""
        while True:
            count = len(self.draft.members)
            chosen = await self._pick(f"Add seats ({count}) · esc done" if count else "Add seats")
            if chosen is None:
                break
            self._change(self.draft.with_persona(str(count), chosen), str(count))
        self.query_one(ItemList).focus()

    @background(opens_screen=True)
    async def action_choose_captain(self) -> None:
        """Choose the captain, or none."""
        none = Item(_NO_CAPTAIN, "none", "modes that need a captain use the persona named Captain")
        current = self.draft.captain.persona if self.draft.captain else _NO_CAPTAIN
        chosen = await self._pick("Captain", current, none)
        if chosen == _NO_CAPTAIN:
            self._change(self.draft.with_member(CAPTAIN, None))
        elif chosen is not None:
            self._change(self.draft.with_persona(CAPTAIN, chosen), CAPTAIN)

    @on(OptionList.OptionSelected)
    def _select_row(self) -> None:
        if self.row:
            self.action_swap_member()
        else:
            self.action_add_member()

    @on_seat
    @background(opens_screen=True)
    async def action_swap_member(self) -> None:
        """Replace the persona of the seat."""
        row, name = self.row, self.draft.rows[self.row].persona
        chosen = await self._pick(f"Replace {name} with", name)
        if chosen is not None:
            self._change(self.draft.with_persona(row, chosen), row)

    @offered(lambda self: self.library_context.pick_model, hide=True)
    @on_seat
    @background(opens_screen=True)
    async def action_choose_voice(self) -> None:
        """Choose model and server of the seat."""
        assert self.library_context.pick_model is not None
        row = self.row
        picked = await self.library_context.pick_model(f"Model for {self.draft.rows[row].persona}")
        if picked is not None:
            self._change(self.draft.with_model(row, *picked), row)

    @on_seat
    def action_plain_voice(self) -> None:
        """Use the default model of the persona or of the run."""
        self._change(self.draft.with_model(self.row, "", ""), self.row)

    @on_seat
    def action_remove_member(self) -> None:
        """Remove the seat."""
        self._change(self.draft.with_member(self.row, None))

    @on_seat
    def action_member_up(self) -> None:
        """Move the seat up."""
        self._change(*self.draft.move_seat(self.row, -1))

    @on_seat
    def action_member_down(self) -> None:
        """Move the seat down."""
        self._change(*self.draft.move_seat(self.row, 1))

    @offered(lambda self: self._previous, hide=True)
    def action_undo_member(self) -> None:
        """Undo the last change of the seats; name and title stay."""
        *previous, last = self._previous
        self._previous = tuple(previous)
        self.draft = self.draft.with_members(last.members).with_member(CAPTAIN, last.captain)
        self.show_draft()

    # --- saving and leaving --------------------------------------------------------------------

    def find_first_problem(self) -> Problem | None:
        """Return what keeps the team from being saved: also a persona that does not exist."""
        try:
            if self.draft.resource is not None:
                self.library.members_of(self.draft.resource)
        except RoundtableError as error:
            return Problem(error.what, field="members", hint=error.hint)
        return super().find_first_problem()

    def go_to_problem(self, problem: Problem) -> None:
        """Go to the field of a problem."""
        if problem.field in ("name", "title"):
            self.query_one(f"#{problem.field}").focus()

    action_save_team = ResourceEditor.save_resource
    action_leave_team = ResourceEditor.leave

    # --- the file on disk ----------------------------------------------------------------------

    def parse(self, text: str) -> TeamDraft:
        """Return the draft of a text on disk, in the form in which it is edited."""
        draft = super().parse(text)
        return draft if draft.resource is None else TeamDraft.of(draft.resource)

    def check_disk_text(self, text: str) -> str:
        """Return why a text is not a team."""
        problems = self.parse(text).problems
        return f"Not a valid team: {problems[0]}." if problems else ""

    def load_text(self, text: str) -> None:
        """Begin again with a text on disk."""
        super().load_text(text)
        self._previous = ()
        for field in ("name", "title"):
            self.query_one(f"#{field}", LineField).value = self.draft.format_field(field)


def describe_member(member: Member, library: PersonaLibrary) -> tuple[str, str, bool]:
    """Return persona with role, its model ("" for the run's model), and whether the persona exists."""
    try:
        persona = library.get(member.persona).persona
    except RoundtableError:
        return single_line(member.persona), "persona not found", False
    role = f" · {persona.role}" if persona.role else ""
    own = " @ ".join(part for part in (persona.model, persona.server) if part)
    model = member.model_label or (f"{own}, from the persona" if own else "")
    return single_line(persona.name + role), single_line(model), True


def _list_persona_items(library: PersonaLibrary) -> list[Item]:
    """Return all personas as items of a picker."""
    return [
        Item(
            one.persona.name,
            one.persona.name,
            single_line(one.persona.prompt, 120),
            ORIGIN_HEADINGS.get(one.origin, one.origin),
            one.persona.role,
        )
        for one in library.items
    ]
