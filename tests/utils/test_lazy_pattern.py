"""Patterns that are compiled at their first use."""

from __future__ import annotations

import re

import pytest

from roundtable_tui.utils.lazy_pattern import lazy_compile


def test_lazy_compile_behaves_like_re_compile() -> None:
    pattern = lazy_compile(r"(a+)(b)?", re.IGNORECASE)
    match = pattern.search("xAAb")
    assert match is not None and match.groups() == ("AA", "b")
    assert pattern.sub("-", "aab a") == "- -" and pattern.pattern == r"(a+)(b)?"


def test_lazy_compile_compiles_when_it_is_used() -> None:
    wrong = lazy_compile("(")
    with pytest.raises(re.error):
        wrong.search("x")
