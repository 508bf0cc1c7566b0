"""Fixtures of the tests of the proxy."""

from __future__ import annotations

from tests.support.isolation import here

__all__ = ["here"]
