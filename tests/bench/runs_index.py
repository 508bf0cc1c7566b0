"""What listing and searching many runs costs.

python -m tests.bench.runs_index [--runs 10000]
Makes so many records in a temporary folder (about 6 kB of what was said in each), has them indexed, and
measures what is waited for: on the screen the names of the first runs and the runs in sight, and after them
the names of all; on the command line the whole of `runs list` and `runs search` but Python's start. The best
of several goes, which another program disturbs least; and their median.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

RUNS = 10_000
GOES = 15
IN_SIGHT = 60
Row = tuple[str, float | str, float | str, str]
"""What was measured; the best of all goes, and their median where there were several; the unit."""


def rows(runs: int = RUNS) -> list[Row]:
    """Return the table of figures."""
    with tempfile.TemporaryDirectory() as home:
        before = os.environ.get("ROUNDTABLE_HOME")
        os.environ["ROUNDTABLE_HOME"] = home
        try:
            return list(_measured(Path(home) / "runs", runs))
        finally:
            os.environ.pop("ROUNDTABLE_HOME")
            if before is not None:
                os.environ["ROUNDTABLE_HOME"] = before


def _measured(folder: Path, runs: int) -> Sequence[Row]:
    from roundtable_tui.cli import main as cli
    from roundtable_tui.history.database import index_path
    from roundtable_tui.history.index import RunIndex
    from roundtable_tui.history.search import RunQuery
    from roundtable_tui.tui.screens.runs.screen import FIRST_PAGE_SIZE

    words = _words()
    size = sum(_write(folder, number, words) for number in range(runs))
    started = time.perf_counter()
    index = RunIndex(folder)
    index.refresh()
    build = time.perf_counter() - started
    out: list[Row] = [
        ("records", size / 1e6, "", "MB"),
        ("index, made from nothing", build, "", "s"),
        (
            "index, on disk",
            sum(p.stat().st_size for p in index_path(folder).parent.glob("runs-*")) / 1e6,
            "",
            "MB",
        ),
    ]

    def first(wanted: RunQuery) -> Callable[[], object]:
        return lambda: index.get_rows(index.find_names(replace(wanted, limit=FIRST_PAGE_SIZE))[:IN_SIGHT])

    def every(wanted: RunQuery) -> Callable[[], object]:
        return lambda: index.find_names(wanted)

    def command(*words_: str) -> Callable[[], object]:
        def run() -> None:
            with redirect_stdout(StringIO()):
                cli.main(["runs", *words_])

        return run

    common, rare = words.common, words.rare
    for what, wanted in (
        ("list", RunQuery()),
        ("list, one mode, one status", RunQuery(mode="pro", status="failed")),
        ("list, cut off", RunQuery(status="interrupted")),
        ("list, one model", RunQuery(model="model-3")),
        ("search, a word that all have", RunQuery(common)),
        ("search, its first two letters", RunQuery(common[:2])),
        ("search, its first letter", RunQuery(common[:1])),
        ("search, a rare word", RunQuery(rare)),
        ("search, a phrase", RunQuery(f'"{words.text[0]} {words.text[1]}"')),
        ("search, three words", RunQuery(" ".join(words.text[:3]))),
        ("search, c++", RunQuery("c++")),
        ("search, part of a word", RunQuery(rare[1:])),
        ("search, Chinese, two characters", RunQuery("模型")),
    ):
        out += _timed(f"{what}: first", first(wanted))
        out += _timed(f"{what}: all", every(wanted))
    out += _timed("screen: look for changes (in the background)", index.refresh)
    out += _timed("command: list", command("list"))
    out += _timed("command: search, a word that all have", command("search", common))
    out += _timed("command: search, a rare word", command("search", rare))
    out += _timed("command: list all of them", command("list", "-n", "0"))
    index.close()
    return out


def _timed(what: str, ask: Callable[[], object]) -> list[Row]:
    ask()
    times = []
    for _ in range(GOES):
        started = time.perf_counter()
        ask()
        times.append((time.perf_counter() - started) * 1000)
    return [(what, min(times), sorted(times)[GOES // 2], "ms")]


class _words:
    """Made-up words, as often as words are: the n-th as often as 1/n."""

    def __init__(self) -> None:
        self._chance = random.Random(1)
        letters = "etaoinshrdlucmfwypvbgkjqxz"
        self._all = list(
            dict.fromkeys(
                "".join(self._chance.choices(letters, k=max(2, round(self._chance.gauss(6, 2.5)))))
                for _ in range(20_000)
            )
        )
        self._weights = list(itertools.accumulate(1 / (n + 1) ** 0.95 for n in range(len(self._all))))
        self.common = next(word for word in self._all[:200] if len(word) >= 5)
        self.rare = next(word for word in self._all[9000:] if len(word) >= 7)
        self.text = self.take(40)

    def take(self, count: int) -> list[str]:
        return self._chance.choices(self._all, cum_weights=self._weights, k=count)


def _write(folder: Path, number: int, words: _words) -> int:
    """Write one record and return its bytes."""
    name = f"{20200101 + number:08}-120000-pro-{number:06x}"
    extra = " c++ 模型" if number % 50 == 0 else ""
    header = {
        "type": "run_started", "t": 0.0, "version": 1, "run_id": name, "mode": ("pro", "debate")[number % 2],
        "started_at": f"20{10 + number // 1000:02}-01-01T12:00:00+00:00",
        "question": " ".join(words.take(15)) + extra,
        "seats": [
            {"seat": f"s{n}", "name": f"Seat {n}", "model": f"model-{(number + n) % 7}"} for n in range(4)
        ],
    }  # fmt: skip
    lines: list[dict[str, object]] = [header]
    for n in range(8):
        seat, turn, said = f"s{n % 4}", f"s{n % 4}.{n // 4 + 1}", words.take(110)
        lines.append({"type": "turn_queued", "t": 1.0 + n, "turn": turn, "seat": seat, "label": "answer"})
        for at in range(0, len(said), 5):
            piece = " ".join(said[at : at + 5]) + " "
            lines.append({"type": "answer", "t": 1.0 + n, "turn": turn, "seat": seat, "text": piece})
        lines.append(
            {"type": "turn_finished", "t": 2.0 + n, "turn": turn, "seat": seat, "text": " ".join(said)}
        )
    if number % 97:
        status = "complete" if number % 10 else "failed"
        lines.append({"type": "run_finished", "t": 11.0, "status": status, "answer": " ".join(said)})
    raw = "".join(
        json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines
    ).encode()
    (folder / name).mkdir(parents=True)
    (folder / name / "events.jsonl").write_bytes(raw)
    return len(raw)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N")
    runs = parser.parse_args().runs
    print(f"{runs:,} runs")
    for what, best, median, unit in rows(runs):
        print(f"  {what:<46} {best:>8.2f} {median or 0:>8.2f} {unit}")


if __name__ == "__main__":
    main()
