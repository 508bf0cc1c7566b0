"""Everything a person can do, declared once: keys, footer, palette, help and remapping all come from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

Where = Literal["app", "table", "pane"]
TITLES: dict[Where, str] = {"app": "Anywhere", "table": "At the table", "pane": "On a pane"}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do; `id` is its action, its name in the settings' `[keys]`, and its test handle."""

    id: str
    keys: str
    title: str
    help: str
    where: Where = "table"
    footer: str = ""
    """A word for the footer; "" keeps it out of there."""
    palette: bool = True


ALL: tuple[Command, ...] = (
    Command("help", "f1", "Help", "Every key, and what it does.", "app", "Help"),
    Command("quit", "ctrl+q", "Quit", "Leave. A running question ends, its record stays.", "app", "Quit", palette=False),
    Command("choose_mode", "f2", "Choose the mode", "How the question is worked on: pro, debate, roundtable, ...", footer="Mode"),
    Command("choose_team", "f3", "Choose the team", "Who sits at the table.", footer="Team"),
    Command("choose_model", "f4", "Choose server and model", "Who speaks for the seats.", footer="Model"),
    Command("personas", "f5", "Personas", "Read, make and edit the personas.", footer="Personas"),
    Command("choose_task", "f6", "Choose a task", "A question with its background, from a folder.", footer="Task"),
    Command("pause", "f7", "Pause, or go on", "Turns that run finish; no new one starts until you go on.", footer="Pause"),
    Command("step", "f9", "One turn further", "While paused: let one turn start."),
    Command("stop_run", "f8", "Stop the run", "End every turn now; what was said stays.", footer="Stop"),
    Command("new_question", "ctrl+n", "New question", "Clear the table for another question."),
    Command("account", "f12", "How it came about", "What each seat used, who agreed with whom, who changed sides.", footer="Account"),
    Command("jump", "ctrl+g", "Jump to a pane", "Shows a letter on every pane: press it to go there."),
    Command("leave_input", "escape", "Between the panes and the input", "Out of the zoom, to the panes, and back to the input.", palette=False),
    Command("zoom", "z", "Zoom the pane", "One pane on the whole screen, and back.", "pane", "Zoom"),
    Command("edit_seat", "e", "Edit the persona", "Takes effect from the seat's next turn.", "pane", "Edit"),
    Command("speak_to_seat", "w", "Speak to this seat", "A word to this seat alone, heard at its next turn.", "pane", "Speak"),
    Command("stop_seat", "s", "Stop this seat", "End its turn; the others go on.", "pane", "Stop seat"),
    Command("retry_seat", "r", "Retry this seat", "Start its turn anew, or ask it again after it failed.", "pane", "Retry"),
    Command("copy_answer", "y", "Copy the last answer", "The pane's last answer, to the clipboard.", "pane", "Copy"),
    Command("copy_pane", "Y", "Copy the pane", "All the pane holds, to the clipboard.", "pane"),
    Command("reasoning", "o,enter", "Open or fold the reasoning", "What the model thought before its last answer.", "pane", "Thoughts"),
)  # fmt: skip


def commands(where: Where) -> list[Command]:
    """Return the commands of one place, in order."""
    return [command for command in ALL if command.where == where]


def bindings(where: Where, prefix: str = "") -> list[BindingType]:
    """Return the commands of one place as bindings; `prefix` names whose action it is, such as `screen.`."""
    return [
        Binding(
            command.keys,
            prefix + command.id,
            command.footer or command.title,
            show=bool(command.footer),
            id=command.id,
            tooltip=command.help,
        )
        for command in commands(where)
    ]


def sections(keys_of: dict[str, str] | None = None) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return (title, [(keys, command, help)]) for the help screen; `keys_of` has remapped keys by command."""
    remapped = keys_of or {}
    places: Iterable[Where] = ("table", "pane", "app")
    return [
        (
            TITLES[where],
            [(remapped.get(c.id, c.keys).replace(",", " "), c.title, c.help) for c in commands(where)],
        )
        for where in places
    ]
