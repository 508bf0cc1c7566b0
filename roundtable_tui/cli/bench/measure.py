"""`roundtable bench`: measures modes on questions with known answers."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from roundtable_tui import config
from roundtable_tui.bench.arms import count_compared
from roundtable_tui.bench.compare import summarize
from roundtable_tui.bench.estimate import describe_estimate, estimate_bench
from roundtable_tui.bench.judge_model import is_measured
from roundtable_tui.bench.open_bench import (
    DEFAULT_ARMS,
    DEMO_ARMS,
    PAGE_FILE,
    BenchRequest,
    open_bench,
)
from roundtable_tui.bench.output.table import describe_power
from roundtable_tui.bench.pool import POOL_SIZE
from roundtable_tui.bench.questions.bundled import BUNDLED_NAME
from roundtable_tui.bench.questions.read import QuestionSet
from roundtable_tui.bench.questions.sample import SCHEMES
from roundtable_tui.bench.remember import remember_models
from roundtable_tui.bench.runner import Bench, BenchOptions
from roundtable_tui.bench.saved import apply_verdicts
from roundtable_tui.cli import output
from roundtable_tui.cli.argparser import ArgumentParser, complete_with
from roundtable_tui.cli.arguments import add_server_arguments
from roundtable_tui.cli.bench.output import add_output_arguments, print_results, write_outputs
from roundtable_tui.cli.bench.progress import ProgressLine
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.shutdown import abandon_threads_at_exit
from roundtable_tui.utils.text import single_line


def run(argv: Sequence[str]) -> int:
    """Run a bench. Returns the exit code. Raises RoundtableError."""
    args = build_bench_parser().parse_args(list(argv))
    return asyncio.run(_run(args))


def build_bench_parser() -> ArgumentParser:
    """Build the parser of the command."""
    out = ArgumentParser(
        prog="roundtable bench",
        description="Measure modes on questions with known answers, at equal tokens. "
        "The same command continues a bench that was interrupted. `roundtable bench grade DIR` grades its "
        "answers again, `roundtable bench audit DIR` lists where graders differ.",
    )
    add = out.add_argument
    text = f"a file with questions and answers, a folder of tasks, or {BUNDLED_NAME} (default with --demo)"
    add("questions", nargs="?", default="", metavar="QUESTIONS", help=text)
    text = (
        f"modes to compare, such as {DEMO_ARMS},debate:team=A (default: {DEFAULT_ARMS}, on the demo auto too)"
    )
    add("--arms", default="", metavar="LIST", help=text)
    add_server_arguments(out)
    add("--repeats", type=int, default=1, metavar="N", help="runs of each question and arm (default: 1)")
    add("--concurrency", type=int, default=8, metavar="N", help="runs at the same time (default: 8)")
    add("--limit", type=int, metavar="N", help="use only N questions")
    text = "how these are taken: the first ones, or a sample with all topics (default: head)"
    add("--sample", choices=SCHEMES, default="head", help=text)
    add("--seed", type=int, default=0, metavar="N", help="seed of the sample and the runs (default: 0)")
    text = f"single answers per question at most, for the comparison (default: {POOL_SIZE})"
    add("--pool", type=int, default=POOL_SIZE, metavar="N", help=text)
    text = "folder of the results and records (default: one for this set of questions)"
    complete_with(add("--out", default="", metavar="DIR", help=text), "directories")
    add("--skip-bad", action="store_true", help="leave out questions that cannot be read")
    add("--retry-errors", action="store_true", help="run failed runs again")
    text = "maximum tokens of the whole bench; 0 for no limit"
    add("--budget", type=int, default=0, metavar="N", help=text)
    text = "maximum cost of the whole bench in USD, where prices are known; 0 for no limit"
    add("--max-cost", type=float, default=0.0, metavar="USD", help=text)
    text = "the model of the graders judge and rubric; take one that is not measured"
    add("--judge-model", default="", metavar="NAME", help=text)
    add("--dry-run", action="store_true", help="only print what would be run")
    add_output_arguments(out)
    add("--quiet", action="store_true", help="print only the table")
    return out


async def _run(args: argparse.Namespace) -> int:
    abandon_threads_at_exit()
    _check_numbers(args)
    request = RunRequest(
        model=args.model, server=args.server, base_url=args.base_url, demo=args.demo, local=args.local
    )
    environ = config.FlagEnvironment(os.environ, args.base_url)
    async with open_bench(_read_request(args), request, output.load_settings(), environ) as opened:
        bench, found = opened.bench, opened.found
        if args.dry_run:
            estimate = await estimate_bench(bench)
            described = describe_estimate(estimate, len(bench.questions), bool(bench.own_arms))
            print("\n".join([*_describe_set(bench, found), *described]))
            return 0
        if args.judge_model and is_measured(args.judge_model, bench.fingerprints.values()):
            judge = single_line(args.judge_model, 60)
            sys.stderr.write(f"roundtable: {judge} judges itself: take a judge that is not measured\n")
        if not args.quiet:
            print("\n".join([*_describe_set(bench, found), *_describe_plan(bench)]), file=sys.stderr)
        progress = None if args.quiet else ProgressLine(bench)
        if progress:
            bench.on_row = progress
        try:
            await bench.run()
        except asyncio.CancelledError:
            sys.stderr.write("\nroundtable: interrupted; the same command continues\n")
            raise
        if progress:
            progress.close()
    results = bench.collect(apply_verdicts(bench.folder, bench.rows))
    # In a thread: expressions are compared by another process, for which the event loop does not wait.
    rows = await asyncio.to_thread(lambda: summarize(results, seed=args.seed))
    remember_models(results, bench.fingerprints)
    write_outputs(args, results, rows, found.name, bench.folder / PAGE_FILE)
    print_results(args, results, rows, {"questions": found.hash, "folder": str(bench.folder)})
    if bench.is_over_budget:
        sys.stderr.write("roundtable: the budget of the bench is used up; a larger one continues it\n")
    if not args.quiet:
        sys.stderr.write(f"Results and records: {bench.folder}, with {PAGE_FILE}\n")
    return 0


def _read_request(args: argparse.Namespace) -> BenchRequest:
    options = BenchOptions(
        repeats=args.repeats, concurrency=args.concurrency, pool_size=args.pool, seed=args.seed,
        budget=args.budget or None, max_cost=args.max_cost or None, retry_errors=args.retry_errors,
    )  # fmt: skip
    is_path = args.questions and args.questions != BUNDLED_NAME
    return BenchRequest(
        source=str(expand_user(args.questions)) if is_path else args.questions, arms=args.arms,
        limit=args.limit, sample=args.sample, skip_bad=args.skip_bad, judge_model=args.judge_model,
        folder=expand_user(args.out) if args.out else None, options=options,
    )  # fmt: skip


def _check_numbers(args: argparse.Namespace) -> None:
    limits = {"repeats": (1, 100), "concurrency": (1, 1000), "pool": (1, 1000), "limit": (1, 10**9)}
    for name, (low, high) in limits.items():
        value = getattr(args, name)
        if value is not None and not low <= value <= high:
            raise UsageError(f"--{name} should be from {low} to {high}, not {value}")
    for name in ("budget", "max_cost"):
        if not 0 <= getattr(args, name) < float("inf"):
            raise UsageError(f"--{name.replace('_', '-')} should be 0 or more, not {getattr(args, name):g}")


def _describe_set(bench: Bench, found: QuestionSet) -> list[str]:
    """Return the records that were left out, and what a bench of this size can show."""
    compared = count_compared(bench.arms)
    left_out = [f"Left out: {single_line(problem, 200)}" for problem in found.problems]
    return [*left_out, describe_power(len(bench.questions), compared)]


def _describe_plan(bench: Bench) -> list[str]:
    """Return the runs that are needed."""
    lines = []
    for planned in bench.plan():
        if planned.runs:
            done = f", {planned.done:,} of them done" if planned.done else ""
            name = "single answers (the pool)" if planned.arm == "single" else single_line(planned.arm, 60)
            lines.append(f"{name}: {count_of(planned.runs, 'run')}{done}")
    if bench.own_arms:
        most = bench.options.pool_size * len(bench.questions)
        lines.append(f"For the comparison at equal tokens: up to {count_of(most, 'single answer')} in all.")
    return lines
