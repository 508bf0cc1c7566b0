"""Fixtures: an empty folder, and no discovered servers."""

from tests.support.isolation import here  # noqa: F401
