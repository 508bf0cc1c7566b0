"""Edit a persona in a form and as JSON, side by side; both are checked as the user types."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static, TextArea

from roundtable_tui.resources import Persona, Problem
from roundtable_tui.resources.draft import PersonaDraft
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, make_bindings
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.library.file_editor import Edited, ResourceEditor
from roundtable_tui.tui.screens.library.personas.form import FIELDS, PersonaForm
from roundtable_tui.tui.screens.trial.panel import TryPanel
from roundtable_tui.tui.widgets.forms.slider import Slider
from roundtable_tui.tui.widgets.forms.text_pane import JSON_SYNTAX, ProblemField, TextPane
from roundtable_tui.tui.widgets.lists.entry import TextField

_LIVE = "A run is active: changes take effect at the seat's next turn."


class PersonaEditor(ResourceEditor[PersonaDraft]):
    """Closes with the edited persona, or with None."""

    DRAFT = PersonaDraft
    CSS_PATH = ["../editor.tcss", "editor.tcss", "../../trial/panel.tcss"]
    AUTO_FOCUS = "#name"
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("persona", "trial", "disk", "app")
    BINDINGS: ClassVar[list[BindingType]] = [
        *make_bindings("persona"),
        *make_bindings("trial"),
        *make_bindings("disk"),
    ]

    def __init__(self, persona: Persona | None, **options: Any) -> None:
        """Edit a persona, see `ResourceEditor`."""
        super().__init__(persona, **options)
        context = self.library_context
        self.trial = TryPanel(context.trial, self._get_valid_persona, lambda: self.action_side("form"))
        self.add_actions(self.trial.actions)

    def compose_fields(self) -> ComposeResult:
        """Yield form and JSON, and the trial."""
        if self.is_live:
            yield Static(_LIVE, id="live")
        with Horizontal(id="names"):
            for side, title in (("form", "Form"), ("json", "JSON"), ("try", "Try it")):
                yield Static(title, id=f"side-{side}", classes="side")
        with Horizontal(id="sides"):
            yield PersonaForm(self.library_context.servers)
            yield TextPane(ProblemField(JSON_SYNTAX, id="json"), title="JSON", id="source")
        yield self.trial

    def on_mount(self) -> None:
        """Show the draft."""
        self.open_draft()
        for field in self.query(TextField):
            field.reset_history()
        if self.draft.data is None:
            self.call_after_refresh(self.action_persona_fault)

    # Form and JSON follow each other through the draft. A handler compares the widget's current value with
    # the draft and does nothing if they are equal, so that a change cannot cause an endless loop.

    @on(Input.Changed, "#form Input")
    @on(TextArea.Changed, "#form TextArea")
    @on(Slider.Changed, "#form Slider")
    def _take_form(self, event: Input.Changed | TextArea.Changed | Slider.Changed) -> None:
        field = event.control.id or ""
        value, draft = self.query_one(PersonaForm).get_value(field), self.draft
        if draft.data is not None and value != draft.get_shown(field):
            self.untouched.discard(field)
            self.set_draft(draft.with_field(field, value), field)

    @on(TextArea.Changed, "#json")
    def _take_json(self) -> None:
        text = self.query_one(TextPane).field.text
        if text != self.draft.text:
            self.untouched.clear()
            self.set_draft(PersonaDraft.parse(text))

    def set_draft(self, draft: PersonaDraft, source: str = "") -> None:
        """Take a changed draft and draw it, except in the field `source`."""
        self._source = source
        super().set_draft(draft)
        self._source = ""

    _source = _shown_name = ""

    def show_draft(self) -> None:
        """Draw the draft in header, form and JSON."""
        draft = self.draft
        if draft.data is not None:
            self._shown_name = draft.format_field("name")
        self.show_header(self._shown_name)
        problems = [problem for problem in draft.problems if problem.field not in self.untouched]
        self.query_one(PersonaForm).show(draft, problems, self._source)
        is_valid = draft.resource is not None
        line = "✓ Valid persona." if is_valid else "Not complete yet."
        self.query_one(TextPane).show(draft.text, problems, line, is_valid=is_valid)
        self.note_problems(draft.problems)

    # --- saving and leaving --------------------------------------------------------------------

    def go_to_problem(self, problem: Problem) -> None:
        """Go to a problem: in the form if it has that field."""
        if problem.field in FIELDS and self.draft.data is not None and not self.has_class("-json"):
            self.query_one(f"#{problem.field}").focus()
        else:
            self.action_persona_fault()

    action_save_persona = ResourceEditor.save_resource

    @offered(lambda self: self.is_live, hide=True)
    def action_use_persona(self) -> None:
        """Apply the persona to the active run without saving it."""
        if (persona := self.get_valid_resource("Not applied")) is not None:
            self.dismiss(Edited(persona, None))

    def action_leave_persona(self) -> None:
        """Close the trial if the focus is in it; otherwise leave."""
        if not self.trial.close():
            self.leave()

    # --- the sides -----------------------------------------------------------------------------

    @offered(lambda self: self.has_problems, hide=True)
    def action_persona_fault(self) -> None:
        """Go to the next problem in the JSON."""
        self.action_side("json")
        self.call_after_refresh(self.query_one(TextPane).go_to_next_problem)

    def action_other_side(self) -> None:
        """Go from the form to the JSON, or back."""
        self.action_side("form" if self.has_class("-json") else "json")

    @on(events.Click, ".side")
    def _click_side(self, event: events.Click) -> None:
        if event.widget is not None and event.widget.id is not None:
            self.action_side(event.widget.id.removeprefix("side-"))

    def action_side(self, side: str) -> None:
        """Go to a side."""
        if side == "try":
            self.trial.open()
            return
        self.set_class(side == "json", "-json")
        self.remove_class("-at-try")
        # A hidden widget cannot be focused.
        self.call_after_refresh(self.query_one("#json" if side == "json" else "#name").focus)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the side with the focus in front."""
        in_trial = self.trial in event.widget.ancestors
        self.set_class(in_trial, "-at-try")
        if not in_trial:
            self.set_class(event.widget.id == "json", "-json")

    # --- trying it, and its model --------------------------------------------------------------

    def _get_valid_persona(self, show_problem: bool) -> Persona | None:
        if show_problem and self.get_valid_resource("Not tried") is not None:
            self.say("")
        return self.draft.resource

    @offered(lambda self: self.library_context.pick_model, hide=True)
    @background(opens_screen=True)
    async def action_pick_voice(self) -> None:
        """Pick model and server among all known ones."""
        if self.library_context.pick_model is None or self.draft.data is None:
            return
        picked = await self.library_context.pick_model(f"Model for {self._shown_name or 'this persona'}")
        if picked is not None and self.draft.data is not None:
            for field, value in zip(("server", "model"), picked, strict=True):
                self.set_draft(self.draft.with_field(field, value))
