"""Fixtures of the tests of `roundtable bench`."""

from tests.support.cli_run import cli_run  # noqa: F401
