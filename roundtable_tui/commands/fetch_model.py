"""`roundtable fetch-model`: the embedded model, fetched once."""

from __future__ import annotations

import argparse

from roundtable_tui.llm.local import fetch


def run(args: argparse.Namespace) -> int:
    """Fetch the model if it is not there."""
    return fetch.main([])
