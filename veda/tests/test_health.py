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
