"""These tests run in a folder of their own."""

from tests.support.isolation import here  # noqa: F401
