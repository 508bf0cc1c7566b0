"""Pictures: what is sent of them, what is refused, and how they are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from roundtable_tui.attachments import pictures
from roundtable_tui.attachments.half_blocks import HalfBlockCell, draw_half_blocks
from roundtable_tui.attachments.read import attach_bytes, read_attachments
from roundtable_tui.errors import FileError
from tests.support.pictures import make_picture, make_png_bomb, make_png_of_size

SVG = b'<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'


@pytest.mark.parametrize(
    ("name", "kind", "sent"),
    [("a.png", "PNG", "image/png"), ("a.jpg", "JPEG", "image/jpeg"), ("a.webp", "WEBP", "image/jpeg"),
     ("a.gif", "GIF", "image/jpeg"), ("a.bmp", "BMP", "image/jpeg"), ("no_ending", "PNG", "image/png")],
)  # fmt: skip
def test_read_attachments_of_a_picture_sends_png_or_jpeg(here: Path, name: str, kind: str, sent: str) -> None:
    (here / name).write_bytes(make_picture(kind=kind))
    (found,) = read_attachments([Path(name)])
    assert (found.media_type, found.width, found.height) == (sent, 40, 20)
    assert found.sha256 == hashlib.sha256(found.data).hexdigest() and found.text == ""
    assert found.label == f"{name} (40 x 20 pixels)"


@pytest.mark.parametrize(
    ("size", "sent"), [((3200, 100), (1568, 49)), ((100, 3200), (49, 1568)), ((9000, 1), (1568, 1))]
)
def test_picture_is_scaled_down_to_1568_pixels(size: tuple[int, int], sent: tuple[int, int]) -> None:
    found = attach_bytes("a.jpg", make_picture(*size, kind="JPEG"))
    assert (found.width, found.height) == sent == Image.open(BytesIO(found.data)).size


def test_picture_keeps_transparency_and_loses_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by 90 degrees.
    exif[0x010E] = "a secret place"
    turned = attach_bytes("a.jpg", make_picture(60, 20, kind="JPEG", exif=exif))
    assert (turned.width, turned.height) == (20, 60) and b"secret" not in turned.data
    clear = attach_bytes("a.png", make_picture(mode="RGBA", color=(0, 0, 0, 0)))
    assert Image.open(BytesIO(clear.data)).getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("a.svg", SVG, "a.svg: is a picture of the kind SVG. Save it as PNG or JPEG."),
        ("a.png", SVG, "a.png: is a picture of the kind SVG. Save it as PNG or JPEG."),
        ("drawing", SVG, "drawing: is a picture of the kind SVG."),
        ("a.heic", b"....ftypheic", "a.heic: is a picture of the kind HEIC."),
        ("a.png", b"not a picture", "a.png: is not a picture that can be read"),
        ("a.jpg", make_picture(kind="JPEG", width=400, height=400)[:700], "a.jpg: is broken: "),
        ("a.png", make_png_of_size(20_000, 20_000), "pixels; at most 64,000,000 are read"),
        ("a.png", make_png_of_size(2**31 - 1, 2**31 - 1), "a.png: "),
        ("a.png", make_png_of_size(4000, 4000, b"nothing"), "a.png: is broken: "),
        ("a.png", lambda: make_png_bomb(300), "a.png: is broken: "),
    ],
    ids=["svg", "svg_as_png", "no_name", "heic", "no_picture", "cut", "bomb", "huge", "no_data", "text_bomb"],
)  # fmt: skip
def test_hostile_picture_is_refused_in_one_line(
    here: Path, name: str, data: bytes | Callable[[], bytes], line: str
) -> None:
    (here / name).write_bytes(data() if callable(data) else data)
    with pytest.raises(FileError) as refused:
        read_attachments([Path(name)])
    assert line in str(refused.value) and "\n" not in str(refused.value)


def test_picture_of_too_many_bytes_or_seconds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match=r"is too large \(32\.0 MB\)"):
        attach_bytes("a.png", make_picture() + b"\0" * 32_000_000)
    monkeypatch.setattr(pictures, "_TIMEOUT_S", 0.001)
    with pytest.raises(FileError, match="takes more than 0"):
        attach_bytes("a.png", make_picture())


def test_draw_half_blocks_has_two_pixels_in_a_cell() -> None:
    image = Image.new("RGB", (2, 3), "black")
    image.putpixel((0, 0), (255, 0, 0))
    image.putpixel((1, 1), (0, 0, 255))
    image.putpixel((0, 2), (0, 255, 0))
    out = BytesIO()
    image.save(out, "PNG")
    assert draw_half_blocks(out.getvalue(), 10, 10) == [
        [HalfBlockCell("#ff0000", "#000000"), HalfBlockCell("#000000", "#0000ff")],
        [HalfBlockCell("#00ff00", "#00ff00"), HalfBlockCell("#000000", "#000000")],
    ]
    wide = draw_half_blocks(make_picture(800, 400), 20, 10)
    assert (len(wide), {len(row) for row in wide}) == (5, {20})
    with pytest.raises(FileError, match="is not a picture"):
        draw_half_blocks(b"nothing", 10, 10)
