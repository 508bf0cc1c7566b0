"""How often models were right in the user's own benches: a small file that runs look up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.nesting import load_json

_MAX_BYTES = 1_000_000
_MAX_SETS = 50
"""Sets of questions that are remembered; the oldest is dropped first."""


@dataclass(frozen=True, slots=True)
class MeasuredModel:
    """The single answers of a model to a set of questions."""

    model: str
    base_url: str
    right: float
    questions: int
    low: float
    """The 95 % interval of the rate, 0 to 1."""
    high: float


def measured_models_file() -> Path:
    """Return where the figures are kept."""
    return paths.data_dir() / "bench" / "models.json"


def save_measured_models(questions_hash: str, found: Iterable[MeasuredModel]) -> None:
    """Add the figures of models on a set of questions; newer ones replace older ones. Raises FileError."""
    known = _read()
    models = {(one["model"], one["base_url"]): one for one in known.pop(questions_hash, [])}
    models |= {(one.model, one.base_url): asdict(one) for one in found}
    known[questions_hash] = list(models.values())
    kept = dict(list(known.items())[-_MAX_SETS:])
    paths.make_private_dir(measured_models_file().parent)
    files.write_text(measured_models_file(), json.dumps(kept, ensure_ascii=False) + "\n")


def find_measured_models(seats: Sequence[tuple[str, str]]) -> tuple[Mapping[str, Any], ...]:
    """Return the figures of the models of a run, from the newest set on which two of them were measured.

    Args:
        seats: (model, base URL) of each seat.
    """
    wanted = set(seats)
    if len(wanted) < 2:
        return ()
    for models in reversed(list(_read().values())):
        found = tuple(one for one in models if (one["model"], one["base_url"]) in wanted)
        if len(found) > 1:
            return found
    return ()


def _read() -> dict[str, list[dict[str, Any]]]:
    """Return set of questions -> figures, the oldest first; a file that cannot be read is as good as none."""
    path = measured_models_file()
    try:
        data = load_json(files.read_text(path, _MAX_BYTES)) if files.path_exists(path) else {}
    except (FileError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {
        key: [one for one in models if _is_valid(one)]
        for key, models in data.items()
        if isinstance(models, list)
    }


def _is_valid(one: object) -> bool:
    return (
        isinstance(one, dict)
        and all(isinstance(one.get(key), str) for key in ("model", "base_url"))
        and all(isinstance(one.get(key), int | float) for key in ("right", "questions", "low", "high"))
    )
