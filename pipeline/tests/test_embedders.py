"""Embedders by setting: Ollama over its interface, MiniLM from a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from pipeline import wiring
from pipeline.errors import ProviderError
from pipeline.providers import index_building
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.minilm_embedder import MiniLmEmbedder
from pipeline.providers.ollama_embedder import OllamaEmbedder
from pipeline.tests.factories import make_lexicon, make_passage
from pipeline.tests.model_server import ModelServer
from pipeline.types import Question


def ollama(server: ModelServer, model: str = "nomic-embed-text") -> OllamaEmbedder:
    server.models = {f"{model}:latest": ("embedding",)}
    return OllamaEmbedder(server.url, "", model)


def test_many_texts_are_asked_in_batches_and_keep_their_order(model_server: ModelServer):
    embedder = ollama(model_server, "other-model")
    rows = embedder.embed(["a" * n for n in range(150)])
    assert [int(row[0]) for row in rows] == list(range(150))
    batches = [len(request.body["input"]) for request in model_server.requests if request.path == "/api/embed"]
    assert batches == [1, 64, 64, 22]  # the first to learn the dimension
    assert embedder.dimension == 3


def test_a_model_that_wants_to_know_is_told_what_is_a_question(model_server: ModelServer):
    embedder = ollama(model_server)
    embedder.embed(["gout"])
    embedder.embed(["gout"], asked=True)
    sent = [request.body["input"] for request in model_server.requests if request.path == "/api/embed"]
    assert sent[1:] == [["search_document: gout"], ["search_query: gout"]]


def test_a_model_that_is_not_there_is_told_with_its_command(model_server: ModelServer):
    embedder = ollama(model_server)
    model_server.models = {}
    with pytest.raises(ProviderError) as error:
        embedder.fingerprint()
    assert "manage.py pull_models nomic-embed-text" in error.value.detail


def test_other_vectors_than_asked_for_are_refused(model_server: ModelServer):
    embedder = ollama(model_server)
    model_server.vectors_too_many = 1
    with pytest.raises(ProviderError) as error:
        embedder.embed(["gout"])
    assert "/api/embed" in error.value.detail


async def test_while_the_host_is_away_words_find_and_afterwards_meaning_again(
    model_server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    embedder = ollama(model_server)
    index_building.build(tmp_path, [make_passage("Gout is a sore joint.", title="Gout")], embedder=embedder)
    model_server.models = {}
    index = EmbeddedIndex(tmp_path, make_lexicon(), OllamaEmbedder(model_server.url, "", "nomic-embed-text"))
    query = await index.understand(Question("gout"))
    found = await index.retrieve(query, 5)
    assert found.by_words_alone
    assert [hit.passage.title for hit in found.hits] == ["Gout"]
    with pytest.raises(ProviderError):
        index.searches_meaning()
    ollama(model_server)
    assert index.searches_meaning()
    assert not (await index.retrieve(query, 5)).by_words_alone


def test_minilm_without_its_files_says_which(tmp_path: Path):
    with pytest.raises(ProviderError) as error:
        MiniLmEmbedder(str(tmp_path)).fingerprint()
    assert "MINILM_FOLDER" in error.value.detail
    assert "model.onnx" in error.value.detail


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("embedded", "wordllama-l2-supercat-256"),
        ("minilm", "all-MiniLM-L6-v2"),
        ("ollama", "nomic-embed-text of Ollama"),
    ],
)
def test_the_setting_chooses(settings: LazySettings, provider: str, name: str):
    settings.EMBED_PROVIDER = provider
    assert wiring.embedder().name == name
