"""Let the demo stream its replies in pieces of several tokens: each costs the app as much as one token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from roundtable_tui.llm.demo import wire
from roundtable_tui.llm.demo.wire import Reply, interleave_choices
from tests.support.torture import FULL

_TOKENS_PER_PIECE = 8


def _join(tokens: Sequence[str]) -> tuple[str, ...]:
    """Return the tokens in pieces; the first ones are single, so that a reply begins as ever."""
    begin, rest = tokens[:2], tokens[2:]
    pieces = (rest[at : at + _TOKENS_PER_PIECE] for at in range(0, len(rest), _TOKENS_PER_PIECE))
    return (*begin, *("".join(piece) for piece in pieces))


def _interleave_pieces(replies: Sequence[Reply]) -> list[dict[str, Any]]:
    return interleave_choices(
        [replace(reply, reasoning=_join(reply.reasoning), content=_join(reply.content)) for reply in replies]
    )


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do so in a test; `make torture` has single tokens. Usage is counted before."""
    if not FULL:
        monkeypatch.setattr(wire, "interleave_choices", _interleave_pieces)
