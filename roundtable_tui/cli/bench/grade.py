"""`roundtable bench grade` and `roundtable bench audit`: grade recorded answers again."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from roundtable_tui import config
from roundtable_tui.bench.audit import count_agreement, find_differences, regrade_all
from roundtable_tui.bench.compare import summarize
from roundtable_tui.bench.demo_models import BenchServerPool
from roundtable_tui.bench.graders.grade import GRADERS, MODEL_GRADERS
from roundtable_tui.bench.judge_model import RunJudge
from roundtable_tui.bench.open_bench import check_grader
from roundtable_tui.bench.saved import SavedBench, apply_verdicts, load_bench, load_rows, record_verdict
from roundtable_tui.cli import output
from roundtable_tui.cli.argparser import ArgumentParser, complete_with, parse_pairs
from roundtable_tui.cli.arguments import add_server_arguments
from roundtable_tui.cli.bench.output import add_output_arguments, print_results, write_outputs
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

_VERDICTS = {"right": True, "wrong": False}


def run(command: str, argv: Sequence[str]) -> int:
    """Run `grade` or `audit`. Returns the exit code. Raises RoundtableError."""
    args = build_grades_parser(command).parse_args(list(argv))
    folder = expand_user(args.folder)
    bench = load_bench(folder)
    if command == "audit" and args.verdict:
        return _record_verdicts(folder, args.verdict)
    return asyncio.run(_grade(command, args, folder, bench))


def build_grades_parser(command: str) -> ArgumentParser:
    """Build the parser of `grade` or `audit`."""
    text = {
        "grade": "Grade the recorded answers of a bench again and print its table. No mode is run.",
        "audit": "List the answers on which a grader differs from the recorded one, or record verdicts.",
    }[command]
    out = ArgumentParser(prog=f"roundtable bench {command}", description=text)
    add = out.add_argument
    folder = add("folder", metavar="DIR", help="the folder of a bench, as it printed at its end")
    complete_with(folder, "directories")
    known = ", ".join((*GRADERS, *MODEL_GRADERS))
    add("--grader", default="", metavar="NAME", help=f"grade by this one instead: {known}")
    add("--judge-model", default="", metavar="NAME", help="the model of the graders judge and rubric")
    add_server_arguments(out)
    if command == "grade":
        add_output_arguments(out)
    else:
        text = "record that an answer is right or wrong, by its key (repeatable); counts before every grader"
        add("--verdict", action="append", default=[], metavar="KEY=right|wrong", help=text)
    return out


async def _grade(command: str, args: argparse.Namespace, folder: Path, bench: SavedBench) -> int:
    check_grader(args.grader, args.judge_model)
    if command == "audit" and not args.grader:
        raise UsageError("audit needs a grader to compare with", hint="For example: --grader math")
    questions = {question.id: question for question in bench.questions}
    environ = config.FlagEnvironment(os.environ, args.base_url)
    async with BenchServerPool(output.load_settings(), environ, bench.questions) as servers:
        request = RunRequest(server=args.server, base_url=args.base_url, demo=args.demo, local=args.local)
        judge = RunJudge(request, servers, args.judge_model) if args.judge_model else None
        rows = load_rows(folder)
        graded = await regrade_all(rows, questions, args.grader, judge)
    if command == "audit":
        differences = find_differences(apply_verdicts(folder, rows), graded)
        for one in differences:
            print(one.describe())
        print(f"{count_of(len(differences), 'difference')} in {count_of(len(graded), 'answer')}")
        same, verdicts = count_agreement(folder, graded)
        if verdicts:
            print(f"{args.grader} agrees with {same} of your {count_of(verdicts, 'verdict')}")
        return 0
    results = bench.collect(apply_verdicts(folder, graded))
    arms = await asyncio.to_thread(summarize, results)
    write_outputs(args, results, arms, folder.name, None)
    print_results(args, results, arms, {"folder": str(folder)})
    return 0


def _record_verdicts(folder: Path, given: Sequence[str]) -> int:
    rows = load_rows(folder)
    verdicts = parse_pairs("--verdict", "KEY=right", given)
    for key, word in verdicts.items():
        if key not in rows:
            hint = "roundtable bench audit DIR --grader NAME lists keys."
            raise UsageError(f"there is no answer with the key {single_line(key, 40)}", hint=hint)
        if word not in _VERDICTS:
            raise UsageError(f"--verdict {key}: {single_line(word, 20)!r} is neither right nor wrong")
    for key, word in verdicts.items():
        record_verdict(folder, key, _VERDICTS[word])
    print(f"{count_of(len(verdicts), 'verdict')} recorded")
    return 0
