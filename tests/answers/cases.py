"""The cases of answers in `data`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def load_cases(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of cases."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
