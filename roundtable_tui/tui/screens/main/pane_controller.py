"""Actions on the panes of a run, in the main screen and in a replay: focus, zoom, jump, copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from roundtable_tui.tui.clipboard import copy
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.tui.widgets.run.run_panes import RunPanes
    from roundtable_tui.tui.widgets.run.seat_pane import SeatPane

TRANSCRIPT_HINT = "The run's folder has the full text (roundtable paths); F10 exports it"


class PaneController:
    """Moves between panes and acts on what the active one shows.

    Args:
        screen: The screen that the panes are on.
        get_run_view: Returns the view that holds the panes, or None while no run is shown.
        restore_focus: Sets the focus after the pane changed by itself; None: to the active pane.
    """

    def __init__(
        self,
        screen: BaseScreen[Any],
        get_run_view: Callable[[], RunPanes | None],
        restore_focus: Callable[[], None] | None = None,
    ) -> None:
        self.screen = screen
        self._get_run_view = get_run_view
        self._restore_focus = restore_focus or self.focus_active

    @property
    def active(self) -> SeatPane | None:
        """The pane that keys act on."""
        view = self._get_run_view()
        return view.active if view is not None else None

    @property
    def actions(self) -> Mapping[str, Callable[..., object]]:
        """The actions on panes, by the id of their command."""
        return {
            "previous_stage": lambda: self.shift_stage(-1),
            "next_stage": lambda: self.shift_stage(1),
            "zoom": self.toggle_zoom,
            "follow_speaker": self.follow_speaker,
            "jump": self.jump,
            "reasoning": self.toggle_reasoning,
            "copy_answer": self.copy_answer,
            "copy_pane": self.copy_pane,
            "go_to": self.go_to,
            "toggle_all": self.toggle_all,
        }

    def focus_active(self) -> None:
        """Focus the active pane."""
        view = self._get_run_view()
        if view is not None and view.active is not None:
            view.focus_pane(view.active)

    def go_to(self, number: int) -> None:
        """Activate pane 1, 2, ...; 0 is the captain's."""
        view = self._get_run_view()
        if view is not None and view.active and (pane := view.get_numbered_pane(number)):
            view.choose_pane(pane)

    def shift_stage(self, steps: int) -> None:
        """Show the panes of a later stage of a pipeline, or of an earlier one if `steps` is negative."""
        if (view := self._get_run_view()) is not None:
            view.shift_stage(steps)

    def toggle_zoom(self) -> None:
        """Show the active pane on the whole screen, or all panes again."""
        view = self._get_run_view()
        if view is not None and view.active:
            view.zoom()

    def toggle_all(self) -> None:
        """After the end: show the panes of all seats, or their lines again."""
        if (view := self._get_run_view()) is not None:
            view.action_toggle_all()

    def leave_zoom(self) -> bool:
        """Show all panes again. Returns False if no pane is zoomed."""
        view = self._get_run_view()
        if view is None or not view.active or not view.zoomed:
            return False
        view.zoom(False)
        return True

    def close_pane(self) -> bool:
        """Close a pane that was opened after the end. Returns False if none is open."""
        view = self._get_run_view()
        return view is not None and view.close_pane()

    def follow_speaker(self) -> None:
        """Always activate the pane of the seat that is speaking."""
        view = self._get_run_view()
        if view is not None and view.active:
            view.follow_speaker()
            # Not to the pane: the next key must not act on one that has just come up.
            self._restore_focus()

    def jump(self) -> None:
        """Show a letter on every pane, and activate the one whose letter is pressed."""
        from roundtable_tui.tui.screens.main.jump import JumpScreen

        view = self._get_run_view()
        if view is None or not view.active:
            return

        def choose(pane: SeatPane | None) -> None:
            if pane is not None:
                view.choose_pane(pane)

        self.screen.app.push_screen(JumpScreen(view.list_jump_targets()), choose)

    def show_board(self) -> None:
        """Show the board of the run so far."""
        from roundtable_tui.tui.screens.dialogs.board import BoardScreen

        if (view := self._get_run_view()) is not None:
            self.screen.app.push_screen(BoardScreen(lambda: view.board, view.get_turn_text))

    def focus_card(self) -> bool:
        """Give the answer's card the focus. Returns False if there is none."""
        view = self._get_run_view()
        return view is not None and view.focus_card()

    def toggle_reasoning(self) -> None:
        """Expand or fold the reasoning of the last answer."""
        if (pane := self.active) is not None:
            pane.view.action_toggle_reasoning()

    def copy_answer(self) -> None:
        """Copy the last answer in the active pane."""
        if (pane := self.active) is not None:
            answers = [pane.view.document.get_answer(turn) for turn in pane.view.document.turns]
            last = next((text for text in reversed(answers) if text.strip()), "")
            copy(self.screen.app, last, f"{single_line(pane.seat_name, 40)}'s last answer")

    def copy_pane(self) -> None:
        """Copy everything in the active pane."""
        if (pane := self.active) is not None:
            name = f"{single_line(pane.seat_name, 40)}'s pane"
            copy(self.screen.app, pane.view.copy_text(), name, escape=TRANSCRIPT_HINT)
