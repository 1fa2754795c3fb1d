from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from pipeline import wiring
from veda import health


def test_health_says_that_the_process_lives_without_asking_the_database(client):
    answer = client.get("/health")  # without the database fixture: a query would fail the test
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_tells_each_part_with_its_state_and_latency(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ok"
    assert set(body["parts"]) == {"database", "channel_layer", "vector_index", "model_host"}
    for name in ("database", "channel_layer", "vector_index"):
        assert body["parts"][name]["state"] == "ok"
        assert body["parts"][name]["latency_ms"] >= 0
    assert body["parts"]["database"]["detail"] == connection.vendor
    assert body["answerer"]["language_model"] is False


@pytest.mark.django_db
def test_without_its_index_it_is_degraded_and_still_serves(client, tmp_path, monkeypatch):
    monkeypatch.setattr(wiring, "index_folder", lambda: tmp_path)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["parts"]["vector_index"]["state"] == "failed"


@pytest.mark.parametrize(
    ("part", "status", "state"), [("_database", 503, "failed"), ("_channel_layer", 200, "degraded")]
)
@pytest.mark.django_db
def test_only_without_its_database_it_cant_serve(client, monkeypatch, part, status, state):
    def away():
        raise OperationalError("password=hunter2")

    monkeypatch.setattr(health, part, away)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (status, state)
    assert "hunter2" not in answer.content.decode()


@pytest.mark.django_db
def test_ready_tells_the_model_host_that_answers(client, ollama):
    body = client.get("/health/ready").json()
    assert body["status"] == "ok"
    assert body["parts"]["model_host"]["detail"] == "reached 0.13.5"
    assert body["answerer"] == {
        "provider": "ollama",
        "model": "medgemma",
        "language_model": True,
        "label": "Written by a language model (medgemma) from the sources. It can be mistaken.",
    }


@pytest.mark.django_db
def test_a_model_that_is_missing_is_degraded(client, ollama):
    ollama.models = {"medgemma:latest": ("completion", "vision")}
    body = client.get("/health/ready").json()
    assert body["status"] == "degraded"
    assert "llama3.2" in body["parts"]["model_host"]["detail"]


@pytest.mark.django_db
def test_a_host_that_was_chosen_outright_and_is_away_is_degraded_and_its_address_not_told(client, ollama, settings):
    settings.LLM_PROVIDER = "ollama"
    ollama.stop()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert str(ollama.port) not in answer.content.decode()


@pytest.mark.django_db
def test_with_auto_a_host_that_is_away_is_no_fault(client):
    body = client.get("/health/ready").json()
    assert (body["status"], body["parts"]["model_host"]["state"]) == ("ok", "off")


def test_the_page_is_told_who_answers_and_what_it_may_offer(client, ollama):
    config = client.get("/api/config").json()
    assert config["answerer"]["model"] == "medgemma"
    assert config["inputs"] == {"speech": True, "pictures": True}
    assert config["limits"] == {
        "message_chars": 8000, "upload_bytes": 8388608, "audio_seconds": 180, "attachments": 4,
    }  # fmt: skip
    assert config["suggestions"]


def test_without_models_the_page_offers_neither_speech_nor_pictures(client):
    assert client.get("/api/config").json()["inputs"] == {"speech": False, "pictures": False}
