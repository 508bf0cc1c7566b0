"""What the input does besides sending: commands, completion, attachments, chips."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import UsageError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.completion import (
    Candidate,
    CompletionToken,
    find_file,
    find_token,
    list_files,
    parse_pasted_path,
    rank_candidates,
)
from roundtable_tui.tui.screens.main.context import MainContext
from roundtable_tui.tui.session import EVERYONE
from roundtable_tui.tui.slash_commands import (
    list_usable_commands,
    make_candidates,
    parse_slash_command,
    rank_commands,
)
from roundtable_tui.tui.widgets.chips import Chip, ChipRow
from roundtable_tui.tui.widgets.completion_menu import CompletionMenu
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.utils.format import count_of

if TYPE_CHECKING:
    from roundtable_tui.tui.screens.main.run_controller import RunController

ATTACH_HINT = "Type the path after /attach; tab completes it"


_PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"})


class InputController:
    """Handles what is typed and pasted before it is sent.

    Args:
        context: The main screen.
        get_runs: Returns the controller of the run, which holds the queued texts.
    """

    def __init__(self, context: MainContext, get_runs: Callable[[], RunController]) -> None:
        self.screen = context.screen
        self._context = context
        self._session = context.session
        self._get_runs = get_runs

    @property
    def _prompt(self) -> Prompt:
        return self.screen.query_one(Prompt)

    async def mount(self) -> None:
        """Create the chips and the completions; they are not needed for the first frame."""
        menu = CompletionMenu(id="completions")
        await self.screen.query_one("#bottom").mount(menu, ChipRow(id="chips"), before=self._prompt)
        self._prompt.menu = menu
        self._prompt.find_pasted_path = self._find_pasted_path
        self.update_chips()
        self.complete()

    # --- commands ------------------------------------------------------------------------------

    def run_command(self, text: str) -> bool:
        """Run the command that a text is. Returns False for a question or a message."""
        try:
            found = parse_slash_command(text, self.screen)
        except UsageError as error:
            self._prompt.put_back(text)
            self.screen.show_notice(str(error), warning=True)
            return True
        if found is None:
            return False
        match found.command.id:
            case "attach":
                self.attach(found.argument)
            case "choose_mode" if found.argument:
                self._choose({"mode": found.argument, "team": "", "options": {}})
            case "choose_team" if found.argument:
                self._choose({"team": found.argument})
            case "choose_task" if found.argument:
                task = {"task": found.argument, "question_number": 1}
                self._choose({**task, "options": {}, "mode": "", "team": ""})
            case id:
                self._run_action(id)
        return True

    @background(opens_screen=True)
    async def _run_action(self, id: str) -> None:
        where = "screen" if hasattr(self.screen, f"action_{id}") else "app"
        await self.screen.app.run_action(f"{where}.{id}", self.screen)

    @background(exclusive=True, group="choose")
    async def _choose(self, choices: dict[str, Any]) -> None:
        """Make a choice that was typed, unless there is no such mode, team or task."""
        before = self._session.wish
        self._session.choose(**choices)
        await self._session.preload_imports()
        if error := await self._session.check_choices():
            self._session.wish = before
            self.screen.show_notice(error, warning=True)
        self._context.update_choices()

    # --- attachments ---------------------------------------------------------------------------

    def attach(self, typed: str) -> None:
        """Attach the file of a typed path; without one, begin the command for it."""
        if not typed:
            self._prompt.put_back("/attach ")
            self.screen.set_focus(self._prompt)
            self.screen.show_notice(ATTACH_HINT)
            return
        if (path := find_file(typed)) is None:
            self._prompt.put_back(f"/attach {typed}")
            self.screen.show_notice(f"{typed}: file not found", warning=True)
        else:
            self.attach_file(path)

    def attach_file(self, path: Path) -> None:
        """Attach a file to the next question."""
        path = path.absolute()
        if path not in self._session.attachments:
            self._session.attachments.append(path)
        self.update_chips()

    def attach_named_files(self, text: str) -> None:
        """Attach the existing files that a question names as `@path`."""
        for word in text.split():
            if word.startswith("@") and len(word) > 1:
                path = find_file(word[1:]) or find_file(word[1:].rstrip(".,;:!?)"))
                if path is not None:
                    self.attach_file(path)

    def _find_pasted_path(self, text: str) -> Path | None:
        if self._prompt.text.startswith("/"):
            return None  # The path of a command.
        return parse_pasted_path(text)

    # --- chips ---------------------------------------------------------------------------------

    def update_chips(self) -> None:
        """Redraw the chips."""
        for row in self.screen.query(ChipRow):
            row.show(self._list_chips())

    @property
    def has_chips(self) -> bool:
        """Whether the row of chips shows any."""
        return any(row.chips for row in self.screen.query(ChipRow))

    def _list_chips(self) -> list[Chip]:
        session = self._session
        chips: list[Chip] = []
        if session.wish.knowledge:
            names = ", ".join(session.wish.knowledge)
            chips.append(Chip("knowledge", f"knowledge: {names}"))
        if session.follow_up_of is not None and not session.is_running:
            count = len(session.conversation) or 1
            chips.append(Chip("earlier", f"follows up: {count_of(count, 'earlier question')}"))
        chips += [Chip("file", _label_file(path), str(path)) for path in session.attachments]
        chips += [Chip("paste", f"{size} pasted", line) for line, size in self._prompt.pastes]
        queued = self._get_runs().queued
        chips += [Chip("queued", f"queued: {text}", str(number)) for number, text in enumerate(queued)]
        return chips

    def remove_last_chip(self) -> None:
        """Remove the last chip."""
        for row in self.screen.query(ChipRow):
            if (chip := row.last_removable) is not None:
                self.remove_chip(chip)

    def remove_chip(self, chip: Chip) -> None:
        """Remove what a chip stands for; a queued question returns to the input."""
        session = self._session
        match chip.kind:
            case "earlier":
                session.follow_up_of = None
            case "file":
                session.attachments = [path for path in session.attachments if str(path) != chip.key]
            case "paste":
                self._prompt.remove_paste(chip.key)
            case "knowledge":
                session.choose(knowledge=())
            case "queued":
                self._get_runs().unqueue(int(chip.key))
        self.update_chips()
        self._context.update_choices()
        self.screen.set_focus(self._prompt)

    # --- completion ----------------------------------------------------------------------------

    def complete(self) -> None:
        """Offer completions for the word at the cursor."""
        prompt = self._prompt
        if (menu := prompt.menu) is None:
            return
        if not prompt.text or not prompt.has_focus:
            menu.show([])
            return
        lines = prompt.lines_before_cursor
        token = find_token(lines)
        if token is None and lines[0].startswith("/attach ") and len(lines) == 1:
            token = CompletionToken("@", lines[0].removeprefix("/attach "), len("/attach "))
        prompt.token = token
        if token is None:  # Not an empty word: enter still sends a question that ends with "@".
            menu.show([])
        elif token.sign == "/":
            keys = dict(self._session.settings.keys)
            menu.show(rank_commands(token.word, make_candidates(list_usable_commands(self.screen), keys)))
        else:
            self._complete_name(token, is_path=lines[0].startswith("/attach "))

    @background(exclusive=True, group="complete")
    async def _complete_name(self, token: CompletionToken, *, is_path: bool) -> None:
        seats = [] if is_path else rank_candidates(token.word, self._list_seats())
        files = await asyncio.to_thread(list_files, token.word, Path.cwd())
        prompt = self._prompt
        if prompt.token == token and prompt.menu is not None:
            prompt.menu.show([*seats, *files])

    def _list_seats(self) -> list[Candidate]:
        """Return whom a message can be sent to: only while a run is active."""
        run = self._session.run
        if run is None or not self._session.is_running:
            return []
        everyone = Candidate(EVERYONE, f"@{EVERYONE}", "a message to everyone")
        seats = run.table.everyone
        return [everyone, *(Candidate(one.name, f"@{one.name}", one.role or one.model) for one in seats)]


def _label_file(path: Path) -> str:
    """Return the label of an attached file; a picture has a sign, and `/pictures` shows it."""
    is_picture = path.suffix.lower() in _PICTURE_SUFFIXES
    return f"▣ {path.name}" if is_picture else path.name
