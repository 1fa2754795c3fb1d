"""`manage.py doctor`, as an operator sees it."""

from __future__ import annotations

import json
import shutil

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from pipeline import ingest, wiring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _built_page(settings, tmp_path):
    settings.FRONTEND_DIST = tmp_path / "dist"
    settings.FRONTEND_DIST.mkdir()
    settings.TRUSTED_PROXIES = 1
    (settings.FRONTEND_DIST / "index.html").touch()


@pytest.fixture
def examine(capsys):
    """The findings by part, and the exit code."""

    def run():
        try:
            call_command("doctor", "--json")
            code = 0
        except SystemExit as end:
            code = end.code
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return {line["part"]: line for line in lines}, code

    return run


def test_without_a_model_host_all_is_well_and_it_says_how_to_get_one(examine):
    found, code = examine()
    assert code == 0
    assert {part: line["state"] for part, line in found.items()} == {
        "database": "ok", "channel layer": "ok", "secrets": "ok", "hosts": "ok", "operator": "note",
        "Google sign-in": "ok", "page": "ok", "screening": "ok", "search index": "ok", "uploads": "ok",
        "temporary folder": "ok", "answers": "note", "pictures": "note", "speech": "note", "alerts": "note",
        "duty hours": "ok",
    }  # fmt: skip
    assert "start Ollama" in found["answers"]["mend"]
    assert connection.vendor in found["database"]["seen"]


def test_a_host_is_told_with_its_version_models_capabilities_and_context(examine, ollama):
    found, code = examine()
    assert code == 0, [line for line in found.values() if line["state"] == "failed"]
    assert "0.13.5" in found["Ollama"]["seen"]
    assert found["answers"]["seen"] == "medgemma, context 8192 of 8192 tokens, completion, vision"
    assert {found[part]["state"] for part in ("answers", "summary", "pictures", "speech")} == {"ok"}


def test_a_missing_model_is_told_with_the_command_that_fetches_it(examine, ollama):
    ollama.models = {"medgemma:latest": ("completion",)}
    found, code = examine()
    assert code == 0
    assert found["summary"]["mend"] == "manage.py pull_models llama3.2"
    assert "isn't made for vision" in found["pictures"]["seen"]
    assert found["speech"]["mend"] == "manage.py pull_models gemma4:e2b"


@pytest.mark.parametrize("missing", ["host", "model"])
def test_what_was_chosen_outright_must_be_there(examine, ollama, settings, missing):
    settings.LLM_PROVIDER = "ollama"
    if missing == "host":
        ollama.stop()
    else:
        ollama.models = {}
    found, code = examine()
    assert code == 1
    assert found["answers"]["state"] == "failed"


def test_a_context_that_the_model_does_not_have_is_a_failure(examine, ollama):
    ollama.context_length = 2048
    found, code = examine()
    assert code == 1
    assert "MODEL_CONTEXT_TOKENS=2048" in found["answers"]["mend"]


def test_a_local_server_is_told_with_the_names_that_it_lists(examine, model_server, settings):
    settings.LLM_PROVIDER, settings.LLM_ENDPOINT = "local", model_server.url
    found, _ = examine()
    assert "medgemma" in found["answers"]["seen"]


def test_a_speech_server_is_asked_to_write_something_down(examine, model_server, settings):
    settings.STT_URL, settings.SPEECH_MODEL = model_server.url, "gemma4:e2b"
    assert examine()[0]["speech"]["state"] == "ok"
    wiring.transcriber.cache_clear()
    settings.SPEECH_MODEL = "whisper-1"
    found, code = examine()
    assert code == 1
    assert "whisper-1" in found["speech"]["seen"]


def test_an_index_that_is_missing_is_told_with_its_command(examine, tmp_path, monkeypatch):
    monkeypatch.setattr(wiring, "index_folder", lambda: tmp_path)
    found, code = examine()
    assert code == 1
    assert found["search index"]["mend"] == "manage.py seed_vector_index"


def test_an_index_that_is_behind_the_documents_is_told(examine, tmp_path, monkeypatch, shipped_index):
    folder = shutil.copytree(shipped_index, tmp_path / "index")
    monkeypatch.setattr(wiring, "index_folder", lambda: folder)
    ingest.note_change(folder)
    found, _ = examine()
    assert found["search index"]["state"] == "note"
    assert "behind the documents" in found["search index"]["seen"]


def test_a_page_that_is_not_built_is_a_failure(examine, settings, tmp_path):
    settings.FRONTEND_DIST = tmp_path
    found, code = examine()
    assert (found["page"]["state"], code) == ("failed", 1)


def test_a_database_that_is_away_does_not_hide_the_other_parts(examine, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", away)
    found, code = examine()
    assert code == 1
    assert found["database"]["state"] == "failed"
    assert found["search index"]["state"] == "ok"


def test_people_read_marks_and_what_to_do(capsys):
    call_command("doctor", no_color=True)
    out = capsys.readouterr().out
    assert "✓ database" in out
    assert "→ start Ollama" in out


@pytest.mark.parametrize(
    ("debug", "hosts", "proxies", "state"),
    [
        (True, ["localhost", "127.0.0.1"], 0, "ok"),
        (True, ["localhost", "veda.example"], 0, "failed"),
        (True, ["*"], 0, "failed"),
        (False, ["veda.example"], 1, "ok"),
        (False, ["veda.example"], 0, "failed"),
    ],
)
def test_debug_where_others_come_and_https_that_cant_be_seen_are_told(examine, settings, debug, hosts, proxies, state):
    settings.DEBUG, settings.ALLOWED_HOSTS, settings.TRUSTED_PROXIES = debug, hosts, proxies
    found, _ = examine()
    assert found["hosts"]["state"] == state


@pytest.mark.parametrize(
    ("name", "contact", "state", "mend"),
    [
        ("", "", "note", "set OPERATOR_NAME and OPERATOR_CONTACT"),
        ("Elm Street Clinic", "", "note", "set OPERATOR_CONTACT"),
        ("", "help@clinic.example", "note", "set OPERATOR_NAME"),
        ("Elm Street Clinic", "help@clinic.example", "ok", ""),
    ],
)
def test_whoever_runs_veda_without_a_name_or_contact_is_told(examine, settings, name, contact, state, mend):
    settings.OPERATOR = {**settings.OPERATOR, "name": name, "contact": contact}
    found, code = examine()
    assert (found["operator"]["state"], found["operator"]["mend"], code) == (state, mend, 0)
