"""Hostile files, made from valid ones by a seed: deep, wide, long, repeated, cut and random."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from roundtable_tui.engine.record import serialize
from roundtable_tui.utils.text import to_safe_json
from tests.support.record_builder import run_events
from tests.support.stress.fuzz_samples import STRANGERS

PERSONA = b"""{"name": "Ada", "full_name": "Ada of the evidence", "creativity": 0.4,
 "prompt": "You are Ada.", "role": "evidence", "model": "m", "params": {"top_p": 0.9, "stop": ["x"]}}"""
TEAM = b"""{"name": "Three", "members": ["Ada", {"persona": "Bob", "count": 2}, "Eve"],
 "captain": {"persona": "Captain"}, "mode": "debate"}"""
TASK = b"""title = "A task"  # what it is
mode = "debate"
answers = ["yes"]
[options]
max_rounds = 3
"""
SETTINGS = b"""mode = "debate"
server = "here"
[limits]
idle = 30
[servers.here]
base_url = "http://localhost:8000/v1"
[servers.here.params]
top_k = 3
[options.debate]
max_rounds = 3
"""
RECORD = b"\n".join(to_safe_json(serialize.to_dict(event)).encode() for event in run_events()) + b"\n"
BODY = b"""{"error": {"message": "Incorrect API key provided: sk-abcdef", "type": "invalid_request_error",
 "param": null, "code": 401, "details": [{"reason": "x"}]}}"""
SAMPLES = {
    "persona": PERSONA, "team": TEAM, "task": TASK, "settings": SETTINGS, "record": RECORD, "body": BODY,
    **STRANGERS,
}  # fmt: skip
TOML = ("task", "settings")
MAX_BYTES = 1_000_000
_ODD = [
    "\0",
    "\x1b[31m",
    "\u202e",
    "\ufeff",
    "\u3164",
    "\U0001f600",
    "é",
    "\n",
    '"',
    "\\",
    "'",
    "#",
    "1e999",
    "NaN",
]
_HOSTILE_PARTS = [
    b"[",
    b"{",
    b'"',
    b"'",
    b'"""',
    b"\\",
    b"]",
    b"}",
    b",",
    b":",
    b"=",
    b".",
    b"\n",
    b"sk-",
    b"<a ",
    b"&",
]


def make_input(kind: str, seed: int) -> bytes:
    """Return the hostile file of a kind for a seed; the same one every time."""
    random = Random(f"{kind} {seed}")
    change = random.choice(_CHANGES)
    data = change(kind, SAMPLES[kind], random)
    if random.random() < 0.3:
        data = random.choice(_CHANGES)(kind, data, random)
    return data[:MAX_BYTES]


def _size(random: Random, most: int) -> int:
    """Return a random size; small ones are more likely."""
    return int(most ** random.random())


def _nest(kind: str, data: bytes, random: Random) -> bytes:
    depth = _size(random, 200_000)
    opened, closed = random.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]"), (b"{a=", b"}")])
    value = opened * depth + b"1" + closed * (depth if random.random() < 0.7 else 0)
    return _with_entry(kind, data, b"deep", value, random)


def _widen(kind: str, data: bytes, random: Random) -> bytes:
    count = _size(random, 60_000)
    stem = random.choice([b"mod", b"creativit", b"x", b"\xc3\xa9", b"agnets"])
    if kind in TOML:
        return b"".join(b"%s%d = %d\n" % (stem, n, n) for n in range(count)) + data
    entries = b",".join(b'"%s%d": %d' % (stem, n, n) for n in range(count))
    return _inside(data, entries)


def _list(kind: str, data: bytes, random: Random) -> bytes:
    item = random.choice(
        [b"1", b'"Ada"', b"{}", b"[]", b'""', b"-0.0", b"null" if kind not in TOML else b"true"]
    )
    value = b"[" + b",".join([item] * _size(random, 150_000)) + b"]"
    name = random.choice([b"members", b"stages", b"answers", b"params", b"prompt", b"seats", b"error"])
    return _with_entry(kind, data, name, value, random)


def _lengthen(kind: str, data: bytes, random: Random) -> bytes:
    piece = random.choice([b"a", b" ", b"9", b"sk-", b"\\n", b"\xcc\x81", b"\xf0\x9f\x98\x80", b"a."])
    text = piece * (_size(random, 900_000) // len(piece) + 1)
    value = text if piece == b"9" else b'"' + text + b'"'
    name = random.choice([b"prompt", b"name", b"model", b"title", b"message", text[:100_000]])
    return _with_entry(kind, data, name, value, random)


def _repeat(kind: str, data: bytes, random: Random) -> bytes:
    return data * _size(random, 3000)


def _replace(kind: str, data: bytes, random: Random) -> bytes:
    found = bytearray(data)
    for _ in range(_size(random, 30)):
        at = random.randrange(len(found) + 1)
        found[at : at + random.randrange(8)] = random.choice(_ODD).encode() * _size(random, 20)
    return bytes(found)


def _parts(kind: str, data: bytes, random: Random) -> bytes:
    part = random.choice(_HOSTILE_PARTS) + random.choice([b"", *_HOSTILE_PARTS])
    at = random.randrange(len(data) + 1)
    return data[:at] + part * _size(random, 300_000) + data[at:]


def _cut(kind: str, data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _bytes(kind: str, data: bytes, random: Random) -> bytes:
    return random.randbytes(_size(random, 100_000))


def _headers(kind: str, data: bytes, random: Random) -> bytes:
    """Return tables and dotted names, or objects with repeated names."""
    count = _size(random, 20_000)
    if kind in TOML:
        name = b".".join([b"a"] * _size(random, 200))
        lines = random.choice([b"[%s.b%d]\n", b"[[%s]]\n#%d\n", b"%s.c%d = 1\n"])
        return data + b"".join(lines % (name, n) for n in range(count))
    return _inside(data, b",".join([b'"name": "Ada"'] * count))


def _change_type(kind: str, data: bytes, random: Random) -> bytes:
    """Replace values of JSON objects by values of other types, at any place."""
    try:
        values = (
            [json.loads(line) for line in data.split(b"\n") if line]
            if kind in ("record", "batch", "bench")
            else [json.loads(data)]
        )
    except (ValueError, RecursionError):
        return _replace(kind, data, random)
    others = [None, True, -1, 1e308, 10**300, "", "x" * 5000, [], {}, [[]], {"": None}, "\ud800"]
    for value in values:
        if isinstance(value, dict) and value:
            value[random.choice(list(value))] = random.choice(others)
    return b"\n".join(json.dumps(value).encode() for value in values)


def _with_entry(kind: str, data: bytes, name: bytes, value: bytes, random: Random) -> bytes:
    if kind in TOML:
        return name + b" = " + value + b"\n" + data
    return _inside(data, b'"' + name + b'": ' + value)


def _inside(data: bytes, entries: bytes) -> bytes:
    """Return JSON with more entries in its first object."""
    head, brace, rest = data.partition(b"{")
    return head + brace + entries + (b", " if entries else b"") + rest


_CHANGES: list[Callable[[str, bytes, Random], bytes]] = [
    _nest, _widen, _list, _lengthen, _repeat, _replace, _parts, _cut, _bytes, _headers, _change_type,
]  # fmt: skip
