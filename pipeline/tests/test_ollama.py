from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import ProviderError
from pipeline.providers.ollama import OllamaChat, OllamaHost
from pipeline.tests.model_server import PULL, Fault, ModelServer
from pipeline.tests.models import ASKED, PATIENT, ollama, said
from pipeline.types import ChatMessage, ModelUsage, Picture


def chat(server: ModelServer, **changed: Any) -> OllamaChat:
    given = {"context_tokens": 4096, "keep_alive": "30m", "timeouts": PATIENT, **changed}
    return OllamaChat(server.url, "", "llama3.2", **given)


def host(server: ModelServer) -> OllamaHost:
    return OllamaHost(server.url, connect_seconds=20, read_seconds=20)


# A model that speaks


async def test_what_came_together_is_one_piece_and_usage_comes_last(model_server: ModelServer):
    model_server.says("Rest", " well.", prompt_tokens=31)
    model_server.pace = 0
    pieces, usage = await said(chat(model_server))
    assert ("".join(pieces), usage) == ("Rest well.", ModelUsage(31, 2, cut_off=False))


async def test_each_piece_is_given_before_the_next_is_said(model_server: ModelServer):
    gate = model_server.holds()
    stream = chat(model_server).stream(ASKED, max_tokens=100)
    for token in ("Rest", " well", "."):
        gate.release()
        assert await anext(stream) == token
    assert isinstance(await anext(stream), ModelUsage)


async def test_what_is_asked(model_server: ModelServer):
    await said(chat(model_server), max_tokens=77)
    (request,) = model_server.requests
    assert (request.method, request.path) == ("POST", "/api/chat")
    assert request.body == {
        "model": "llama3.2",
        "messages": [{"role": message.role, "content": message.content} for message in ASKED],
        "stream": True,
        "keep_alive": "30m",
        "options": {"num_ctx": 4096, "num_predict": 77, "temperature": 0.2},
    }


@pytest.mark.parametrize(("given", "sent"), [("30m", "30m"), ("-1", -1), ("0", 0), ("300", 300), ("-1m", "-1m")])
async def test_a_number_of_seconds_is_sent_as_a_number(model_server: ModelServer, given: str, sent: str | int):
    await said(chat(model_server, keep_alive=given))
    assert model_server.requests[0].body["keep_alive"] == sent


async def test_pictures_go_with_their_message(model_server: ModelServer):
    pictures = (Picture(b"\x89PNG one", "image/png"), Picture(b"\xff\xd8 two", "image/jpeg"))
    question = ChatMessage("user", "What is this?", pictures)
    async for _ in chat(model_server).stream([ASKED[0], question], max_tokens=5):
        pass
    system, user = model_server.requests[0].body["messages"]
    assert "images" not in system
    assert [base64.b64decode(image) for image in user["images"]] == [b"\x89PNG one", b"\xff\xd8 two"]


async def test_thinking_is_not_said(model_server: ModelServer):
    model_server.says("Rest", ".", thinking=["They ask about", " plywood"])
    assert "".join((await said(chat(model_server)))[0]) == "Rest."


async def test_the_limit_of_tokens_cuts_off(model_server: ModelServer):
    pieces, usage = await said(chat(model_server), max_tokens=2)
    assert "".join(pieces) == "Rest well"
    assert usage.cut_off
    assert usage.completion_tokens == 2


async def test_a_model_may_say_nothing(model_server: ModelServer):
    model_server.says(prompt_tokens=31)
    assert await said(chat(model_server)) == ([], ModelUsage(31, 0, cut_off=False))


async def test_an_end_without_counts_is_an_end(model_server: ModelServer):
    model_server.sends(b'{"model":"llama3.2","done":true,"done_reason":"load"}\n')
    assert await said(chat(model_server)) == ([], ModelUsage(None, None, cut_off=False))


@pytest.mark.parametrize(("prompt_tokens", "warned"), [(4094, False), (4095, True), (4096, True)])
async def test_a_prompt_that_filled_the_context_is_warned_of(
    model_server: ModelServer, logged: Callable[[], list[str]], prompt_tokens: int, warned: bool
):
    model_server.says("Rest.", prompt_tokens=prompt_tokens)
    await said(chat(model_server))
    lines = [line for line in logged() if "WARNING pipeline.providers.ollama" in line]
    assert len(lines) == warned
    assert all("llama3.2" in line and "MODEL_CONTEXT_TOKENS" in line for line in lines)


# The host


def test_the_state_of_a_host(model_server: ModelServer):
    model_server.models = {"medgemma:latest": ("completion", "vision"), "llama3.2:latest": ("completion",)}
    state = host(model_server).state(["medgemma", "absent"])
    assert state.reachable
    assert state.version == "0.13.5"
    assert state.models == {"medgemma:latest", "llama3.2:latest"}
    assert state.capabilities == {"medgemma:latest": frozenset({"completion", "vision"})}
    assert state.can("medgemma", "vision")
    assert not state.can("llama3.2", "vision")
    assert state.problem == ""


def test_a_host_without_models(model_server: ModelServer):
    model_server.models = {}
    state = host(model_server).state(["medgemma"])
    assert state.reachable
    assert state.models == frozenset()


def test_a_host_that_is_not_there(model_server: ModelServer):
    model_server.stop()
    state = host(model_server).state(["medgemma"])
    assert not state.reachable
    assert model_server.url in state.problem


@pytest.mark.parametrize("fault", ["forbidden", "not_found", "busy", "broken", "redirect", "long_error", "html"])
@pytest.mark.parametrize("path", ["/api/version", "/api/tags"])
def test_a_host_that_does_not_do_its_work_is_a_state_and_no_error(model_server: ModelServer, fault: Fault, path: str):
    model_server.fails(fault, on=path)
    state = host(model_server).state(["medgemma"])
    assert not state.reachable
    assert state.problem.startswith(f"Ollama at {model_server.url}: ")
    assert len(state.problem) < 500


def test_a_redirect_is_not_followed(model_server: ModelServer):
    model_server.fails("redirect", on="/api/tags")
    assert "307" in host(model_server).state([]).problem
    assert [request.path for request in model_server.requests] == ["/api/version", "/api/tags"]


def test_a_proxy_of_the_environment_is_not_used(model_server: ModelServer, monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert host(model_server).state([]).reachable


def test_a_host_that_is_silent_is_waited_for_so_long(model_server: ModelServer):
    model_server.fails("hang", on="/api/tags")
    state = OllamaHost(model_server.url, connect_seconds=20, read_seconds=0.3).state([])
    assert not state.reachable
    assert "in time" in state.problem


def test_an_address_that_nobody_can_use_is_a_state(model_server: ModelServer):
    for address in ("http://nobody.invalid:11434", f"http://{'x' * 70}.example"):
        assert not OllamaHost(address).state([]).reachable


def test_capabilities_that_are_not_told_are_a_problem_of_a_host_that_is_there(model_server: ModelServer):
    model_server.fails("broken", on="/api/show")
    state = host(model_server).state(["medgemma"])
    assert state.reachable
    assert not state.can("medgemma", "vision")
    assert "/api/show" in state.problem


def test_a_key_is_sent(model_server: ModelServer):
    model_server.api_key = "sesame"
    assert OllamaHost(model_server.url, "sesame").state([]).reachable
    refused = OllamaHost(model_server.url).state([])
    assert not refused.reachable
    assert "401" in refused.problem


def test_details_of_a_model(model_server: ModelServer):
    model_server.context_length = 131072
    details = host(model_server).show("gemma4:e2b")
    assert details.context_tokens == 131072
    assert "audio" in details.capabilities


def test_details_of_a_model_that_is_not_there(model_server: ModelServer):
    with pytest.raises(ProviderError) as error:
        host(model_server).show("absent")
    assert "model 'absent' not found" in error.value.detail


# Pulling


def test_pulling(model_server: ModelServer):
    model_server.registry = {"phi4-mini": 1000}
    progress = list(host(model_server).pull("phi4-mini"))
    assert [(part.total, part.completed) for part in progress if part.total] == [
        (1000, None),
        (1000, 500),
        (1000, 1000),
    ]
    assert (progress[0].status, progress[-1].status) == ("pulling manifest", "success")
    assert host(model_server).state([]).has("phi4-mini")


def failed_pull(server: ModelServer, pull_seconds: float = 20) -> ProviderError:
    with pytest.raises(ProviderError) as error:
        list(OllamaHost(server.url, pull_seconds=pull_seconds).pull("phi4-mini"))
    assert server.url in error.value.detail
    return error.value


def test_pulling_what_the_library_does_not_have(model_server: ModelServer):
    model_server.registry = {}
    assert "phi4-mini wasn't pulled: pull model manifest: file does not exist" in failed_pull(model_server).detail


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("end", "stopped before the end"),
        ("drop", "failed"),
        ("error_line", "an error was encountered"),
        ("garbage", "something else"),
        ("html", "something else"),
        ("list_line", "something else"),
        ("long_line", "a line without an end"),
        ("forbidden", "403"),
        ("broken", "500"),
    ],
)
def test_a_pull_that_fails(model_server: ModelServer, fault: Fault, told: str):
    model_server.fails(fault, on=PULL, after=2)
    assert told in failed_pull(model_server).detail
    assert not host(model_server).state([]).has("phi4-mini")


def test_a_pull_that_goes_silent(model_server: ModelServer):
    model_server.fails("hang", on=PULL, after=2)
    error = failed_pull(model_server, pull_seconds=0.5)
    assert "in time" in error.detail
    assert error.retryable


def test_a_pull_that_is_given_up_closes_the_connection(model_server: ModelServer):
    gate = model_server.holds()
    gate.release()
    pulling = host(model_server).pull("phi4-mini")
    assert next(pulling).status == "pulling manifest"
    pulling.close()
    model_server.wait_until(lambda: model_server.requests[0].left)


async def test_the_names_of_one_model_are_one(model_server: ModelServer):
    assert "".join((await said(ollama(model_server.url, "llama3.2:latest")))[0]) == "Rest well."
