"""Pictures in the messages of a client: data addresses only, since nothing is fetched for a client."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roundtable_tui.attachments.pictures import attach_picture
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.errors import RoundtableError
from roundtable_tui.proxy.errors import ProxyError

MAX_PICTURES = 8
"""Pictures of a conversation that the seats get, the newest."""
_NAME = "picture {number}"
_LEFT_OUT = "[an earlier picture, which is left out]"
_BASE64 = ";base64"


def take_pictures(
    messages: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], tuple[bytes, ...]]:
    """Return the messages with names in place of their pictures, and the pictures.

    Raises ProxyError for a picture that is not in a data address.
    """
    count = sum(map(_is_picture, (part for one in messages for part in _parts(one))))
    left_out, number = max(0, count - MAX_PICTURES), 0
    pictures: list[bytes] = []
    rows: list[Mapping[str, Any]] = []
    for message in messages:
        parts = []
        for part in _parts(message):
            if not _is_picture(part):
                parts.append(part)
                continue
            number += 1
            text = _LEFT_OUT
            if number > left_out:
                pictures.append(_read_data_address(part))
                text = f"[{_NAME.format(number=len(pictures))}]"
            parts.append({"type": "text", "text": text})
        rows.append({**message, "content": parts} if parts else message)
    return rows, tuple(pictures)


def attach_pictures(pictures: Sequence[bytes]) -> tuple[Attachment, ...]:
    """Return pictures as attachments, checked and scaled down. Blocks. Raises ProxyError."""
    found = []
    for number, data in enumerate(pictures, 1):
        name = _NAME.format(number=number)
        try:
            found.append(attach_picture(name, data, Path(name)))
        except RoundtableError as error:
            raise ProxyError(400, str(error), code="invalid_image", param="messages") from None
    return tuple(found)


def _parts(message: Mapping[str, Any]) -> Sequence[Any]:
    content = message.get("content")
    return content if isinstance(content, list) else ()


def _is_picture(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "image_url"


def _read_data_address(part: Mapping[str, Any]) -> bytes:
    given = part.get("image_url")
    url = given.get("url") if isinstance(given, Mapping) else given
    head, comma, data = url.partition(",") if isinstance(url, str) else ("", "", "")
    kind = head.lower().removeprefix("data:")
    if not comma or not head.lower().startswith("data:") or not kind.endswith(_BASE64):
        what = "a picture should be a data address, data:image/png;base64,...: nothing is fetched"
        raise ProxyError(400, what, code="invalid_image", param="messages")
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ProxyError(
            400, "a picture is not valid base64", code="invalid_image", param="messages"
        ) from None
