"""The model server of the tests against what real servers were recorded to answer, where the recordings are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings

from pipeline.tests.model_server import CHAT, COMPLETIONS, PULL, ModelServer
from pipeline.tests.models import ollama, openai, said
from pipeline.types import ModelUsage

RECORDINGS = Path(settings.BASE_DIR).parent / "shared" / "ollama-captures"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings of a real Ollama beside the repository")
MODEL = "smollm2:135m"


@pytest.fixture
def server(model_server: ModelServer) -> ModelServer:
    model_server.models = {MODEL: ("completion",)}
    return model_server


def recorded(name: str) -> tuple[int, str, bytes]:
    """Status, content type and body."""
    first, *headers = (RECORDINGS / f"{name}.headers").read_text().splitlines()
    named = dict(header.lower().split(": ", 1) for header in headers if ": " in header)
    (body,) = RECORDINGS.glob(f"{name}.[bs]*[ye]")
    return int(first.split()[1]), named["content-type"], body.read_bytes()


def answered(server: ModelServer, method: str, path: str, body: Any = None) -> tuple[int, str, bytes]:
    answer = httpx.request(method, f"{server.url}{path}", json=body, trust_env=False)
    return answer.status_code, answer.headers["content-type"], answer.content


def values(body: bytes) -> list[Any]:
    """Of JSON, of JSON in lines, or of events."""
    lines = [line.removeprefix(b"data: ") for line in body.splitlines() if line]
    return [json.loads(line) for line in lines if line != b"[DONE]"]


def shape(value: Any) -> Any:
    """Keys in their order, and the types of what they hold."""
    if isinstance(value, dict):
        return [(key, shape(held)) for key, held in value.items()]
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@pytest.mark.parametrize(
    ("name", "method", "path", "body"),
    [
        ("ollama_version", "GET", "/api/version", None),
        ("ollama_tags", "GET", "/api/tags", None),
        ("ollama_chat_nostream", "POST", CHAT, {"model": MODEL, "messages": [], "stream": False}),
        ("ollama_chat_404", "POST", CHAT, {"model": "medgemma:4b", "messages": []}),
        ("ollama_chat_400_nomodel", "POST", CHAT, {"messages": []}),
        ("ollama_show_404", "POST", "/api/show", {"model": "medgemma:4b"}),
    ],
)
def test_single_answers(server: ModelServer, name: str, method: str, path: str, body: Any):
    status, content_type, seen = recorded(name)
    ours = answered(server, method, path, body)
    assert ours[:2] == (status, content_type)
    assert shape(values(ours[2])) == shape(values(seen))
    if status >= 400:
        assert ours[2] == seen


def test_the_root_and_the_stream_of_a_chat(server: ModelServer):
    assert answered(server, "GET", "/") == recorded("ollama_root")
    status, content_type, seen = recorded("ollama_chat_stream")
    ours = answered(server, "POST", CHAT, {"model": MODEL, "messages": []})
    assert ours[:2] == (status, content_type)
    ours_first, *_, ours_last = values(ours[2])
    seen_first, *_, seen_last = values(seen)
    assert shape(ours_first) == shape(seen_first)
    assert shape(ours_last) == shape(seen_last)
    assert len(ours_last["created_at"]) == len(seen_last["created_at"])


def test_a_pull_that_fails(server: ModelServer):
    server.registry = {}
    status, content_type, seen = recorded("ollama_pull_unreachable")
    ours = answered(server, "POST", PULL, {"model": "medgemma:4b"})
    assert ours[:2] == (status, content_type)
    assert [shape(line) for line in values(ours[2])] == [shape(line) for line in values(seen)]


def test_what_is_shown_of_a_model(server: ModelServer):
    (ours,) = values(answered(server, "POST", "/api/show", {"model": MODEL})[2])
    (seen,) = values(recorded("ollama_show")[2])
    assert list(ours) == list(seen)
    assert shape(ours["details"]) == shape(seen["details"])
    assert set(ours["model_info"]) <= set(seen["model_info"])
    assert isinstance(seen["model_info"]["llama.context_length"], int)


def test_the_stream_of_the_other_kind(server: ModelServer):
    status, content_type, seen = recorded("openai_compat_stream")
    ours = answered(server, "POST", COMPLETIONS, {"model": MODEL, "messages": [], "stream": True})
    assert ours[:2] == (status, content_type)
    assert shape(values(ours[2])[0]) == shape(values(seen)[0])
    assert shape(values(ours[2])[-1]) == shape(values(seen)[-1])
    assert ours[2].endswith(b"data: [DONE]\n\n")
    assert seen.endswith(b"data: [DONE]\n\n")


async def test_recorded_answers_of_ollama_are_read(server: ModelServer):
    server.sends(recorded("ollama_chat_stream_cold")[2])
    pieces, usage = await said(ollama(server.url, MODEL))
    assert "".join(pieces).startswith("A mild fever is typically")
    assert usage == ModelUsage(28, 40, cut_off=True)


@pytest.mark.parametrize("name", ["openai_compat_stream", "llama_cpp_server_chat"])
async def test_recorded_answers_of_the_other_kind_are_read(server: ModelServer, name: str):
    server.sends(recorded(name)[2])
    pieces, usage = await said(openai(server.url, MODEL))
    assert len(pieces) > 5
    assert usage == ModelUsage(None, None, cut_off=True)
