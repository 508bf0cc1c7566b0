"""What the worker process of the tests does in place of comparing."""

from __future__ import annotations

import threading
from typing import Any


def handle(message: dict[str, Any], data: bytes) -> dict[str, bool]:
    """Compare nothing: "hang" takes for ever, "end" ends the process, "fail" raises."""
    match message.get("a"):
        case "hang":
            threading.Event().wait()
        case "end":
            raise SystemExit
        case "fail":
            raise ValueError
    return {"same": True}
