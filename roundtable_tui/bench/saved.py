"""What a bench keeps beside its results, so that they can be graded and audited later without a server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roundtable_tui.batch.results_file import ResultsFile, read_rows
from roundtable_tui.bench.arms import POOL_ARM, Arm, parse_arms
from roundtable_tui.bench.compare import BenchResults, Place
from roundtable_tui.bench.questions.model import BenchQuestion, hash_questions
from roundtable_tui.bench.results import RESULTS_FILE, ResultRow, make_key, parse_rows
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import load_json

BENCH_FILE = "bench.json"
VERDICTS_FILE = "verdicts.jsonl"
USER = "user"
"""The grader of a result on which the user has decided."""
_MAX_BYTES = 256_000_000
_MAX_COUNT = 100_000
_VERSION = 1


@dataclass(frozen=True, slots=True)
class SavedBench:
    """The questions and arms of a bench."""

    questions: tuple[BenchQuestion, ...]
    arms: tuple[Arm, ...]
    repeats: int
    max_draws: int
    fingerprints: Mapping[str, Mapping[str, Any]]
    """Name of an arm -> what identifies its runs, see `batch.run_once.describe_request`."""

    def collect(self, rows: Mapping[str, ResultRow]) -> BenchResults:
        """Return the results of these rows."""
        return collect_results(
            self.questions, self.arms, self.repeats, self.fingerprints, rows, self.max_draws
        )


def collect_results(
    questions: Sequence[BenchQuestion],
    arms: Sequence[Arm],
    repeats: int,
    fingerprints: Mapping[str, Mapping[str, Any]],
    rows: Mapping[str, ResultRow],
    max_draws: int,
) -> BenchResults:
    """Find the rows of each question, arm and repeat by their keys.

    Args:
        questions: the questions.
        arms: the arms; those with runs of their own and `single` have a fingerprint.
        repeats: the number of repeats.
        fingerprints: name of an arm -> what identifies its runs.
        rows: key -> row.
        max_draws: the number of answers of the pool to look for.
    """
    pool: dict[str, list[ResultRow]] = {}
    for question in questions:
        keys = (make_key(question, fingerprints[POOL_ARM.name], n) for n in range(max_draws))
        pool[question.id] = [rows[key] for key in keys if key in rows]
    runs: dict[str, dict[Place, ResultRow]] = {}
    for arm in arms:
        if arm.pooled_votes:
            continue
        places = [(question, n) for question in questions for n in range(repeats)]
        keyed = {(question.id, n): make_key(question, fingerprints[arm.name], n) for question, n in places}
        runs[arm.name] = {place: rows[key] for place, key in keyed.items() if key in rows}
    return BenchResults(tuple(questions), tuple(arms), repeats, pool, runs)


def save_bench(folder: Path, bench: SavedBench) -> None:
    """Write `bench.json`; it describes the newest start in this folder. Raises FileError."""
    data = {
        "version": _VERSION,
        "arms": ",".join(arm.name for arm in bench.arms),
        "repeats": bench.repeats,
        "max_draws": bench.max_draws,
        "questions_hash": hash_questions(bench.questions),
        "fingerprints": bench.fingerprints,
        "questions": [question.to_dict() for question in bench.questions],
    }
    files.write_text(folder / BENCH_FILE, json.dumps(data, ensure_ascii=False, default=str) + "\n")


def load_bench(folder: Path) -> SavedBench:
    """Read `bench.json` of a folder. Raises FileError."""
    path = folder / BENCH_FILE
    if not files.path_exists(path):
        hint = "Name the folder that a bench printed at its end."
        raise FileError("holds no bench", where=files.display_path(folder), hint=hint)
    try:
        data = load_json(files.read_text(path, _MAX_BYTES))
        saved = SavedBench(
            tuple(BenchQuestion.from_dict(one) for one in data["questions"]),
            parse_arms(data["arms"]),
            _read_count(data["repeats"]),
            _read_count(data["max_draws"]),
            dict(data["fingerprints"]),
        )
        _require_fingerprints(saved)
        return saved
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = f"is not a description of a bench ({type(error).__name__})"
        raise FileError(what, where=files.format_location(path)) from None


def _require_fingerprints(saved: SavedBench) -> None:
    """Raise KeyError if the pool, or an arm with runs of its own, has none."""
    for name in (POOL_ARM.name, *(arm.name for arm in saved.arms if not arm.pooled_votes)):
        _ = saved.fingerprints[name]


def _read_count(value: object) -> int:
    """Return the number of repeats or draws. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_COUNT:
        raise ValueError("not a count")
    return value


def load_rows(folder: Path) -> dict[str, ResultRow]:
    """Return the rows of a bench by key. Raises FileError."""
    return parse_rows(read_rows(folder / RESULTS_FILE))


def record_verdict(folder: Path, key: str, is_right: bool) -> None:
    """Record a user's verdict on one result; it counts before every grader. Raises FileError."""
    with ResultsFile(folder / VERDICTS_FILE) as file:
        file.append({"key": key, "correct": is_right})


def apply_verdicts(folder: Path, rows: Mapping[str, ResultRow]) -> dict[str, ResultRow]:
    """Return the rows with the user's verdicts; the last one on a result counts."""
    out = dict(rows)
    for one in read_rows(folder / VERDICTS_FILE):
        key, is_right = str(one.get("key")), one.get("correct")
        if key in out and isinstance(is_right, bool):
            out[key] = replace(
                out[key], correct=is_right, score=float(is_right), grader=USER, reason="verdict of the user"
            )
    return out
