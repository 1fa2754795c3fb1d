from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from pipeline.tests.model_server import PULL, ModelServer


@pytest.fixture(autouse=True)
def _names(model_server: ModelServer, settings: Settings) -> None:
    settings.OLLAMA_URL = settings.STT_URL = model_server.url
    settings.LLM_PROVIDER = "auto"
    settings.STT_PROVIDER = "http"
    settings.ANSWER_MODEL = settings.VISION_MODEL = "medgemma"
    settings.SUMMARY_MODEL = "llama3.2"
    settings.SPEECH_MODEL = "gemma4:e2b"
    settings.EMBEDDING_MODEL = "nomic-embed-text"
    model_server.models = {}


def pull(*models: str, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("pull_models", *models, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def pulled(server: ModelServer) -> list[str]:
    return [request.model for request in server.asked(PULL)]


def test_what_is_missing_is_pulled_once(model_server: ModelServer):
    model_server.models = {"llama3.2:latest": ("completion",)}
    assert pull()[0] == "Pulled: medgemma, gemma4:e2b, nomic-embed-text.\n"
    assert pulled(model_server) == ["medgemma", "gemma4:e2b", "nomic-embed-text"]
    assert pull()[0] == "All are there: medgemma, llama3.2, gemma4:e2b, nomic-embed-text.\n"
    assert len(pulled(model_server)) == 3


def test_bars_count_bytes(model_server: ModelServer, capsys: pytest.CaptureFixture[str]):
    model_server.registry = {"phi4-mini": 3_000_000}
    pull("phi4-mini")
    bars = capsys.readouterr().err
    assert "phi4-mini: 100%" in bars
    assert "3.00M/3.00M" in bars


def test_it_can_be_quiet(model_server: ModelServer, capsys: pytest.CaptureFixture[str]):
    assert pull(verbosity=0) == ("", "")
    assert capsys.readouterr().err == ""
    assert len(pulled(model_server)) == 4


def test_all_are_pulled_again_where_that_is_asked(model_server: ModelServer):
    pull()
    pull(all=True)
    assert len(pulled(model_server)) == 8


def test_named_models_are_pulled_instead(model_server: ModelServer):
    pull("phi4-mini", "phi4-mini")
    assert pulled(model_server) == ["phi4-mini"]


def test_others_are_still_tried_where_one_fails(model_server: ModelServer):
    model_server.registry = {"llama3.2": 10, "gemma4:e2b": 10, "nomic-embed-text": 10}
    err = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("pull_models", stdout=StringIO(), stderr=err)
    assert str(failed.value) == "Not pulled: medgemma."
    assert failed.value.returncode == 1
    assert "medgemma wasn't pulled: pull model manifest: file does not exist" in err.getvalue()
    assert set(model_server.models) == {"llama3.2:latest", "gemma4:e2b", "nomic-embed-text:latest"}


def test_a_host_that_is_not_there_is_one_clear_line(model_server: ModelServer):
    model_server.stop()
    with pytest.raises(CommandError, match=r"^Ollama at http://127\.0\.0\.1:\d+: not reached .*OLLAMA_URL right\?$"):
        pull()


@pytest.mark.parametrize(("provider", "url"), [("faster-whisper", None), ("off", None), ("http", "http://other:8000")])
def test_a_recogniser_elsewhere_is_not_pulled(
    model_server: ModelServer, settings: Settings, provider: str, url: str | None
):
    settings.STT_PROVIDER = provider
    settings.STT_URL = url or model_server.url
    pull()
    assert "gemma4:e2b" not in pulled(model_server)


def test_a_writer_on_another_server_is_not_pulled(model_server: ModelServer, settings: Settings):
    settings.LLM_PROVIDER = "local"
    settings.ANSWER_MODEL = settings.SUMMARY_MODEL = "weights.gguf"
    pull()
    assert pulled(model_server) == ["medgemma", "gemma4:e2b", "nomic-embed-text"]
