"""Trouble on request: faults a demo model's name or the server's options ask for.

`demo-small+fail=3` fails each third call; several are joined: `demo-small+slow=2+cut=20`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from roundtable_tui.errors import UsageError

KINDS: Mapping[str, int] = {"fail": 1, "rate": 1, "cut": 20, "slow": 5, "empty": 1}
"""What there is, with what a bare name means.

fail=N: each Nth call is a 503. rate=N: each Nth is a 429 with Retry-After. empty=N: each Nth has no text.
cut=N: the connection drops after N pieces. slow=N: N seconds of silence before the first piece.
"""


@dataclass(slots=True)
class Faults:
    """The faults of one model name, and how often it was called."""

    asked: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0

    def strikes(self, kind: str) -> bool:
        """Say whether a fault that comes each Nth call comes at this one."""
        every = self.asked.get(kind)
        return every is not None and self.calls % max(1, every) == 0


def parse_faults(text: str) -> dict[str, int]:
    """Read `fail=3+slow`; a fault that does not exist is a UsageError."""
    out: dict[str, int] = {}
    for part in filter(None, text.split("+")):
        kind, _, number = part.partition("=")
        if kind not in KINDS or (number and not (number.isascii() and number.isdigit())):
            raise UsageError(
                f"no such fault: {part}", hint=f"There are: {', '.join(KINDS)}, with =NUMBER or without."
            )
        out[kind] = int(number) if number else KINDS[kind]
    return out
