"""`roundtable doctor`: checks settings, files, servers and the local model, with hints."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable

from roundtable_tui.cli import output
from roundtable_tui.cli.argparser import server_arguments
from roundtable_tui.cli.doctor.machine import (
    Check,
    check_files,
    check_folders,
    check_machine,
    check_modes,
    check_settings,
)
from roundtable_tui.cli.doctor.servers import check_local_model, check_servers
from roundtable_tui.config import FlagEnvironment

UNICODE_MARKS = {"ok": "✓", "note": "!", "bad": "✗"}
ASCII_MARKS = {"ok": "+", "note": "!", "bad": "x"}


def run(args: argparse.Namespace) -> int:
    """Run all checks. Returns 1 if one of them failed."""
    settings, about_settings = check_settings()
    checks: list[Check] = [
        *check_machine(os.environ),
        *about_settings,
        *check_folders(),
        *check_files(args.personas),
        *check_modes(),
    ]
    checks += check_local_model()
    environ = FlagEnvironment(os.environ, args.base_url)
    checks += asyncio.run(check_servers(settings, server_arguments(args), environ))
    passed = not any(check.mark == "bad" for check in checks)
    if args.json:
        output.print_json({"ok": passed, "checks": [_check_to_dict(check) for check in checks]})
    else:
        print(format_checks(checks))
    return 0 if passed else 1


def _check_to_dict(check: Check) -> dict[str, str]:
    return {"mark": check.mark, "name": check.name, "what": check.what, "do": check.hint}


def format_checks(checks: Iterable[Check]) -> str:
    """Format the checks for the terminal."""
    marks = (
        UNICODE_MARKS
        if (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
        else ASCII_MARKS
    )
    rows = []
    for check in checks:
        rows.append(
            (marks[check.mark], check.name, f"{check.what}. {check.hint}" if check.hint else check.what)
        )
    return output.format_columns(rows)
