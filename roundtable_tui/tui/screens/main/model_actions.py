"""Who answers: what was found at the start, the choice of server and model, and where both are kept."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import COMMANDS, format_keys
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.empty_state import AnswerSource, EmptyState
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.config import ServerSettings
    from roundtable_tui.tui.screens.dialogs.picker import Item

NO_MODEL_CHOICE = {"demo": False, "local": False, "server": "", "base_url": "", "model": ""}
NO_SERVER_FOUND = "No model server answers on this machine."
QUESTION_WAITS = "There is no server to ask yet: your question waits below. Choose, then press enter."
DISCOVERY_OFF = "Servers are not looked for: discovery is off in the settings."
START_ACTIONS = frozenset({"use_local", "use_demo"})
"""Actions for a table at which nothing has been asked yet, with nothing typed."""
_SAME_AS_OTHERS = "as all"


class ModelActions(BaseScreen[None]):
    """Actions that say who answers."""

    session: Session
    found_servers: tuple[ServerSettings, ...] = ()
    """The servers that answered on this machine."""
    has_no_model = False
    """Nobody is there to answer, and the empty table says so."""
    has_waiting_question = False
    """A question was sent while nobody was there: the keys that help do so beside it."""

    def update_choices(self) -> None:
        """Bring the row of choices up to date."""
        raise NotImplementedError

    # --- the empty table -----------------------------------------------------------------------

    async def discover_servers(self, welcome: EmptyState) -> None:
        """Look for servers and say what was found, or what to do where nothing was."""
        session, backends = self.session, self.session.backends
        if session.settings.discovery:
            welcome.show_searching()
            self.found_servers = tuple(await backends.discover())
            self._forget_lost_server()
            self.update_choices()
        await self._show_available_models(welcome)
        self.refresh_bindings()

    def _forget_lost_server(self) -> None:
        """Ask no longer a server that was found here the last time, and is not any more."""
        session, url = self.session, self.session.wish.base_url
        remembered = url and not session.server_given and url == session.last_server_choice.get("base_url")
        if remembered and _is_local_url(url) and url not in [one.base_url for one in self.found_servers]:
            session.wish = replace(session.wish, base_url="", model="")
            self.notify(
                f"{single_line(url, 80)}, chosen the last time, does not answer now",
                severity="warning",
                markup=False,
            )

    async def _show_available_models(self, welcome: EmptyState) -> None:
        from roundtable_tui.setup.server_pool import normalize_loopback

        session, wish, usual = self.session, self.session.wish, self.session.default_server
        known: list[AnswerSource] = []
        if wish.demo:
            known.append(AnswerSource("demo", "made-up text, no model: to look around"))
        elif wish.local:
            known.append(AnswerSource("local", "SmolLM2-135M on this machine: real, tiny, often wrong"))
        elif usual is not None:
            known.append(
                AnswerSource(
                    usual.name,
                    usual.base_url,
                    session.backends.discovered_models(normalize_loopback(usual.base_url)),
                )
            )
        there = {normalize_loopback(one.detail) for one in known}
        for one in (*self.found_servers, *session.settings.servers.values()):
            if normalize_loopback(one.base_url) not in there:
                there.add(normalize_loopback(one.base_url))
                known.append(
                    AnswerSource(one.name, one.base_url, session.backends.discovered_models(one.base_url))
                )
        self.has_no_model, self.has_waiting_question = not known, self.has_waiting_question and not known
        self.update_choices()
        if not known:
            local = await asyncio.to_thread(session.backends.local_unavailable_reason)
            here = await asyncio.to_thread(session.backends.has_local_model)
            keys = (self._format_command_key("use_local"), self._format_command_key("use_demo"))
            why = (
                QUESTION_WAITS
                if self.has_waiting_question
                else NO_SERVER_FOUND
                if session.settings.discovery
                else DISCOVERY_OFF
            )
            welcome.show_no_server(why, local, is_downloaded=here, keys=keys)
            return
        welcome.show_sources(known, known[0].detail, taken=not self._can_use_found)

    async def start_local_model(self) -> str:
        """Start the embedded model if it is chosen; where that fails, say why, and what would help."""
        if why := await self.session.start_local():
            backends = self.session.backends
            if not await asyncio.to_thread(
                lambda: backends.local_unavailable_reason() or backends.has_local_model()
            ):
                why += f" {self._format_command_key('use_local')} fetches it: 98 MB."
        return why

    def _format_command_key(self, id: str) -> str:
        of_app = next(command.keys for command in COMMANDS if command.id == id)
        return format_keys(self.session.settings.keys.get(id, of_app))

    @property
    def _can_use_found(self) -> bool:
        """True where something was found and nobody has said who is to answer."""
        wish = self.session.wish
        said = (
            wish.demo or wish.local or wish.server or wish.base_url or self.session.default_server is not None
        )
        return bool(self.found_servers) and not said

    def use_found_server(self) -> bool:
        """Take the first server found here, from now on; False where there is nothing to take."""
        if not self._can_use_found:
            return False
        self._choose_model(base_url=self.found_servers[0].base_url)
        return True

    def action_use_local(self) -> None:
        """Have the embedded model answer."""
        self._start_local_model()

    @background(exclusive=True, group="local")
    async def _start_local_model(self) -> None:
        """Take the embedded model, fetched first where it is not there."""
        backends, before = self.session.backends, self.session.wish
        if why := await asyncio.to_thread(backends.local_unavailable_reason):
            self.notify(why, severity="warning", markup=False)
            return
        if not await asyncio.to_thread(backends.has_local_model):
            welcome = self.query_one(EmptyState)
            welcome.show_download(0)
            try:
                await backends.fetch_local_model(welcome.show_download)
            except RoundtableError as error:
                await self._show_available_models(welcome)
                self.notify(str(error), severity="warning", timeout=15, markup=False)
                return
        if self.session.wish == before:  # Nothing else was chosen meanwhile.
            self._choose_model(local=True)

    def action_use_demo(self) -> None:
        """Have the demo answer."""
        self._choose_model(demo=True)

    def _choose_model(self, **place: Any) -> None:
        self.session.choose(**NO_MODEL_CHOICE | place)
        self.update_choices()
        self._refresh_available_models()
        self.refresh_bindings()

    @background()
    async def _refresh_available_models(self) -> None:
        await self._show_available_models(self.query_one(EmptyState))

    def can_use(self, action: str) -> bool:
        """Tell whether one of the actions of the empty table makes sense now."""
        typed = self.query(Prompt).first().text and not self.has_waiting_question
        return not (
            typed or self.session.run is not None or (self.session.wish.task and not self.has_no_model)
        )

    # --- server and model ----------------------------------------------------------------------

    @background()
    async def action_choose_model(self) -> None:
        """Choose the server and its model."""
        from roundtable_tui.tui.screens.dialogs.model_picker import ERROR_PREFIX, ModelPicker

        picker = ModelPicker(
            "Server and model",
            self.session.backends,
            current=self._get_current_item_id(),
            more=_make_extra_items(),
        )
        chosen = await self.app.push_screen_wait(picker)
        if chosen is None:
            return
        kind, _, rest = chosen.partition("\n")
        where, _, model = rest.partition("\n")
        match kind:
            case "servers" | "seats":
                self.call_later(self.run_action, f"screen.{kind if kind == 'servers' else 'seat_models'}")
                return
            case str() if kind == ERROR_PREFIX:
                await self._edit_failed_server(where, model)
                return
            case "local":
                self._start_local_model()
            case "demo":
                self._choose_model(demo=True)
            case "server":
                self._choose_model(server=where, model=model)
            case "url":
                self._choose_model(base_url=where, model=model)
            case _:  # typed: a model's name on the server as it is
                self.session.choose(model=chosen.strip())
                self.update_choices()

    @background()
    async def action_seat_models(self) -> None:
        """Choose who speaks for one persona after the other."""
        from roundtable_tui.setup.model_choice import apply_choice, list_persona_models
        from roundtable_tui.tui.screens.dialogs.model_picker import ERROR_PREFIX, ModelPicker
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        session, at = self.session, ""
        while True:
            try:
                seated = await asyncio.to_thread(
                    list_persona_models, session.wish, session.settings, os.environ
                )
            except RoundtableError as error:
                self.notify(str(error), severity="warning", markup=False)
                return
            items = [
                Item(
                    one.name,
                    one.name + ("  (captain)" if one.captain else ""),
                    one.role,
                    hint=one.model_label or "as all",
                )
                for one in seated
            ]
            if any(one.is_explicit for one in seated):
                items.append(Item("\n", "all as before", "Take back what was chosen here"))
            picked = await self.app.push_screen_wait(Picker("Who speaks for whom?", items, current=at))
            if not picked:
                return
            at = picked
            if at == "\n":
                session.wish = replace(session.wish, models={}, servers={})
                continue
            more = [Item(_SAME_AS_OTHERS, "as all the others", "No model of its own", "more")]
            chosen = await self.app.push_screen_wait(
                ModelPicker(f"Who speaks for {single_line(at, 40)}?", session.backends, more=more)
            )
            if chosen is not None and not chosen.startswith(ERROR_PREFIX):
                session.wish = apply_choice(session.wish, at, "" if chosen == _SAME_AS_OTHERS else chosen)

    def _get_current_item_id(self) -> str:
        """Return the id of the row that stands for what is chosen now."""
        wish, usual = self.session.wish, self.session.default_server
        if wish.demo or wish.local:
            return "demo" if wish.demo else "local"
        model = wish.model or self.session.settings.model
        if wish.server or (not wish.base_url and usual is not None):
            name, own = (usual.name, usual.model) if usual is not None else ("", "")
            return f"server\n{wish.server or name}\n{model or own}"
        url = wish.base_url or next((one.base_url for one in self.found_servers), "")
        return f"url\n{url}\n{model}" if url else ""

    async def _edit_failed_server(self, kind: str, where: str) -> None:
        """Open the form of a server that does not answer."""
        from roundtable_tui.tui.screens.servers.form import ServerForm

        known = self.session.settings.servers
        found = next((one for one in self.found_servers if one.base_url == where), None)
        server = known.get(where) if kind == "server" else found
        if server is not None:
            was = where if kind == "server" else ""
            await self.app.push_screen_wait(ServerForm(server, saved_name=was, taken_names=known))
            self._reload_servers()

    @background()
    async def action_servers(self) -> None:
        """Open the list of servers."""
        from roundtable_tui.tui.screens.servers.screen import ServersScreen

        await self.app.push_screen_wait(ServersScreen(self.session))
        self._reload_servers()

    @background()
    async def action_settings(self) -> None:
        """Open the settings."""
        from roundtable_tui.tui.screens.settings.screen import SettingsScreen

        await self.app.push_screen_wait(SettingsScreen(self.session))
        self.update_choices()

    def _reload_servers(self) -> None:
        """Take over what the settings file says of servers by now."""
        self.session.reload_servers()
        self.update_choices()
        self._refresh_available_models()


def _make_extra_items() -> list[Item]:
    from roundtable_tui.tui.screens.dialogs.picker import Item

    return [
        Item("seats", "a model for each seat ...", "Who speaks for whom, before the run begins", "more"),
        Item("servers", "add, edit or remove a server ...", "Name, address, where its key is kept", "more"),
    ]


def _is_local_url(url: str) -> bool:
    from roundtable_tui.setup.server_pool import is_loopback_url

    return is_loopback_url(url)
