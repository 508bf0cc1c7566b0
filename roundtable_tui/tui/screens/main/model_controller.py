"""Chooses servers and models: discovery at start-up, the embedded model, the demo, models per seat."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import COMMANDS, format_keys
from roundtable_tui.tui.screens.main.context import MainContext
from roundtable_tui.tui.widgets.empty_state import AnswerSource, EmptyState
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.config import ServerSettings
    from roundtable_tui.model_choice.choice import ModelChoice
    from roundtable_tui.tui.screens.dialogs.picker import Item

NO_MODEL_CHOICE = {"demo": False, "local": False, "server": "", "base_url": "", "model": ""}
NO_SERVER_FOUND = "No model server found on this machine."
QUESTION_WAITS = "No server to ask yet. Your question is kept below: choose a model, then press enter."
DISCOVERY_OFF = "Server discovery is off in the settings."
_USE_DEFAULT = "use default"


class ModelController:
    """Chooses which server and model answer, and shows the choice while no question was asked."""

    def __init__(self, context: MainContext) -> None:
        self.screen = context.screen
        self._context = context
        self._session = context.session
        self.found_servers: tuple[ServerSettings, ...] = ()
        """The servers that answered on this machine."""
        self.has_no_model = False
        """No server, embedded model or demo can answer, and the empty state shows it."""
        self.has_waiting_question = False
        """A question was sent while no model was there: it stands in the input until one is chosen."""

    # --- the empty state -----------------------------------------------------------------------

    async def discover_servers(self, welcome: EmptyState) -> None:
        """Discover servers; show them, or what to do if there are none."""
        session, backends = self._session, self._session.backends
        if session.settings.discovery:
            welcome.show_searching()
            self.found_servers = tuple(await backends.discover())
            self._forget_lost_server()
            self._context.update_choices()
        await self._show_available_models(welcome)
        self.screen.refresh_bindings()

    def _forget_lost_server(self) -> None:
        """Drop the remembered choice of a local server that does not answer any more."""
        session, url = self._session, self._session.wish.base_url
        remembered = url and not session.server_given and url == session.last_server_choice.get("base_url")
        if remembered and _is_local_url(url) and url not in [one.base_url for one in self.found_servers]:
            session.wish = replace(session.wish, base_url="", model="")
            self.screen.show_notice(f"{single_line(url, 80)} (used last time) does not answer", warning=True)

    async def _show_available_models(self, welcome: EmptyState) -> None:
        from roundtable_tui.config.urls import normalize_loopback
        from roundtable_tui.model_choice import local_model

        session, wish, usual = self._session, self._session.wish, self._session.default_server
        known: list[AnswerSource] = []
        if wish.demo:
            known.append(AnswerSource("demo", "enter shows a written example"))
        elif wish.local:
            known.append(AnswerSource("local", "SmolLM2-135M on this machine: tiny test model, often wrong"))
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
        self._context.update_choices()
        if not known:
            local = await asyncio.to_thread(local_model.why_unavailable)
            here = await asyncio.to_thread(local_model.is_downloaded)
            commands = ("use_demo", "use_local", "servers")
            keys = tuple(self._format_command_key(command) for command in commands)
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
        """Start the embedded model if it is chosen. Returns why it failed and what to do, or ""."""
        if not (why := await self._session.start_local()):
            return ""
        from roundtable_tui.model_choice import local_model

        if not await asyncio.to_thread(lambda: local_model.why_unavailable() or local_model.is_downloaded()):
            why += f" {self._format_command_key('use_local')} downloads it (98 MB)."
        return why

    def _format_command_key(self, id: str) -> str:
        of_app = next(command.keys for command in COMMANDS if command.id == id)
        return format_keys(self._session.settings.keys.get(id, of_app))

    @property
    def _can_use_found(self) -> bool:
        """True if a server was found and none was chosen."""
        wish = self._session.wish
        is_chosen = (
            wish.demo
            or wish.local
            or wish.server
            or wish.base_url
            or self._session.default_server is not None
        )
        return bool(self.found_servers) and not is_chosen

    def use_found_server(self) -> bool:
        """Choose the first server found. Returns False if there is none, or one was chosen."""
        if not self._can_use_found:
            return False
        self._choose_model(base_url=self.found_servers[0].base_url)
        return True

    def use_local(self) -> None:
        """Use the embedded model."""
        self._start_local_model()

    @background(exclusive=True, group="local")
    async def _start_local_model(self) -> None:
        """Use the embedded model; download it first if needed."""
        from roundtable_tui.model_choice import local_model

        before = self._session.wish
        if why := await asyncio.to_thread(local_model.why_unavailable):
            self.screen.show_notice(why, warning=True)
            return
        if not await asyncio.to_thread(local_model.is_downloaded):
            welcome = self.screen.query_one(EmptyState)
            welcome.show_download(0)
            try:
                await local_model.download(welcome.show_download)
            except RoundtableError as error:
                await self._show_available_models(welcome)
                self.screen.show_notice(str(error), warning=True, timeout=15)
                return
        if self._session.wish == before:  # Unless another model was chosen during the download.
            self._choose_model(local=True)

    def use_demo(self) -> None:
        """Use the demo."""
        self._choose_model(demo=True)

    def _choose_model(self, **place: Any) -> None:
        self._session.choose(**NO_MODEL_CHOICE | place)
        self._context.update_choices()
        self.refresh_available_models()
        self.screen.refresh_bindings()

    @background()
    async def refresh_available_models(self) -> None:
        """Redraw the empty state."""
        await self._show_available_models(self.screen.query_one(EmptyState))

    def can_use_start_actions(self) -> bool:
        """Return True if the actions of the empty state apply now.

        With a typed text only where it offers them, since nothing else can answer.
        """
        typed = self.screen.query(Prompt).first().text and not self.has_no_model
        return not (
            typed or self._session.run is not None or (self._session.wish.task and not self.has_no_model)
        )

    # --- server and model ----------------------------------------------------------------------

    @background(opens_screen=True)
    async def choose_model(self) -> None:
        """Choose the server and its model."""
        from roundtable_tui.model_choice.choice import ModelChoice
        from roundtable_tui.tui.screens.dialogs.model_picker import ERROR_PREFIX, ModelPicker

        picker = ModelPicker(
            "Server and model",
            self._session.backends,
            current=self._get_current_item_id(),
            more=_make_extra_items(),
            base_url=self._session.wish.base_url,
        )
        chosen = await self.screen.app.push_screen_wait(picker)
        if chosen is None:
            return
        if chosen in ("servers", "seats"):
            action = "servers" if chosen == "servers" else "seat_models"
            self.screen.call_later(self.screen.run_action, f"screen.{action}")
            return
        if chosen.startswith(ERROR_PREFIX):
            await self._edit_failed_server(ModelChoice.parse(chosen.removeprefix(f"{ERROR_PREFIX}\n")))
            return
        choice = ModelChoice.parse(chosen)
        if choice.kind == "local":
            self._start_local_model()
        elif choice.kind == "model":  # Typed: the name of a model of the same server.
            self._session.choose(**choice.run_fields)
            self._context.update_choices()
        else:
            self._choose_model(**choice.run_fields)

    @background(opens_screen=True)
    async def choose_seat_models(self) -> None:
        """Choose a model for each seat, one after the other."""
        from roundtable_tui.model_choice.choice import ModelChoice
        from roundtable_tui.model_choice.seats import list_persona_models
        from roundtable_tui.tui.screens.dialogs.model_picker import ERROR_PREFIX, ModelPicker
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        session, at = self._session, ""
        while True:
            try:
                seated = await asyncio.to_thread(
                    list_persona_models, session.wish, session.settings, session.environ
                )
            except RoundtableError as error:
                self.screen.show_notice(str(error), warning=True)
                return
            items = [
                Item(
                    one.name,
                    one.name + ("  (captain)" if one.captain else ""),
                    one.role,
                    hint=one.model_label or "default",
                )
                for one in seated
            ]
            if any(one.is_explicit for one in seated):
                items.append(Item("\n", "reset all", "Use the default model for every seat"))
            picked = await self.screen.app.push_screen_wait(Picker("Models per seat", items, current=at))
            if not picked:
                return
            at = picked
            if at == "\n":
                session.wish = replace(session.wish, models={}, servers={})
                continue
            more = [Item(_USE_DEFAULT, "use default", "The model of the persona, or the run's", "more")]
            chosen = await self.screen.app.push_screen_wait(
                ModelPicker(
                    f"Model for {single_line(at, 40)}",
                    session.backends,
                    more=more,
                    base_url=session.wish.base_url,
                )
            )
            if chosen is not None and not chosen.startswith(ERROR_PREFIX):
                choice = ModelChoice.parse("" if chosen == _USE_DEFAULT else chosen)
                session.wish = choice.apply_to(session.wish, at)

    def _get_current_item_id(self) -> str:
        """Return the id of the row of the current choice."""
        from roundtable_tui.model_choice.choice import ModelChoice

        wish, usual = self._session.wish, self._session.default_server
        if wish.demo or wish.local:
            return ModelChoice("demo" if wish.demo else "local").key
        model = wish.model or self._session.settings.model
        if wish.server or (not wish.base_url and usual is not None):
            name, own = (usual.name, usual.model) if usual is not None else ("", "")
            return ModelChoice("server", server=wish.server or name, model=model or own).key
        url = wish.base_url or next((one.base_url for one in self.found_servers), "")
        return ModelChoice("url", base_url=url, model=model).key if url else ""

    async def _edit_failed_server(self, choice: ModelChoice) -> None:
        """Open the form of a server that does not answer."""
        from roundtable_tui.tui.screens.library.servers.form import ServerForm

        known = self._session.settings.servers
        found = next((one for one in self.found_servers if one.base_url == choice.base_url), None)
        server = known.get(choice.server) if choice.kind == "server" else found
        if server is not None:
            await self.screen.app.push_screen_wait(
                ServerForm(server, saved_name=choice.server, taken_names=known, environ=self._session.environ)
            )
            self._reload_servers()

    @background(opens_screen=True)
    async def open_servers(self) -> None:
        """Open the list of servers."""
        from roundtable_tui.tui.screens.library.servers.list import ServersScreen

        await self.screen.app.push_screen_wait(ServersScreen(self._session))
        self._reload_servers()

    @background(opens_screen=True)
    async def open_settings(self) -> None:
        """Open the settings."""
        from roundtable_tui.tui.screens.settings.screen import SettingsScreen

        await self.screen.app.push_screen_wait(SettingsScreen(self._session))
        self._context.update_choices()

    def _reload_servers(self) -> None:
        """Take over the servers of the settings file after an edit."""
        self._session.reload_servers()
        self._context.update_choices()
        self.refresh_available_models()


def _make_extra_items() -> list[Item]:
    from roundtable_tui.tui.screens.dialogs.picker import Item

    return [
        Item("seats", "models per seat ...", "A server and model for each persona", "more"),
        Item("servers", "servers ...", "Add, edit, check or remove a server", "more"),
    ]


def _is_local_url(url: str) -> bool:
    from roundtable_tui.config.urls import is_local_url

    return is_local_url(url)
