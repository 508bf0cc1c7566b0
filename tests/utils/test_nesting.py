"""The depth of JSON and TOML texts is bounded before they are parsed, whatever else they hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.utils.nesting import (
    MAX_DEPTH,
    NestingError,
    check_json_depth,
    check_toml_depth,
    load_json,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{}"\\a,:'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='[{"\\'), inner, max_size=4),
    max_leaves=200,
)


def nested(depth: int, opened: str = "[", closed: str = "]") -> str:
    return opened * depth + closed * depth


@pytest.mark.parametrize("encode", [str, str.encode])
def test_load_json_depth_at_the_limit_is_read_and_one_more_refused(encode: object) -> None:
    assert callable(encode)
    assert load_json(encode(nested(MAX_DEPTH))) == json.loads(nested(MAX_DEPTH))
    for text in (nested(MAX_DEPTH + 1), "[" * 500_000, '{"a":' * 900, '[{"a":' * 700):
        with pytest.raises(NestingError, match="nested more than 64 levels deep"):
            load_json(encode(text))


@given(VALUES)
def test_load_json_any_shallow_value_is_read_as_by_the_library(value: object) -> None:
    text = json.dumps(value)
    assert load_json(text) == load_json(text.encode()) == value


def test_check_json_depth_brackets_in_texts_do_not_count() -> None:
    for text in (json.dumps("[{" * 1000), json.dumps(['\\"[[' * 100] * 100), '"' + "[" * 1000):
        check_json_depth(text)
        check_json_depth(text.encode())


def test_load_json_refuses_what_the_library_refuses() -> None:
    for text in ("", "[", "[" * 80 + "]" * 80, "9" * 5000, b"\xff\xfe", "{]"):
        with pytest.raises(ValueError):
            load_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 900 + "]" * 900,
        "x = " + "{a=" * 900 + "1" + "}" * 900,
        ".".join("a" * 900) + " = 1",
        "[" + " . ".join(['"a"'] * 900) + "]",
        'x = """""" \ny = ' + "[" * 900,
        "x = '''a''' \ny = " + "[" * 900,
    ],
)
def test_check_toml_depth_deep_text_is_refused(text: str) -> None:
    with pytest.raises(NestingError):
        check_toml_depth(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = '" + "[" * 900 + "'\n",
        'x = """\n' + "[{" * 900 + '\n"""\n',
        "x = '''\n" + "[.'\"" * 900 + "\n'''\n",
        "# " + "[" * 900 + "\n",
        "".join(f"[a.b{n}]\nx = 1.5\n" for n in range(900)),
        "".join("[[a]]\nb.c = [1.5, 2.5, {d = 'x'}]\n" for _ in range(900)),
        'x = "' + "a." * 900 + '"\n',
        "x = [" + "1.5, " * 900 + "]\n",
    ],
)
def test_check_toml_depth_long_and_shallow_text_is_accepted(text: str) -> None:
    import tomllib

    tomllib.loads(text)
    check_toml_depth(text)
