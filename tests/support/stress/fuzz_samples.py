"""Valid files of the kinds that are read from strangers beside one's own: what the fuzz starts from."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib

CARD = json.dumps(
    {"spec": "chara_card_v2", "data": {"name": "Ada", "description": "You are {{char}}.", "tags": ["x"]}}
).encode()
BATCH = b"""{"id": "a", "question": "Why?", "mode": "vote", "options": {"agents": 3}, "models": ["m"]}
{"custom_id": "b", "url": "/v1/chat/completions", "method": "POST", "body": {"model": "roundtable/vote",
"messages": [{"role": "user", "content": "Why?"}], "max_tokens": 10}}
"""
BENCH = b"""{"id": "a", "question": "6 * 7?", "answer": 42, "tol": "1%", "topic": "sums", "weight": 1.5}
{"question": "Which?", "answer": "A", "choices": ["x", "y"], "grade": "choice", "schema": {"type": "object"}}
"""
BENCH_YAML = b"""questions: &all
- {question: "6 * 7?", answer: 42, topic: &t sums}
- question: Which?
  choices: [x, y]
  answer: A
  topic: *t
"""
NOTEBOOK = b"""{"cells": [{"cell_type": "code", "source": ["1 + 1"], "outputs": [{"text": "2"}]},
 {"cell_type": "markdown", "source": "# Notes"}], "metadata": {"kernelspec": {"language": "python"}}}"""
PAGE = b"<html><head><title>A</title></head><body><h1>A</h1><p>b &amp; c</p><pre>d\ne</pre></body></html>"
CHAT = b"""{"model": "roundtable/vote:agents=3", "messages": [{"role": "system", "content": "Be brief."},
 {"role": "user", "content": [{"type": "text", "text": "Why?"}]}], "temperature": 0.5, "stop": ["x"],
 "roundtable": {"options": {"early_stop": false}, "budget": 100}, "response_format": {"type": "json_schema",
 "json_schema": {"name": "a", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}}"""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def make_picture(text: bytes = b"") -> bytes:
    """Return a PNG of 4 x 4 pixels, with a compressed text `chara` if there is one."""
    parts = [_chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0))]
    if text:
        parts.append(_chunk(b"zTXt", b"chara\0\0" + zlib.compress(base64.b64encode(text))))
    parts += [_chunk(b"IDAT", zlib.compress(b"\0" * 13 * 4)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def make_docx(text: bytes = b"<p><t>Notes</t></p>") -> bytes:
    """Return a Word document with these paragraphs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("word/document.xml", b"<document>" + text + b"</document>")
    return out.getvalue()


STRANGERS = {
    "import": CARD, "card": make_picture(CARD), "picture": make_picture(), "docx": make_docx(),
    "notebook": NOTEBOOK, "html": PAGE, "batch": BATCH, "bench": BENCH, "yaml": BENCH_YAML, "chat": CHAT,
}  # fmt: skip
