"""Picture files as an attacker, or a phone, may send them; all made here, none is larger than a megabyte."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image, ImageCms, PngImagePlugin

SECRETS = (b"PECULIARWORDS", b"51 deg 30", b"<script", b"Exif", b"eXIf", b"ICC_PROFILE", b"iCCP", b"tEXt", b"zTXt")
"""Nothing of it may be left in what is stored."""


def plain(kind: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object) -> bytes:
    """A picture with something to see: red on the left, blue on the right."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
    return _saved(image.convert(mode), kind, **options)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, *before: bytes, data: bytes = b"") -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(data))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(before) + pixels + _chunk(b"IEND", b"")


def _webp_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _u24(number: int) -> bytes:
    return number.to_bytes(3, "little")


def webp_of_frames(count: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """An animation without a picture in its first bytes: each frame is the same small one."""
    frame_data = plain("WEBP", size, lossless=True)[12:]
    frame = _u24(0) * 2 + _u24(size[0] - 1) + _u24(size[1] - 1) + _u24(10) + b"\0" + frame_data
    header = bytes([0b10, 0, 0, 0]) + _u24(size[0] - 1) + _u24(size[1] - 1)
    body = _webp_chunk(b"VP8X", header) + _webp_chunk(b"ANIM", b"\0" * 6) + _webp_chunk(b"ANMF", frame) * count
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp_of_size(width: int, height: int) -> bytes:
    """A header that promises much before one small frame."""
    small = webp_of_frames(1, (8, 8))
    return small[:24] + _u24(width - 1) + _u24(height - 1) + small[30:]


def jpeg_of_scans(count: int, size: tuple[int, int] = (6000, 6000)) -> bytes:
    """A progressive JPEG whose last scan comes again and again: a few bytes, a pass over all pixels each."""
    whole = _saved(Image.new("L", size, 128), "JPEG", progressive=True)
    start = whole.rindex(b"\xff\xda")
    end = whole.rindex(b"\xff\xd9")
    return whole[:start] + whole[start:end] * count + b"\xff\xd9"


def with_exif(kind: str = "JPEG") -> bytes:
    """Place, device, a remark, and a thumbnail of what was cut off."""
    exif = Image.Exif()
    exif[0x010E] = "PECULIARWORDS 51 deg 30"
    exif[0x0110] = "PECULIARWORDS phone"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (51.0, 30.0, 1.0), "W", (0.0, 7.0, 1.0)
    thumbnail = plain("JPEG", (16, 16), comment=b"PECULIARWORDS thumbnail")
    remark = b"PECULIARWORDS " + thumbnail
    exif.get_ifd(0x8769)[0x9286] = remark
    return plain(kind, exif=exif.tobytes())


def with_every_metadata(kind: str) -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + b"PECULIARWORDS"
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>PECULIARWORDS</x:xmpmeta>"
    options: dict[str, object] = {"icc_profile": profile, "xmp": xmp}
    if kind == "JPEG":
        options["comment"] = b"PECULIARWORDS"
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "PECULIARWORDS")
        text.add_text("Comment", "PECULIARWORDS", zip=True)
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options["pnginfo"] = text
    return plain(kind, **options)


def turned(kind: str = "JPEG") -> bytes:
    """Held upright: what is stored lies on its side, and a note says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return plain(kind, exif=exif.tobytes())


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert("PECULIARWORDS")</script></svg>'
HTML = b"<!doctype html><script>alert('PECULIARWORDS')</script>"

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "unsupported_file"),
    "a PNG of 50,000 by 50,000": (lambda: _png(50_000, 50_000), "picture_too_large"),
    "a PNG just above the limit": (lambda: _png(8_000, 5_001), "picture_too_large"),
    "a PNG of the greatest size": (lambda: _png(2**31 - 1, 2**31 - 1), "picture_too_large"),
    "a JPEG of 65,500 by 65,500": (
        lambda: _resized_jpeg(65_500, 65_500),
        "picture_too_large",
    ),
    "a WebP of 16,384 by 16,384": (lambda: webp_of_size(16_384, 16_384), "picture_too_large"),
    "a PNG without height": (lambda: _png(10, 0), "picture_unreadable"),
    "a PNG without size": (lambda: _png(0, 0), "picture_unreadable"),
    "a PNG whose text unpacks to 64 MB": (
        lambda: _png(1, 1, _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64_000_000), 9)), data=b"\0\0\0\0"),
        "picture_unreadable",
    ),
    "a PNG whose pixels are missing": (lambda: _png(2000, 2000, data=b"\0"), "picture_unreadable"),
    "a truncated PNG": (lambda: plain("PNG", (500, 500), compress_level=0)[:20_000], "picture_unreadable"),
    "a truncated JPEG": (lambda: plain("JPEG", (500, 500))[:2_000], "picture_unreadable"),
    "a truncated WebP": (lambda: plain("WEBP", (500, 500))[:100], "picture_unreadable"),
    "a JPEG of ten thousand scans": (lambda: jpeg_of_scans(10_000), "picture_unreadable"),
    "HTML behind a PNG's magic": (lambda: b"\x89PNG\r\n\x1a\n" + HTML, "picture_unreadable"),
    "HTML behind a JPEG's magic": (lambda: b"\xff\xd8\xff\xe0" + HTML, "picture_unreadable"),
    "HTML behind a WebP's magic": (lambda: b"RIFF\0\0\0\0WEBP" + HTML, "picture_unreadable"),
    "SVG": (lambda: SVG, "unsupported_file"),
    "HTML": (lambda: HTML, "unsupported_file"),
    "a GIF that is a JPEG too": (lambda: plain("GIF") + plain("JPEG"), "unsupported_file"),
    "TIFF": (lambda: plain("TIFF"), "unsupported_file"),
    "BMP": (lambda: plain("BMP"), "unsupported_file"),
    "ICO": (lambda: plain("ICO"), "unsupported_file"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "unsupported_file"),
    "PDF": (lambda: b"%PDF-1.7\n", "unsupported_file"),
    "a recording": (lambda: b"RIFF\x24\0\0\0WAVEfmt ", "unsupported_file"),
}
"""What is made, and why it is refused."""


def _resized_jpeg(width: int, height: int) -> bytes:
    small = plain("JPEG")
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", height, width) + small[at + 4 :]


CLEANED: dict[str, tuple[Callable[[], bytes], str, tuple[int, int]]] = {
    "a PNG": (lambda: plain("PNG"), "image/png", (64, 48)),
    "a JPEG": (lambda: plain("JPEG"), "image/jpeg", (64, 48)),
    "a WebP": (lambda: plain("WEBP"), "image/jpeg", (64, 48)),
    "a PNG with HTML behind it": (lambda: plain("PNG") + HTML, "image/png", (64, 48)),
    "a JPEG with an archive behind it": (lambda: plain("JPEG") + b"PK\x03\x04PECULIARWORDS", "image/jpeg", (64, 48)),
    "a JPEG that is a GIF too": (lambda: plain("JPEG", comment=b"GIF89a PECULIARWORDS"), "image/jpeg", (64, 48)),
    "a JPEG with its place": (with_exif, "image/jpeg", (64, 48)),
    "a PNG with its place": (lambda: with_exif("PNG"), "image/png", (64, 48)),
    "a WebP with its place": (lambda: with_exif("WEBP"), "image/jpeg", (64, 48)),
    "a JPEG with every metadata": (lambda: with_every_metadata("JPEG"), "image/jpeg", (64, 48)),
    "a PNG with every metadata": (lambda: with_every_metadata("PNG"), "image/png", (64, 48)),
    "a WebP with every metadata": (lambda: with_every_metadata("WEBP"), "image/jpeg", (64, 48)),
    "a WebP of five thousand frames": (lambda: webp_of_frames(5_000), "image/jpeg", (64, 48)),
    "a JPEG for print": (lambda: plain("JPEG", mode="CMYK"), "image/jpeg", (64, 48)),
    "a grey JPEG": (lambda: plain("JPEG", mode="L"), "image/jpeg", (64, 48)),
    "a PNG of 16 bits": (lambda: _saved(Image.new("I;16", (64, 48), 40_000), "PNG"), "image/png", (64, 48)),
    "a PNG with a palette": (lambda: plain("PNG", mode="P"), "image/png", (64, 48)),
    "a PNG of black and white": (lambda: plain("PNG", mode="1"), "image/png", (64, 48)),
    "a PNG one can look through": (lambda: plain("PNG", mode="RGBA"), "image/png", (64, 48)),
    "a grey PNG one can look through": (lambda: plain("PNG", mode="LA"), "image/png", (64, 48)),
    "a PNG with colours of its own": (lambda: plain("PNG", mode="P", transparency=0), "image/png", (64, 48)),
    "a JPEG held upright": (turned, "image/jpeg", (48, 64)),
    "a PNG held upright": (lambda: turned("PNG"), "image/png", (48, 64)),
    "a WebP held upright": (lambda: turned("WEBP"), "image/jpeg", (48, 64)),
    "a PNG one pixel wide": (lambda: plain("PNG", (1, 60_000)), "image/png", (1, 2048)),
    "a JPEG one pixel high": (lambda: plain("JPEG", (60_000, 1)), "image/jpeg", (2048, 1)),
    "a large JPEG": (lambda: plain("JPEG", (7_000, 5_000), quality=30), "image/jpeg", (2048, 1463)),
    "a single pixel": (lambda: plain("PNG", (1, 1)), "image/png", (1, 1)),
}
"""What is made, the type it is stored as, its size then."""
