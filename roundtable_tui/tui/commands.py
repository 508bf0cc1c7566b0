"""All commands of the app. Bindings, key hints, command palette, help and remapping are made from these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from textual.binding import Binding, BindingType
from textual.keys import key_to_character

from roundtable_tui.tui.keys import KEYS

CommandScope = Literal[
    "app",
    "table",
    "pane",
    "board",
    "runs",
    "bench",
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
    "board": "Board",
    "runs": "Runs",
    "bench": "Bench",
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
    meaning: str
    """What its keys mean, in `keys.KEYS`; two meanings separated by a comma; "" for no key."""
    title: str
    help: str
    scope: CommandScope = "table"
    footer: str = ""
    """Label among the key hints; "" leaves it out."""
    palette: bool = True
    rank: int = 1
    """Priority among the key hints: the highest ranks are left out first if there is no room."""

    @property
    def keys(self) -> str:
        """Its keys, comma-separated; "" for none."""
        return ",".join(KEYS[meaning] for meaning in self.meaning.split(",") if meaning)

    @property
    def slash(self) -> str:
        """Its name after a slash in the input: `mode`, `copy-answer`."""
        return _SLASH_NAMES.get(self.id) or self.id.removeprefix("choose_").replace("_", "-")


NO_KEY = "unassigned"
"""Stands for the key of a command without one, so that the settings can give it one."""
_SLASH_NAMES = {
    "account": "report",
    "new_question": "new",
    "stop_run": "stop",
    "resume_last": "resume",
    "follow_up_run": "follow-up",
    "export_run": "export",
    "speak_to_seat": "message",
    "edit_seat": "edit",
    "mute_seat": "mute",
    "use_local": "built-in",
    "use_demo": "demo",
    "copy_answer": "copy",
    "promote_seat": "captain",
    "change_budget": "budget",
}

COMMANDS: tuple[Command, ...] = (
    Command("help", "help", "Help", "All keys and what they do.", "app", "Help", rank=0),
    Command("quit", "quit", "Quit", "Leave. An active run is stopped, after a question; its record is kept.", "app", "Quit", rank=3),
    Command("command_palette", "palette", "Command palette", "Find a command by typing a part of its name.", "app", palette=False, rank=3),
    Command("change_theme", "", "Theme", "Colours of the app.", "app"),
    Command("screenshot", "", "Save a picture", "The screen as an SVG file.", "app"),
    Command("suspend", "suspend", "Suspend", "Return to the shell; fg continues. Where text is edited, ctrl+z undoes.", "app", rank=3),
    Command("pause", "pause", "Pause / resume", "Running turns finish; no new turn starts until you resume.", footer="Pause", rank=0),
    Command("step", "step", "Step", "While paused: start one turn."),
    Command("stop_run", "stop", "Stop the run", "End all turns now; the text so far is kept.", footer="Stop", rank=0),
    Command("choose_mode", "mode", "Choose mode", "How the question is answered: pro, debate, roundtable, ...", footer="Mode"),
    Command("choose_options", "options", "Mode options", "Rounds, turns, candidates, temperatures: the options of the mode."),
    Command("choose_team", "team", "Choose team", "The personas that take part.", footer="Team"),
    Command("choose_model", "model", "Choose server and model", "The server and model of all seats.", footer="Model"),
    Command("teams", "teams", "Teams", "Edit teams: personas, captain, model and server of each seat."),
    Command("personas", "personas", "Personas", "View, create and edit personas.", footer="Personas", rank=2),
    Command("choose_task", "task", "Tasks", "Choose, start, edit and create prepared questions with background.", footer="Task"),
    Command("servers", "servers", "Servers", "Add, edit, check and remove servers and their API keys."),
    Command("seat_models", "seat models", "Models per seat", "The model of each seat, before the run starts."),
    Command("settings", "settings", "Settings", "Edit the settings file, including keys."),
    Command("use_local", "built-in model", "Use the built-in model", "Before the first question: tiny test model, often wrong."),
    Command("use_demo", "demo", "Use the demo", "Before the first question: written examples, and generated text for other questions."),
    Command("new_question", "new conversation", "New conversation", "The next question knows nothing of those before. Text in the input stays."),
    Command("earlier", "", "Earlier questions", "Show a run of this conversation."),
    Command("attach", "", "Attach a file", "Text, source, PDF, Word, or a picture. Also @path, or paste the path."),
    Command("pictures", "pictures", "Show pictures", "The attached pictures, drawn small."),
    Command("account", "report", "Report", "Usage of each seat, agreement, and changes of mind.", footer="Report"),
    Command("runs", "runs", "Runs", "All runs: search, open, replay, resume, fork, export.", footer="Runs", rank=2),
    Command("bench", "bench", "Bench", "Is it worth it? Modes measured on questions with known answers."),
    Command("batches", "batches", "Batches", "The progress and the runs of roundtable batch."),
    Command("resume_last", "continue", "Resume last run", "Finished turns are not repeated."),
    Command("jump", "jump", "Jump to pane", "Shows a letter on each pane: press it, or the pane's number.", footer="Jump"),
    Command("leave_input", "back", "Switch between panes and input", "Ends the zoom, then goes to the panes, then back to the input.", palette=False),
    Command("zoom", "zoom", "Zoom pane", "Show one pane on the whole screen, and back.", "pane", "Zoom", rank=0),
    Command("follow_speaker", "follow speaker", "Follow the speaker", "On a narrow screen: show the seat that is speaking until you choose a pane.", "pane"),
    Command("toggle_all", "all seats", "Show all seats", "After the end: the panes of all seats, and their lines again.", "pane"),
    Command("edit_seat", "edit", "Edit persona", "Takes effect at the seat's next turn.", "pane", "Edit", rank=2),
    Command("speak_to_seat", "message", "Message this seat", "A private message, read at its next turn.", "pane", "Message", rank=0),
    Command("stop_seat", "stop seat", "Stop this seat", "End its turn; the others continue.", "pane", "Stop seat", rank=0),
    Command("retry_seat", "retry", "Retry this seat", "Restart its turn, or retry it after a failure.", "pane", "Retry", rank=2),
    Command("seat_menu", "seat menu", "Seat menu", "Mute, replace, make captain, and all other actions for the seat.", "pane", "Seat"),
    Command("mute_seat", "mute", "Mute / unmute", "A muted seat is skipped; this does not count as a failure.", "pane"),
    Command("replace_persona", "replace persona", "Replace persona", "The new persona takes over the conversation at the next turn.", "pane"),
    Command("replace_model", "replace model", "Replace model", "Another model or server from the seat's next turn.", "pane"),
    Command("promote_seat", "captain", "Make captain", "The captain uses this persona and model from its next turn.", "pane"),
    Command("previous_stage", "previous stage", "Previous stage", "In a pipeline: show the panes of the stage before.", "pane"),
    Command("next_stage", "next stage", "Next stage", "In a pipeline: show the panes of the stage after.", "pane"),
    Command("more_rounds", "more rounds", "Add a round", "Of a debate; a turn of a discussion.", "pane"),
    Command("fewer_rounds", "fewer rounds", "Remove a round", "Not below the number that have started.", "pane"),
    Command("change_budget", "budget", "Change budget", "A limit in tokens, in dollars, or none.", "pane"),
    Command("board", "board", "Board", "Who gave which answer, who changed it, and when.", "pane", "Board", rank=2),
    Command("copy_answer", "copy", "Copy last answer", "The pane's last answer, to the clipboard.", "pane", "Copy"),
    Command("copy_pane", "copy all", "Copy pane", "The whole text of the pane, to the clipboard.", "pane"),
    Command("reasoning", "reasoning,open", "Show / hide reasoning", "The model's reasoning before its last answer.", "pane", "Reasoning", rank=2),
    Command("show_turn", "open", "Show turn", "What the seat said in that round.", "board", "Turn", palette=False, rank=0),
    Command("show_difference", "difference", "Show difference", "What the seat changed from the round before, word by word.", "board", "Difference", palette=False, rank=0),
    Command("leave_board", "back", "Back", "Leave the board.", "board", "Back", palette=False, rank=0),
    Command("open_run", "open", "Open run", "Its final state, with all panes.", "runs", "Open", rank=0),
    Command("replay_run", "play", "Replay run", "Watch it again from the start, without a server.", "runs", "Replay", rank=0),
    Command("search_runs", "search", "Search", "In questions, answers and all other text, as you type.", "runs", "Search", rank=0),
    Command("filter_mode", "mode", "Filter by mode", "Show the runs of one mode.", "runs"),
    Command("filter_status", "status", "Filter by status", "Show complete, failed, interrupted, ... runs.", "runs"),
    Command("filter_model", "model", "Filter by model", "Show the runs that used a model.", "runs"),
    Command("filter_date", "date", "Filter by date", "Show the runs of today, this week, ...", "runs"),
    Command("unfilter", "clear", "Show all runs", "Clear the search and the filters.", "runs"),
    Command("rename_run", "rename", "Rename run", "Give it a title instead of its question.", "runs", "Rename", rank=2),
    Command("delete_run", "delete", "Delete run", "Move it to the trash; undo restores it.", "runs", "Delete", rank=2),
    Command("undo_delete", "undo", "Undo delete", "Restore the last deleted run.", "runs"),
    Command("leave_runs", "back", "Back", "Leave the search, then the screen.", "runs", "Back", palette=False, rank=0),
    Command("start_bench", "try", "Start / continue", "Also enter in a field. Finished runs are not repeated.", "bench", "Start", rank=0),
    Command("stop_bench", "stop", "Stop", "Active runs are continued by the next start.", "bench", "Stop", rank=0),
    Command("open_bench_run", "open", "Open run", "Its final state, with all panes.", "bench", "Open run", rank=0),
    Command("earlier_benches", "runs", "Earlier benches", "Show the results of one of them.", "bench", "Earlier"),
    Command("bench_topics", "other view", "Plot / topics", "Show the accuracy per topic in place of the plot, and back.", "bench", "Topics"),
    Command("leave_bench", "back", "Back", "Stop the bench first.", "bench", "Back", palette=False, rank=0),
    Command("play", "play", "Play / pause", "At the end: play from the start.", "replay", "Play", rank=0),
    Command("next_turn", "next turn", "Next turn", "Go to the next end of a turn.", "replay", "Turn", rank=0),
    Command("previous_turn", "previous turn", "Previous turn", "Go to the previous end of a turn.", "replay"),
    Command("next_event", "next event", "Next event", "Go forward by one event.", "replay"),
    Command("previous_event", "previous event", "Previous event", "Go back by one event.", "replay"),
    Command("faster", "faster", "Faster", "Double the speed, up to 64x, then without pauses.", "replay", "Faster"),
    Command("slower", "slower", "Slower", "Halve the speed, down to 0.5x.", "replay", "Slower"),
    Command("to_start", "to start", "Go to start", "Before the first event.", "replay"),
    Command("to_end", "to end", "Go to end", "Show the final state.", "replay"),
    Command("leave_replay", "back", "Back", "End the zoom, then leave the screen.", "replay", "Back", palette=False, rank=0),
    Command("open_batch_run", "open", "Open run", "Its final state, with all panes.", "batch", "Open run", rank=0),
    Command("failed_batch_runs", "status", "Failed runs", "Show failed runs only, and back to all.", "batch", "Failed"),
    Command("other_batches", "runs", "Other batches", "Show another batch of this machine.", "batch", "Batches"),
    Command("new_batch", "new", "New batch", "Run every task of a file, or continue a batch that was stopped.", "batch", "New"),
    Command("stop_batch", "stop", "Stop batch", "Ends after the active runs; again: stops them. It can be continued.", "batch", "Stop"),
    Command("leave_batch", "back", "Back", "The batch continues.", "batch", "Back", palette=False, rank=0),
    Command("resume_run", "continue", "Resume run", "Continue where it was stopped; finished turns are not repeated.", "run", "Resume"),
    Command("fork_run", "fork", "Fork run", "Continue from any turn with another persona, model, option or answer.", "run", "Fork"),
    Command("follow_up_run", "follow up", "Follow up", "Ask a new question with this run as background.", "run", "Follow up"),
    Command("export_run", "export", "Export run", "As Markdown, HTML, JSON or a terminal recording.", "run", "Export"),
    Command("copy_transcript", "copy transcript", "Copy transcript", "The whole run as Markdown, to the clipboard.", "run"),
    Command("open_row", "open", "Use task / edit text", "The task or question is started with enter on the main screen.", "tasks", "Use", rank=0),
    Command("start_task", "use", "Start task", "Now and unchanged; asks for the question if there are several.", "tasks", "Start", rank=0),
    Command("edit_text", "edit", "Edit text", "Here; a built-in text is copied to your tasks first.", "tasks", "Edit"),
    Command("edit_outside", "editor", "Edit text in your editor", "In the editor named by VISUAL or EDITOR.", "tasks", "Editor", rank=2),
    Command("search_tasks", "search", "Search tasks", "By name and text, as you type.", "tasks", "Search", rank=0),
    Command("new_task", "new", "Save this setup as a task", "With the current mode, team, options and edited personas.", "tasks", "New"),
    Command("new_empty_task", "new empty", "New empty task", "Without any text.", "tasks"),
    Command("copy_task", "duplicate", "Copy task", "The copy is saved in your tasks.", "tasks", "Copy", rank=2),
    Command("rename_task", "rename", "Rename task", "Its title and its folder.", "tasks", "Rename", rank=2),
    Command("delete_task", "delete", "Delete task", "Move it to the trash; undo restores it.", "tasks", "Delete", rank=2),
    Command("undo_task_delete", "undo", "Undo delete", "Restore the last deleted task.", "tasks"),
    Command("no_task", "clear", "No task", "Ask your own question again.", "tasks"),
    Command("leave_tasks", "back", "Back", "Leave the search, then the screen.", "tasks", "Back", palette=False, rank=0),
    Command("edit_persona", "open,edit", "Edit persona", "A persona that is not yours is copied first.", "personas", "Edit", rank=0),
    Command("new_persona", "new", "New persona", "Without any text.", "personas", "New"),
    Command("copy_persona", "duplicate", "Copy persona", "Under another name.", "personas", "Copy"),
    Command("rename_persona", "rename", "Rename persona", "Your own only; its file stays in place.", "personas", "Rename", rank=2),
    Command("delete_persona", "delete", "Delete persona", "Your own only; undo restores it.", "personas", "Delete", rank=2),
    Command("undo_persona", "undo", "Undo", "Undo the last deletion or renaming.", "personas", "Undo", rank=2),
    Command("search_personas", "search", "Search personas", "By name, role and origin, as you type.", "personas", "Search", rank=2),
    Command("to_teams", "teams", "Teams", "Build teams from personas.", "personas", "Teams"),
    Command("read_personas", "reload", "Reload files", "They are also checked every second.", "personas"),
    Command("leave_personas", "back", "Back", "Leave the search, then the screen.", "personas", "Back", palette=False, rank=0),
    Command("save_persona", "save", "Save persona", "In your personas.", "persona", "Save", rank=0),
    Command("use_persona", "apply", "Apply to this run", "Without saving, from the seat's next turn.", "persona", "Apply", rank=0),
    Command("other_side", "other view", "Form / JSON", "Switch between the form and the JSON text.", "persona", "Form/JSON"),
    Command("pick_voice", "model", "Choose model and server", "From all servers that respond.", "persona", "Model"),
    Command("persona_fault", "next error", "Next error", "In the JSON.", "persona", "Next error", rank=0),
    Command("take_theirs", "reload", "Use the version on disk", "Discards your changes here.", "disk", "Use disk version", rank=0),
    Command("keep_yours", "keep", "Keep your version", "Saving then replaces the version on disk.", "disk", "Keep your version", rank=0),
    Command("leave_persona", "back", "Back", "Asks first if there are unsaved changes.", "persona", "Back", palette=False, rank=0),
    Command("try_it", "try", "Try persona", "Get one answer from the persona as it is now; nothing is saved.", "trial", "Try", rank=0),
    Command("stop_trying", "stop", "Stop the answer", "The text so far stays.", "trial", "Stop", rank=0),
    Command("edit_team", "open,edit", "Edit team", "A team that is not yours is copied first.", "teams", "Edit", rank=0),
    Command("use_team", "use", "Use team", "For this and the following questions.", "teams", "Use team", rank=0),
    Command("new_team", "new", "New team", "From personas, with a model and server for each seat.", "teams", "New"),
    Command("copy_team", "duplicate", "Copy team", "Under another name.", "teams", "Copy"),
    Command("rename_team", "rename", "Rename team", "Your own only; its file stays in place.", "teams", "Rename", rank=2),
    Command("delete_team", "delete", "Delete team", "Your own only; undo restores it.", "teams", "Delete", rank=2),
    Command("undo_team", "undo", "Undo", "Undo the last deletion or renaming.", "teams", "Undo", rank=2),
    Command("search_teams", "search", "Search teams", "By name, title and members, as you type.", "teams", "Search", rank=2),
    Command("read_teams", "reload", "Reload files", "They are also checked every second.", "teams"),
    Command("leave_teams", "back", "Back", "Leave the search, then the screen.", "teams", "Back", palette=False, rank=0),
    Command("add_member", "new,team", "Add seats", "Choose several personas; esc when done.", "team", "Add", rank=0),
    Command("choose_captain", "captain", "Choose captain", "The seat that judges, merges or sums up; or none.", "team", "Captain", rank=0),
    Command("choose_voice", "model", "Model and server of the seat", "From all servers that respond.", "team", "Model", rank=0),
    Command("plain_voice", "clear", "Use default model", "The model of the persona, or of the run.", "team"),
    Command("swap_member", "replace persona,open", "Replace persona", "The seat keeps its model and server.", "team", "Persona"),
    Command("remove_member", "delete", "Remove seat", "Undo restores it.", "team", "Remove"),
    Command("member_up", "move up", "Move up", "Changes the order of the seats.", "team"),
    Command("member_down", "move down", "Move down", "Changes the order of the seats.", "team"),
    Command("undo_member", "undo", "Undo", "Undo the last change of the seats.", "team", "Undo", rank=2),
    Command("save_team", "save", "Save team", "In your teams.", "team", "Save", rank=0),
    Command("leave_team", "back", "Back", "Asks first if there are unsaved changes.", "team", "Back", palette=False, rank=0),
    Command("save_text", "save", "Save text", "Asks first if the file was changed by another program.", "text", "Save", rank=0),
    Command("next_fault", "next error", "Next error", "In texts that have a required form.", "text", "Next error", rank=0),
    Command("read_again", "reload", "Reload", "Replaces your changes; asks first.", "text", "Reload", rank=2),
    Command("text_outside", "editor", "Edit in your editor", "In the editor named by VISUAL or EDITOR.", "text", "Editor"),
    Command("leave_text", "back", "Back", "Asks first if there are unsaved changes.", "text", "Back", palette=False, rank=0),
    Command("edit_server", "open,edit", "Edit server", "Its URL, key and model; a discovered server is added.", "servers", "Edit", rank=0),
    Command("new_server", "new", "New server", "Opens an empty form.", "servers", "New", rank=0),
    Command("default_server", "use", "Use as default", "For questions without a chosen server.", "servers", "Default"),
    Command("delete_server", "delete", "Remove server", "From the settings; undo restores it.", "servers", "Remove"),
    Command("search_servers", "search", "Search servers", "By name, URL and model, as you type.", "servers", "Search", rank=2),
    Command("undo_server", "undo", "Undo remove", "Restore the last removed server with all its settings.", "servers", "Undo"),
    Command("leave_servers", "back", "Back", "Leave the search, then the screen.", "servers", "Back", palette=False),
    Command("check_server", "try", "Check server", "Also enter. Checks host name, response, and an answer of a model.", "server", "Check", rank=0),
    Command("right_url", "apply", "Use the suggested URL", "The URL that the check found.", "server", "Use URL", rank=0),
    Command("save_server", "save", "Save server", "In the settings file.", "server", "Save", rank=0),
    Command("leave_server", "back", "Back", "Asks first if there are unsaved changes.", "server", "Back", palette=False),
    Command("save_settings", "save", "Save settings", "Most changes take effect at once.", "settings", "Save", rank=0),
    Command("mode_options", "options", "Default mode options", "Defaults for each mode, in place of its own.", "settings", "Options"),
    Command("edit_keys", "edit keys", "Keys", "Assign other keys to commands.", "settings", "Keys"),
    Command("edit_servers", "servers", "Servers", "Add, edit, check and remove servers.", "settings", "Servers"),
    Command("leave_settings", "back", "Back", "Warns once about unsaved changes.", "settings", "Back", palette=False),
    Command("change_key", "open", "Change key", "Press the new key.", "keys", "Change", rank=0),
    Command("own_key", "delete", "Reset key", "Use the default key.", "keys", "Reset"),
    Command("leave_keys", "back", "Back", "Return to the settings.", "keys", "Back", palette=False),
)  # fmt: skip


def list_commands(scope: CommandScope) -> list[Command]:
    """Return the commands of a scope, in order."""
    return [command for command in COMMANDS if command.scope == scope]


def make_bindings(scope: CommandScope, prefix: str = "") -> list[BindingType]:
    """Return the commands of a scope as bindings; `prefix` is the namespace of the actions, such as `screen.`."""
    return [make_binding(command, prefix) for command in list_commands(scope)]


def make_list_bindings(scope: CommandScope) -> list[BindingType]:
    """Return the keys of a list. Enter goes before the enter of the list and of its search."""
    found: list[BindingType] = []
    for binding in map(make_binding, list_commands(scope)):
        first, _, others = binding.key.partition(",")
        is_enter = first == "enter"
        found.append(replace(binding, key=first, priority=True) if is_enter else binding)
        if is_enter and others:
            found.append(replace(binding, key=others, show=False))
    return found


def make_binding(command: Command, prefix: str = "") -> Binding:
    """Return a command as a binding."""
    return Binding(
        command.keys or NO_KEY,
        prefix + command.id,
        command.footer or command.title,
        show=bool(command.footer),
        priority=command.scope == "app" and command.id != "suspend",
        id=command.id,
        tooltip=command.help,
    )


def make_binding_by_id(id: str, prefix: str = "") -> Binding:
    """Return a command as a binding, for use outside its scope."""
    return make_binding(get_command(id), prefix)


def get_command(id: str) -> Command:
    """Return the command with this id."""
    return next(command for command in COMMANDS if command.id == id)


def format_key_of(id: str) -> str:
    """Return the first key of a command for a text: `F8`, `ctrl+o`; the keys of the settings are not known here."""
    return format_keys(get_command(id).keys.split(",")[0])


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
    names = [key.strip() for key in keys.split(",") if key not in ("", NO_KEY)]
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
