"""Faults on request, by the name of a demo model or the server's options.

`demo-small+fail=3` fails each third call; several are joined: `demo-small+slow=2+cut=20`.
"""

from __future__ import annotations

from collections.abc import Mapping

from roundtable_tui.errors import UsageError

KINDS: Mapping[str, int] = {"fail": 1, "rate": 1, "cut": 20, "slow": 5, "empty": 1}
"""The kinds of faults, with the number that a name without one means.

fail=N: each Nth call is a 503. rate=N: each Nth is a 429 with Retry-After. empty=N: each Nth has no text.
cut=N: the connection drops after N pieces. slow=N: N seconds of silence before the first piece.
"""


def parse_faults(text: str) -> dict[str, int]:
    """Parse `fail=3+slow`. Raises UsageError for a fault that does not exist."""
    out: dict[str, int] = {}
    for part in filter(None, text.split("+")):
        kind, _, number = part.partition("=")
        if kind not in KINDS or (number and not (number.isascii() and number.isdigit() and len(number) < 10)):
            raise UsageError(
                f"no such fault: {part}", hint=f"There are: {', '.join(KINDS)}, with =NUMBER or without."
            )
        out[kind] = int(number) if number else KINDS[kind]
    return out
