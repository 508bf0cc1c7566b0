"""A text that grows by a token at a time."""

from __future__ import annotations

_MANY = 256


class Growing:
    """Pieces of a text, in order. Many small ones are joined: alone, each weighs ten times its letters."""

    __slots__ = ("_joined", "_pieces")

    def __init__(self, text: str = "") -> None:
        self._joined: list[str] = [text] if text else []
        self._pieces: list[str] = []

    def add(self, piece: str) -> None:
        """Take the next piece."""
        self._pieces.append(piece)
        if len(self._pieces) >= _MANY:
            self._joined.append("".join(self._pieces))
            self._pieces.clear()

    def __str__(self) -> str:
        return "".join([*self._joined, *self._pieces])

    def __bool__(self) -> bool:
        """Tell whether a piece has come."""
        return bool(self._joined or self._pieces)
