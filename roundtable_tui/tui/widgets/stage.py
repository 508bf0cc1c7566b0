"""The stage: a pane for each seat and one for the captain, laid out for the room there is.

A grid on a wide screen, one pane at a time under the row of tabs on a narrow one; any pane may
take the whole stage. Events come in at `handle` and go to the pane they are about.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content

from roundtable_tui.table import events
from roundtable_tui.table.changes import in_words, said_of
from roundtable_tui.table.passages import from_fields
from roundtable_tui.text import clean, one_line
from roundtable_tui.tui.widgets.group_bars import bars
from roundtable_tui.tui.widgets.seat_pane import Clock, SeatPane
from roundtable_tui.tui.widgets.seat_tabs import SeatTabs
from roundtable_tui.tui.widgets.stream import StreamView

OUTCOME = "outcome"
SPEAKING = frozenset({"thinking", "writing"})
_STATUS = {"complete": "done", "partial": "done", "failed": "failed", "cancelled": "stopped"}


class Stage(Container):
    """Holds the panes of one run."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.panes: list[SeatPane] = []
        self.active: SeatPane | None = None
        self.zoomed = False
        self.follows = True
        """Where one pane is shown at a time: whether it is that of who speaks, until one is chosen."""
        self.carries_focus = False
        """Whether the focus goes along with who speaks: where no key does anything to a seat."""
        self._by_seat: dict[str, SeatPane] = {}
        self._named: dict[str, str] = {}
        """Names as the run began."""
        self._names: dict[str, str] = {}
        self._talks = False
        self._extra = 0

    def compose(self) -> ComposeResult:
        """Tabs, the grid of seats, the place of the captain."""
        yield SeatTabs(id="tabs")
        yield VerticalScroll(id="seats", can_focus=False)
        yield Container(id="head")

    # --- a run begins --------------------------------------------------------------------------

    async def open(self, header: events.RunStarted, clock: Clock) -> None:
        """Put up a pane for each seat of a run; `clock` is the run's."""
        await self.query_one("#seats").remove_children()
        await self.query_one("#head").remove_children()
        self._talks, self._extra, self.zoomed, self.follows = False, 0, False, True
        self._named = {str(seat["seat"]): str(seat["name"]) for seat in header.seats}
        self._names = dict(self._named)
        seats: list[SeatPane] = []
        head: SeatPane | None = None
        for seat in header.seats:
            captain = bool(seat.get("captain"))
            pane = SeatPane(
                str(seat["seat"]),
                str(seat["name"]),
                str(seat.get("role", "")),
                str(seat["model"]),
                captain=captain,
                clock=clock,
            )
            if captain:
                head = pane
            else:
                seats.append(pane)
        if head is None:
            head = SeatPane(OUTCOME, "The table", "what is said", captain=True, clock=clock)
            head.is_table = True
        self.outcome = head
        self.panes = [*seats, head]
        self._by_seat = {pane.seat: pane for pane in self.panes}
        self.active = seats[0] if seats else head
        grid = self.query_one("#seats", VerticalScroll)
        columns = columns_for(len(seats))
        grid.styles.grid_size_columns = columns
        grid.set_class(len(seats) > 3 * columns, "-many")
        await grid.mount(*seats)
        await self.query_one("#head").mount(head)
        self.remove_class("-over")
        self.lay_out()

    def forget(self) -> None:
        """Be as when the run began: a replay goes back. Who is seen, and how, stays."""
        self._talks, self._extra = False, 0
        self._names = dict(self._named)
        for pane in self.panes:
            pane.forget()
        self.remove_class("-over")
        self._tabs()

    # --- what happens --------------------------------------------------------------------------

    def handle(self, event: events.Event) -> None:
        """Give an event to the pane it is about."""
        match event:
            case events.EntryPosted(kind="speech" | "topic" | "summary"):
                self._discussion(event)
            case events.PersonSpoke():
                to = self._by_seat.get(event.to, self.outcome)
                self._say(to, "you" if to is self.outcome else "you, to this seat alone", event.text)
            case events.Notice():
                pane = self._by_seat.get(event.seat, self.outcome)
                self._say(pane, "", "", event.text, "waiting")
            case events.SeatChanged():
                self._changed(event)
            case events.AnswersGrouped():
                self._grouped(event)
            case events.PassagesUsed():
                self._passages(event)
            case events.RoundsChanged() | events.BudgetChanged():
                self._say(self.outcome, "", "", said_of(event), "waiting")
            case events.RunFinished():
                self._over(event)
            case _:
                if at := self._by_seat.get(getattr(event, "seat", "")):
                    state = at.state
                    at.handle(event)
                    if at.state != state:
                        self._follow(at)
                        self._tabs()

    def _discussion(self, event: events.EntryPosted) -> None:
        """Write a talk down in the captain's pane as one conversation, since its speakers sit apart."""
        if not self._talks:
            self._talks = True
            if not self._alone:
                self._show(self.outcome)
        name = "Moderator" if event.author == "moderator" else self._names.get(event.author, event.author)
        if event.kind != "summary" or self.outcome.seat != event.author:
            self._say(self.outcome, name, event.content)

    def _passages(self, event: events.PassagesUsed) -> None:
        """Show which passages of the documents the seats were given."""
        passages = from_fields(event.passages)
        lines = [f"- {passage.label}" for passage in passages] or ["- none that fits the question"]
        texts = "\n\n".join(f"{passage.label}\n{passage.text}" for passage in passages)
        self.outcome.say("passages", "from the documents", "\n".join(lines), reasoning=texts)

    def _grouped(self, event: events.AnswersGrouped) -> None:
        """Draw the groups of this round; they are drawn anew as answers arrive."""
        if drawn := bars(event, self._names):
            self.outcome.say(f"groups-{event.round}", "what the answers say", drawn)

    def _changed(self, event: events.SeatChanged) -> None:
        """Show another name, model or silence of a seat, and say so in its pane."""
        pane = self._by_seat.get(event.seat)
        if pane is None:
            return
        line = in_words(event, lambda seat: self._names.get(seat, seat))
        persona = event.value if event.what == "persona" else event.value.get("persona")
        if isinstance(persona, Mapping):
            pane.seat_name = str(persona.get("name", pane.seat_name))
            pane.role = str(persona.get("role", ""))
            self._names[event.seat] = pane.seat_name
        if model := event.value.get("model") if event.what in ("model", "captain") else "":
            pane.model = str(model)
        if event.what in ("muted", "unmuted"):
            pane.muted = event.what == "muted"
        pane.write_frame()
        self._say(pane, "", "", line, "waiting")
        self._tabs()

    def _over(self, event: events.RunFinished) -> None:
        kind = _STATUS[event.status]
        how = event.how or event.error
        if event.status == "partial":
            how = f"partial: {how}"
        for pane in self.panes:
            pane.over("stopped by you" if event.status == "cancelled" else "the run ended", event.t)
        document = self.outcome.view.document
        above = any(document.answer(turn).strip() == event.answer.strip() for turn in document.turns)
        if event.answer and not above:
            author = self._names.get(event.by, "")
            title = f"The answer, in the words of {author}" if author else "The answer"
            self._say(self.outcome, title, event.answer, how, kind)
        else:
            self._say(self.outcome, "The answer stands above" if event.answer else "", "", how, kind)
        self.add_class("-over")
        if event.answer:
            self.outcome.view.go_to(f"said-{self._extra}")
        self.outcome.border_subtitle = Content(one_line(f"{event.status} in {event.elapsed_s:.1f} s", 60))
        if self.has_class("-one") and not self.zoomed and self.follows:
            self._show(self.outcome)

    def _say(self, pane: SeatPane, title: str, text: str, note: str = "", kind: str = "done") -> None:
        self._extra += 1
        pane.say(f"said-{self._extra}", title, text, note, kind)

    def tick(self) -> None:
        """Bring the panes' figures up to date."""
        for pane in self.panes:
            pane.tick()
        if self._alone:
            self._tabs()

    @on(SeatPane.Chosen)
    def _chosen(self, event: SeatPane.Chosen) -> None:
        if event.pane is not self.active:
            self.choose(event.pane, focus=False)

    @on(SeatTabs.Picked)
    def _tab(self, event: SeatTabs.Picked) -> None:
        if pane := self.by_seat(event.seat):
            self.choose(pane)

    @on(StreamView.LinkChosen)
    def _link(self, event: StreamView.LinkChosen) -> None:
        """Show where a link leads and copy it; opening it is for the person to do."""
        self.app.copy_to_clipboard(clean(event.target))
        self.notify(one_line(event.target, 300), title="Link, copied", markup=False)

    # --- who is seen ---------------------------------------------------------------------------

    def choose(self, pane: SeatPane, *, focus: bool = True) -> None:
        """Make `pane` the one that keys act on, and that a narrow screen shows from now on."""
        self.follows = False
        self._show(pane)
        if focus and not pane.has_focus_within:
            pane.view.focus()

    def follow(self) -> None:
        """Show who speaks, now and from now on; where nobody does, where the answer will stand."""
        self.follows = True
        if self._alone:
            self._show(next((pane for pane in self.panes if pane.state in SPEAKING), self.outcome))

    def _follow(self, pane: SeatPane) -> None:
        """Go to a pane that begins to speak while the one that is shown is silent and read to its end."""
        if not self.follows or self.zoomed or not self.has_class("-one") or pane.state not in SPEAKING:
            return
        shown = self.active
        held = shown is not None and shown.has_focus_within
        if held and not self.carries_focus:
            return  # Keys are for the pane that is shown: none may go to another that just came.
        if shown is None or (shown.state not in SPEAKING and shown.view.following):
            self._show(pane)
            if held:
                pane.view.focus()

    def _show(self, pane: SeatPane) -> None:
        if pane is not self.active:
            self.active = pane
            self.lay_out()

    @property
    def _alone(self) -> bool:
        return self.zoomed or self.has_class("-one")

    def by_seat(self, seat: str) -> SeatPane | None:
        """Return the pane of a seat."""
        return self._by_seat.get(seat)

    def numbered(self, number: int) -> SeatPane | None:
        """Return pane 1, 2, ... or, for 0, the captain's."""
        if not self.panes:
            return None
        if number == 0:
            return self.outcome
        return self.panes[number - 1] if number < len(self.panes) else None

    def places(self) -> list[tuple[SeatPane, tuple[int, int] | None]]:
        """Return the panes with where their letters stand: in their corner, or on their tabs."""
        tabs = self.query_one(SeatTabs)
        alone = self._alone
        return [(pane, tabs.place(pane.seat) if alone else None) for pane in self.panes]

    def zoom(self, on: bool | None = None) -> None:
        """Give the active pane the whole stage, or take it back."""
        self.zoomed = (not self.zoomed) if on is None else on
        self.lay_out()

    def narrow(self, narrow: bool) -> None:
        """Show one pane at a time, or all."""
        self.set_class(narrow, "-one")
        self.lay_out()

    def lay_out(self) -> None:
        """Show what there is room for."""
        if not self.panes:
            return
        alone = self._alone
        self.set_class(self.zoomed, "-zoomed")
        self.set_class(alone and self.active is self.outcome, "-head-alone")
        self.set_class(alone and self.active is not self.outcome, "-seat-alone")
        for pane in self.panes:
            pane.display = not alone or pane is self.active
        self._tabs()

    def _tabs(self) -> None:
        self.query_one(SeatTabs).show(self.panes, self.active)


def columns_for(seats: int) -> int:
    """Return how many columns suit so many seats."""
    return max(1, seats) if seats <= 3 else 2 if seats == 4 else 3 if seats <= 9 else 4
