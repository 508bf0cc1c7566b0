"""Logs in the format of Inspect (EvalLog, version 2, JSON), which `inspect view` and `inspect log` read.

An arm is a model named `roundtable/ARM`, and its score has the arm's name. Written by hand: the package
`inspect-ai` is not needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from roundtable_tui.bench.arms import Arm
from roundtable_tui.bench.compare import ArmOutcome, BenchResults, Place, collect_outcomes
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.utils import files
from roundtable_tui.utils.text import safe_file_name, to_safe_json

VERSION = 2
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d")
_CORRECT, _INCORRECT, _PARTIAL, _NO_ANSWER = "C", "I", "P", "N"


def write_logs(path: Path, results: BenchResults, name: str = "bench") -> list[Path]:
    """Write the logs and return their files.

    Args:
        path: a file, for one log with all arms, or a folder that is there, for one log per arm.
        results: the results.
        name: what the questions are called.

    Raises:
        FileError: it cannot be written.
    """
    if not path.is_dir():
        files.write_text(path, to_safe_json(make_log(results, results.arms, name)) + "\n")
        return [path]
    out = []
    for number, arm in enumerate(results.arms, 1):
        out.append(_name_file(path, name, f"{number}-{safe_file_name(arm.name)}"))
        files.write_text(out[-1], to_safe_json(make_log(results, [arm], name)) + "\n")
    return out


def _name_file(folder: Path, task: str, ident: str) -> Path:
    """Return the path of a log; that of an earlier log of the same arm is used again.

    Inspect lists only files whose names begin with a time and have the form `TIME_TASK_ID.json`.
    """
    rest = f"_{safe_file_name(task).replace('_', '-')}_{ident.replace('_', '-')}.json"
    earlier = [one for one in folder.iterdir() if one.name.endswith(rest) and _TIME.match(one.name)]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-00-00")
    return max(earlier, default=folder / f"{now}{rest}")


def make_log(results: BenchResults, arms: Sequence[Arm], name: str = "bench") -> dict[str, Any]:
    """Return one EvalLog. With several arms, the id of a sample is `ARM/QUESTION`."""
    found = {arm.name: collect_outcomes(results, arm) for arm in arms}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    is_complete = all(len(one) == len(results.questions) * results.repeats for one in found.values())
    usage = {_model_of(arm): _sum_usage(found[arm.name]) for arm in arms}
    count = sum(map(len, found.values()))
    return {
        "version": VERSION,
        "status": "success" if is_complete else "cancelled",
        "eval": {
            "created": now,
            "task": name,
            "dataset": {"name": name, "samples": len(results.questions)},
            "model": _model_of(arms[0]) if len(arms) == 1 else "roundtable/bench",
            "config": {"epochs": results.repeats},
        },
        "results": {
            "total_samples": len(arms) * len(results.questions) * results.repeats,
            "completed_samples": count,
            "scores": [_make_score(arm, found[arm.name]) for arm in arms],
        },
        "stats": {"started_at": now, "completed_at": now, "model_usage": usage},
        "samples": [
            sample for arm in arms for sample in _list_samples(results, arm, found[arm.name], len(arms) > 1)
        ],
    }


def _make_score(arm: Arm, found: Mapping[Place, ArmOutcome]) -> dict[str, Any]:
    by_question: dict[str, list[float]] = {}
    for (ident, _), one in found.items():
        by_question.setdefault(ident, []).append(one.score)
    means = [fmean(scores) for scores in by_question.values()]
    accuracy = fmean(means) if means else 0.0
    error = stdev(means) / sqrt(len(means)) if len(means) > 1 else 0.0
    metrics = {"accuracy": accuracy, "stderr": error}
    return {
        "name": arm.name,
        "scorer": arm.name,
        "params": {},
        "metrics": {key: {"name": key, "value": value} for key, value in metrics.items()},
    }


def _list_samples(
    results: BenchResults, arm: Arm, found: Mapping[Place, ArmOutcome], has_several: bool
) -> Iterator[dict[str, Any]]:
    questions = {question.id: question for question in results.questions}
    for (ident, repeat), one in found.items():
        sample = _make_sample(questions[ident], arm, one, repeat)
        yield {**sample, "id": f"{arm.name}/{ident}" if has_several else ident}


def _make_sample(question: BenchQuestion, arm: Arm, one: ArmOutcome, repeat: int) -> dict[str, Any]:
    model, usage = _model_of(arm), _make_usage(one)
    gold = list(question.checks[0].gold) or [""]
    reply = {"role": "assistant", "content": one.text or one.answer, "source": "generate"}
    value = _NO_ANSWER if one.is_error else _CORRECT if one.score >= 1 else _INCORRECT
    sample = {
        "epoch": repeat + 1,
        "input": question.prompt,
        "target": gold[0] if len(gold) == 1 else gold,
        "messages": [{"role": "user", "content": question.prompt}, reply],
        "output": {
            "model": model,
            "choices": [{"message": reply, "stop_reason": "stop"}],
            "usage": usage,
            "time": one.seconds,
        },
        "scores": {
            arm.name: {
                "value": _PARTIAL if 0 < one.score < 1 else value,
                "answer": one.answer,
                "explanation": one.reason,
                "metadata": {"grader": question.grader},
            }
        },
        "metadata": {"arm": arm.name, "question": question.id, "topic": question.topic, "calls": one.calls},
        "store": {},
        "events": [],
        "model_usage": {model: usage},
        "total_time": one.seconds,
        "attachments": {},
    }
    return {**sample, "choices": list(question.choices)} if question.choices else sample


def _make_usage(one: ArmOutcome) -> dict[str, int]:
    return {
        "input_tokens": one.tokens - one.completion_tokens,
        "output_tokens": one.completion_tokens,
        "total_tokens": one.tokens,
        "input_tokens_cache_read": one.cached_tokens,
    }


def _sum_usage(found: Mapping[Place, ArmOutcome]) -> dict[str, int]:
    total = dict.fromkeys(("input_tokens", "output_tokens", "total_tokens", "input_tokens_cache_read"), 0)
    for one in found.values():
        for key, value in _make_usage(one).items():
            total[key] += value
    return total


def _model_of(arm: Arm) -> str:
    return f"roundtable/{arm.name}"
