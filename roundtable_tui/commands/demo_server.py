"""`roundtable demo-server`: the demo for anybody's OpenAI client, on this machine."""

from __future__ import annotations

import argparse
import sys

from roundtable_tui.errors import UsageError
from roundtable_tui.llm.demo import faults
from roundtable_tui.llm.demo.server import run_demo_server


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted; the base URL goes to stdout as one line."""
    faults.parse(args.faults)
    if args.pace < 0:
        raise UsageError(f"--pace should be tokens a second, or 0 for no waiting, not {args.pace:g}")
    print("The demo: no model, made-up text. Ctrl+C ends it. Its base URL:", file=sys.stderr)
    return run_demo_server(args.host, args.port, args.seed, args.pace, faults=args.faults)
