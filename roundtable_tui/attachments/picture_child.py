"""Code of the worker process that reads pictures, by Pillow (extra `images`)."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_PIXELS = 64_000_000
"""Pixels of a picture that is read."""
_MAX_PNG_BYTES = 2_000_000
"""A larger picture is sent as JPEG."""
_JPEG_QUALITY = 88


def handle_picture(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Do what `message` asks with a picture.

    Args:
        message: `{"side": pixels}` to scale it down, with `media_type`, `width`, `height` and `data` (base64)
            in the reply; `{"columns": n, "rows": m}` for its colours at that size, with `width`, `height` and
            `pixels` (base64 of RGB bytes, row by row).
        data: The bytes of the file.

    Returns:
        The reply, or `{"error": line}`.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        return {"error": "needs Pillow to be read: pip install 'roundtable-tui[images]'"}
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                return {"error": f"has {width:,} x {height:,} pixels; at most {MAX_PIXELS:,} are read"}
            if "side" in message:
                return _scale_down(image, int(message["side"]))
            return _sample(image, int(message["columns"]), int(message["rows"]))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"error": f"has too many pixels; at most {MAX_PIXELS:,} are read"}
    except UnidentifiedImageError:
        return {"error": "is not a picture that can be read: PNG, JPEG, WebP, GIF and BMP can"}
    except (OSError, ValueError, SyntaxError, EOFError, IndexError) as error:  # What Pillow raises for these.
        return {"error": f"is broken: {error}"}


def _scale_down(image: Image.Image, side: int) -> dict[str, Any]:
    from PIL import ImageOps

    was_png = image.format == "PNG"
    image.draft("RGB", (side * 2, side * 2))  # Reads a JPEG at a fraction of its size.
    image = ImageOps.exif_transpose(image)
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    image = image.convert("RGBA" if has_alpha else "RGB")
    image.thumbnail((side, side))
    if has_alpha or was_png:
        out = BytesIO()
        image.save(out, "PNG", optimize=True)
        if out.tell() <= _MAX_PNG_BYTES:
            return _to_reply(image, "image/png", out)
    out = BytesIO()
    _without_alpha(image).save(out, "JPEG", quality=_JPEG_QUALITY)
    return _to_reply(image, "image/jpeg", out)


def _sample(image: Image.Image, columns: int, rows: int) -> dict[str, Any]:
    from PIL import ImageOps

    image.draft("RGB", (columns * 2, rows * 2))
    image = ImageOps.exif_transpose(image)
    image = image.convert("RGBA" if "transparency" in image.info or image.mode in ("RGBA", "LA") else "RGB")
    image.thumbnail((columns, rows))
    pixels = _without_alpha(image).tobytes()
    width, height = image.size
    return {"width": width, "height": height, "pixels": base64.b64encode(pixels).decode()}


def _without_alpha(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    from PIL import Image as ImageModule

    return ImageModule.alpha_composite(ImageModule.new("RGBA", image.size, "white"), image).convert("RGB")


def _to_reply(image: Image.Image, media_type: str, out: BytesIO) -> dict[str, Any]:
    width, height = image.size
    data = base64.b64encode(out.getvalue()).decode()
    return {"media_type": media_type, "width": width, "height": height, "data": data}
