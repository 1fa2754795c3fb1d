from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from pipeline.errors import ProviderError
from pipeline.providers.openai_compatible import OpenAICompatibleHost
from pipeline.providers.streams import BROKEN_OFF, FAILED, Timeouts
from pipeline.tests.model_server import COMPLETIONS, Fault, ModelServer
from pipeline.tests.models import ASKED, openai, said
from pipeline.types import ChatMessage, ModelUsage, Picture


def event(**chunk: Any) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


def delta(finish_reason: str | None = None, **fields: Any) -> bytes:
    return event(id="c1", choices=[{"index": 0, "delta": fields, "finish_reason": finish_reason}])


DONE = b"data: [DONE]\n\n"


async def test_pieces_come_as_they_are_said_and_usage_last(model_server: ModelServer):
    model_server.says("Rest", " well.", prompt_tokens=31)
    assert await said(openai(model_server.url)) == (["Rest", " well."], ModelUsage(31, 2, cut_off=False))


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/"])
async def test_the_endpoint_is_given_with_v1_or_without(model_server: ModelServer, end: str):
    await said(openai(f"{model_server.url}{end}"))
    assert model_server.requests[0].path == COMPLETIONS
    assert OpenAICompatibleHost(f"{model_server.url}{end}").state([]).reachable


async def test_what_is_asked(model_server: ModelServer):
    await said(openai(model_server.url), max_tokens=77)
    assert model_server.requests[0].body == {
        "model": "llama3.2",
        "messages": [{"role": message.role, "content": message.content} for message in ASKED],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 77,
        "temperature": 0.2,
    }


async def test_pictures_go_with_their_message(model_server: ModelServer):
    question = ChatMessage("user", "What is this?", (Picture(b"\x89PNG", "image/png"),))
    async for _ in openai(model_server.url).stream([question], max_tokens=5):
        pass
    assert model_server.requests[0].body["messages"][0]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
    ]


async def test_the_limit_of_tokens_cuts_off(model_server: ModelServer):
    pieces, usage = await said(openai(model_server.url), max_tokens=2)
    assert pieces == ["Rest", " well"]
    assert usage.cut_off


async def test_a_server_that_counts_no_tokens(model_server: ModelServer):
    model_server.sends_usage = False
    assert await said(openai(model_server.url)) == (["Rest", " well", "."], ModelUsage(None, None, cut_off=False))


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_thinking_is_not_said(model_server: ModelServer, name: str):
    model_server.sends(delta(**{name: "plywood?", "content": None}), delta(content="Rest."), delta("stop"), DONE)
    assert (await said(openai(model_server.url)))[0] == ["Rest."]


@pytest.mark.parametrize(
    "chunks",
    [
        (delta(role="assistant", content=None), delta(content="Rest."), delta("stop"), DONE),
        (delta(content="Rest.", finish_reason="stop"), DONE),
        (delta(content="Rest."), delta("stop")),
        (delta(content="Rest."), DONE),
        (delta(content="Rest."), DONE.strip()),
        (b": ping\n\n", delta(content="Rest."), b":\n\n", delta("stop"), DONE),
        (b"event: message\nid: 7\nretry: 10\n", delta(content="Rest."), DONE),
        (delta(content="Rest.").replace(b"data: ", b"data:"), DONE.replace(b" ", b"")),
        (event(choices=[], prompt_filter_results=[]), delta(content="Rest."), delta("stop"), DONE),
        (delta(content="Rest."), event(choices=[{"finish_reason": "stop"}]), event(choices=[], usage=None), DONE),
    ],
    ids=[
        "empty first",
        "finish with text",
        "no DONE",
        "no finish_reason",
        "no line end",
        "comments",
        "other fields",
        "no blank",
        "no choices first",
        "no delta last",
    ],
)
async def test_servers_differ(model_server: ModelServer, chunks: tuple[bytes, ...]):
    model_server.sends(*chunks)
    assert await said(openai(model_server.url)) == (["Rest."], ModelUsage(None, None, cut_off=False))


@pytest.mark.parametrize(
    "last",
    [
        (event(choices=[], usage={"prompt_tokens": 9, "completion_tokens": 4}), DONE),
        (event(usage={"prompt_tokens": 9, "completion_tokens": 4}),),
    ],
)
async def test_usage_comes_after_the_end(model_server: ModelServer, last: tuple[bytes, ...]):
    model_server.sends(delta(content="Rest."), delta("length"), *last)
    assert await said(openai(model_server.url)) == (["Rest."], ModelUsage(9, 4, cut_off=True))


@pytest.mark.parametrize("fault", ["hang", "drop", "garbage"])
async def test_a_server_that_fails_after_the_end_has_answered(model_server: ModelServer, fault: Fault):
    model_server.sends(delta(content="Rest."), delta("stop"))
    model_server.fails(fault, after=2)
    answer = await asyncio.wait_for(said(openai(model_server.url)), 15)
    assert answer == (["Rest."], ModelUsage(None, None, cut_off=False))


async def test_an_error_as_a_field_of_its_own(model_server: ModelServer):
    model_server.sends(delta(content="Rest."), b'error: {"code":500,"message":"plywood"}\n\n')
    stream = openai(model_server.url).stream(ASKED, max_tokens=9)
    assert await anext(stream) == "Rest."
    with pytest.raises(ProviderError) as error:
        await anext(stream)
    assert error.value.message == FAILED
    assert "plywood" not in error.value.detail


async def test_signs_of_life_are_no_tokens(model_server: ModelServer):
    """A server that pings for ever and says nothing is given up all the same."""
    model_server.pace = 0.05
    model_server.sends(*[b": ping\n\n"] * 400)
    with pytest.raises(ProviderError) as error:
        await said(openai(model_server.url, timeouts=Timeouts(20, 0.5, 0.5)))
    assert "no first token within its time" in error.value.detail


async def test_a_role_is_no_first_token(model_server: ModelServer):
    """Some servers open the answer before they have read the prompt."""
    gate = model_server.holds()
    model_server.sends(delta(role="assistant", content=""), delta(content="Rest."), delta("stop"), DONE)
    model_server.fails("hang", after=1)
    gate.open()
    with pytest.raises(ProviderError) as error:
        await said(openai(model_server.url, timeouts=Timeouts(20, 1, 0.05)))
    assert "no first token within its time" in error.value.detail
    assert error.value.message != BROKEN_OFF


# The host


def test_the_state_of_a_host(model_server: ModelServer):
    model_server.models = {"smollm2.gguf": ()}
    state = OpenAICompatibleHost(model_server.url).state(["smollm2"])
    assert state.reachable
    assert state.models == {"smollm2.gguf"}
    assert state.capabilities == {}


@pytest.mark.parametrize("fault", ["forbidden", "not_found", "broken", "redirect", "html"])
def test_a_host_that_does_not_do_its_work_is_a_state_and_no_error(model_server: ModelServer, fault: Fault):
    model_server.fails(fault, on="/v1/models")
    state = OpenAICompatibleHost(model_server.url).state(["smollm2"])
    assert not state.reachable
    assert model_server.url in state.problem


def test_a_key_is_sent(model_server: ModelServer):
    model_server.api_key = "sesame"
    assert OpenAICompatibleHost(model_server.url, "sesame").state([]).reachable
    assert not OpenAICompatibleHost(model_server.url, "swordfish").state([]).reachable
