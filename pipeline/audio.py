"""Recordings: what a file is by its content, its sound, where somebody speaks in it. Nothing is written to disk."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import wave
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline import audio_process
from pipeline.audio_process import CHUNK_SAMPLES, LONGEST_WORK_SECONDS, SAMPLE_RATE, Outcome
from pipeline.child import run_child
from pipeline.errors import ProviderError
from pipeline.types import Recording

logger = logging.getLogger(__name__)

LONGEST_PIECE_SECONDS = 28.0
"""Recognisers look at windows of 30 s; some take no more."""
LONGEST_LISTENING_SECONDS = 60
_SPEAKING, _SILENT = 128, 90
"""Of 255: how sure the detector must be that speech begins, and below what it ends."""
_PAUSE_SECONDS = 0.5
_SHORTEST_SPEECH_SECONDS = 0.15
_PADDING_SECONDS = 0.3
_CHUNK_SECONDS = CHUNK_SAMPLES / SAMPLE_RATE
_BYTES_PER_SECOND = SAMPLE_RATE * 2


class AudioRefused(Exception):
    """`code` is the API's, `message` is for the patient."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Span:
    """Where somebody speaks, in seconds from the start."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


# What it is

_PICTURE_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"jpeg"}
_DEMUXERS = {"webm": "matroska", "ogg": "ogg", "mp4": "mov", "aac": "aac", "wav": "wav", "mp3": "mp3"}
_MP3_KILOBITS = {
    "1": (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    "2": (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MP3_RATES = {0b11: (44_100, 48_000, 32_000), 0b10: (22_050, 24_000, 16_000), 0b00: (11_025, 12_000, 8_000)}


def sniff(data: bytes) -> str | None:
    """The container: webm, ogg, mp4, aac, wav or mp3. By content only: neither name nor declared type counts."""
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if re.search(rb"\x42\x82.{1,8}?webm", data[:64], re.DOTALL) else None
    if data.startswith(b"OggS"):
        return "ogg" if _first_ogg_packet(data).startswith((b"OpusHead", b"\x01vorbis")) else None
    if data.startswith(b"RIFF"):
        return "wav" if data[8:12] == b"WAVE" else None
    if data[4:8] == b"ftyp":
        return None if data[8:12] in _PICTURE_BRANDS else "mp4"
    start = _after_id3(data)
    if _two_frames(data, start, _aac_frame):
        return "aac"
    return "mp3" if _two_frames(data, start, _mp3_frame) else None


def _first_ogg_packet(data: bytes) -> bytes:
    start = 27 + (data[26] if len(data) > 26 else 0)
    return data[start : start + 8]


def _after_id3(data: bytes) -> int:
    """Where the sound begins behind an ID3 tag, if there is one, and its padding."""
    size = data[6:10]
    if not data.startswith(b"ID3") or len(size) < 4 or max(size) > 0x7F:
        return 0
    start = 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])  # bytes of seven bits
    while data[start : start + 1] == b"\0":
        start += 1
    return start


def _two_frames(data: bytes, start: int, read: Callable[[bytes], tuple[int, int] | None]) -> bool:
    """Whether two frames of one kind follow each other: a single header is found in files of any sort."""
    first = read(data[start : start + 7])
    if first is None:
        return False
    kind, size = first
    second = read(data[start + size : start + size + 7])
    return second is not None and second[0] == kind


def _aac_frame(header: bytes) -> tuple[int, int] | None:
    """Kind and size in bytes of an ADTS frame."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 0xF > 12:
        return None
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return (header[1] << 8 | header[2] & 0xFC, size) if size > 7 else None


def _mp3_frame(header: bytes) -> tuple[int, int] | None:
    """Kind and size in bytes of an MPEG audio frame, layer III."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    rates = _MP3_RATES.get(header[1] >> 3 & 3)
    kilobits, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if rates is None or rate == 3 or kilobits in (0, 15):
        return None
    version_1 = rates is _MP3_RATES[0b11]
    bits = _MP3_KILOBITS["1" if version_1 else "2"][kilobits - 1] * 1000
    return header[1] << 8 | rate, (144 if version_1 else 72) * bits // rates[rate] + padding


# Its sound


def decode(data: bytes, *, max_seconds: float) -> Recording:
    """The sound alone: no tag or name is left.

    Raises AudioRefused, and ProviderError where no process can be started.
    """
    container = sniff(data)
    if container is None:
        raise _refused(Outcome.UNSUPPORTED, max_seconds)
    arguments = "decode", _DEMUXERS[container], str(max_seconds)
    status, samples = _in_a_process(arguments, data, LONGEST_WORK_SECONDS)
    if status != Outcome.DONE:
        raise _refused(status, max_seconds)
    return Recording(samples)


def _refused(status: int | None, max_seconds: float) -> AudioRefused:
    if status == Outcome.TOO_LONG:
        return AudioRefused(
            "audio_too_long", f"This recording is longer than {_duration(max_seconds)}. Please send a shorter one."
        )
    if status == Outcome.UNSUPPORTED:
        return AudioRefused(
            "unsupported_file",
            "This file isn't a voice recording that Veda can play. Please send WebM, Ogg, MP4 audio, AAC, WAV or MP3.",
        )
    return AudioRefused("audio_unreadable", "This recording is damaged or empty. Please record it again.")


def _duration(seconds: float) -> str:
    if seconds % 60:
        return f"{seconds:g} seconds"
    return "a minute" if seconds == 60 else f"{seconds / 60:g} minutes"


def _in_a_process(arguments: Sequence[str], data: bytes, seconds: float) -> tuple[int | None, bytes]:
    """Exit status (None: it took too long and was ended) and what it wrote. Nothing of it reaches a log."""
    try:
        ended = run_child(audio_process.__file__, arguments, data, seconds)
    except subprocess.TimeoutExpired:
        logger.warning("Reading a recording took longer than %d s and was given up", seconds)
        return None, b""
    except OSError as error:
        raise _unavailable(f"the process that reads recordings can't be started: {error.strerror}") from None
    if ended.returncode not in list(Outcome):
        logger.warning("The process that reads recordings ended with status %d", ended.returncode)
    return ended.returncode, ended.stdout


def _unavailable(detail: str) -> ProviderError:
    return ProviderError("Recordings can't be read at the moment. Please type instead.", retryable=True, detail=detail)


def as_wav(recording: Recording) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes(recording.samples)
    return file.getvalue()


# Who speaks where


def speech_in(recording: Recording) -> list[Span]:
    """Where somebody speaks, in order and apart from each other. Raises ProviderError."""
    if not any(recording.samples):
        return []
    status, chunks = _in_a_process(("listen",), recording.samples, LONGEST_LISTENING_SECONDS)
    if status != Outcome.DONE:
        raise _unavailable("the process that listens for speech failed")
    spans: list[Span] = []
    start: int | None = None
    last = 0
    for at, sure in enumerate([*chunks, *[0] * (round(_PAUSE_SECONDS / _CHUNK_SECONDS) + 1)]):
        if start is None and sure >= _SPEAKING:
            start = at
        if sure >= _SILENT:
            last = at
        elif start is not None and (at - last) * _CHUNK_SECONDS > _PAUSE_SECONDS:
            spans.append(Span(start * _CHUNK_SECONDS, min((last + 1) * _CHUNK_SECONDS, recording.seconds)))
            start = None
    return [span for span in spans if span.seconds >= _SHORTEST_SPEECH_SECONDS]


def segments(
    recording: Recording, spans: Sequence[Span], max_seconds: float = LONGEST_PIECE_SECONDS
) -> list[Recording]:
    """Its speech in pieces that a recogniser can take, cut at pauses. Of a long silence a breath is left."""
    pieces: list[bytes] = []
    for part in _with_padding(recording, spans):
        for words in _cut(part, max_seconds):
            if pieces and len(pieces[-1]) + len(words) <= max_seconds * _BYTES_PER_SECOND:
                pieces[-1] += words
            else:
                pieces.append(words)
    return [Recording(piece) for piece in pieces]


def _with_padding(recording: Recording, spans: Sequence[Span]) -> list[bytes]:
    """The samples of each span, with the quiet around it, in which a word's first and last sounds lie."""
    parts = []
    before = 0.0
    for i, span in enumerate(spans):
        after = spans[i + 1].start if i + 1 < len(spans) else recording.seconds
        start = max(span.start - _PADDING_SECONDS, (before + span.start) / 2 if i else 0.0)
        end = min(span.end + _PADDING_SECONDS, (span.end + after) / 2 if i + 1 < len(spans) else after)
        parts.append(recording.samples[_position(start) : _position(end)])
        before = span.end
    return parts


def _cut(samples: bytes, max_seconds: float) -> list[bytes]:
    """Speech without a pause is cut where it is quietest, in the second half of what may be."""
    pieces = []
    while len(samples) > max_seconds * _BYTES_PER_SECOND:
        chunk = CHUNK_SAMPLES * 2
        candidates = reversed(range(_position(max_seconds / 2), _position(max_seconds) - chunk, chunk))
        at = min(candidates, key=lambda start: _loudness(samples[start : start + chunk])) + CHUNK_SAMPLES
        pieces.append(samples[:at])
        samples = samples[at:]
    return [*pieces, samples]


def _position(seconds: float) -> int:
    """In bytes, at the start of a sample."""
    return round(seconds * SAMPLE_RATE) * 2


def _loudness(samples: bytes) -> int:
    return sum(abs(sample) for sample in array("h", samples))
