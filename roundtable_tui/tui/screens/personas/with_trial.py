"""What a screen does that has a persona to try: opens the trial, asks, stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on
from textual.screen import Screen

from roundtable_tui.tui.at_hand import AtHand
from roundtable_tui.tui.screens.personas.trying import TryPanel

if TYPE_CHECKING:
    from roundtable_tui.files import Persona


class WithTrial(Screen[Any]):
    """Actions on its `TryPanel`; `-try` says that it is open, `-at-try` that the cursor is in it."""

    at_hand: AtHand

    def persona_to_try(self, *, asked: bool) -> Persona | None:
        """Return the persona as it is now; where there is none and it is `asked` for, say why."""
        raise NotImplementedError

    def leave_trial(self) -> None:
        """Bring the cursor back from the trial, which is closed now."""
        raise NotImplementedError

    @property
    def trial(self) -> TryPanel:
        """The panel."""
        return self.query_one(TryPanel)

    def may_try(self, action: str) -> bool | None:
        """Return whether an action on the trial is to be offered now."""
        if action == "try_it":
            return self.at_hand.trial is not None
        return self.is_mounted and self.trial.going

    def action_try_it(self) -> None:
        """Open the trial; where it is open, ask."""
        if self.has_class("-try"):
            self._ask()
        else:
            self.open_trial()

    def open_trial(self) -> None:
        """Bring the question to the front, and say who would be asked."""
        if self.at_hand.trial is None:
            return
        self.add_class("-try", "-at-try")
        self.call_after_refresh(self.trial.to_question)
        if (persona := self.persona_to_try(asked=False)) is not None:
            self.trial.about(persona)

    @on(TryPanel.Asked)
    def _ask(self) -> None:
        if (persona := self.persona_to_try(asked=True)) is not None:
            self.add_class("-at-try")
            self.trial.ask(persona)

    def action_stop_trying(self) -> None:
        """Stop the answer."""
        self.trial.stop()

    @on(TryPanel.Went)
    def _went(self) -> None:
        self.refresh_bindings()

    def close_trial(self) -> bool:
        """Close the trial if the cursor is in it; return whether it was."""
        if not self.has_class("-at-try"):
            return False
        self.trial.stop()
        self.remove_class("-try", "-at-try")
        self.leave_trial()
        return True
