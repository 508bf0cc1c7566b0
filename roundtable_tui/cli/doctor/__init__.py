"""`roundtable doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict

from roundtable_tui.cli import output
from roundtable_tui.cli.argparser import asked_for
from roundtable_tui.cli.doctor.machine import Check, files, folders, machine, modes, settled
from roundtable_tui.cli.doctor.servers import local_model, servers

MARKS = {"ok": "✓", "note": "!", "bad": "✗"}
PLAIN = {"ok": "+", "note": "!", "bad": "x"}


def run(args: argparse.Namespace) -> int:
    """Check everything; 1 when something is wrong."""
    settings, about_settings = settled()
    checks: list[Check] = [*machine(os.environ), *about_settings, *folders(), *files(args.personas), *modes()]
    checks += local_model()
    checks += asyncio.run(servers(settings, asked_for(args), os.environ))
    well = not any(check.mark == "bad" for check in checks)
    if args.json:
        output.json({"ok": well, "checks": [asdict(check) for check in checks]})
    else:
        print(page(checks))
    return 0 if well else 1


def page(checks: Iterable[Check]) -> str:
    """Return the checks as the terminal shows them."""
    marks = MARKS if (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf") else PLAIN
    rows = []
    for check in checks:
        rows.append((marks[check.mark], check.name, f"{check.what}. {check.do}" if check.do else check.what))
    return output.columns(rows)
