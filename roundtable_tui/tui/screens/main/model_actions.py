"""Who answers: what was found at the start, the choice of server and model, and where both are kept."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import work
from textual.screen import Screen

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.commands import ALL, shown
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.empty_state import Source, Welcome
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.utils.text import one_line

if TYPE_CHECKING:
    from roundtable_tui.config import ServerSettings
    from roundtable_tui.tui.screens.dialogs.picker import Item

BLANK = {"demo": False, "local": False, "server": "", "base_url": "", "model": ""}
NONE_FOUND = "No model server answers on this machine."
WAITS = "There is no server to ask yet: your question waits below. Choose, then press enter."
NOT_LOOKED = "Servers are not looked for: discovery is off in the settings."
AT_START = frozenset({"use_local", "use_demo"})
"""Actions for a table at which nothing has been asked yet, with nothing typed."""
_AS_ALL = "as all"


class ChoosingVoice(Screen[None]):
    """Actions that say who answers."""

    session: Session
    found: tuple[ServerSettings, ...] = ()
    """The servers that answered on this machine."""
    nobody = False
    """Nobody is there to answer, and the empty table says so."""
    waits = False
    """A question was sent while nobody was there: the keys that help do so beside it."""

    def show_choices(self) -> None:
        """Bring the row of choices up to date."""
        raise NotImplementedError

    # --- the empty table -----------------------------------------------------------------------

    async def look_around(self, welcome: Welcome) -> None:
        """Look for servers and say what was found, or what to do where nothing was."""
        session, backends = self.session, self.session.backends
        if session.settings.discovery:
            welcome.looking()
            self.found = tuple(await backends.look_around())
            self._drop_if_gone()
            self.show_choices()
        await self._say_what_is_there(welcome)
        self.refresh_bindings()

    def _drop_if_gone(self) -> None:
        """Ask no longer a server that was found here the last time, and is not any more."""
        session, url = self.session, self.session.wish.base_url
        remembered = url and not session.given and url == session.last.get("base_url")
        if remembered and _is_here(url) and url not in [one.base_url for one in self.found]:
            session.wish = replace(session.wish, base_url="", model="")
            self.notify(
                f"{one_line(url, 80)}, chosen the last time, does not answer now",
                severity="warning",
                markup=False,
            )

    async def _say_what_is_there(self, welcome: Welcome) -> None:
        from roundtable_tui.setup.server_pool import spot

        session, wish, usual = self.session, self.session.wish, self.session.usual
        known: list[Source] = []
        if wish.demo:
            known.append(Source("demo", "made-up text, no model: to look around"))
        elif wish.local:
            known.append(Source("local", "SmolLM2-135M on this machine: real, tiny, often wrong"))
        elif usual is not None:
            known.append(Source(usual.name, usual.base_url, session.backends.listed(spot(usual.base_url))))
        there = {spot(one.detail) for one in known}
        for one in (*self.found, *session.settings.servers.values()):
            if spot(one.base_url) not in there:
                there.add(spot(one.base_url))
                known.append(Source(one.name, one.base_url, session.backends.listed(one.base_url)))
        self.nobody, self.waits = not known, self.waits and not known
        self.show_choices()
        if not known:
            local = await asyncio.to_thread(session.backends.without_local)
            here = await asyncio.to_thread(session.backends.has_local)
            keys = (self._key("use_local"), self._key("use_demo"))
            why = WAITS if self.waits else NONE_FOUND if session.settings.discovery else NOT_LOOKED
            welcome.nothing(why, local, here=here, keys=keys)
            return
        welcome.found(known, known[0].detail, taken=not self._may_take)

    async def local_or_why(self) -> str:
        """Start the embedded model if it is chosen; where that fails, say why, and what would help."""
        if why := await self.session.start_local():
            backends = self.session.backends
            if not await asyncio.to_thread(lambda: backends.without_local() or backends.has_local()):
                why += f" {self._key('use_local')} fetches it: 98 MB."
        return why

    def _key(self, id: str) -> str:
        of_app = next(command.keys for command in ALL if command.id == id)
        return shown(self.session.settings.keys.get(id, of_app))

    @property
    def _may_take(self) -> bool:
        """True where something was found and nobody has said who is to answer."""
        wish = self.session.wish
        said = wish.demo or wish.local or wish.server or wish.base_url or self.session.usual is not None
        return bool(self.found) and not said

    def take_found(self) -> bool:
        """Take the first server found here, from now on; False where there is nothing to take."""
        if not self._may_take:
            return False
        self._take(base_url=self.found[0].base_url)
        return True

    def action_use_local(self) -> None:
        """Have the embedded model answer."""
        self._use_local()

    @work(exclusive=True, group="local", exit_on_error=False)
    async def _use_local(self) -> None:
        """Take the embedded model, fetched first where it is not there."""
        backends, before = self.session.backends, self.session.wish
        if why := await asyncio.to_thread(backends.without_local):
            self.notify(why, severity="warning", markup=False)
            return
        if not await asyncio.to_thread(backends.has_local):
            welcome = self.query_one(Welcome)
            welcome.fetching(0)
            try:
                await backends.fetch_local(welcome.fetching)
            except RoundtableError as error:
                await self._say_what_is_there(welcome)
                self.notify(str(error), severity="warning", timeout=15, markup=False)
                return
        if self.session.wish == before:  # Nothing else was chosen meanwhile.
            self._take(local=True)

    def action_use_demo(self) -> None:
        """Have the demo answer."""
        self._take(demo=True)

    def _take(self, **place: Any) -> None:
        self.session.choose(**BLANK | place)
        self.show_choices()
        self._tell_what_is_there()
        self.refresh_bindings()

    @work(exit_on_error=False)
    async def _tell_what_is_there(self) -> None:
        await self._say_what_is_there(self.query_one(Welcome))

    def may_use(self, action: str) -> bool:
        """Tell whether one of the actions of the empty table makes sense now."""
        typed = self.query(Prompt).first().text and not self.waits
        return not (typed or self.session.run is not None or (self.session.wish.task and not self.nobody))

    # --- server and model ----------------------------------------------------------------------

    @work(exit_on_error=False)
    async def action_choose_model(self) -> None:
        """Choose the server and its model."""
        from roundtable_tui.tui.screens.dialogs.model_picker import TROUBLE, VoicePicker

        picker = VoicePicker("Server and model", self.session.backends, current=self._now(), more=_more())
        chosen = await self.app.push_screen_wait(picker)
        if chosen is None:
            return
        kind, _, rest = chosen.partition("\n")
        where, _, model = rest.partition("\n")
        match kind:
            case "servers" | "seats":
                self.call_later(self.run_action, f"screen.{kind if kind == 'servers' else 'seat_models'}")
                return
            case str() if kind == TROUBLE:
                await self._mend(where, model)
                return
            case "local":
                self._use_local()
            case "demo":
                self._take(demo=True)
            case "server":
                self._take(server=where, model=model)
            case "url":
                self._take(base_url=where, model=model)
            case _:  # typed: a model's name on the server as it is
                self.session.choose(model=chosen.strip())
                self.show_choices()

    @work(exit_on_error=False)
    async def action_seat_models(self) -> None:
        """Choose who speaks for one persona after the other."""
        from roundtable_tui.setup.model_choice import voices, with_voice
        from roundtable_tui.tui.screens.dialogs.model_picker import TROUBLE, VoicePicker
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        session, at = self.session, ""
        while True:
            try:
                seated = await asyncio.to_thread(voices, session.wish, session.settings, os.environ)
            except RoundtableError as error:
                self.notify(str(error), severity="warning", markup=False)
                return
            items = [
                Item(
                    one.name,
                    one.name + ("  (captain)" if one.captain else ""),
                    one.role,
                    hint=one.own or "as all",
                )
                for one in seated
            ]
            if any(one.said for one in seated):
                items.append(Item("\n", "all as before", "Take back what was chosen here"))
            picked = await self.app.push_screen_wait(Picker("Who speaks for whom?", items, current=at))
            if not picked:
                return
            at = picked
            if at == "\n":
                session.wish = replace(session.wish, models={}, servers={})
                continue
            more = [Item(_AS_ALL, "as all the others", "No model of its own", "more")]
            chosen = await self.app.push_screen_wait(
                VoicePicker(f"Who speaks for {one_line(at, 40)}?", session.backends, more=more)
            )
            if chosen is not None and not chosen.startswith(TROUBLE):
                session.wish = with_voice(session.wish, at, "" if chosen == _AS_ALL else chosen)

    def _now(self) -> str:
        """Return the id of the row that stands for what is chosen now."""
        wish, usual = self.session.wish, self.session.usual
        if wish.demo or wish.local:
            return "demo" if wish.demo else "local"
        model = wish.model or self.session.settings.model
        if wish.server or (not wish.base_url and usual is not None):
            name, own = (usual.name, usual.model) if usual is not None else ("", "")
            return f"server\n{wish.server or name}\n{model or own}"
        url = wish.base_url or next((one.base_url for one in self.found), "")
        return f"url\n{url}\n{model}" if url else ""

    async def _mend(self, kind: str, where: str) -> None:
        """Open the form of a server that does not answer."""
        from roundtable_tui.tui.screens.servers.form import ServerForm

        known = self.session.settings.servers
        found = next((one for one in self.found if one.base_url == where), None)
        server = known.get(where) if kind == "server" else found
        if server is not None:
            was = where if kind == "server" else ""
            await self.app.push_screen_wait(ServerForm(server, was=was, taken=known))
            self._reread()

    @work(exit_on_error=False)
    async def action_servers(self) -> None:
        """Open the list of servers."""
        from roundtable_tui.tui.screens.servers.screen import ServersScreen

        await self.app.push_screen_wait(ServersScreen(self.session))
        self._reread()

    @work(exit_on_error=False)
    async def action_settings(self) -> None:
        """Open the settings."""
        from roundtable_tui.tui.screens.settings.screen import SettingsScreen

        await self.app.push_screen_wait(SettingsScreen(self.session))
        self.show_choices()

    def _reread(self) -> None:
        """Take over what the settings file says of servers by now."""
        self.session.reread()
        self.show_choices()
        self._tell_what_is_there()


def _more() -> list[Item]:
    from roundtable_tui.tui.screens.dialogs.picker import Item

    return [
        Item("seats", "a model for each seat ...", "Who speaks for whom, before the run begins", "more"),
        Item("servers", "add, edit or remove a server ...", "Name, address, where its key is kept", "more"),
    ]


def _is_here(url: str) -> bool:
    from roundtable_tui.setup.server_pool import is_here

    return is_here(url)
