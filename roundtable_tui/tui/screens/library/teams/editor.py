"""Put a team together: personas in their seats, a captain, and what speaks for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.resources import PersonaLibrary, Problem, Team, check_team
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.file_store import TeamFileStore
from roundtable_tui.tui.screens.library.file_watch import FileWatchMixin
from roundtable_tui.tui.screens.library.teams.draft import CAPTAIN, TeamDraft, fault_of
from roundtable_tui.tui.screens.library.teams.rows import people, seat_row
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.utils.text import sanitize, single_line

AS_THE_RUN = "the run's model"
_NOBODY = "nobody\n"
_EMPTY = Item("", "Nobody sits here yet: a seats personas, c a captain", tone="muted")
_OF_A_SEAT = ("choose_voice", "plain_voice", "swap_member", "remove_member", "member_up", "member_down")


@dataclass(frozen=True, slots=True)
class SavedTeam:
    """The team that was saved, and its file."""

    team: Team
    path: Path


class TeamEditor(BaseDialog[SavedTeam | None], FileWatchMixin):
    """Gives the saved team, or None. A file of the user's own is written to; anything else becomes a copy."""

    CSS_PATH = "editor.tcss"
    AUTO_FOCUS = "#seats"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("team", "disk", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*make_bindings("team"), *make_bindings("disk")]

    def __init__(
        self,
        team: Team | None,
        *,
        path: Path | None = None,
        origin: str = "",
        library: PersonaLibrary,
        at_hand: LibraryContext | None = None,
    ) -> None:
        super().__init__()
        self.home = TeamFileStore(path, origin)
        self.draft = TeamDraft.of(team)
        self._start = self.draft
        self._library = library
        self._at_hand = at_hand or LibraryContext()
        self._before: list[TeamDraft] = []
        self._waited = team is None
        """Nothing is told to be missing before one has tried to save it."""
        self._asked = ""
        self._note = ""
        if path is not None:
            try:
                self.home.read()
            except FileError as error:
                self._note = str(error)

    def compose(self) -> ComposeResult:
        """Name and title, the seats beside who sits there, what there is to say, and the keys."""
        yield Note(id="who")
        yield Note(id="where")
        yield Note(id="disk", hide_empty=True)
        for field, hint in (("name", "how it is called"), ("title", "what it is good for")):
            with Horizontal(classes="row"):
                yield Static(field, classes="label")
                line = LineField(placeholder=hint, id=field)
                line.value = getattr(self.draft, field)
                yield line
        yield Note(id="fault", hide_empty=True)
        with Horizontal(id="both"):
            yield ItemList(id="seats", select_on_click=False)
            with VerticalScroll(id="about", can_focus=False):
                yield Note(id="known")
        yield Note(id="status", hide_empty=True)
        yield KeyHints()

    def on_mount(self) -> None:
        """Show what is there."""
        self._show()
        self.say(self._note, "error")
        self.watch_disk()
        if self._waited:
            self.call_after_refresh(self.query_one("#name").focus)

    # --- what is shown -------------------------------------------------------------------------

    @property
    def changed(self) -> bool:
        """Whether anything has been changed."""
        return self.draft != self._start

    @property
    def row(self) -> str:
        """The id of the highlighted seat; "" where there is none."""
        item = self.query_one(ItemList).item if self.is_mounted else None
        return item.id if item is not None else ""

    def _show(self, choose: str = "") -> None:
        draft = self.draft
        sign = " •" if self.changed else ""
        name = single_line(draft.name, 60) or "A new team"
        self.query_one("#who", Note).show_content(Content.assemble((name, "bold"), sign))
        self.query_one("#where", Note).show_content(self.home.line(draft.name))
        listed = self.query_one(ItemList)
        listed.show(self._rows())
        if choose:
            listed.highlight_item(choose)
        problems = [] if self._waited else draft.read()[1]
        faults = [fault_of(problems, field) for field in ("name", "title", "members", "captain")]
        self.query_one("#fault", Note).show_content(
            single_line(next((fault for fault in faults if fault), ""))
        )
        self._describe()

    def _rows(self) -> list[Item]:
        """Return the captain and the seats as rows."""
        draft, rows = self.draft, []
        if draft.captain is not None:
            who, voice, there = seat_row(draft.captain, self._library)
            rows.append(
                Item(CAPTAIN, who, group="Captain", hint=voice or AS_THE_RUN, tone="" if there else "error")
            )
        for at, member in enumerate(draft.members):
            who, voice, there = seat_row(member, self._library)
            rows.append(
                Item(
                    str(at),
                    f"{at + 1}  {who}",
                    group="Seats",
                    hint=voice or AS_THE_RUN,
                    tone="" if there else "error",
                )
            )
        return rows or [_EMPTY]

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        member = self.draft.at(self.row) if self.row in {item.id for item in self._rows()} else None
        said = Content("")
        if member is not None:
            who, voice, there = seat_row(member, self._library)
            prompt = sanitize(self._library.get(member.persona).persona.prompt) if there else ""
            said = Content.assemble(
                (who, "bold $text-primary"), "\n", (voice or AS_THE_RUN, "dim"), "\n\n", prompt[:6000]
            )
        self.query_one("#known", Note).show_content(said)
        self.query_one("#about").scroll_home(animate=False)
        self.refresh_bindings()

    def say(self, line: str, kind: str = "warning") -> None:
        """Say something in the line above the keys."""
        self.query_one("#status", Note).show_line(line, is_error=kind == "error")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense now."""
        if action == "choose_voice" and self._at_hand.pick_model is None:
            return False
        if action in _OF_A_SEAT:
            return True if self.row else None
        if action == "undo_member":
            return bool(self._before)
        if action == "take_theirs":
            return self.home.differs and not self.fault_in(self.home.now)
        if action == "keep_yours":
            return self.home.differs
        return True

    # --- what is done --------------------------------------------------------------------------

    def _do(self, draft: TeamDraft, choose: str = "") -> None:
        """Take another draft; the one before can be had again."""
        if draft != self.draft:
            self._before.append(self.draft)
            self.draft = draft
        self._asked = ""
        self.say("")
        self._show(choose)

    @on(Input.Changed)
    def _written(self, event: Input.Changed) -> None:
        field, value = event.input.id or "", event.value.strip()
        if getattr(self.draft, field) != value:
            self.draft = self.draft.called(field, value)
            self._asked = ""
            self._show()

    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    @background()
    async def action_add_member(self) -> None:
        """Seat one persona after the other, until the list is left."""
        while True:
            count = len(self.draft.members)
            title = f"Who sits down? {count} so far, esc when that is all" if count else "Who sits down?"
            chosen = await self.app.push_screen_wait(Picker(title, people(self._library)))
            if chosen is None:
                break
            self._do(self.draft.seated(chosen), str(count))
        self.query_one(ItemList).focus()

    @background()
    async def action_choose_captain(self) -> None:
        """Choose who judges, merges or sums up; or nobody."""
        items = [Item(_NOBODY, "nobody", "modes that need a captain take the persona called Captain")]
        current = self.draft.captain.persona if self.draft.captain else _NOBODY
        picker = Picker("Who leads?", [*items, *people(self._library)], current=current)
        chosen = await self.app.push_screen_wait(picker)
        if chosen == _NOBODY:
            self._do(self.draft.put(CAPTAIN, None))
        elif chosen is not None:
            self._do(self.draft.swapped(CAPTAIN, chosen), CAPTAIN)

    @on(OptionList.OptionSelected)
    @background()
    async def action_swap_member(self) -> None:
        """Give the seat to another persona."""
        row = self.row
        if (member := self.draft.at(row)) is None:
            self.action_add_member()
            return
        title = f"Who takes the seat of {member.persona}?"
        chosen = await self.app.push_screen_wait(Picker(title, people(self._library), current=member.persona))
        if chosen is not None:
            self._do(self.draft.swapped(row, chosen), row)

    @background()
    async def action_choose_voice(self) -> None:
        """Choose what speaks for the seat."""
        row, pick = self.row, self._at_hand.pick_model
        if pick is None or (member := self.draft.at(row)) is None:
            return
        voice = await pick(f"Who speaks for {member.persona}?")
        if voice is not None:
            self._do(self.draft.voiced(row, *voice), row)

    def action_plain_voice(self) -> None:
        """Leave it to the persona, or to the run, what speaks for the seat."""
        self._do(self.draft.voiced(self.row, "", ""), self.row)

    def action_remove_member(self) -> None:
        """Empty the seat."""
        if row := self.row:
            below = self.query_one(ItemList).get_neighbor_id(row)
            after = (
                str(int(below) - 1) if CAPTAIN not in (row, below) and int(below or 0) > int(row) else below
            )
            self._do(self.draft.put(row, None), after)

    def action_member_up(self) -> None:
        """Move the seat up."""
        self._do(*self.draft.moved(self.row, -1))

    def action_member_down(self) -> None:
        """Move the seat down."""
        self._do(*self.draft.moved(self.row, 1))

    def action_undo_member(self) -> None:
        """Take back the last change of the seats."""
        if self._before:
            last = self._before.pop()
            self.draft = replace(last, name=self.draft.name, title=self.draft.title)
            self._show(self.row)

    def action_save_team(self) -> None:
        """Save, unless there is a fault; ask first where something would be lost."""
        self._waited = False
        team, problems = self.draft.read()
        problem = problems[0] if problems else self._nobody_there(team)
        if team is None or problem is not None:
            self._show()
            self.say(f"Not saved: {problem}", "error")
            if problem is not None and problem.field in ("name", "title"):
                self.query_one(f"#{problem.field}").focus()
        elif not self.changed and self.home.path is not None and not self.home.gone:
            self.say("Nothing has changed: there is nothing to save.")
        elif (question := self.home.question(team)) and self._asked != question:
            self._asked = question
            self.say(f"{question} ctrl+s again saves it all the same.")
        else:
            try:
                self.dismiss(SavedTeam(team, self.home.save(team)))
            except FileError as error:
                self.say(f"Not saved: {error}", "error")

    def _nobody_there(self, team: Team | None) -> Problem | None:
        """Return the fault of a team that names somebody who is not there."""
        try:
            if team is not None:
                self._library.members_of(team)
        except RoundtableError as error:
            return Problem(error.what, field="members", hint=error.hint)
        return None

    def action_leave_team(self) -> None:
        """Leave; ask once if something is unsaved."""
        if not self.changed or self._asked == "leave":
            self.dismiss(None)
        else:
            self._asked = "leave"
            self.say("There are unsaved changes. ctrl+s saves them, esc again leaves without them.")

    # --- the file on the disk ------------------------------------------------------------------

    def fault_in(self, text: str) -> str:
        """Return why a text is no team."""
        _, problems = check_team(text)
        return f"it is no team, {problems[0]}." if problems else ""

    def take_text(self, text: str) -> None:
        """Begin anew with the file as it is."""
        self._start = self.draft = TeamDraft.of(check_team(text)[0])
        self._before.clear()
        for field in ("name", "title"):
            self.query_one(f"#{field}", LineField).value = getattr(self.draft, field)
        self._show()

    def keep_over(self, text: str) -> None:
        """Keep what stands here; what it is compared with is another team."""
        self._start = TeamDraft.of(check_team(text)[0])
        self._show()
