"""Weights of the screening that can't be used stop the start-up, in one line, whichever server starts Veda."""

from __future__ import annotations

import io
import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from chat import screening
from moderation import embedding, services
from pipeline.providers.packaged_embedder import PackagedEmbedder
from veda.asgi import lifespan


class OtherEmbedder(PackagedEmbedder):
    def fingerprint(self):
        return "0" * 64


@pytest.fixture
def other_embedder(monkeypatch):
    monkeypatch.setattr(embedding, "_handed", [OtherEmbedder()])


@pytest.fixture
def broken_weights(monkeypatch, tmp_path):
    (tmp_path / "en.npz").write_bytes(b"no weights")
    monkeypatch.setattr(embedding, "WEIGHTS", tmp_path / "en.npz")
    embedding.shipped_classifier.cache_clear()
    yield
    embedding.shipped_classifier.cache_clear()


@pytest.mark.parametrize("read", [services.shipped_rules, services.answer_rules], ids=["messages", "answers"])
def test_rules_that_cant_be_read_stop_the_start(monkeypatch, tmp_path, read):
    read.cache_clear()
    monkeypatch.setattr(services, "_HERE", tmp_path)
    with pytest.raises(ImproperlyConfigured, match="json can't be read"):
        screening.make_ready()


@pytest.mark.django_db
def test_serve_refuses_an_embedder_that_the_weights_do_not_know(other_embedder):
    with pytest.raises(ImproperlyConfigured, match="fingerprint") as refusal:
        call_command("serve")
    assert "\n" not in str(refusal.value)


@pytest.mark.django_db
def test_serve_refuses_broken_weights(broken_weights):
    with pytest.raises(ImproperlyConfigured, match=r"en\.npz"):
        call_command("serve")


async def test_under_uvicorn_the_start_up_fails_with_the_same_line(other_embedder, transactional_db):
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    await lifespan({"type": "lifespan"}, receive, send)
    (failed,) = sent
    assert failed["type"] == "lifespan.startup.failed"
    assert failed["message"].startswith("Veda can't start: The screening weights")


@pytest.mark.django_db
def test_doctor_names_it(other_embedder, capsys):
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stderr=io.StringIO())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (screening,) = [line for line in lines if line["part"] == "screening"]
    assert screening["state"] == "failed"
    assert "fingerprint" in screening["seen"]
    assert "train_screening" in screening["mend"]
