"""Recordings for tests, made when they are wanted: what browsers record, and files that mean harm."""

from __future__ import annotations

import io
import math
import random
import shutil
import struct
import subprocess
import wave
from array import array
from collections.abc import Callable, Iterator

import av
import pytest
from PIL import Image

from pipeline.types import Recording

RATE = 16_000

needs_voices = pytest.mark.skipif(
    not (shutil.which("espeak-ng") and shutil.which("flite")), reason="espeak-ng and flite are not installed"
)


# Sounds: 16 kHz mono samples


def speech(text: str, voice: str = "slt") -> bytes:
    """`voice` is one of flite's, or of espeak-ng's, like `en-gb`."""
    if voice.startswith("en-"):
        command = ["espeak-ng", "-v", voice, "-s", "140", "--stdout", text]
    else:
        command = ["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"]
    made = subprocess.run(command, check=True, capture_output=True).stdout
    with av.open(io.BytesIO(made), format="wav") as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        parts += resampler.resample(None)
    return b"".join(bytes(part.planes[0])[: part.samples * 2] for part in parts)


def silence(seconds: float) -> bytes:
    return bytes(round(seconds * RATE) * 2)


def tone(seconds: float, hertz: float = 440, loudness: float = 0.3) -> bytes:
    return _samples(loudness * math.sin(2 * math.pi * hertz * i / RATE) for i in range(round(seconds * RATE)))


def hum(seconds: float) -> bytes:
    """Of the mains, with its overtones."""
    return _samples(
        sum(0.1 / k * math.sin(2 * math.pi * 50 * k * i / RATE) for k in (1, 2, 3, 5))
        for i in range(round(seconds * RATE))
    )


def noise(seconds: float, loudness: float = 0.1) -> bytes:
    chance = random.Random(7)
    return _samples(loudness * chance.uniform(-1, 1) for _ in range(round(seconds * RATE)))


def louder(samples: bytes, times: float) -> bytes:
    return array("h", (max(-32768, min(32767, round(s * times))) for s in array("h", samples))).tobytes()


def mixed(first: bytes, second: bytes) -> bytes:
    pairs = zip(array("h", first), array("h", second), strict=True)
    return array("h", (max(-32768, min(32767, a + b)) for a, b in pairs)).tobytes()


def _samples(values: Iterator[float]) -> bytes:
    return array("h", (round(value * 32767) for value in values)).tobytes()


# Files as browsers and phones record them

ENCODINGS: dict[str, tuple[str, str, int, dict[str, str]]] = {
    "webm/opus, as Chrome": ("webm", "libopus", 48_000, {"live": "1"}),
    "ogg/opus, as Firefox": ("ogg", "libopus", 48_000, {}),
    "ogg/vorbis, two channels": ("ogg", "vorbis", 44_100, {}),
    "mp4/aac, as a phone": ("mp4", "aac", 44_100, {}),
    "mp4/aac in fragments, as Safari": ("mp4", "aac", 48_000, {"movflags": "frag_keyframe+empty_moov"}),
    "aac": ("adts", "aac", 44_100, {}),
    "aac of 32 kHz": ("adts", "aac", 32_000, {}),
    "wav": ("wav", "pcm_s16le", 48_000, {}),
    "wav of 24 bits, two channels": ("wav", "pcm_s24le", 44_100, {}),
    "mp3": ("mp3", "libmp3lame", 44_100, {}),
    "mp3 without tag": ("mp3", "libmp3lame", 22_050, {"id3v2_version": "0", "write_xing": "0"}),
}


def encoded(samples: bytes, kind: str, tags: dict[str, str] | None = None) -> bytes:
    """`kind` is a key of ENCODINGS."""
    container_format, codec, rate, options = ENCODINGS[kind]
    layout = "stereo" if "two channels" in kind else "mono"
    file = io.BytesIO()
    with av.open(file, "w", format=container_format, options=options) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate=rate, layout=layout, options={"strict": "experimental"})
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout=layout, rate=rate, frame_size=_frame_size(stream)
        )
        for part in [*resampler.resample(_frame(samples)), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue()


def _frame_size(stream: av.audio.stream.AudioStream) -> int:
    stream.codec_context.open()
    return stream.codec_context.frame_size or 1024


def _frame(samples: bytes) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.sample_rate = RATE
    frame.pts = 0
    frame.planes[0].update(samples.ljust(frame.planes[0].buffer_size, b"\0"))
    return frame


def wav(samples: bytes, *, rate: int = RATE, channels: int = 1, claimed_bytes: int | None = None) -> bytes:
    """A header of our own, which may lie."""
    size = len(samples) if claimed_bytes is None else claimed_bytes
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2 & 0xFFFFFFFF, channels * 2 & 0xFFFF, 16)
    return (
        b"RIFF" + struct.pack("<I", min(size + 36, 0xFFFFFFFF)) + b"WAVEfmt " + struct.pack("<I", len(form)) + form
        + b"data" + struct.pack("<I", size) + samples
    )  # fmt: skip


def loudness(recording: Recording) -> float:
    """Root mean square, 0 to 1: whether there is any sound."""
    values = array("h", recording.samples)
    return math.sqrt(sum(value * value for value in values) / max(len(values), 1)) / 32768


def opened(wav_file: bytes) -> tuple[int, int, int, bytes]:
    """Channels, bytes of a sample, rate and samples."""
    with wave.open(io.BytesIO(wav_file)) as file:
        return file.getnchannels(), file.getsampwidth(), file.getframerate(), file.readframes(1 << 30)


def with_cover(mp3: bytes) -> bytes:
    """Behind a tag that holds a picture."""
    image = b"\0image/png\0\x03\0" + picture()
    frame = b"APIC" + struct.pack(">IH", len(image), 0) + image
    size = len(frame)
    return b"ID3\x03\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + frame + mp3


# Files that mean harm


def endless_opus(hours: float = 5) -> bytes:
    """Packets of one byte, each of which plays 60 ms of nothing."""
    return _opus_pages(b"\x18", 2880, round(hours * 3600 / 0.06))


def _opus_pages(packet: bytes, duration: int, count: int) -> bytes:
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"veda" + struct.pack("<I", 0)
    pages = [_ogg_page(2, 0, 0, [head]), _ogg_page(0, 0, 1, [tags])]
    for number, start in enumerate(range(0, count, 255), 2):
        packets = min(255, count - start)
        pages.append(_ogg_page(0, (start + packets) * duration, number, [packet] * packets))
    return b"".join(pages)


def _ogg_page(flags: int, position: int, number: int, packets: list[bytes]) -> bytes:
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, 1, number, 0, len(packets))
    page = header + bytes(len(packet) for packet in packets) + b"".join(packets)
    return page[:22] + struct.pack("<I", _ogg_checksum(page)) + page[26:]


def _ogg_checksum(page: bytes) -> int:
    checksum = 0
    for byte in page:
        checksum = (checksum << 8 & 0xFFFFFFFF) ^ _OGG_TABLE[checksum >> 24 ^ byte]
    return checksum


def _ogg_table_entry(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


_OGG_TABLE = [_ogg_table_entry(value) for value in range(256)]


def long_header() -> bytes:
    """Announces 18 hours and has a second."""
    return wav(tone(1), claimed_bytes=18 * 3600 * RATE * 2)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def mp4_that_asks_for_memory(samples_claimed: int = 60_000_000) -> bytes:
    """A thousand bytes that make libav list sixty million samples, which takes 2 GB."""
    honest = encoded(tone(1), "mp4/aac in fragments, as Safari")
    head = honest[: honest.index(b"moof") - 4]
    defaults = _box(b"tfhd", struct.pack(">IIII", 0x020018, 1, 1024, 1))
    run = _box(b"trun", struct.pack(">II", 0, samples_claimed))
    fragment = _box(b"moof", _box(b"mfhd", struct.pack(">II", 0, 1)) + _box(b"traf", defaults + run))
    return head + fragment + _box(b"mdat", bytes(100))


def film(container_format: str = "mp4", with_sound: bool = False) -> bytes:
    """A second of pictures."""
    file = io.BytesIO()
    with av.open(file, "w", format=container_format) as container:
        pictures = container.add_stream("libvpx" if container_format == "webm" else "mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        sound = container.add_stream("libopus" if container_format == "webm" else "aac", rate=48_000, layout="mono")
        for i in range(10):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = i
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        if with_sound:
            resampler = av.AudioResampler(format=sound.codec_context.format, layout="mono", rate=48_000, frame_size=960)
            for part in resampler.resample(_frame(tone(1))):
                container.mux(sound.encode(part))
            container.mux(sound.encode(None))
    return file.getvalue()


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()


def random_bytes(count: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(count)


HTML = b"<!doctype html><html><head><title>song.mp3</title></head><body><script>alert(1)</script></body></html>" * 50
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile '/etc/passwd'\n"
MP3_SYNC = b"\xff\xfb\x90\x00"

NOT_AUDIO: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "words": lambda: b"I have had a headache since yesterday.",
    "a web page named .mp3": lambda: HTML,
    "an SVG": lambda: SVG,
    "a playlist of a local file": lambda: PLAYLIST,
    "a list of files to join": lambda: CONCAT,
    "a PDF": lambda: b"%PDF-1.7\n" + random_bytes(2000),
    "a zip": lambda: b"PK\x03\x04" + random_bytes(2000),
    "random bytes": lambda: random_bytes(50_000),
    "random bytes behind an mp3's mark": lambda: MP3_SYNC + random_bytes(50_000),
    "a web page behind a tag": lambda: b"ID3\x04\x00\x00\x00\x00\x00\x00" + HTML,
    "a picture with an mp3 behind it": lambda: picture() + encoded(tone(1), "mp3"),
    "a picture named mp4": lambda: struct.pack(">I", 24) + b"ftypavif" + bytes(4) + b"avifmif1" + random_bytes(500),
    "Matroska": lambda: encoded(tone(1), "webm/opus, as Chrome").replace(b"\x84webm", b"\x84mkv!", 1),
    "a film": film,
    "a film with sound": lambda: film(with_sound=True),
    "a film in webm with sound": lambda: film("webm", with_sound=True),
    "an AVI": lambda: b"RIFF\x00\x10\x00\x00AVI LIST" + random_bytes(2000),
    "Ogg with pictures": lambda: _ogg_page(2, 0, 0, [b"\x80theora" + bytes(40)]) + random_bytes(2000),
}
"""Refused with `unsupported_file`."""

DAMAGED: dict[str, Callable[[], bytes]] = {
    "a header alone": lambda: wav(b""),
    "a header that announces hours, alone": lambda: wav(b"", claimed_bytes=0xFFFFFFFF),
    "65,535 channels": lambda: wav(noise(1), channels=65_535),
    "no channels": lambda: wav(noise(1), channels=0),
    "one sample a second": lambda: wav(noise(1), rate=1),
    "no samples a second": lambda: wav(noise(1), rate=0),
    "4 GHz": lambda: wav(noise(1), rate=4_000_000_000),
    "webm that ends in its header": lambda: encoded(tone(1), "webm/opus, as Chrome")[:120],
    "mp4 without its index": lambda: encoded(tone(1), "mp4/aac, as a phone")[:2000],
    "mp4 of zeros": lambda: struct.pack(">I", 20) + b"ftypisom" + bytes(5000),
    "mp4 that asks for gigabytes": mp4_that_asks_for_memory,
    "webm of random bytes": lambda: encoded(tone(1), "webm/opus, as Chrome")[:60] + random_bytes(100_000),
    "packets that hold nothing": lambda: _opus_pages(b"\x03", 2880, 300_000),
    "a twentieth of a second": lambda: wav(tone(0.05)),
}
"""Refused with `audio_unreadable`."""

TOO_LONG: dict[str, Callable[[], bytes]] = {
    "packets of a byte that play five hours": endless_opus,
    "slow samples that play half an hour": lambda: wav(bytes(4_000 * 2 * 60 * 30), rate=4_000),
}
"""Refused with `audio_too_long`, at three minutes."""
