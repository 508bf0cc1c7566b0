"""The stage: a pane for each seat, the captain's at the head. Events come in at `handle` and go to the pane
they are about; which panes are shown, `Panes` knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from textual import on

from roundtable_tui.engine import events
from roundtable_tui.engine.board import name_shown
from roundtable_tui.engine.citations import from_fields
from roundtable_tui.engine.seat_changes import in_words, said_of
from roundtable_tui.tui.widgets.run.group_bars import bars
from roundtable_tui.tui.widgets.run.pane_groups import GOING, TO_COME, sittings
from roundtable_tui.tui.widgets.run.pane_layout import Panes
from roundtable_tui.tui.widgets.run.seat_pane import OUT_OF_REACH, Clock, SeatPane
from roundtable_tui.tui.widgets.run.stage_tabs import StageRow
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.utils.text import clean, one_line

_STATUS = {"complete": "done", "partial": "done", "failed": "failed", "cancelled": "stopped"}
AT_ONCE = 8
BETWEEN_S = 0.08


class Stage(Panes):
    """The panes of one run, and what happens in them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._named: dict[str, str] = {}
        """Names as the run began."""
        self._names: dict[str, str] = {}
        self._talks = False
        self._extra = 0

    # --- a run begins --------------------------------------------------------------------------

    async def open(self, header: events.RunStarted, clock: Clock) -> None:
        """Put up a pane for each seat of a run; `clock` is the run's."""
        await self.query_one("#seats").remove_children()
        await self.query_one("#head").remove_children()
        self._talks, self._extra, self.zoomed, self.follows = False, 0, False, True
        self._named = {str(seat["seat"]): str(seat["name"]) for seat in header.seats}
        self._names = dict(self._named)
        self.sittings = sittings(header, clock)
        self.shown = self.running = self.sittings[0]
        for pane in self.everyone:
            pane.live = not self.carries_focus
            pane.display = False
        self._by_seat = {pane.seat: pane for pane in self.everyone}
        self.active = self.shown.active
        self.query_one(StageRow).display = len(self.sittings) > 1
        await self.query_one("#seats").mount(*(pane for sitting in self.sittings for pane in sitting.seats))
        await self.query_one("#head").mount(*(sitting.head for sitting in self.sittings))
        self.remove_class("-over")
        self.lay_out()

    def forget(self) -> None:
        """Be as when the run began: a replay goes back. Who is seen, and how, stays."""
        self._talks, self._extra = False, 0
        self._names = dict(self._named)
        for pane in self.everyone:
            pane.forget()
        for sitting in self.sittings:
            sitting.state = TO_COME
        self.running = self.sittings[0] if self.sittings else None
        if self.running and not self.zoomed:
            self._show(self.running.active)
        self.remove_class("-over")
        self._tabs()

    # --- what happens --------------------------------------------------------------------------

    def handle(self, event: events.Event) -> None:
        """Give an event to the pane it is about."""
        match event:
            case events.EntryPosted(kind="speech" | "topic" | "summary"):
                self._discussion(event)
            case events.PersonSpoke():
                to = self._by_seat.get(event.to, self.head)
                self._say(to, "you" if to is self.head else "you, to this seat alone", event.text)
            case events.Notice():
                pane = self._by_seat.get(event.seat, self.head)
                self._say(pane, "", "", event.text, "waiting")
            case events.SeatChanged():
                self._changed(event)
            case events.AnswersGrouped():
                self._grouped(event)
            case events.PassagesUsed():
                self._passages(event)
            case events.RoundsChanged() | events.BudgetChanged():
                self._say(self.head, "", "", said_of(event), "waiting")
            case events.PhaseStarted() if event.stage:
                self._begin(event.stage)
            case events.StageEnded():
                self._ended(event)
            case events.RunFinished():
                self._over(event)
            case _:
                if at := self._by_seat.get(getattr(event, "seat", "")):
                    state = at.state
                    at.handle(event)
                    if at.state != state:
                        self._follow(at)
                        self._tabs()

    def _begin(self, stage: int) -> None:
        """Show a stage of a pipeline that begins, to whoever was watching the one before."""
        begun = next((sitting for sitting in self.sittings if sitting.stage == stage), None)
        if begun is None:
            return
        watching = self.shown is self.running and not self.zoomed
        watching = watching and (self.follows or not self.has_class("-one"))
        self.running, begun.state = begun, GOING
        if watching:
            held = self.has_keys(self.active)
            self._show(begun.active)
            if held and self.carries_focus:
                begun.active.view.focus()
            elif held:  # Keys are for the pane that was shown: none may go to another that just came.
                self.screen.set_focus(None)
        self._tabs()

    def _ended(self, event: events.StageEnded) -> None:
        """Say in the pane of whoever led a stage what it came to; of the last, the run's end says it."""
        if ended := next((one for one in self.sittings if one.stage == event.stage), None):
            ended.state = event.status
            if event.status == "complete" and ended is not self.sittings[-1]:
                self._conclude(event.answer, event.by, f"What stage {event.stage} came to", event.how, "done")
            self._tabs()

    def _discussion(self, event: events.EntryPosted) -> None:
        """Write a talk down at the head as one conversation, since its speakers sit apart."""
        if not self._talks:
            self._talks = True
            if not self._alone:
                self._show(self.head)
        name = name_shown(event.author, self._names.get(event.author, ""))
        if event.kind != "summary" or self.head.seat != event.author:
            self._say(self.head, name, event.content)

    def _passages(self, event: events.PassagesUsed) -> None:
        """Show which passages of the documents the seats were given."""
        passages = from_fields(event.passages)
        lines = [f"- {passage.label}" for passage in passages] or ["- none that fits the question"]
        texts = "\n\n".join(f"{passage.label}\n{passage.text}" for passage in passages)
        self.head.say("passages", "from the documents", "\n".join(lines), reasoning=texts)

    def _grouped(self, event: events.AnswersGrouped) -> None:
        """Draw the groups of this round; they are drawn anew as answers arrive."""
        if drawn := bars(event, self._names):
            self.head.say(f"groups-{event.round}", "what the answers say", drawn)

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
        gone = any(pane.live and pane.fault in OUT_OF_REACH for pane in self.panes)
        if event.status == "failed" and gone:
            how += ". F4 chooses another server, ↑ brings the question back"
        for pane in self.everyone:
            pane.over("stopped by you" if event.status == "cancelled" else "the run ended", event.t)
        self._conclude(event.answer, event.by, "The answer", how, kind)
        self.add_class("-over")
        self.head.came_to = one_line(f"{event.status} in {event.elapsed_s:.1f} s", 60)
        self.head.write_frame()
        if self.has_class("-one") and not self.zoomed and self.follows:
            self._show(self.head)
        if event.answer:  # Once the pane is there in its size: before, nobody knows where its rows are.
            self.head.view.go_to(f"said-{self._extra}")
            self.call_after_refresh(self.head.view.go_to, f"said-{self._extra}")

    def _conclude(self, answer: str, by: str, title: str, how: str, kind: str) -> None:
        """Write what was come to into the pane of whoever leads, where it does not stand there already."""
        document = self.head.view.document
        above = any(document.answer(turn).strip() == answer.strip() for turn in document.turns)
        author = self._names.get(by, "")
        if answer and not above:
            title = f"{title}, in the words of {author}" if author else title
            self._say(self.head, title, answer, how, kind)
        else:
            self._say(self.head, f"{title} stands above" if answer else "", "", how, kind)

    def _say(self, pane: SeatPane, title: str, text: str, note: str = "", kind: str = "done") -> None:
        self._extra += 1
        pane.say(f"said-{self._extra}", title, text, note, kind)

    def tick(self) -> None:
        """Bring the panes' figures up to date; of many some at a time: all at once would hold up a key."""
        panes = list(self.everyone)
        for pane in panes[:AT_ONCE]:
            pane.tick()
        for later in range(AT_ONCE, len(panes), AT_ONCE):
            some = panes[later : later + AT_ONCE]
            self.set_timer(BETWEEN_S * later / AT_ONCE, partial(_tick_all, some))
        if self._alone:
            self._tabs()

    @on(StreamView.LinkChosen)
    def _link(self, event: StreamView.LinkChosen) -> None:
        """Show where a link leads and copy it; opening it is for the person to do."""
        self.app.copy_to_clipboard(clean(event.target))
        self.notify(one_line(event.target, 300), title="Link, copied", markup=False)


def _tick_all(panes: Iterable[SeatPane]) -> None:
    for pane in panes:
        if pane.is_attached:
            pane.tick()
