"""Sends attached pictures to the seats whose models are known to read pictures."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.engine.seat import Seat
from roundtable_tui.llm.types import PICTURE_TOKENS, Server
from roundtable_tui.utils.text import single_line

_MAX_NAME_CHARS = 40
FindVision = Callable[[Server, str], Awaitable[bool | None]]
"""(server, model) -> whether the model reads pictures; None if that is not known."""


class PictureSender:
    """The pictures of a run. A model of which it is not known whether it reads pictures gets none.

    Such a model would answer all the same, about a picture that it has not seen.
    """

    def __init__(self, client: Any) -> None:
        """Create it without pictures; some model clients do not know which models read pictures."""
        self._find_vision: FindVision | None = getattr(client, "find_vision", None)
        self._known: dict[tuple[str, str], bool] = {}
        self._pictures: list[Attachment] = []
        self._urls: tuple[str, ...] = ()

    def set_pictures(self, attachments: Iterable[Attachment]) -> None:
        """Set the pictures to send; attachments that are none, or whose bytes are missing, are left out."""
        self._pictures = [one for one in attachments if one.is_picture and one.data]
        self._urls = tuple(
            f"data:{one.media_type};base64,{base64.b64encode(one.data).decode()}" for one in self._pictures
        )

    async def learn(self, seats: Iterable[Seat]) -> None:
        """Find out which of the seats' models read pictures, where that is not known yet."""
        if not self._pictures or self._find_vision is None:
            return
        for seat in seats:
            at = (seat.server.base_url, seat.model)
            if at not in self._known:
                self._known[at] = await self._find_vision(seat.server, seat.model) is True

    def can_see(self, seat: Seat) -> bool:
        """Return whether the model of a seat is known to read pictures."""
        return self._known.get((seat.server.base_url, seat.model), False)

    def pictures_for(self, seat: Seat) -> tuple[str, ...]:
        """Return the data addresses of the pictures for a request of this seat; () if it sees none."""
        return self._urls if self.can_see(seat) else ()

    def tokens_for(self, seat: Seat) -> int:
        """Return the estimated tokens of the pictures in a request of this seat."""
        return PICTURE_TOKENS * len(self.pictures_for(seat))

    def describe(self, seats: Sequence[Seat]) -> str:
        """Return which seats see the pictures, in one line; "" without pictures."""
        if not self._pictures:
            return ""
        names = ", ".join(one.label for one in self._pictures)
        seeing, blind = (_join_names([s for s in seats if self.can_see(s) is sees]) for sees in (True, False))
        why = "no model is known to read pictures" if not seeing else "not known to read pictures"
        if not seeing:
            return f"{names}: seen by no seat: {why} (setting vision_models of a server)"
        return f"{names}: seen by {seeing}" + (f"; not by {blind} ({why})" if blind else "")


def _join_names(seats: Sequence[Seat]) -> str:
    return ", ".join(single_line(seat.name, _MAX_NAME_CHARS) for seat in seats)
