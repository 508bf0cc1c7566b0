"""`roundtable completion SHELL`: what makes a shell complete commands, flags and names with TAB."""

from __future__ import annotations

import argparse


def run(args: argparse.Namespace) -> int:
    """Print the script of a shell. It asks this very program what may come next: see `completing`."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["roundtable"], shell=args.shell).strip())
    return 0
