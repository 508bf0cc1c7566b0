"""The command: its flags, its plan, its signals and its exit code."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path

from roundtable_tui import config
from roundtable_tui.batch.folders import default_folder, remember_folder
from roundtable_tui.batch.progress import BatchState, format_state
from roundtable_tui.batch.runner import Batch, BatchOptions
from roundtable_tui.batch.servers import BatchServerPool, ServerBalancer
from roundtable_tui.cli.argparser import ArgumentParser, complete_with, parse_pairs
from roundtable_tui.cli.arguments import add_server_arguments
from roundtable_tui.cli.batch.display import ProgressDisplay
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.shutdown import abandon_threads_at_exit
from roundtable_tui.utils.text import single_line

STANDARD_INPUT = "-"
INPUT_FILE = "input"
"""Name of the copy of standard input in the folder of the batch."""
INTERRUPTED = 130
_MAX_NAMED = 10


def run(argv: Sequence[str]) -> int:
    """Run a batch. Returns the exit code. Raises RoundtableError."""
    args = build_batch_parser().parse_args(list(argv))
    return asyncio.run(_run(args))


def build_batch_parser() -> ArgumentParser:
    """Build the parser of the command."""
    out = ArgumentParser(
        prog="roundtable batch",
        description="Run every task of a file, on one or several servers. The same command continues a batch "
        "that was interrupted: what is finished is not run again.",
    )
    add = out.add_argument
    text = "JSONL or CSV file, OpenAI Batch file, folder of tasks, or - for standard input"
    add("tasks", nargs="?", default=STANDARD_INPUT, metavar="TASKS", help=text)
    text = "folder of results and records (default: one for this file under the data folder)"
    complete_with(add("--out", default="", metavar="DIR", help=text), "directories")
    add_server_arguments(out)
    text = "share the runs among several servers: names of the settings, or base URLs, with commas"
    add("--servers", default="", metavar="LIST", help=text)
    text = "mode of tasks that name none (list: roundtable modes)"
    complete_with(add("--mode", metavar="NAME", default="", help=text), "modes")
    text = "team of tasks that name none (list: roundtable teams)"
    complete_with(add("--team", metavar="NAME", default="", help=text), "teams")
    text = "option of the mode for all tasks (repeatable)"
    add("--option", action="append", default=[], metavar="NAME=VALUE", help=text)
    text = "runs at the same time (default: as many as the servers take calls)"
    add("--concurrency", type=int, metavar="N", help=text)
    text = "maximum tokens of the whole batch; 0 for no limit"
    add("--budget", type=int, default=0, metavar="N", help=text)
    text = "maximum cost of the whole batch in USD, where prices are known; 0 for no limit"
    add("--max-cost", type=float, default=0.0, metavar="USD", help=text)
    text = "spread the runs over workers by Dask: local:N, tcp://HOST:PORT or file:SCHEDULER.json"
    add("--cluster", default="", metavar="WHERE", help=text)
    text = "write the first calls of single, fanout, vote and pro to FILE for a batch service; ask nothing"
    complete_with(add("--emit-openai-batch", default="", metavar="FILE", help=text), "files")
    text = "take these calls from the output FILE of a batch service"
    complete_with(add("--collect", default="", metavar="FILE", help=text), "files")
    add("--seed", type=int, default=0, metavar="N", help="seed of the runs (default: 0)")
    add("--retry-errors", action="store_true", help="run failed runs again")
    add("--skip-bad", action="store_true", help="leave out records that cannot be read")
    text = "ask the servers for whole replies: a tenth of the work for long answers"
    add("--no-stream", action="store_true", help=text)
    add("--no-records", action="store_true", help="keep no records of the runs, only results")
    add("--dry-run", action="store_true", help="only print what would be run")
    add("--json", action="store_true", help="print a JSON summary")
    add("--quiet", action="store_true", help="print no progress")
    return out


async def _run(args: argparse.Namespace) -> int:
    abandon_threads_at_exit()
    _check_numbers(args)
    if args.collect and args.cluster:
        raise UsageError("--collect and --cluster cannot be used together", hint="Leave out --cluster.")
    source, folder = _choose_paths(args)
    request = RunRequest(
        mode=args.mode, team=args.team, model=args.model, server=args.server, base_url=args.base_url,
        demo=args.demo, local=args.local, options=parse_pairs("--option", "NAME=VALUE", args.option),
        budget=0, max_cost=0.0, stream=not args.no_stream,
    )  # fmt: skip
    options = BatchOptions(
        concurrency=args.concurrency, seed=args.seed, budget=args.budget or None,
        max_cost=args.max_cost or None, retry_errors=args.retry_errors, skip_bad=args.skip_bad,
        keep_records=not args.no_records,
    )  # fmt: skip
    environ = config.FlagEnvironment(os.environ, args.base_url)
    async with _open_pool(args, environ) as pool:
        balancer = ServerBalancer(pool, request, _split_servers(args))
        notes = await balancer.prepare()
        batch = Batch(source, balancer, folder, options)
        await batch.prepare()
        if args.dry_run or not args.quiet:
            _print_plan(batch, notes, to_stdout=args.dry_run)
        if args.dry_run:
            return 0
        remember_folder(folder)
        if args.emit_openai_batch:
            return await _emit(batch, expand_user(args.emit_openai_batch))
        if args.collect:
            from roundtable_tui.batch.offline.collect import adapt_to_answers

            batch.adapt_request = partial(adapt_to_answers, pool)
        if not args.cluster:
            return await _execute(batch, args)
        return await _execute_on_cluster(batch, args)


def _open_pool(args: argparse.Namespace, environ: Mapping[str, str]) -> BatchServerPool:
    if not args.collect:
        return BatchServerPool(config.load(), environ)
    from roundtable_tui.batch.offline.collect import CollectedAnswers, CollectingServerPool

    answers = CollectedAnswers(expand_user(args.collect))
    return CollectingServerPool(config.load(), environ, answers=answers)


async def _emit(batch: Batch, path: Path) -> int:
    from roundtable_tui.batch.offline.emit import emit_requests

    written = await emit_requests(batch, path)
    for problem in written.problems[:_MAX_NAMED]:
        sys.stderr.write(f"roundtable: left out: {problem}\n")
    if len(written.problems) > _MAX_NAMED:
        sys.stderr.write(f"roundtable: and {len(written.problems) - _MAX_NAMED:,} more\n")
    print(
        f"{count_of(written.calls, 'request')} of {count_of(written.runs, 'run')}: {files.display_path(path)}"
    )
    return int(bool(written.problems))


async def _execute_on_cluster(batch: Batch, args: argparse.Namespace) -> int:
    from roundtable_tui.batch.cluster.executor import ClusterExecutor, parse_cluster

    where = parse_cluster(args.cluster)
    slots = {share.server.name: share.server.concurrency for share in batch.balancer.shares}
    known = batch.pool.settings.servers
    if unknown := next((name for name in slots if name not in known and name != "demo"), ""):
        what = f"workers know servers by name, and {single_line(unknown, 60)} is not in the settings"
        raise UsageError(what, hint="Add it there, on each machine, and name it with --server or --servers.")
    async with ClusterExecutor(where, slots) as batch.executor:
        if not args.quiet:
            print("\n".join(batch.executor.describe_workers()), file=sys.stderr)
        return await _execute(batch, args)


async def _execute(batch: Batch, args: argparse.Namespace) -> int:
    display = None if args.quiet else ProgressDisplay(batch)
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if batch.stop_requested:
            task.cancel()
            return
        batch.stop_requested = True
        sys.stderr.write(
            f"\nroundtable: finishing {count_of(batch.counter.running, 'run')}; ctrl+c again stops them\n"
        )

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        with display or nullcontext():
            state = await batch.run()
    except asyncio.CancelledError:
        if not batch.stop_requested:
            raise
        task.uncancel()
        sys.stderr.write("roundtable: interrupted; the same command continues\n")
        return INTERRUPTED
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    _print_end(batch, state, args)
    if batch.stop_requested and state.left:
        return INTERRUPTED
    return int(bool(state.failed or state.left))


def _check_numbers(args: argparse.Namespace) -> None:
    if args.concurrency is not None and not 1 <= args.concurrency <= 10_000:
        raise UsageError(f"--concurrency should be from 1 to 10,000, not {args.concurrency}")
    for name in ("budget", "max_cost"):
        if not 0 <= getattr(args, name) < float("inf"):
            raise UsageError(f"--{name.replace('_', '-')} should be 0 or more, not {getattr(args, name):g}")


def _split_servers(args: argparse.Namespace) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for one in args.servers.split(",") if (name := one.strip())))
    if names and (args.server or args.base_url or args.demo or args.local):
        raise UsageError("--servers is given with another server", hint="Name all of them with --servers.")
    return names


def _choose_paths(args: argparse.Namespace) -> tuple[Path, Path]:
    """Return the file or folder of the tasks and the folder of the results."""
    given = expand_user(args.out) if args.out else None
    if args.tasks != STANDARD_INPUT:
        source = expand_user(args.tasks)
        return source, given or default_folder(source)
    if sys.stdin is None or sys.stdin.isatty():
        hint = "Name a file or a folder, or pipe tasks in."
        raise UsageError("no tasks are given", hint=hint)
    if given is None:
        hint = "Name a folder for the results with --out."
        raise UsageError("tasks on standard input have no name", hint=hint)
    return _copy_standard_input(given), given


def _copy_standard_input(folder: Path) -> Path:
    """Copy standard input to a file, because it is read twice. Raises FileError."""
    path = folder / INPUT_FILE
    temporary = folder / f".{INPUT_FILE}.new"
    try:
        paths.make_private_dir(folder)
        with temporary.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        temporary.replace(path)
    except OSError as error:
        where = files.format_location(path)
        raise FileError(f"cannot be written: {error.strerror}", where=where) from error
    return path


def _print_plan(batch: Batch, notes: Sequence[str], *, to_stdout: bool) -> None:
    counter = batch.counter
    lines = [*notes, *(f"Left out: {problem}" for problem in batch.problems)]
    done = f", {counter.done:,} of them done" if counter.done else ""
    lines.append(f"{count_of(counter.total, 'run')}{done}")
    slots = ", ".join(
        f"{single_line(one.name, 60)} ({one.server.concurrency})" for one in batch.balancer.shares
    )
    lines.append(f"Servers, with calls at once: {slots}")
    lines.append(f"Results: {files.display_path(batch.folder)}")
    print("\n".join(lines), file=sys.stdout if to_stdout else sys.stderr)


def _print_end(batch: Batch, state: BatchState, args: argparse.Namespace) -> None:
    if args.json:
        import json

        print(json.dumps({"folder": str(batch.folder), **asdict(state), "left": state.left}))
    elif not args.quiet:
        print(format_state(state))
    if batch.is_over_budget and state.left:
        sys.stderr.write("roundtable: the budget of the batch is used up; a larger one continues it\n")
