"""Assembles tool calls from streamed pieces, tolerating the mistakes of servers.

Known ones: missing or shared indexes, a new id or a repeated name in every piece, an empty object before
the real arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.llm.stream.chunk import ToolCallDelta
from roundtable_tui.llm.types import ToolRequest
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import fix_surrogates

_MAX_CALLS = 256
_MAX_FAILED_PARSES = 64


@dataclass(slots=True)
class _ToolCall:
    index: int | None
    id: str | None = None
    name: str | None = None
    pieces: list[str] = field(default_factory=list)
    failed_parses: int = 0

    def arguments(self) -> str:
        return "".join(self.pieces)

    def is_complete(self) -> bool:
        """Return whether the arguments so far are an object. Looked at a bounded number of times: a server
        may send thousands of pieces that could each end one.
        """
        if self.failed_parses >= _MAX_FAILED_PARSES or not self.pieces[-1].rstrip().endswith("}"):
            return False
        is_object = parse_object(self.arguments()) is not None
        self.failed_parses += not is_object
        return is_object


class ToolCalls:
    """The tool calls of one response."""

    def __init__(self) -> None:
        self._calls: list[_ToolCall] = []
        self.size = 0
        """Number of characters of all arguments so far."""

    def add(self, piece: ToolCallDelta) -> None:
        """Add one piece: names and ids replace earlier ones, arguments are appended."""
        if len(self._calls) >= _MAX_CALLS:
            return
        call = self._call_for(piece)
        call.id = piece.id or call.id
        call.name = piece.name or call.name
        if piece.arguments:
            call.pieces.append(piece.arguments)
            self.size += len(piece.arguments)

    def _call_for(self, piece: ToolCallDelta) -> _ToolCall:
        call = self._last_with_index(piece.index)
        if call is None or self._is_new_call(call, piece):
            call = _ToolCall(piece.index)
            self._calls.append(call)
        return call

    def _last_with_index(self, index: int | None) -> _ToolCall | None:
        for call in reversed(self._calls):
            if index is None or call.index == index or call.index is None:
                return call
        return None

    @staticmethod
    def _is_new_call(call: _ToolCall, piece: ToolCallDelta) -> bool:
        opens = piece.arguments.lstrip().startswith("{")
        other_id = piece.id is not None and call.id is not None and piece.id != call.id
        other_name = piece.name is not None and call.name is not None and piece.name != call.name
        if not call.pieces:
            return other_id and other_name
        # A new id alone does not start a call: some servers generate one for every piece.
        return (opens or other_id) and call.is_complete()

    def arguments(self) -> tuple[str, ...]:
        """Return the JSON texts of the calls that have arguments, in order."""
        return tuple(
            fix_surrogates(arguments) for call in self._calls if (arguments := call.arguments()).strip()
        )

    def requested(self, *, is_cut: bool = False) -> tuple[ToolRequest, ...]:
        """Return the calls that have a name, in order; arguments may be empty.

        Arguments without a name belong to the call before: real ones after an empty object, or one more call.
        Of a reply that was cut off, no call is returned if one is not whole: the next may be missing too.
        """
        found: list[ToolRequest] = []
        for call in self._calls:
            arguments = fix_surrogates(call.arguments()).strip()
            if call.name:
                found.append(ToolRequest(call.id or "", call.name, arguments))
            elif found and arguments:
                before = found[-1]
                if parse_object(before.arguments or "{}") == {}:
                    found.pop()
                found.append(ToolRequest(call.id or before.id, before.name, arguments))
        if is_cut and any(parse_object(call.arguments or "{}") is None for call in found):
            return ()
        return tuple(found)

    def best_arguments(self) -> str:
        """Return the last JSON object that is complete and not empty, else the last text, else ""."""
        candidates = self.arguments()
        for arguments in reversed(candidates):
            if parse_object(arguments):
                return arguments
        return candidates[-1] if candidates else ""

    @staticmethod
    def is_complete(arguments: str) -> bool:
        """Return whether `arguments` is a complete JSON object."""
        return parse_object(arguments) is not None


def parse_object(arguments: str) -> dict[str, Any] | None:
    """Return the JSON object that `arguments` is, or None."""
    try:
        value = load_json(arguments)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
