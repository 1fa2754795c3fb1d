"""Which parts the settings choose, as a model host comes and goes."""

from __future__ import annotations

import pytest

from pipeline import wiring
from pipeline.providers import watch
from pipeline.providers.faster_whisper import FasterWhisperTranscriber
from pipeline.providers.transcription import HttpTranscriber
from pipeline.tests.model_server import CHAT


def answers_now() -> str:
    return wiring.answerer().info.provider


def test_auto_takes_ollama_where_it_has_the_model(ollama):
    assert answers_now() == "ollama"
    assert wiring.summarizer().model == "llama3.2"
    assert wiring.vision().model == "medgemma"
    assert wiring.hears()


def test_auto_quotes_where_nothing_answers():
    assert answers_now() == "extractive"
    assert wiring.summarizer() is wiring.vision() is None
    assert not wiring.hears()


@pytest.mark.parametrize("model", ["llama3.2", "medgemma:27b"])
def test_auto_quotes_where_the_model_is_missing(ollama, settings, model):
    settings.ANSWER_MODEL = "medgemma:4b"
    ollama.models = {model: ("completion",)}
    assert answers_now() == "extractive"


def test_a_host_that_comes_and_goes_is_noticed_without_a_question_that_waits(ollama, monkeypatch):
    monkeypatch.setattr(watch, "FRESH_SECONDS", 0)
    ollama.models = {}
    assert answers_now() == "extractive"
    ollama.models = {"medgemma:latest": ("completion",)}
    assert answers_now() == "extractive"  # as last seen; a thread looks anew
    while answers_now() != "ollama":  # the test's time-out bounds it
        ollama.wait_until(lambda: len(ollama.asked("/api/show")))


def test_what_was_chosen_outright_is_not_replaced(settings):
    settings.LLM_PROVIDER = "ollama"
    assert answers_now() == "ollama"


def test_a_local_server_answers_and_summarizes(settings, model_server):
    settings.LLM_PROVIDER, settings.LLM_ENDPOINT = "local", model_server.url
    assert answers_now() == "local"
    assert wiring.summarizer().provider == "local"


@pytest.mark.parametrize(("setting", "part"), [("SKIP_SUMMARIZER", wiring.summarizer), ("SKIP_VISION", wiring.vision)])
def test_a_step_can_be_left_out(ollama, settings, setting, part):
    setattr(settings, setting, True)
    assert part() is None


def test_a_summarizer_that_is_not_there_is_not_asked(ollama):
    ollama.models = {"medgemma:latest": ("completion",)}
    assert wiring.summarizer() is None
    assert answers_now() == "ollama"


async def test_a_model_that_would_think_first_is_asked_not_to(ollama):
    ollama.models = {"medgemma:latest": ("completion", "thinking"), "llama3.2:latest": ("completion",)}
    for model in ("medgemma", "llama3.2"):
        async for _ in wiring._ollama_chat(model).stream([], max_tokens=5):
            pass
    asked = ollama.asked(CHAT)
    assert asked[0].body["think"] is False
    assert "think" not in asked[1].body


def test_speech_goes_where_it_is_set(settings):
    assert isinstance(wiring.transcriber(), HttpTranscriber)
    wiring.transcriber.cache_clear()
    settings.STT_PROVIDER = "faster-whisper"
    assert isinstance(wiring.transcriber(), FasterWhisperTranscriber)
    assert wiring.hears()
    wiring.transcriber.cache_clear()
    settings.STT_PROVIDER = "off"
    assert wiring.transcriber() is None
    assert not wiring.hears()
