"""Everything a person can do, declared once: keys, footer, palette, help and remapping all come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType
from textual.keys import key_to_character

CommandScope = Literal[
    "app",
    "table",
    "pane",
    "runs",
    "replay",
    "run",
    "tasks",
    "text",
    "personas",
    "persona",
    "trial",
    "disk",
    "teams",
    "team",
    "servers",
    "server",
    "settings",
    "keys",
]
SCOPE_TITLES: dict[CommandScope, str] = {
    "app": "Anywhere",
    "table": "At the table",
    "pane": "On a pane",
    "runs": "Among the runs",
    "replay": "In a replay",
    "run": "With a run",
    "tasks": "Among the tasks",
    "text": "In a text of a task",
    "personas": "Among the personas",
    "persona": "In a persona",
    "trial": "Trying a persona",
    "disk": "When somebody else has changed the file",
    "teams": "Among the teams",
    "team": "In a team",
    "servers": "Among the servers",
    "server": "In the form of a server",
    "settings": "In the settings",
    "keys": "Among the keys",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do; `id` is its action, its name in the settings' `[keys]`, and its test handle."""

    id: str
    keys: str
    title: str
    help: str
    scope: CommandScope = "table"
    footer: str = ""
    """A word for the footer; "" keeps it out of there."""
    palette: bool = True
    rank: int = 1
    """Where there is no room for all, the footer leaves out the highest ranks first."""


COMMANDS: tuple[Command, ...] = (
    Command("help", "f1", "Help", "Every key, and what it does.", "app", "Help", rank=0),
    Command("quit", "ctrl+q", "Quit", "Leave. A running question ends, its record stays.", "app", "Quit", palette=False, rank=3),
    Command("pause", "f7", "Pause, or go on", "Turns that run finish; no new one starts until you go on.", footer="Pause", rank=0),
    Command("step", "f9", "One turn further", "While paused: let one turn start."),
    Command("stop_run", "f8", "Stop the run", "End every turn now; what was said stays.", footer="Stop", rank=0),
    Command("choose_mode", "f2", "Choose the mode", "How the question is worked on: pro, debate, roundtable, ...", footer="Mode"),
    Command("choose_options", "ctrl+l", "Options of the mode", "Rounds, turns, candidates, temperatures: whatever the mode lets one set."),
    Command("choose_team", "f3", "Choose the team", "Who sits at the table.", footer="Team"),
    Command("choose_model", "f4", "Choose server and model", "Who speaks for the seats.", footer="Model"),
    Command("teams", "ctrl+t", "Teams", "Put teams together: personas, a captain, a model and server per seat."),
    Command("personas", "f5", "Personas", "Read, make and edit the personas.", footer="Personas", rank=2),
    Command("choose_task", "f6", "Choose a task", "A question with its background, from a folder.", footer="Task"),
    Command("servers", "shift+f4,f16", "Servers", "Add, edit, check and remove servers; where their keys are kept."),
    Command("seat_models", "shift+f2,f14", "A model for each seat", "Who speaks for whom, before the run begins."),
    Command("settings", "ctrl+s", "Settings", "All that the settings file holds; keys too."),
    Command("use_local", "ctrl+e", "The model that comes along", "While nothing is asked or typed: real, tiny, often wrong."),
    Command("use_demo", "ctrl+d", "The demo", "While nothing is asked or typed: made-up text, to look around."),
    Command("new_question", "ctrl+n", "New question", "Clear the table for another question."),
    Command("account", "f12", "How it came about", "What each seat used, who agreed with whom, who changed sides.", footer="Account"),
    Command("runs", "f10,ctrl+r", "Runs", "All runs: search, read, replay, go on, fork, export.", footer="Runs", rank=2),
    Command("resume_last", "ctrl+o", "Go on with the run that was cut off", "What was finished is not asked again."),
    Command("jump", "ctrl+g", "Jump to a pane", "Shows a letter on every pane: press it, or the pane's number, to go there.", footer="Jump"),
    Command("leave_input", "escape", "Between the panes and the input", "Out of the zoom, to the panes, and back to the input.", palette=False),
    Command("zoom", "z", "Zoom the pane", "One pane on the whole screen, and back.", "pane", "Zoom", rank=0),
    Command("follow_speaker", "a", "Follow who speaks", "Where one pane is shown at a time: always that of who speaks, until you choose one.", "pane"),
    Command("edit_seat", "e", "Edit the persona", "Takes effect from the seat's next turn.", "pane", "Edit", rank=2),
    Command("speak_to_seat", "w", "Speak to this seat", "A word to this seat alone, heard at its next turn.", "pane", "Speak", rank=0),
    Command("stop_seat", "s", "Stop this seat", "End its turn; the others go on.", "pane", "Stop seat", rank=0),
    Command("retry_seat", "r", "Retry this seat", "Start its turn anew, or ask it again after it failed.", "pane", "Retry", rank=2),
    Command("seat_menu", "m", "The seat, in a menu", "Mute, replace or promote it, and all else that can be done with it.", "pane", "Seat"),
    Command("mute_seat", "M", "Mute this seat, or let it be asked again", "It is not asked while it is muted; that is no fault of it.", "pane"),
    Command("replace_persona", "p", "Another persona for this seat", "It takes over the seat, with what was said there, from the next turn.", "pane"),
    Command("replace_model", "v", "Another model for this seat", "Another model or server speaks from the seat's next turn.", "pane"),
    Command("promote_seat", "C", "Let this seat lead", "The captain speaks with its persona and model from its next turn.", "pane"),
    Command("previous_stage", "left_square_bracket", "The stage before", "Of a pipeline: the panes of the stage before the one that is shown.", "pane"),
    Command("next_stage", "right_square_bracket", "The next stage", "Of a pipeline: the panes of the stage after the one that is shown.", "pane"),
    Command("more_rounds", "greater_than_sign", "A round more", "Of a debate; a turn more of a discussion.", "pane"),
    Command("fewer_rounds", "less_than_sign", "A round less", "Not fewer than have begun.", "pane"),
    Command("change_budget", "dollar_sign", "Change the budget", "In tokens, in money, or none.", "pane"),
    Command("copy_answer", "y", "Copy the last answer", "The pane's last answer, to the clipboard.", "pane", "Copy"),
    Command("copy_pane", "Y", "Copy the pane", "All the pane holds, to the clipboard.", "pane"),
    Command("reasoning", "o,enter", "Open or fold the reasoning", "What the model thought before its last answer.", "pane", "Thoughts", rank=2),
    Command("open_run", "enter", "Read the run", "As it ended, its panes side by side.", "runs", "Read", rank=0),
    Command("replay_run", "p", "Replay the run", "Watch it again from the start, without a server.", "runs", "Replay", rank=0),
    Command("search_runs", "slash,ctrl+f", "Search", "In questions, answers and all that was said; as you type.", "runs", "Search", rank=0),
    Command("filter_mode", "m", "Only one mode", "Show the runs of one mode.", "runs"),
    Command("filter_status", "s", "Only one status", "Show the complete, failed, interrupted, ... ones.", "runs"),
    Command("filter_model", "l", "Only one model", "Show the runs in which a model spoke.", "runs"),
    Command("filter_date", "t", "Only some time", "Show the runs of today, this week, ...", "runs"),
    Command("unfilter", "a", "All runs", "Take the search and the filters away.", "runs"),
    Command("rename_run", "r", "Rename the run", "A title of yours in place of its question.", "runs", "Rename", rank=2),
    Command("delete_run", "d,delete", "Delete the run", "To the trash: undo takes it back.", "runs", "Delete", rank=2),
    Command("undo_delete", "ctrl+z", "Take a deleted run back", "The last one that was deleted.", "runs"),
    Command("leave_runs", "escape", "Back", "Out of the search, or back to where you came from.", "runs", "Back", palette=False, rank=0),
    Command("play", "space", "Play, or pause", "At the end: from the start.", "replay", "Play", rank=0),
    Command("next_turn", "right", "A turn further", "To the next end of a turn.", "replay", "Turn", rank=0),
    Command("previous_turn", "left", "A turn back", "To the end of the turn before.", "replay"),
    Command("next_event", "full_stop", "An event further", "One thing that happened.", "replay"),
    Command("previous_event", "comma", "An event back", "Before the last thing that happened.", "replay"),
    Command("faster", "plus,equals_sign", "Faster", "Twice as fast, up to 64 times, then all at once.", "replay", "Faster"),
    Command("slower", "minus", "Slower", "Half as fast, down to half of how it was.", "replay", "Slower"),
    Command("to_start", "b", "To the beginning", "Before the first word.", "replay"),
    Command("to_end", "n", "To the end", "All at once.", "replay"),
    Command("leave_replay", "escape", "Back", "Out of the zoom; then back to where you came from.", "replay", "Back", palette=False, rank=0),
    Command("resume_run", "g", "Go on with the run", "Where it was cut off or stopped; nothing is asked twice.", "run", "Go on"),
    Command("fork_run", "f", "Fork the run", "From any turn, with another persona, model, option or answer.", "run", "Fork"),
    Command("follow_up_run", "u", "Follow up", "Ask a new question with the run as its background.", "run", "Follow up"),
    Command("export_run", "x", "Export the run", "Markdown, an HTML page, JSON, a terminal recording.", "run", "Export"),
    Command("copy_transcript", "c", "Copy the transcript", "All of the run as Markdown, to the clipboard.", "run"),
    Command("open_row", "enter", "Choose the task, or edit the text", "The task, or one of its questions, is then what enter at the table starts.", "tasks", "Choose", rank=0),
    Command("start_task", "s", "Start the task", "As it is, at once; asks which question where there are several.", "tasks", "Start", rank=0),
    Command("edit_text", "e", "Edit the text", "Here; what comes along is copied to yours first.", "tasks", "Edit"),
    Command("edit_outside", "v", "Edit the text in your own editor", "In what VISUAL or EDITOR names.", "tasks", "Editor", rank=2),
    Command("search_tasks", "slash,ctrl+f", "Search the tasks", "By their names and texts, as you type.", "tasks", "Search", rank=0),
    Command("new_task", "n", "A task of the question and the settings", "As they are now: mode, team, options, edited personas.", "tasks", "New"),
    Command("new_empty_task", "N", "A new task", "With nothing in it yet.", "tasks"),
    Command("copy_task", "c", "Copy the task", "The copy is yours.", "tasks", "Copy", rank=2),
    Command("rename_task", "r", "Rename the task", "Its title and its folder.", "tasks", "Rename", rank=2),
    Command("delete_task", "d,delete", "Delete the task", "To the trash: undo takes it back.", "tasks", "Delete", rank=2),
    Command("undo_task_delete", "u,ctrl+z", "Take a deleted task back", "The last one that was deleted.", "tasks"),
    Command("no_task", "x", "No task", "Back to a question of your own.", "tasks"),
    Command("leave_tasks", "escape", "Back", "Out of the search, or back to where you came from.", "tasks", "Back", palette=False, rank=0),
    Command("edit_persona", "enter", "Edit the persona", "What is not yours becomes a copy of yours.", "personas", "Edit", rank=0),
    Command("new_persona", "n", "A new persona", "With nothing in it yet.", "personas", "New"),
    Command("copy_persona", "c", "Copy the persona", "One like it, under a name of its own.", "personas", "Copy"),
    Command("rename_persona", "r", "Rename the persona", "One of yours; its file stays where it is.", "personas", "Rename", rank=2),
    Command("delete_persona", "d,delete", "Delete the persona", "One of yours: undo takes it back.", "personas", "Delete", rank=2),
    Command("undo_persona", "u,ctrl+z", "Undo", "Take back the last deletion or renaming.", "personas", "Undo", rank=2),
    Command("search_personas", "slash,ctrl+f", "Search the personas", "By name, role and where they come from, as you type.", "personas", "Search", rank=2),
    Command("to_teams", "t", "Teams", "Who sits together: put a team together out of personas.", "personas", "Teams"),
    Command("read_personas", "ctrl+r", "Read the files again", "They are looked at every second anyway.", "personas"),
    Command("leave_personas", "escape", "Back", "Out of the search, or back to where you came from.", "personas", "Back", palette=False, rank=0),
    Command("save_persona", "ctrl+s", "Save the persona", "To your personas.", "persona", "Save", rank=0),
    Command("use_persona", "ctrl+r", "Use it unsaved", "In the run that goes on, from the seat's next turn.", "persona", "Use unsaved", rank=0),
    Command("other_side", "ctrl+t", "To the form, or to the JSON", "Both say the same, whichever you change.", "persona", "Form/JSON"),
    Command("pick_voice", "f4", "Pick model and server", "Among those of all servers that answer.", "persona", "Model"),
    Command("persona_fault", "ctrl+g", "To the next fault", "In the JSON.", "persona", "Fault", rank=0),
    Command("take_theirs", "f6", "Take what is on the disk", "In place of what stands here.", "disk", "Take theirs", rank=0),
    Command("keep_yours", "f7", "Keep what stands here", "Saving then replaces what is on the disk.", "disk", "Keep yours", rank=0),
    Command("leave_persona", "escape", "Leave", "Asks if something is unsaved.", "persona", "Leave", palette=False, rank=0),
    Command("try_it", "f9", "Try the persona", "One answer of it, as it is now, saved or not. Nothing of it is kept.", "trial", "Try it", rank=0),
    Command("stop_trying", "f8", "Stop its answer", "What was said so far stays.", "trial", "Stop", rank=0),
    Command("edit_team", "enter", "Change the team", "What is not yours becomes a copy of yours.", "teams", "Edit", rank=0),
    Command("use_team", "space", "Seat this team", "It is who sits at the table from now on.", "teams", "Seat it", rank=0),
    Command("new_team", "n", "Put a team together", "Out of personas, with a model and a server for each seat.", "teams", "New"),
    Command("copy_team", "c", "Copy the team", "One like it, under a name of its own.", "teams", "Copy"),
    Command("rename_team", "r", "Rename the team", "One of yours; its file stays where it is.", "teams", "Rename", rank=2),
    Command("delete_team", "d,delete", "Delete the team", "One of yours: undo takes it back.", "teams", "Delete", rank=2),
    Command("undo_team", "u,ctrl+z", "Undo", "Take back the last deletion or renaming.", "teams", "Undo", rank=2),
    Command("search_teams", "slash,ctrl+f", "Search the teams", "By name, title and who sits there, as you type.", "teams", "Search", rank=2),
    Command("read_teams", "ctrl+r", "Read the files again", "They are looked at every second anyway.", "teams"),
    Command("leave_teams", "escape", "Back", "Out of the search, or back to where you came from.", "teams", "Back", palette=False, rank=0),
    Command("add_member", "a,f3", "Seat personas", "One after the other, until you leave the list.", "team", "Add", rank=0),
    Command("choose_captain", "c", "Choose the captain", "Who judges, merges or sums up; or nobody.", "team", "Captain", rank=0),
    Command("choose_voice", "m,f4", "Model and server of the seat", "Among those of all servers that answer.", "team", "Model", rank=0),
    Command("plain_voice", "x", "No model of its own", "The seat speaks with the persona's, or the run's.", "team"),
    Command("swap_member", "p,enter", "Another persona for the seat", "Its model and server stay.", "team", "Persona"),
    Command("remove_member", "d,delete", "Empty the seat", "Undo takes it back.", "team", "Remove"),
    Command("member_up", "K,shift+up", "Further up", "The seat moves in the order in which they sit.", "team"),
    Command("member_down", "J,shift+down", "Further down", "The seat moves in the order in which they sit.", "team"),
    Command("undo_member", "u,ctrl+z", "Undo", "The last thing that was done to the seats.", "team", "Undo", rank=2),
    Command("save_team", "ctrl+s", "Save the team", "To your teams.", "team", "Save", rank=0),
    Command("leave_team", "escape", "Leave", "Asks if something is unsaved.", "team", "Leave", palette=False, rank=0),
    Command("save_text", "ctrl+s", "Save the text", "Asks first where somebody else has changed the file.", "text", "Save", rank=0),
    Command("next_fault", "ctrl+g", "To the next fault", "Where the text has a form, and does not keep to it.", "text", "Fault", rank=0),
    Command("read_again", "ctrl+r", "Read the file anew", "In place of what was typed; asks first.", "text", "Read anew", rank=2),
    Command("text_outside", "ctrl+o", "Edit it in your own editor", "In what VISUAL or EDITOR names.", "text", "Editor"),
    Command("leave_text", "escape", "Leave the text", "Asks first where something is not saved.", "text", "Leave", palette=False, rank=0),
    Command("edit_server", "enter", "Edit the server", "Its address, key, model; a server found here is added.", "servers", "Edit", rank=0),
    Command("new_server", "n", "A new server", "An empty form.", "servers", "New", rank=0),
    Command("default_server", "s", "Ask this server by default", "When nobody names another.", "servers", "Default"),
    Command("delete_server", "d,delete", "Remove the server", "From the settings: undo takes it back.", "servers", "Remove"),
    Command("undo_server", "u,ctrl+z", "Take a removed server back", "The last one, with all that was said of it.", "servers", "Undo"),
    Command("leave_servers", "escape", "Back", "Back to where you came from.", "servers", "Back", palette=False),
    Command("check_server", "f5", "Check the server", "Enter does it too: is the name known, does it answer, does a model speak?", "server", "Check", rank=0),
    Command("right_url", "f6", "Write the right address", "The one that the check has found.", "server", "Address", rank=0),
    Command("save_server", "ctrl+s", "Save the server", "To the settings file.", "server", "Save", rank=0),
    Command("leave_server", "escape", "Back", "Leave it as it was.", "server", "Back", palette=False),
    Command("save_settings", "ctrl+s", "Save the settings", "What can act at once, does.", "settings", "Save", rank=0),
    Command("mode_options", "f2", "Options of a mode, for good", "In place of the mode's own.", "settings", "Options"),
    Command("edit_keys", "f3", "Keys", "Another key for any command.", "settings", "Keys"),
    Command("edit_servers", "f4", "Servers", "Add, edit, check and remove servers.", "settings", "Servers"),
    Command("leave_settings", "escape", "Back", "What is not saved is told once.", "settings", "Back", palette=False),
    Command("change_key", "enter", "Another key", "Press the one you want.", "keys", "Change", rank=0),
    Command("own_key", "d,delete", "The app's own key", "Take yours away again.", "keys", "The app's own"),
    Command("leave_keys", "escape", "Back", "Back to the settings.", "keys", "Back", palette=False),
)  # fmt: skip


def list_commands(scope: CommandScope) -> list[Command]:
    """Return the commands of one place, in order."""
    return [command for command in COMMANDS if command.scope == scope]


def make_bindings(scope: CommandScope, prefix: str = "") -> list[BindingType]:
    """Return the commands of one place as bindings; `prefix` names whose action it is, such as `screen.`."""
    return [make_binding(command, prefix) for command in list_commands(scope)]


def make_binding(command: Command, prefix: str = "") -> Binding:
    """Return a command as a binding."""
    return Binding(
        command.keys,
        prefix + command.id,
        command.footer or command.title,
        show=bool(command.footer),
        priority=command.scope == "app",
        id=command.id,
        tooltip=command.help,
    )


def make_binding_by_id(id: str, prefix: str = "") -> Binding:
    """Return one command as a binding, for a place that it is not declared for."""
    return next(make_binding(command, prefix) for command in COMMANDS if command.id == id)


_KEY_SYMBOLS = {
    "full_stop": ".", "comma": ",", "slash": "/", "plus": "+", "minus": "-", "equals_sign": "=",
    "left": "←", "right": "→", "up": "↑", "down": "↓", "pageup": "pgup", "pagedown": "pgdn", "escape": "esc",
    "greater_than_sign": ">", "less_than_sign": "<", "left_square_bracket": "[", "right_square_bracket": "]", "dollar_sign": "$",
}  # fmt: skip


def format_keys(keys: str) -> str:
    """Return keys as a person reads them."""
    return " ".join(_format_key(key) for key in keys.split(","))


def _format_key(key: str) -> str:
    *held, last = key.strip().split("+")
    last = _KEY_SYMBOLS.get(last) or ("_" in last and key_to_character(last)) or last
    return "+".join([*held, last.upper() if held == [] and last[:1] == "f" and last[1:].isdigit() else last])


def format_short_key(keys: str) -> str:
    """Return the first of keys as a footer has room for it: F7, ^g, esc."""
    return _format_key(keys.split(",")[0]).replace("ctrl+", "^")


def get_rank(id: str | None) -> int:
    """Return the rank of a command in a footer; what is not declared here stands in the middle."""
    return next((command.rank for command in COMMANDS if command.id == id), 1)


TABLE_SCOPES: tuple[CommandScope, ...] = ("table", "pane", "app")
