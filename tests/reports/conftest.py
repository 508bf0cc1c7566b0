"""These tests run in a folder of their own, some of them through the command line."""

from tests.support.cli_run import cli_run  # noqa: F401
from tests.support.isolation import here  # noqa: F401
