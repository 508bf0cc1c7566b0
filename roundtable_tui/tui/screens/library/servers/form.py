"""The form of a server: validated while typing, checked on demand, saved to the settings file."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from roundtable_tui import config
from roundtable_tui.config import ServerSettings
from roundtable_tui.config.fields import SERVER_SETTINGS, format_input
from roundtable_tui.config.server_entries import RESERVED_NAMES, server_from_form, validate_form
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import format_key_of, make_bindings
from roundtable_tui.tui.screens.base import offered
from roundtable_tui.tui.screens.library.draft_editor import DraftEditor
from roundtable_tui.tui.widgets.forms.form_row import FormHelp, FormRow
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.model_choice.server_check import CheckResult

EXAMPLES = {
    "name": "home",
    "base_url": "http://localhost:11434/v1",
    "api_key_env": "none needed",
    "api_key_cmd": "none",
    "model": "first of its list",
    "concurrency": "0",
    "context": "as the server says",
}
"""The fields of the form; other settings of a server are kept as the file has them."""
_RESULT_SIGNS = {
    "ok": ("✓", "$text-success"),
    "note": ("!", "$text-warning"),
    "bad": ("✗", "$text-error"),
    "wait": ("◌", "dim"),
}


class ServerForm(DraftEditor[dict[str, str], str | None]):
    """Closes with the name of the saved server, or None if cancelled."""

    CSS_PATH = "servers.tcss"
    BINDINGS: ClassVar[list[BindingType]] = make_bindings("server")
    HELP_PLACES = ("server",)

    def __init__(
        self,
        server: ServerSettings | None = None,
        *,
        saved_name: str = "",
        taken_names: Collection[str] = (),
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__({})
        self._environ = environ
        given = server or ServerSettings("", "")
        reserved = given.name.casefold() in RESERVED_NAMES
        self._server = replace(given, name=f"{given.name} server") if reserved else given
        self._saved_name = saved_name
        self._taken_names = [name for name in taken_names if name != saved_name]
        self._right_url = ""
        self._said: list[CheckResult] = []
        self._tried = False

    def compose(self) -> ComposeResult:
        """Create a row per field, and the results of the check."""
        with Vertical(id="box") as box:
            box.border_title = Content(
                f"Server {single_line(self._saved_name, 40)}" if self._saved_name else "New server"
            )
            box.border_subtitle = Content("enter check   ctrl+s save   esc cancel")
            for setting in SERVER_SETTINGS:
                if setting.name in EXAMPLES:
                    value = getattr(self._server, setting.name)
                    text = format_input(value) if value else ""  # A limit of 0 is none.
                    yield FormRow(setting, text=text, placeholder=EXAMPLES[setting.name])
            yield FormHelp(id="about")
            yield Note(id="status", hide_empty=True)
            with VerticalScroll(id="found", can_focus=False):
                yield Static("", id="findings", markup=False)

    def on_mount(self) -> None:
        """Check the server."""
        self.begin(self.field_values)
        self.set_focus(self.query_one(FormRow).field)

    @property
    def field_values(self) -> dict[str, str]:
        """The values of the fields."""
        return {row.setting.name: row.text for row in self.query(FormRow)}

    @on(Input.Changed)
    def _take_fields(self) -> None:
        if self.field_values != self.draft:
            self.set_draft(self.field_values)

    def show_draft(self) -> None:
        """Show the errors of the fields."""
        self._check_fields()

    def _check_fields(self) -> dict[str, str]:
        """Show the errors of the fields; empty ones are accepted until save or check."""
        found = validate_form(self.field_values, self._taken_names)
        for row in self.query(FormRow):
            quiet = not row.text and not self._tried
            row.show_error("" if quiet else found.get(row.setting.name, ""))
        self.query_one(FormHelp).update_help()
        return found

    # --- validation --------------------------------------------------------------------------

    @on(Input.Submitted)
    def _submit_field(self) -> None:
        self.action_check_server()

    def action_check_server(self) -> None:
        """Check the server with the current values."""
        if self._report_errors():
            self._check_server(server_from_form(self.field_values))

    def _report_errors(self) -> bool:
        """Show all errors. Returns True if there are none."""
        self._tried = True
        found = self._check_fields()
        if found:
            name = next(name for name in self.field_values if name in found)
            self.query_one(f"#row-{name}", FormRow).field.focus()
        return not found

    @background(exclusive=True)
    async def _check_server(self, server: ServerSettings) -> None:
        from contextlib import aclosing

        from roundtable_tui.model_choice.server_check import check_server

        self._said, self._right_url = [], ""
        async with aclosing(check_server(server, self._environ)) as findings:
            async for finding in findings:
                self._said = [one for one in self._said if one.mark != "wait"] + [finding]
                self._right_url = finding.url or self._right_url
                if finding.models:
                    self.query_one("#row-model", FormRow).set_suggestions(finding.models)
                self._show_result()
        self._said = [one for one in self._said if one.mark != "wait"]
        self._show_result()

    def _show_result(self) -> None:
        lines: list[Content | tuple[str, str]] = []
        for one in self._said:
            mark, style = _RESULT_SIGNS[one.mark]
            lines += [
                (f"{mark} ", style),
                (f"{single_line(str(one), 300)}\n", "" if one.mark != "wait" else "dim"),
            ]
        if self._right_url:
            lines += [
                (f"{format_key_of('right_url')} ", "bold $accent"),
                (f"uses {single_line(self._right_url, 120)}\n", ""),
            ]
        self.query_one("#findings", Static).update(Content.assemble(*lines))
        self.query_one("#found").scroll_end(animate=False)
        self.refresh_bindings()

    @offered(lambda self: self._right_url, hide=True)
    def action_right_url(self) -> None:
        """Fill in the suggested base URL and check again."""
        self.query_one("#row-base_url", FormRow).text = self._right_url
        self.action_check_server()

    # --- saving -------------------------------------------------------------------------------

    def action_save_server(self) -> None:
        """Save the server to the settings file."""
        if not self._report_errors():
            return
        server = server_from_form(self.field_values)

        def write() -> None:
            config.set_server(server, old_name=self._saved_name)
            self.dismiss(server.name)

        self.attempt_save(write)

    action_leave_server = DraftEditor.leave
