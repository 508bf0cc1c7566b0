"""All commands of the app. Bindings, key hints, command palette, help and remapping are made from these."""

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
    "batch",
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
    "table": "Main screen",
    "pane": "Pane",
    "runs": "Runs",
    "replay": "Replay",
    "batch": "Batch",
    "run": "Selected run",
    "tasks": "Tasks",
    "text": "Task editor",
    "personas": "Personas",
    "persona": "Persona editor",
    "trial": "Trying a persona",
    "disk": "File changed by another program",
    "teams": "Teams",
    "team": "Team editor",
    "servers": "Servers",
    "server": "Server form",
    "settings": "Settings",
    "keys": "Key settings",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command. `id` names its action method and its entry in the `[keys]` section of the settings."""

    id: str
    keys: str
    title: str
    help: str
    scope: CommandScope = "table"
    footer: str = ""
    """Label among the key hints; "" leaves it out."""
    palette: bool = True
    rank: int = 1
    """Priority among the key hints: the highest ranks are left out first if there is no room."""


COMMANDS: tuple[Command, ...] = (
    Command("help", "f1", "Help", "All keys and what they do.", "app", "Help", rank=0),
    Command("quit", "ctrl+q", "Quit", "Leave. A running question is stopped; its record is kept.", "app", "Quit", palette=False, rank=3),
    Command("suspend", "ctrl+z", "Suspend", "Return to the shell; fg continues. Where text is edited, ctrl+z undoes.", "app", palette=False, rank=3),
    Command("pause", "f7", "Pause / resume", "Running turns finish; no new turn starts until you resume.", footer="Pause", rank=0),
    Command("step", "f9", "Step", "While paused: start one turn."),
    Command("stop_run", "f8", "Stop the run", "End all turns now; the text so far is kept.", footer="Stop", rank=0),
    Command("choose_mode", "f2", "Choose mode", "How the question is answered: pro, debate, roundtable, ...", footer="Mode"),
    Command("choose_options", "ctrl+l", "Mode options", "Rounds, turns, candidates, temperatures: the options of the mode."),
    Command("choose_team", "f3", "Choose team", "The personas that take part.", footer="Team"),
    Command("choose_model", "f4", "Choose server and model", "The server and model of all seats.", footer="Model"),
    Command("teams", "ctrl+t", "Teams", "Edit teams: personas, captain, model and server of each seat."),
    Command("personas", "f5", "Personas", "View, create and edit personas.", footer="Personas", rank=2),
    Command("choose_task", "f6", "Choose task", "A prepared question with background, from a folder.", footer="Task"),
    Command("servers", "shift+f4,f16", "Servers", "Add, edit, check and remove servers and their API keys."),
    Command("seat_models", "shift+f2,f14", "Models per seat", "The model of each seat, before the run starts."),
    Command("settings", "ctrl+s", "Settings", "Edit the settings file, including keys."),
    Command("use_local", "ctrl+e", "Use the built-in model", "Before the first question: tiny test model, often wrong."),
    Command("use_demo", "ctrl+d", "Use the demo", "Before the first question: generated text, to try the app."),
    Command("new_question", "ctrl+n", "New question", "Clear the screen for another question."),
    Command("account", "f12", "Report", "Usage of each seat, agreement, and changes of mind.", footer="Report"),
    Command("runs", "f10,ctrl+r", "Runs", "All runs: search, open, replay, resume, fork, export.", footer="Runs", rank=2),
    Command("resume_last", "ctrl+o", "Resume last run", "Finished turns are not repeated."),
    Command("batches", "shift+f9,f21", "Batches", "The progress and the runs of roundtable batch."),
    Command("jump", "ctrl+g", "Jump to pane", "Shows a letter on each pane: press it, or the pane's number.", footer="Jump"),
    Command("leave_input", "escape", "Switch between panes and input", "Ends the zoom, then goes to the panes, then back to the input.", palette=False),
    Command("zoom", "z", "Zoom pane", "Show one pane on the whole screen, and back.", "pane", "Zoom", rank=0),
    Command("follow_speaker", "a", "Follow the speaker", "On a narrow screen: show the seat that is speaking until you choose a pane.", "pane"),
    Command("edit_seat", "e", "Edit persona", "Takes effect at the seat's next turn.", "pane", "Edit", rank=2),
    Command("speak_to_seat", "w", "Message this seat", "A private message, read at its next turn.", "pane", "Message", rank=0),
    Command("stop_seat", "s", "Stop this seat", "End its turn; the others continue.", "pane", "Stop seat", rank=0),
    Command("retry_seat", "r", "Retry this seat", "Restart its turn, or retry it after a failure.", "pane", "Retry", rank=2),
    Command("seat_menu", "m", "Seat menu", "Mute, replace, make captain, and all other actions for the seat.", "pane", "Seat"),
    Command("mute_seat", "M", "Mute / unmute", "A muted seat is skipped; this does not count as a failure.", "pane"),
    Command("replace_persona", "p", "Replace persona", "The new persona takes over the conversation at the next turn.", "pane"),
    Command("replace_model", "v", "Replace model", "Another model or server from the seat's next turn.", "pane"),
    Command("promote_seat", "C", "Make captain", "The captain uses this persona and model from its next turn.", "pane"),
    Command("previous_stage", "left_square_bracket", "Previous stage", "In a pipeline: show the panes of the stage before.", "pane"),
    Command("next_stage", "right_square_bracket", "Next stage", "In a pipeline: show the panes of the stage after.", "pane"),
    Command("more_rounds", "greater_than_sign", "Add a round", "Of a debate; a turn of a discussion.", "pane"),
    Command("fewer_rounds", "less_than_sign", "Remove a round", "Not below the number that have started.", "pane"),
    Command("change_budget", "dollar_sign", "Change budget", "A limit in tokens, in dollars, or none.", "pane"),
    Command("copy_answer", "y", "Copy last answer", "The pane's last answer, to the clipboard.", "pane", "Copy"),
    Command("copy_pane", "Y", "Copy pane", "The whole text of the pane, to the clipboard.", "pane"),
    Command("reasoning", "o,enter", "Show / hide reasoning", "The model's reasoning before its last answer.", "pane", "Reasoning", rank=2),
    Command("open_run", "enter", "Open run", "Its final state, with all panes.", "runs", "Open", rank=0),
    Command("replay_run", "p", "Replay run", "Watch it again from the start, without a server.", "runs", "Replay", rank=0),
    Command("search_runs", "slash,ctrl+f", "Search", "In questions, answers and all other text, as you type.", "runs", "Search", rank=0),
    Command("filter_mode", "m", "Filter by mode", "Show the runs of one mode.", "runs"),
    Command("filter_status", "s", "Filter by status", "Show complete, failed, interrupted, ... runs.", "runs"),
    Command("filter_model", "l", "Filter by model", "Show the runs that used a model.", "runs"),
    Command("filter_date", "t", "Filter by date", "Show the runs of today, this week, ...", "runs"),
    Command("unfilter", "a", "Show all runs", "Clear the search and the filters.", "runs"),
    Command("rename_run", "r", "Rename run", "Give it a title instead of its question.", "runs", "Rename", rank=2),
    Command("delete_run", "d,delete", "Delete run", "Move it to the trash; undo restores it.", "runs", "Delete", rank=2),
    Command("undo_delete", "U", "Undo delete", "Restore the last deleted run.", "runs"),
    Command("leave_runs", "escape", "Back", "Leave the search, then the screen.", "runs", "Back", palette=False, rank=0),
    Command("play", "space", "Play / pause", "At the end: play from the start.", "replay", "Play", rank=0),
    Command("next_turn", "right", "Next turn", "Go to the next end of a turn.", "replay", "Turn", rank=0),
    Command("previous_turn", "left", "Previous turn", "Go to the previous end of a turn.", "replay"),
    Command("next_event", "full_stop", "Next event", "Go forward by one event.", "replay"),
    Command("previous_event", "comma", "Previous event", "Go back by one event.", "replay"),
    Command("faster", "plus,equals_sign", "Faster", "Double the speed, up to 64x, then without pauses.", "replay", "Faster"),
    Command("slower", "minus", "Slower", "Halve the speed, down to 0.5x.", "replay", "Slower"),
    Command("to_start", "b", "Go to start", "Before the first event.", "replay"),
    Command("to_end", "n", "Go to end", "Show the final state.", "replay"),
    Command("leave_replay", "escape", "Back", "End the zoom, then leave the screen.", "replay", "Back", palette=False, rank=0),
    Command("open_batch_run", "enter", "Open run", "Its final state, with all panes.", "batch", "Open run", rank=0),
    Command("failed_batch_runs", "s", "Failed runs", "Show failed runs only, and back to all.", "batch", "Failed"),
    Command("other_batches", "f6", "Other batches", "Show another batch of this machine.", "batch", "Batches"),
    Command("leave_batch", "escape", "Back", "The batch continues.", "batch", "Back", palette=False, rank=0),
    Command("resume_run", "g", "Resume run", "Continue where it was stopped; finished turns are not repeated.", "run", "Resume"),
    Command("fork_run", "f", "Fork run", "Continue from any turn with another persona, model, option or answer.", "run", "Fork"),
    Command("follow_up_run", "u", "Follow up", "Ask a new question with this run as background.", "run", "Follow up"),
    Command("export_run", "x", "Export run", "As Markdown, HTML, JSON or a terminal recording.", "run", "Export"),
    Command("copy_transcript", "c", "Copy transcript", "The whole run as Markdown, to the clipboard.", "run"),
    Command("open_row", "enter", "Use task / edit text", "The task or question is started with enter on the main screen.", "tasks", "Use", rank=0),
    Command("start_task", "s", "Start task", "Now and unchanged; asks for the question if there are several.", "tasks", "Start", rank=0),
    Command("edit_text", "e", "Edit text", "Here; a built-in text is copied to your tasks first.", "tasks", "Edit"),
    Command("edit_outside", "v", "Edit text in your editor", "In the editor named by VISUAL or EDITOR.", "tasks", "Editor", rank=2),
    Command("search_tasks", "slash,ctrl+f", "Search tasks", "By name and text, as you type.", "tasks", "Search", rank=0),
    Command("new_task", "n", "Save this setup as a task", "With the current mode, team, options and edited personas.", "tasks", "New"),
    Command("new_empty_task", "N", "New empty task", "Without any text.", "tasks"),
    Command("copy_task", "c", "Copy task", "The copy is saved in your tasks.", "tasks", "Copy", rank=2),
    Command("rename_task", "r", "Rename task", "Its title and its folder.", "tasks", "Rename", rank=2),
    Command("delete_task", "d,delete", "Delete task", "Move it to the trash; undo restores it.", "tasks", "Delete", rank=2),
    Command("undo_task_delete", "u", "Undo delete", "Restore the last deleted task.", "tasks"),
    Command("no_task", "x", "No task", "Ask your own question again.", "tasks"),
    Command("leave_tasks", "escape", "Back", "Leave the search, then the screen.", "tasks", "Back", palette=False, rank=0),
    Command("edit_persona", "enter", "Edit persona", "A persona that is not yours is copied first.", "personas", "Edit", rank=0),
    Command("new_persona", "n", "New persona", "Without any text.", "personas", "New"),
    Command("copy_persona", "c", "Copy persona", "Under another name.", "personas", "Copy"),
    Command("rename_persona", "r", "Rename persona", "Your own only; its file stays in place.", "personas", "Rename", rank=2),
    Command("delete_persona", "d,delete", "Delete persona", "Your own only; undo restores it.", "personas", "Delete", rank=2),
    Command("undo_persona", "u", "Undo", "Undo the last deletion or renaming.", "personas", "Undo", rank=2),
    Command("search_personas", "slash,ctrl+f", "Search personas", "By name, role and origin, as you type.", "personas", "Search", rank=2),
    Command("to_teams", "t", "Teams", "Build teams from personas.", "personas", "Teams"),
    Command("read_personas", "ctrl+r", "Reload files", "They are also checked every second.", "personas"),
    Command("leave_personas", "escape", "Back", "Leave the search, then the screen.", "personas", "Back", palette=False, rank=0),
    Command("save_persona", "ctrl+s", "Save persona", "In your personas.", "persona", "Save", rank=0),
    Command("use_persona", "ctrl+r", "Apply to this run", "Without saving, from the seat's next turn.", "persona", "Apply", rank=0),
    Command("other_side", "ctrl+t", "Form / JSON", "Switch between the form and the JSON text.", "persona", "Form/JSON"),
    Command("pick_voice", "f4", "Choose model and server", "From all servers that respond.", "persona", "Model"),
    Command("persona_fault", "ctrl+g", "Next error", "In the JSON.", "persona", "Next error", rank=0),
    Command("take_theirs", "f6", "Use the version on disk", "Discards your changes here.", "disk", "Use disk version", rank=0),
    Command("keep_yours", "f7", "Keep your version", "Saving then replaces the version on disk.", "disk", "Keep your version", rank=0),
    Command("leave_persona", "escape", "Back", "Asks first if there are unsaved changes.", "persona", "Back", palette=False, rank=0),
    Command("try_it", "f9", "Try persona", "Get one answer from the persona as it is now; nothing is saved.", "trial", "Try", rank=0),
    Command("stop_trying", "f8", "Stop the answer", "The text so far stays.", "trial", "Stop", rank=0),
    Command("edit_team", "enter", "Edit team", "A team that is not yours is copied first.", "teams", "Edit", rank=0),
    Command("use_team", "space", "Use team", "For this and the following questions.", "teams", "Use team", rank=0),
    Command("new_team", "n", "New team", "From personas, with a model and server for each seat.", "teams", "New"),
    Command("copy_team", "c", "Copy team", "Under another name.", "teams", "Copy"),
    Command("rename_team", "r", "Rename team", "Your own only; its file stays in place.", "teams", "Rename", rank=2),
    Command("delete_team", "d,delete", "Delete team", "Your own only; undo restores it.", "teams", "Delete", rank=2),
    Command("undo_team", "u", "Undo", "Undo the last deletion or renaming.", "teams", "Undo", rank=2),
    Command("search_teams", "slash,ctrl+f", "Search teams", "By name, title and members, as you type.", "teams", "Search", rank=2),
    Command("read_teams", "ctrl+r", "Reload files", "They are also checked every second.", "teams"),
    Command("leave_teams", "escape", "Back", "Leave the search, then the screen.", "teams", "Back", palette=False, rank=0),
    Command("add_member", "a,f3", "Add seats", "Choose several personas; esc when done.", "team", "Add", rank=0),
    Command("choose_captain", "c", "Choose captain", "The seat that judges, merges or sums up; or none.", "team", "Captain", rank=0),
    Command("choose_voice", "m,f4", "Model and server of the seat", "From all servers that respond.", "team", "Model", rank=0),
    Command("plain_voice", "x", "Use default model", "The model of the persona, or of the run.", "team"),
    Command("swap_member", "p,enter", "Replace persona", "The seat keeps its model and server.", "team", "Persona"),
    Command("remove_member", "d,delete", "Remove seat", "Undo restores it.", "team", "Remove"),
    Command("member_up", "K,shift+up", "Move up", "Changes the order of the seats.", "team"),
    Command("member_down", "J,shift+down", "Move down", "Changes the order of the seats.", "team"),
    Command("undo_member", "u", "Undo", "Undo the last change of the seats.", "team", "Undo", rank=2),
    Command("save_team", "ctrl+s", "Save team", "In your teams.", "team", "Save", rank=0),
    Command("leave_team", "escape", "Back", "Asks first if there are unsaved changes.", "team", "Back", palette=False, rank=0),
    Command("save_text", "ctrl+s", "Save text", "Asks first if the file was changed by another program.", "text", "Save", rank=0),
    Command("next_fault", "ctrl+g", "Next error", "In texts that have a required form.", "text", "Next error", rank=0),
    Command("read_again", "ctrl+r", "Reload", "Replaces your changes; asks first.", "text", "Reload", rank=2),
    Command("text_outside", "ctrl+o", "Edit in your editor", "In the editor named by VISUAL or EDITOR.", "text", "Editor"),
    Command("leave_text", "escape", "Back", "Asks first if there are unsaved changes.", "text", "Back", palette=False, rank=0),
    Command("edit_server", "enter", "Edit server", "Its URL, key and model; a discovered server is added.", "servers", "Edit", rank=0),
    Command("new_server", "n", "New server", "Opens an empty form.", "servers", "New", rank=0),
    Command("default_server", "s", "Use as default", "For questions without a chosen server.", "servers", "Default"),
    Command("delete_server", "d,delete", "Remove server", "From the settings; undo restores it.", "servers", "Remove"),
    Command("undo_server", "u", "Undo remove", "Restore the last removed server with all its settings.", "servers", "Undo"),
    Command("leave_servers", "escape", "Back", "Leave the screen.", "servers", "Back", palette=False),
    Command("check_server", "f5", "Check server", "Also enter. Checks host name, response, and an answer of a model.", "server", "Check", rank=0),
    Command("right_url", "f6", "Use the suggested URL", "The URL that the check found.", "server", "Use URL", rank=0),
    Command("save_server", "ctrl+s", "Save server", "In the settings file.", "server", "Save", rank=0),
    Command("leave_server", "escape", "Back", "Discards your changes.", "server", "Back", palette=False),
    Command("save_settings", "ctrl+s", "Save settings", "Most changes take effect at once.", "settings", "Save", rank=0),
    Command("mode_options", "f2", "Default mode options", "Defaults for each mode, in place of its own.", "settings", "Options"),
    Command("edit_keys", "f3", "Keys", "Assign other keys to commands.", "settings", "Keys"),
    Command("edit_servers", "f4", "Servers", "Add, edit, check and remove servers.", "settings", "Servers"),
    Command("leave_settings", "escape", "Back", "Warns once about unsaved changes.", "settings", "Back", palette=False),
    Command("change_key", "enter", "Change key", "Press the new key.", "keys", "Change", rank=0),
    Command("own_key", "d,delete", "Reset key", "Use the default key.", "keys", "Reset"),
    Command("leave_keys", "escape", "Back", "Return to the settings.", "keys", "Back", palette=False),
)  # fmt: skip


def list_commands(scope: CommandScope) -> list[Command]:
    """Return the commands of a scope, in order."""
    return [command for command in COMMANDS if command.scope == scope]


def make_bindings(scope: CommandScope, prefix: str = "") -> list[BindingType]:
    """Return the commands of a scope as bindings; `prefix` is the namespace of the actions, such as `screen.`."""
    return [make_binding(command, prefix) for command in list_commands(scope)]


def make_binding(command: Command, prefix: str = "") -> Binding:
    """Return a command as a binding."""
    return Binding(
        command.keys,
        prefix + command.id,
        command.footer or command.title,
        show=bool(command.footer),
        priority=command.scope == "app" and command.id != "suspend",
        id=command.id,
        tooltip=command.help,
    )


def make_binding_by_id(id: str, prefix: str = "") -> Binding:
    """Return a command as a binding, for use outside its scope."""
    return next(make_binding(command, prefix) for command in COMMANDS if command.id == id)


_KEY_SYMBOLS = {
    "full_stop": ".", "comma": ",", "slash": "/", "plus": "+", "minus": "-", "equals_sign": "=",
    "left": "←", "right": "→", "up": "↑", "down": "↓", "pageup": "pgup", "pagedown": "pgdn", "escape": "esc",
    "greater_than_sign": ">", "less_than_sign": "<", "left_square_bracket": "[", "right_square_bracket": "]", "dollar_sign": "$",
}  # fmt: skip


_SHIFTED_F_KEY_OFFSET = 12
"""Many terminals report shift+F1 as F13, shift+F2 as F14, and so on."""


def format_keys(keys: str) -> str:
    """Format comma-separated keys for display: `ctrl+r F10`.

    The second name of a key, as some terminals report it, is left out: F14 after shift+F2.
    """
    names = [key.strip() for key in keys.split(",")]
    numbers = [_parse_f_key(key.removeprefix("shift+")) for key in names if key.startswith("shift+")]
    aliases = {f"f{number + _SHIFTED_F_KEY_OFFSET}" for number in numbers if number}
    return " ".join(_format_key(key) for key in names if key not in aliases)


def _parse_f_key(key: str) -> int:
    """Return the number of a function key; 0 for any other key."""
    return int(key[1:]) if key[:1] == "f" and key[1:].isdigit() else 0


def _format_key(key: str) -> str:
    *held, last = key.strip().split("+")
    last = _KEY_SYMBOLS.get(last) or ("_" in last and key_to_character(last)) or last
    return "+".join([*held, last.upper() if _parse_f_key(last) else last])


def format_short_key(keys: str) -> str:
    """Format the first of comma-separated keys briefly: F7, ^g, esc."""
    return _format_key(keys.split(",")[0]).replace("ctrl+", "^")


def get_rank(id: str | None) -> int:
    """Return the rank of a command among the key hints; 1 for bindings declared elsewhere."""
    return next((command.rank for command in COMMANDS if command.id == id), 1)


TABLE_SCOPES: tuple[CommandScope, ...] = ("table", "pane", "app")
