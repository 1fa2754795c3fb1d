from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import audio
from pipeline.audio import AudioRefused, Span
from pipeline.errors import ProviderError
from pipeline.tests import recordings
from pipeline.tests.recordings import needs_voices
from pipeline.types import Recording

THREE_MINUTES = 180.0
SOON = 15
"""Seconds in which every refusal comes, on a busy machine too."""


def refused(data: bytes, max_seconds: float = THREE_MINUTES) -> AudioRefused:
    started = time.monotonic()
    with pytest.raises(AudioRefused) as error:
        audio.decode(data, max_seconds=max_seconds)
    assert time.monotonic() - started < SOON
    return error.value


# What is heard


@pytest.mark.parametrize("kind", recordings.ENCODINGS)
def test_what_browsers_and_phones_record_is_heard(kind: str):
    file = recordings.encoded(recordings.tone(2), kind)
    assert audio.sniff(file) == kind.split(",")[0].split("/")[0].split()[0]
    recording = audio.decode(file, max_seconds=THREE_MINUTES)
    assert recording.seconds == pytest.approx(2, abs=0.1)
    assert recordings.loudness(recording) > 0.1


def test_the_sound_is_kept_and_nothing_else():
    samples = recordings.tone(1)
    tags = {"title": "Jane Doe, 1 High Street", "comment": "born 1970"}
    file = recordings.encoded(samples, "wav", tags)
    assert b"Jane Doe" in file
    heard = audio.as_wav(audio.decode(file, max_seconds=THREE_MINUTES))
    assert b"Jane Doe" not in heard
    assert len(heard) == 44 + len(samples)
    assert recordings.opened(heard)[:3] == (1, 2, 16_000)


def test_an_mp3_with_a_picture_of_its_cover_is_heard():
    file = recordings.with_cover(recordings.encoded(recordings.tone(2), "mp3 without tag"))
    assert audio.sniff(file) == "mp3"
    assert audio.decode(file, max_seconds=THREE_MINUTES).seconds == pytest.approx(2, abs=0.1)


def test_a_recording_with_a_zip_behind_it_is_sound_alone():
    file = recordings.encoded(recordings.tone(2), "mp3") + b"PK\x03\x04" + recordings.random_bytes(5000)
    assert audio.decode(file, max_seconds=THREE_MINUTES).seconds == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(
    "kind", ["webm/opus, as Chrome", "ogg/opus, as Firefox", "mp4/aac in fragments, as Safari", "mp3"]
)
def test_of_a_recording_that_breaks_off_is_heard_what_is_there(kind: str):
    whole = recordings.encoded(recordings.tone(6), kind)
    recording = audio.decode(whole[: len(whole) // 2], max_seconds=THREE_MINUTES)
    assert 2 < recording.seconds < 4
    assert recordings.loudness(recording) > 0.1


def test_broken_packets_in_the_middle_are_left_out():
    whole = bytearray(recordings.encoded(recordings.tone(6), "mp3"))
    middle = len(whole) // 2
    whole[middle : middle + 3000] = recordings.random_bytes(3000)
    assert 4 < audio.decode(bytes(whole), max_seconds=THREE_MINUTES).seconds < 7


def test_a_recorder_that_changes_its_rate_is_followed():
    file = recordings.encoded(recordings.tone(2), "aac") + recordings.encoded(recordings.tone(2), "aac of 32 kHz")
    assert audio.decode(file, max_seconds=THREE_MINUTES).seconds == pytest.approx(4, abs=0.3)


def test_a_length_that_the_header_invents_is_not_believed():
    assert audio.decode(recordings.long_header(), max_seconds=THREE_MINUTES).seconds == pytest.approx(1, abs=0.1)


# What is refused


@pytest.mark.parametrize("name", recordings.NOT_AUDIO)
def test_what_is_no_recording_is_refused(name: str):
    error = refused(recordings.NOT_AUDIO[name]())
    assert error.code == "unsupported_file"
    assert "WebM" in error.message


@pytest.mark.parametrize("name", recordings.DAMAGED)
def test_a_damaged_recording_is_refused(name: str):
    error = refused(recordings.DAMAGED[name]())
    assert error.code == "audio_unreadable"
    assert error.message == "This recording is damaged or empty. Please record it again."


@pytest.mark.parametrize("name", recordings.TOO_LONG)
def test_an_endless_recording_is_refused(name: str):
    error = refused(recordings.TOO_LONG[name]())
    assert error.code == "audio_too_long"
    assert error.message == "This recording is longer than 3 minutes. Please send a shorter one."


def test_the_longest_allowed_is_exact():
    file = recordings.wav(recordings.tone(2))
    assert audio.decode(file, max_seconds=2).seconds == 2
    assert "longer than 1.9 seconds" in refused(file, max_seconds=1.9).message


@pytest.mark.skipif(sys.platform != "linux", reason="memory is looked up as Linux tells it")
@pytest.mark.parametrize("name", [*recordings.DAMAGED, *recordings.TOO_LONG])
def test_no_file_takes_more_than_bounded_memory(name: str, tmp_path: Path):
    file = tmp_path / "file"
    file.write_bytes({**recordings.DAMAGED, **recordings.TOO_LONG}[name]())
    ours, child = map(int, in_python(_PEAK_MEMORY, str(file)).split())
    assert ours < 200 * 1024
    assert child < 700 * 1024


_PEAK_MEMORY = """
import contextlib, pathlib, re, resource, sys
from pipeline import audio
data = pathlib.Path(sys.argv[1]).read_bytes()
with contextlib.suppress(audio.AudioRefused):
    audio.decode(data, max_seconds=180)
# ru_maxrss of oneself begins with the peak of whoever started one
ours = re.search(r"VmHWM:\\s*(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]
print(ours, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def in_python(code: str, *arguments: str, **options) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code, *arguments]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, **options.pop("env", {})}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment, **options).stdout


# The process that reads recordings


def test_a_recording_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audio, "LONGEST_WORK_SECONDS", 0.001)
    assert refused(recordings.wav(recordings.tone(1))).code == "audio_unreadable"


def instead_of_the_process(monkeypatch: pytest.MonkeyPatch, path: Path, code: str) -> None:
    path.write_text(code)
    monkeypatch.setattr(audio.audio_process, "__file__", str(path))


def test_a_recording_that_kills_the_process_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    instead_of_the_process(monkeypatch, tmp_path / "dies.py", "import os; os.abort()")
    assert refused(recordings.wav(recordings.tone(1))).code == "audio_unreadable"
    with pytest.raises(ProviderError, match="read"):
        audio.speech_in(Recording(recordings.tone(1)))
    assert f"status -{int(signal.SIGABRT)}" in caplog.text


def test_the_process_is_told_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("VEDA_TEST_SECRET", "hush")
    instead_of_the_process(monkeypatch, tmp_path / "tells.py", "import os; print(sorted(os.environ))")
    said = audio.decode(recordings.wav(recordings.tone(1)), max_seconds=THREE_MINUTES).samples.decode()
    assert "VEDA_TEST_SECRET" not in said
    assert "SECRET_KEY" not in said


def test_a_process_that_cannot_be_started_is_the_operators_problem(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ProviderError) as error:
        audio.decode(recordings.wav(recordings.tone(1)), max_seconds=THREE_MINUTES)
    assert error.value.retryable
    assert "can't be started" in error.value.detail


_WATCHED = """
import contextlib, os, sys
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
def watch(event, arguments):
    if event == "open" and arguments[0] != os.devnull and isinstance(arguments[0], str) and arguments[2] & WRITING:
        print("wrote", arguments[0])
sys.dont_write_bytecode = True
sys.addaudithook(watch)
from pipeline import audio
from pipeline.errors import ProviderError
from pipeline.providers import transcription
from pipeline.tests import recordings
for file in (recordings.wav(recordings.tone(1)), recordings.mp4_that_asks_for_memory(), b"nothing"):
    with contextlib.suppress(audio.AudioRefused):
        recording = audio.decode(file, max_seconds=180)
        audio.speech_in(recording)
transcription.speech_in = lambda recording: [audio.Span(0, 1)]
with contextlib.suppress(ProviderError):
    transcription.HttpTranscriber("http://127.0.0.1:9", "", "whisper", "", 5).transcribe(recording)
print("done")
"""


def test_no_file_is_written(tmp_path: Path):
    assert in_python(_WATCHED, cwd=tmp_path, env={"TMPDIR": str(tmp_path)}) == "done\n"
    assert list(tmp_path.iterdir()) == []


_READS_FOR_EVER = """
from pipeline import audio
from pipeline.tests import recordings
file = recordings.encoded(recordings.tone(1), "wav")
print("started", flush=True)
while True:
    audio.decode(file, max_seconds=180)
"""


def test_a_killed_process_leaves_no_file(tmp_path: Path):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", _READS_FOR_EVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, env=environment) as process:
        assert process.stdout
        assert process.stdout.readline() == b"started\n"
        process.kill()
    assert list(tmp_path.iterdir()) == []


# Who speaks where


@pytest.mark.parametrize(
    "sound",
    [
        lambda: b"",
        lambda: recordings.silence(3),
        lambda: recordings.tone(3),
        lambda: recordings.tone(3, hertz=200),
        lambda: recordings.hum(2),
        lambda: recordings.noise(3),
        lambda: recordings.noise(3, loudness=0.8),
        lambda: recordings.noise(3, loudness=0.001),
        lambda: recordings.silence(1) + recordings.noise(0.02, loudness=0.9) + recordings.silence(1),
    ],
    ids=["nothing", "silence", "tone", "low tone", "hum", "noise", "loud noise", "quiet noise", "click"],
)
def test_sounds_without_words_are_no_speech(sound: Callable[[], bytes]):
    recording = Recording(sound())
    assert audio.speech_in(recording) == []
    assert not audio.speech_in(recording)


@needs_voices
@pytest.mark.parametrize("loudness", [1.0, 0.1, 0.02])
def test_speech_is_found_where_it_is(loudness: float):
    said = recordings.louder(recordings.speech("I have had a headache for three days."), loudness)
    recording = Recording(recordings.silence(2) + said + recordings.silence(2))
    (span,) = audio.speech_in(recording)
    assert 1.9 < span.start < 2.8
    assert recording.seconds - 2.8 < span.end < recording.seconds - 1.9


@needs_voices
@pytest.mark.parametrize("word", ["help", "no", "pain"])
def test_one_word_is_speech(word: str):
    assert audio.speech_in(Recording(recordings.speech(word)))


def test_a_long_silence_is_left_out_of_the_pieces():
    recording = Recording(recordings.tone(2) + recordings.silence(60) + recordings.tone(2))
    (piece,) = audio.segments(recording, [Span(0, 2), Span(62, 64)])
    assert 4 <= piece.seconds < 6


def test_pieces_are_cut_at_pauses_and_hold_everything():
    second = recordings.tone(1) + recordings.silence(0.6)
    recording = Recording(second * 40)
    spans = [Span(i * 1.6, i * 1.6 + 1) for i in range(40)]
    pieces = audio.segments(recording, spans)
    assert [piece.seconds <= audio.LONGEST_PIECE_SECONDS for piece in pieces] == [True] * 3
    together = b"".join(piece.samples for piece in pieces)
    assert together == recording.samples[: len(together)]
    assert len(recording.samples) - len(together) < 0.4 * 32_000  # of the silence at the end
    for piece in pieces:
        assert not any(piece.samples[-2 * 1600 :])  # each ends in a pause


def test_speech_without_a_pause_is_cut_where_it_is_quietest():
    samples = recordings.tone(20) + recordings.tone(0.2, loudness=0.01) + recordings.tone(30)
    pieces = audio.segments(Recording(samples), [Span(0, 50.2)])
    assert pieces[0].seconds == pytest.approx(20.1, abs=0.15)
    assert max(piece.seconds for piece in pieces) <= audio.LONGEST_PIECE_SECONDS
    assert b"".join(piece.samples for piece in pieces) == samples


def test_without_speech_there_are_no_pieces():
    assert audio.segments(Recording(recordings.silence(3)), []) == []


@needs_voices
@pytest.mark.timeout(120)
def test_three_minutes_are_listened_to_in_seconds():
    sentence = recordings.speech("I have had a headache and a fever for three days.")
    recording = Recording((sentence * 100)[: 180 * 32_000])
    before = os.times().children_user
    pieces = audio.segments(recording, audio.speech_in(recording))
    assert os.times().children_user - before < 30  # of a core, which may be shared; a free one takes 6
    assert max(piece.seconds for piece in pieces) <= audio.LONGEST_PIECE_SECONDS
    assert sum(piece.seconds for piece in pieces) == pytest.approx(180, abs=5)


def test_what_a_patient_is_told_has_no_jargon():
    for error in (refused(b""), refused(recordings.wav(b"")), refused(recordings.wav(recordings.tone(1)), 0.5)):
        assert not re.search(r"_|libav|codec|decode|error", error.message)
