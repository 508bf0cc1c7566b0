"""Keys in texts of servers: found in every disguise, in linear time, and nothing else is masked."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.utils.disguises.plain_view import read_plain
from roundtable_tui.utils.redact import MAX_CHARS, PLACEHOLDER, redact, register_secret
from tests.support.growth import growth

KEYS = ("sk-proj-Q7x9Zp4LmN2vB8cTyU1wEr5", "open sesame, said the 99th thief")
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u3164\ufe0f\u202e\x00\x08"


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "where a tag would be": "<{}>".format,
    "upper case": str.upper,
    "lower case": str.lower,
    "percent codes": lambda key: "".join(f"%{byte:02x}" for byte in key.encode()),
    "percent codes of some": lambda key: quote(key, safe=""),
    "percent codes twice": lambda key: quote("".join(f"%{byte:02X}" for byte in key.encode()), safe=""),
    "entities": lambda key: "".join(f"&#{ord(char)};" for char in key),
    "hexadecimal entities": lambda key: "".join(f"&#x{ord(char):x};" for char in key),
    "entities twice": lambda key: html.escape("".join(f"&#{ord(char)};" for char in key)),
    "JSON escapes": lambda key: "".join(f"\\u{ord(char):04x}" for char in key),
    "full-width letters": full_width,
    "letters of other scripts": lambda key: key.translate(str.maketrans("oaepcOAEPC", "оаерсОАЕРС")),
    "backwards": lambda key: key[::-1],
    "hexadecimal": lambda key: key.encode().hex(),
    "split over lines": lambda key: "\n".join(key[at : at + 5] for at in range(0, len(key), 5)),
    "split over escaped lines": lambda key: "\\n".join(key[at : at + 5] for at in range(0, len(key), 5)),
    "blanks inside": " ".join,
    "no-break spaces inside": "\u00a0".join,
    "dashes inside": "-".join,
    "emphasis inside": "**".join,
    "colours inside": "\x1b[31m".join,
    "tags inside": "<wbr>".join,
    **{f"U+{ord(char):04X} inside": char.join for char in INVISIBLE},
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
def test_redact_key_in_base64_is_masked_at_any_place(key: str, before: str) -> None:
    said = b64encode(f"{before}{key}!!".encode()).decode()
    masked = redact(f"id {said}", key, known_only=True)
    assert masked.count(PLACEHOLDER) == 1 and len(masked) < len("id [key]") + 14


def letters(text: str) -> str:
    return read_plain(text).fold().text


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", DISGUISES)
def test_redact_disguised_key_is_masked_and_the_rest_kept(key: str, name: str) -> None:
    masked = redact(f"Invalid: '{DISGUISES[name](key)}', see the page", key)
    assert masked.startswith("Invalid: '") and masked.endswith("', see the page")
    assert masked.count(PLACEHOLDER) == 1 and not letters(masked.replace(PLACEHOLDER, "")[10:-15])


@given(
    st.sampled_from(KEYS),
    st.lists(st.sampled_from([name for name in DISGUISES if "twice" not in name]), max_size=2),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_redact_any_two_disguises_leave_no_part_of_the_key(
    key: str, names: list[str], before: str, after: str
) -> None:
    said = key
    for name in names:
        said = DISGUISES[name](said)
    masked = letters(redact(f"{before} | {said} | {after}", key).replace(PLACEHOLDER, "|"))
    parts = [letters(key)[at : at + 10] for at in range(len(letters(key)) - 9)]
    assert not any(part in masked for part in parts)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_redact_text_without_key_is_unchanged(text: str) -> None:
    if not re.search(r"(?i)key|tok|secret|pass|bearer|basic|[a-z0-9]{8}", read_plain(text).text):
        assert redact(text, KEYS[0]) == text


@pytest.mark.parametrize("part", [KEYS[0][:14], KEYS[0][-14:], KEYS[0][8:22]])
def test_redact_part_of_key_is_masked(part: str) -> None:
    assert redact(f"<{part}>", KEYS[0]) == "<[key]>"


def test_redact_registered_key_is_masked_without_being_given() -> None:
    register_secret("Correct-Horse-77-battery")
    assert redact("you sent correct horse 77 battery!") == "you sent [key]!"


@pytest.mark.parametrize(("text", "key"), [("key 1234", "1234"), ("ab1234", "1234"), ("a%2Fb1", "a/b1")])
def test_redact_short_given_key_in_short_text_is_masked(text: str, key: str) -> None:
    assert PLACEHOLDER in redact(text, key) and key not in redact(text, key)


def test_redact_short_text_that_stands_for_more_letters_is_masked() -> None:
    register_secret("ffiffiffi9")
    assert redact("ﬃﬃﬃ9") == PLACEHOLDER


def test_redact_known_only_keeps_names_that_look_like_keys() -> None:
    name = "org/8b1a9953c4611296a827abf8c47804d7"
    assert redact(name) != name
    assert redact(name, KEYS[0], known_only=True) == name
    assert redact(f"org/{KEYS[0]}", KEYS[0], known_only=True) == "org/[key]"


def test_redact_long_text_is_cut_and_key_across_the_cut_masked() -> None:
    masked = redact("." * (MAX_CHARS - 12) + KEYS[0] + "." * 60_000, KEYS[0])
    assert masked == "." * (MAX_CHARS - 12) + PLACEHOLDER


@pytest.mark.parametrize(
    "piece",
    ["sk-", "sk-•", "sk_", "key-a.", "bearer ", "token= ", "token", "eyJ-", "a", "aA0", "aA0+/", "%41", "%c3",
     "&amp;", "&", "&#", "\\u0041", "\\", "<a", "<!", "\x1b[", "\u200b", "ﷺ", "Q7x9Zp4LmN", " ", "\n"],
)  # fmt: skip
def test_redact_takes_linear_time(piece: str) -> None:
    assert growth(lambda size: redact(piece * size, KEYS[0], max_chars=10**6), 4000) < 9
