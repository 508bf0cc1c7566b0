"""Batches run in an empty folder, on a demo without delays or on fake servers."""

from __future__ import annotations

from tests.support.cli_run import cli_run
from tests.support.isolation import here

__all__ = ["cli_run", "here"]
