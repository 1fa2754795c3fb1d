from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pipeline.audio import Span
from pipeline.errors import ProviderError
from pipeline.providers import faster_whisper, transcription
from pipeline.providers.faster_whisper import FasterWhisperTranscriber
from pipeline.providers.transcription import HttpTranscriber, what_was_said
from pipeline.tests import recordings
from pipeline.tests.model_server import TRANSCRIPTIONS, ModelServer
from pipeline.types import Recording, Transcript

MODEL = "gemma4:e2b"
SPOKEN = Recording(recordings.tone(3))
SECRET = "I feel a lump in my breast"  # what nobody may read in an error


@pytest.fixture(autouse=True)
def everything_is_speech(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    if "true_ears" not in request.fixturenames:
        monkeypatch.setattr(transcription, "speech_in", lambda recording: [Span(0, recording.seconds)])


@pytest.fixture
def true_ears():
    """For tests of what isn't speech."""


def transcriber(server: ModelServer, model: str = MODEL, key: str = "", language: str = "", seconds: float = 20):
    return HttpTranscriber(server.url, key, model, language, seconds)


def failure(transcriber: HttpTranscriber, recording: Recording = SPOKEN) -> ProviderError:
    with pytest.raises(ProviderError) as error:
        transcriber.transcribe(recording)
    assert error.value.__suppress_context__ or error.value.__context__ is None  # a log shows no answer's text
    assert re.fullmatch(r"Speech can't be turned into text (here|at the moment)\. [A-Z][a-z ,]+\.", error.value.message)
    assert ("at the moment" in error.value.message) == error.value.retryable
    assert "http://127.0.0.1:" in error.value.detail
    assert SECRET not in error.value.detail
    return error.value


@contextmanager
def answering(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Iterator[HttpTranscriber]:
    """A transcriber whose server says always the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield HttpTranscriber(f"http://127.0.0.1:{server.server_port}", "", MODEL, "", 20)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# What is asked


def test_the_request_is_what_every_server_understands(model_server: ModelServer):
    model_server.hears("My throat is sore.")
    transcript = transcriber(model_server, key="sesame", language="en").transcribe(SPOKEN)
    assert transcript == Transcript("My throat is sore.", "en", 3.0)
    (request,) = model_server.asked(TRANSCRIPTIONS)
    assert request.body == {"model": MODEL, "language": "en", "response_format": "json", "temperature": "0"}
    assert recordings.opened(request.files["file"]) == (1, 2, 16_000, SPOKEN.samples)
    assert request.headers["Authorization"] == "Bearer sesame"


def test_without_key_and_language_neither_is_sent(model_server: ModelServer):
    transcriber(model_server).transcribe(SPOKEN)
    (request,) = model_server.asked(TRANSCRIPTIONS)
    assert "Authorization" not in request.headers
    assert "language" not in request.body


def test_an_address_that_ends_in_v1_is_the_same(model_server: ModelServer):
    assert HttpTranscriber(f"{model_server.url}/v1/", "", MODEL, "", 20).transcribe(SPOKEN).text


def test_a_long_recording_is_asked_in_pieces_one_after_another(model_server: ModelServer):
    model_server.hears(" It hurts.\n")
    transcript = transcriber(model_server).transcribe(Recording(recordings.tone(70)))
    requests = model_server.asked(TRANSCRIPTIONS)
    assert len(requests) >= 3
    assert transcript == Transcript(" ".join(["It hurts."] * len(requests)), None, 70.0)
    assert all(len(request.files["file"]) <= 28 * 32_000 + 44 for request in requests)


def test_no_proxy_of_the_environment_hears_patients(model_server: ModelServer, monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert transcriber(model_server).transcribe(SPOKEN).text


@pytest.mark.usefixtures("true_ears")
@pytest.mark.parametrize("sound", [recordings.silence, recordings.hum, recordings.noise, recordings.tone])
def test_without_speech_nothing_is_asked(model_server: ModelServer, sound):
    model_server.hears("Thanks for watching!")
    assert transcriber(model_server).transcribe(Recording(sound(2))) == Transcript("", None, 2.0)
    assert model_server.asked(TRANSCRIPTIONS) == []


# What comes back


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        ({"text": "It itches."}, None),
        ({"text": " It itches.\n"}, None),  # whisper.cpp
        ({"text": "It itches.", "language": "en", "duration": 3.0, "segments": []}, "en"),
        ({"text": "It itches.", "language": "english", "task": "transcribe"}, None),
        ({"text": "It itches.", "language": None, "usage": {"type": "tokens"}}, None),
    ],
)
def test_every_servers_answer_is_understood(answer: dict, language: str | None):
    with answering(json.dumps(answer).encode()) as speech:
        assert speech.transcribe(SPOKEN) == Transcript("It itches.", language, 3.0)


def test_words_that_are_no_ascii_survive():
    with answering('{"text": "Mein Rücken tut weh – sehr."}'.encode()) as speech:
        assert speech.transcribe(SPOKEN).text == "Mein Rücken tut weh – sehr."


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "retryable", "said"),
    [
        ("unauthorised", False, "STT_API_KEY (HTTP 401)"),
        ("forbidden", False, "STT_API_KEY (HTTP 403)"),
        ("not_found", False, "no SPEECH_MODEL 'gemma4:e2b' (HTTP 404)"),
        ("bad_request", False, "HTTP 400"),
        ("redirect", False, "mend STT_URL"),
        ("busy", True, "busy (HTTP 429)"),
        ("broken", True, "HTTP 500"),
        ("unavailable", True, "HTTP 503"),
        ("long_error", True, "HTTP 500"),
        ("reset", True, "broke off"),
        ("drop", True, "broke off"),
        ("end", True, "isn't JSON"),
        ("garbage", True, "isn't JSON"),
        ("html", True, "isn't JSON"),
        ("long_line", True, "larger than 1 MiB"),
    ],
)
def test_a_fault_has_words_for_the_patient_and_others_for_the_operator(
    model_server: ModelServer, fault: str, retryable: bool, said: str
):
    model_server.fails(fault, on=TRANSCRIPTIONS)
    error = failure(transcriber(model_server))
    assert error.retryable == retryable
    assert said in error.detail
    model_server.heals()
    assert transcriber(model_server).transcribe(SPOKEN).text  # it asked the right way


@pytest.mark.parametrize(
    ("status", "body", "retryable", "said"),
    [
        (400, {"error": {"message": f"this model does not support audio: {SECRET}"}}, False, "doesn't take audio"),
        (404, "404 page not found", False, "no /v1/audio/transcriptions there (HTTP 404)"),
        (405, "", False, "no /v1/audio/transcriptions there (HTTP 405)"),
        (413, SECRET, False, "HTTP 413"),
        (418, SECRET, False, "HTTP 418"),
        (200, {"error": f"failed on {SECRET}"}, True, "no text"),
        (200, {"text": None}, True, "no text"),
        (200, {"text": ["It", "itches"]}, True, "no text"),
        (200, "", True, "isn't JSON"),
        (200, f"<html>{SECRET}", True, "isn't JSON"),
        (200, ["It itches."], True, "no text"),
        (204, "", False, "HTTP 204"),
    ],
)
def test_what_the_server_says_never_reaches_the_log(status: int, body: object, retryable: bool, said: str):
    text = body if isinstance(body, str) else json.dumps(body)
    with answering(text.encode(), status) as speech:
        error = failure(speech)
    assert error.retryable == retryable
    assert said in error.detail


def test_an_answer_that_unpacks_to_gigabytes_is_not_unpacked():
    bomb = gzip.compress(b'{"text": "' + b"a" * 20_000_000 + b'"}')
    with answering(bomb, headers={"Content-Encoding": "gzip"}) as speech:
        assert "isn't JSON" in failure(speech).detail


def test_an_answer_that_is_cut_off_is_no_answer():
    with answering(b'{"text": "It itches."}', headers={"Content-Length": "500"}) as speech:
        assert "broke off" in failure(speech).detail


def test_where_nothing_listens_the_operator_reads_what_to_mend(model_server: ModelServer):
    model_server.stop()
    error = failure(transcriber(model_server))
    assert error.retryable
    assert "STT_URL" in error.detail


@pytest.mark.parametrize("fault", ["hang", "hang_after_headers"])
def test_a_server_that_says_nothing_is_given_up(model_server: ModelServer, fault: str):
    model_server.fails(fault, on=TRANSCRIPTIONS)
    started = time.monotonic()
    assert "took too long" in failure(transcriber(model_server, seconds=0.3)).detail
    assert time.monotonic() - started < 10


def test_the_time_is_for_the_whole_recording(model_server: ModelServer):
    model_server.fails("hang", on=TRANSCRIPTIONS, times=0)
    slow = transcriber(model_server, seconds=1e-9)
    assert "took too long" in failure(slow, Recording(recordings.tone(70))).detail
    assert model_server.asked(TRANSCRIPTIONS) == []


def test_a_failure_in_a_later_piece_fails_the_whole(model_server: ModelServer):
    gate = model_server.holds()
    heard: list[ProviderError] = []
    speech = transcriber(model_server)
    thread = threading.Thread(target=lambda: heard.append(failure(speech, Recording(recordings.tone(50)))))
    thread.start()
    model_server.wait_until(lambda: model_server.asked(TRANSCRIPTIONS))
    model_server.fails("broken", on=TRANSCRIPTIONS)
    gate.open()
    thread.join(20)
    assert "HTTP 500" in heard[0].detail
    assert len(model_server.asked(TRANSCRIPTIONS)) == 2


# What recognisers write that nobody said


@pytest.mark.parametrize(
    ("text", "seconds", "kept"),
    [
        ("[BLANK_AUDIO]", 5, ""),
        (" [Music] (music) ♪♪ ", 5, ""),
        ("<|nospeech|>", 5, ""),
        ("*coughs* It burns (sighs) [inaudible] when I pee.", 5, "It burns when I pee."),
        ("(clears throat)", 5, ""),
        ("...", 5, ""),
        ("I take vitamin D (the 1000 unit one).", 5, "I take vitamin D (the 1000 unit one)."),
        ("Thanks for watching!", 0.3, ""),
        ("Subtitles by the Amara.org community", 0.8, ""),
        ("Thank you.", 0.2, ""),
        ("Thank you.", 0.5, "Thank you."),
        ("Thank you very much.", 1.0, "Thank you very much."),
        ("Thank you. My knee is better.", 0.3, "Thank you. My knee is better."),
        ("Help!", 0.2, "Help!"),
        ("I can't breathe, I can't breathe.", 0.5, "I can't breathe, I can't breathe."),
        ("", 1, ""),
    ],
)
def test_marks_and_inventions_go_and_words_stay(text: str, seconds: float, kept: str):
    assert what_was_said(text, seconds) == kept


# Whisper in the own process, where it isn't set up


def problem(model: str) -> str:
    with pytest.raises(ProviderError) as error:
        FasterWhisperTranscriber(model, "").check()
    assert not error.value.retryable
    assert error.value.message == "Speech can't be turned into text here. Please type your message."
    return error.value.detail


def test_without_the_package_the_operator_reads_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "faster_whisper", None)
    assert "pip install -r requirements-whisper.txt" in problem("base")


@pytest.mark.real_model
def test_a_model_that_is_not_there_is_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    pytest.importorskip("faster_whisper")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    looked_up: list[object] = []
    monkeypatch.setattr("socket.getaddrinfo", lambda *names, **_: looked_up.append(names) or [])
    said = problem("base")
    assert "isn't on this machine" in said
    assert "download_model('base')" in said
    assert list(tmp_path.iterdir()) == []
    assert looked_up == []


@pytest.mark.real_model
def test_a_name_that_means_nothing_is_said_to_be_so():
    pytest.importorskip("faster_whisper")
    assert "neither a size of Whisper nor a folder" in problem("enormous")


@pytest.mark.real_model
def test_a_folder_that_holds_no_model_is_said_to_be_so(tmp_path: Path):
    pytest.importorskip("faster_whisper")
    assert "lacks model.bin, config.json, tokenizer.json" in problem(str(tmp_path))
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")
    assert "can't be loaded" in problem(str(tmp_path))


def test_over_silence_the_model_is_not_even_loaded():
    silent = FasterWhisperTranscriber("nowhere", "").transcribe(Recording(recordings.silence(2)))
    assert silent == Transcript("", None, 2.0)


def test_one_recording_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(faster_whisper, "speech_in", lambda recording: [Span(0, recording.seconds)])
    inside, entered, go = [], threading.Semaphore(0), threading.Semaphore(0)
    most = []

    def recognise(self: FasterWhisperTranscriber, model: object, recording: Recording) -> tuple[str, str]:
        inside.append(1)
        most.append(len(inside))
        entered.release()
        assert go.acquire(timeout=20)
        inside.pop()
        return "It itches.", "en"

    monkeypatch.setattr(FasterWhisperTranscriber, "_recognise", recognise)
    monkeypatch.setattr(FasterWhisperTranscriber, "_loaded", lambda self: None)
    whisper = FasterWhisperTranscriber("base", "")
    threads = [threading.Thread(target=whisper.transcribe, args=(SPOKEN,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=20)
    assert not entered.acquire(timeout=0.2)
    go.release(2)
    for thread in threads:
        thread.join(20)
    assert most == [1, 1]
