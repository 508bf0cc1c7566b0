"""One row of a form: a name, a value, and what it is for; or what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.suggester import SuggestFromList
from textual.widgets import Checkbox, Input

from roundtable_tui.config.fields import Setting
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.utils.text import one_line


class FormRow(Horizontal):
    """A row made from the declaration of a setting. Its texts may be any: they are shown cleaned."""

    DEFAULT_CSS = """
    FormRow {
        height: auto;
        & > .name { width: 16; text-wrap: nowrap; text-overflow: ellipsis; }
        & > LineField { width: 34; margin-right: 2; }
        & > Checkbox { width: 34; margin-right: 2; border: none; padding: 0; }
        & > .what { width: 1fr; color: $text-muted; }
        &.-focused > .name { color: $accent; text-style: bold; }
        &.-wrong > .what { color: $text-error; }
    }
    """

    def __init__(self, setting: Setting, *, placeholder: str = "", known: Sequence[str] = ()) -> None:
        super().__init__(id=f"row-{setting.name}")
        self.setting = setting
        self._placeholder = placeholder
        self._known = known
        self._named = setting.name.replace("_", " ")
        self.fault = ""

    def compose(self) -> ComposeResult:
        """The three of them."""
        yield Note(classes="name")
        if self.setting.kind == "flag":
            yield Checkbox("off", compact=True)
        else:
            yield LineField(placeholder=one_line(self._placeholder, 60), known=self._known)
        yield Note(classes="what")

    def on_mount(self) -> None:
        """Say what it is."""
        self.say("")

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        """Say in a word what else a colour alone would tell."""
        event.checkbox.label = "on" if event.value else "off"

    @property
    def field(self) -> Input | Checkbox:
        """What is written in, or checked."""
        if self.setting.kind == "flag":
            return self.query_one(Checkbox)
        return self.query_one(LineField)

    @property
    def text(self) -> str:
        """What stands there; "on" and "off" for a flag."""
        field = self.field
        return field.value if isinstance(field, Input) else "on" if field.value else "off"

    @text.setter
    def text(self, text: str) -> None:
        field = self.field
        if isinstance(field, Input):
            field.value = text
        else:
            field.value = text == "on"

    @property
    def about(self) -> str:
        """What it is for, and from when on a change counts; or what is wrong."""
        effect = "" if self.setting.effect != "next start" else " (from the next start)"
        return self.fault or f"{self.setting.help}{effect}"

    def say(self, fault: str) -> None:
        """Say what is wrong with it; "" for nothing."""
        self.fault = fault
        self.set_class(bool(fault), "-wrong")
        # A sign as well: colours may be off, and on a narrow screen only one row has room for words.
        self.query_one(".name", Note).say(f"✗ {self._named}" if fault else self._named)
        self.query_one(".what", Note).say(one_line(self.about, 200))

    def offer(self, known: Sequence[str]) -> None:
        """Offer these values as one types."""
        field = self.field
        if isinstance(field, Input):
            field.suggester = SuggestFromList([one_line(name, 200) for name in known], case_sensitive=False)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Be seen, as a whole and as the one that is written in."""
        self.add_class("-focused")
        self.scroll_visible(animate=False)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Be one among the others."""
        self.remove_class("-focused")
