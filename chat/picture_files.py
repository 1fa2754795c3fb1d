"""Pictures as patients send them: recognised by their content, decoded, and written anew from their pixels alone."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass, field

from PIL import Image, ImageOps

from veda.errors import PictureTooLarge, PictureUnreadable, UnsupportedFile

LONGEST_SIDE = 2048
"""As much as a model that sees can use; the legible print on a medicine's box survives it."""
JPEG_QUALITY = 88
MOST_SCANS = 100
"""Of a JPEG. Programs write about ten; each costs a pass over all pixels, and a hostile file has thousands."""

_DECODING = threading.BoundedSemaphore(2)
"""A large picture takes some hundred megabytes while it is decoded: many at once wait for one another."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    data: bytes = field(repr=False)
    mime_type: str
    extension: str
    width: int
    height: int


def sniff(data: bytes) -> str | None:
    """PNG, JPEG or WEBP. By content only: neither a name nor a declared type counts."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def clean_picture(data: bytes, *, max_pixels: int) -> CleanPicture:
    """The picture without metadata, animation, transparency or anything behind its end.

    PNG stays PNG. WebP becomes JPEG, for servers of models that don't read WebP.
    Raises UnsupportedFile, PictureUnreadable, PictureTooLarge.
    """
    kind = sniff(data)
    if kind is None:
        raise UnsupportedFile
    if kind == "JPEG" and _scans(data) > MOST_SCANS:
        raise PictureUnreadable
    with _DECODING:
        try:
            with Image.open(io.BytesIO(data), formats=[kind]) as image:
                if image.width * image.height > max_pixels:  # as the header says: nothing is decoded yet
                    raise PictureTooLarge
                return _encode(_upright_pixels(image), as_png=kind == "PNG")
        except PictureTooLarge:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise PictureTooLarge from None
        except Exception:  # Pillow's decoders raise whatever a broken file leads them to
            raise PictureUnreadable from None


def _upright_pixels(image: Image.Image) -> Image.Image:
    """The first frame in RGB, no larger than wanted, turned as the camera was held."""
    if image.mode.startswith("I"):  # 16 bit greyscale, which converting to 8 would cut off at 255
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in {"1", "P", "PA"}:  # made smaller as they are, they would lose every second line
        image = image.convert("RGBA")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)  # a JPEG isn't even decoded in full
    return _on_white(ImageOps.exif_transpose(image))


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency: what hides in it is dropped, and the rest looks the same to everybody who sees it."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    page = Image.new("RGB", layer.size, "white")
    page.paste(layer, mask=layer.getchannel("A"))
    return page


def _encode(pixels: Image.Image, *, as_png: bool) -> CleanPicture:
    fresh = Image.frombytes("RGB", pixels.size, pixels.tobytes())  # carries nothing but pixels
    file = io.BytesIO()
    if as_png:
        fresh.save(file, "PNG")
        return CleanPicture(file.getvalue(), "image/png", ".png", *fresh.size)
    fresh.save(file, "JPEG", quality=JPEG_QUALITY)
    return CleanPicture(file.getvalue(), "image/jpeg", ".jpg", *fresh.size)


_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_END, _SCAN = 0xD9, 0xDA


def _scans(jpeg: bytes) -> int:
    """Up to the picture's end; what comes behind it is never decoded."""
    scans, position = 0, 2
    while (marker := _MARKER.search(jpeg, position)) and marker[0][1] != _END:
        scans += marker[0][1] == _SCAN
        if scans > MOST_SCANS:
            break
        length = int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big")
        position = marker.end() + max(length, 2)
    return scans
