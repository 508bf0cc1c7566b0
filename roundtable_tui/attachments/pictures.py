"""Pictures as attachments: recognised, checked and scaled down in a worker process."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.worker import Worker, WorkerError

MAX_SIDE = 1568
"""Pixels of the longer side of a picture that is sent."""
MAX_FILE_BYTES = 32 * files.BYTES_PER_MB
_TIMEOUT_S = 30.0
_MAX_MEMORY_BYTES = 1_500_000_000
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"})
_OTHER_SUFFIXES = frozenset({".svg", ".svgz", ".tif", ".tiff", ".heic", ".heif", ".avif", ".ico", ".psd"})
_SVG = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,500}-->\s*|<!DOCTYPE[^>]{0,300}>\s*)*<svg\b", re.I
)
_SVG_START_BYTES = 4096


def is_picture(name: str, data: bytes) -> bool:
    """Return whether a file is a picture, by its first bytes or its name; also of a kind that is refused."""
    suffix = Path(name).suffix.lower()
    is_riff = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    is_bmp = data.startswith(b"BM") and suffix == ".bmp"
    return (
        data.startswith(_SIGNATURES)
        or is_riff
        or is_bmp
        or suffix in _SUFFIXES | _OTHER_SUFFIXES
        or _SVG.match(data[:_SVG_START_BYTES]) is not None
    )


def attach_picture(name: str, data: bytes, path: Path) -> Attachment:
    """Return a picture as it is sent: PNG or JPEG, at most `MAX_SIDE` pixels wide and high, without metadata.

    Args:
        name: the name that seats and the user read.
        data: the bytes of the file.
        path: the file, for errors.

    Raises:
        FileError: it is of another kind, broken, or too large.
    """
    where = files.display_path(path)
    suffix = Path(name).suffix.lower()
    if suffix in _OTHER_SUFFIXES or _SVG.match(data[:_SVG_START_BYTES]):
        kind = suffix.removeprefix(".").upper() if suffix in _OTHER_SUFFIXES else "SVG"
        raise FileError(f"is a picture of the kind {kind}", where=where, hint="Save it as PNG or JPEG.")
    if len(data) > MAX_FILE_BYTES:
        what = f"is too large ({len(data) / files.BYTES_PER_MB:,.1f} MB)"
        raise FileError(what, where=where, hint=f"At most {MAX_FILE_BYTES // files.BYTES_PER_MB} MB is read.")
    found = ask_picture_worker({"side": MAX_SIDE}, data)
    if "error" in found:
        raise FileError(single_line(str(found["error"]), 200), where=where)
    sent = base64.b64decode(found["data"])
    return Attachment(
        name, size=len(data), media_type=str(found["media_type"]), width=int(found["width"]),
        height=int(found["height"]), sha256=hashlib.sha256(sent).hexdigest(), data=sent,
    )  # fmt: skip


def ask_picture_worker(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Return the reply of `picture_child.handle_picture`; `{"error": line}` also if its process ends."""
    worker = Worker(
        "roundtable_tui.attachments.picture_child:handle_picture",
        timeout_s=_TIMEOUT_S,
        max_memory_bytes=_MAX_MEMORY_BYTES,
    )
    try:
        return worker.request(message, data)
    except WorkerError as error:
        reasons = {
            "timeout": f"takes more than {_TIMEOUT_S:g} s to read",
            "memory": "takes too much memory to read",
        }
        return {"error": reasons.get(error.problem, "cannot be read: the reader process stopped")}
    except OSError as error:
        return {"error": f"cannot be read: {error.strerror}"}
    finally:
        worker.close()
