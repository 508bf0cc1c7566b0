"""Settings as declared: form fields, validation and documentation are made from one declaration."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from roundtable_tui.config import LimitSettings, ServerSettings, Settings
from roundtable_tui.config.fields import (
    GENERAL_SETTINGS,
    LIMIT_SETTINGS,
    SERVER_SETTINGS,
    describe_value,
    parse_input,
    render_settings_table,
)
from roundtable_tui.config.model import Setting
from roundtable_tui.config.request_extras import SERVER_TABLES
from roundtable_tui.config.suggestions import SourceFile
from roundtable_tui.config.validate import from_table
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.llm.types import Limits
from tests.support.paths import ROOT

NUMBERS = [
    *((one, ()) for one in GENERAL_SETTINGS if one.bounds),
    *((one, ("limits",)) for one in LIMIT_SETTINGS),
    *((one, ("servers", "x")) for one in SERVER_SETTINGS if one.bounds),
]


def test_declared_settings_have_name_kind_and_default_of_their_field() -> None:
    by_name = {one.name: one for one in GENERAL_SETTINGS}
    agents = by_name["agents"]
    assert (agents.kind, agents.optional, agents.bounds, agents.default) == ("count", True, (1, 64), None)
    assert (by_name["max_cost"].kind, by_name["max_cost"].optional) == ("number", True)
    assert (by_name["mouse"].kind, by_name["mouse"].bounds, by_name["mouse"].default) == ("flag", None, True)
    assert (by_name["mode"].kind, by_name["mode"].default) == ("text", "debate")
    assert SERVER_SETTINGS[1].name == "base_url" and SERVER_SETTINGS[1].default is MISSING
    assert [one.name for one in LIMIT_SETTINGS] == [one.name for one in fields(LimitSettings)]
    assert all(one.help and not one.help.endswith(".") for one in (*GENERAL_SETTINGS, *SERVER_SETTINGS))


@pytest.mark.parametrize(("setting", "at"), NUMBERS, ids=lambda value: getattr(value, "name", ""))
def test_number_outside_its_bounds_is_rejected_by_form_and_file(
    setting: Setting, at: tuple[str, ...]
) -> None:
    low, high = setting.bounds or (0, 0)
    for value, fits in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
        number = int(value) if setting.kind == "count" else float(value)
        table: dict[str, object] = {setting.name: number}
        if at[:1] == ("servers",):
            table["base_url"] = "http://h/v1"
        for key in reversed(at):
            table = {key: table}
        if fits:
            from_table(table, SourceFile("", None))
            assert parse_input(setting, str(number)) == number
        else:
            with pytest.raises(FileError, match="should be a"):
                from_table(table, SourceFile("", None))
            with pytest.raises(UsageError, match="should be a"):
                parse_input(setting, str(number))


def test_limits_of_a_call_have_the_defaults_of_the_settings() -> None:
    declared = {f"{one.name}_s": one.default for one in LIMIT_SETTINGS}
    assert {name: getattr(Limits(), name) for name in declared} == declared


def test_describe_value_of_large_numbers_has_separators() -> None:
    budget = next(one for one in GENERAL_SETTINGS if one.name == "budget")
    assert describe_value(budget) == "a whole number from 0 to 1,000,000,000,000"


def test_settings_table_is_in_the_documentation() -> None:
    pages = [page.read_text() for page in Path(ROOT, "docs").rglob("*.md")]
    assert any(render_settings_table() in page for page in pages), "docs/settings.md: render_settings_table()"


def test_settings_table_has_every_default() -> None:
    table = render_settings_table()
    for one in (*GENERAL_SETTINGS, *LIMIT_SETTINGS):
        if one.default not in (None, ""):
            assert json.dumps(one.default) in table
    of_servers = len(fields(ServerSettings)) - 1 - len(SERVER_TABLES)
    assert len(table.splitlines()) == 2 + len(fields(Settings)) - 7 + 4 + of_servers
