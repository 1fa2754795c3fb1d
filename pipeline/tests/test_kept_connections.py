"""A server's answers share their connections to a model host, one after the other, and never two at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import pytest

from pipeline.protocols import ChatModel
from pipeline.providers import streams
from pipeline.tests.model_server import CHAT, COMPLETIONS, ModelServer
from pipeline.tests.models import ASKED, body_of, ollama, openai, said

MakeModel = Callable[..., ChatModel]


@pytest.fixture(params=[ollama, openai], ids=["ollama", "openai"])
def make_model(request: pytest.FixtureRequest) -> MakeModel:
    return request.param


@pytest.fixture(autouse=True)
async def kept() -> AsyncIterator[None]:
    streams.keep_connections()
    yield
    await streams.close_connections()


def connections(model_server: ModelServer) -> list[int]:
    return [request.connection for request in model_server.requests]


async def test_the_next_answer_has_the_connection_of_the_one_before(make_model: MakeModel, model_server: ModelServer):
    model = make_model(model_server.url)
    for _ in range(3):
        assert "".join((await said(model))[0]) == "Rest well."
    assert len(set(connections(model_server))) == 1


async def test_answers_at_once_have_one_each(make_model: MakeModel, model_server: ModelServer):
    gate = model_server.holds()
    model = make_model(model_server.url)
    answers = [asyncio.create_task(said(model)) for _ in range(3)]
    await model_server.until(lambda: len(model_server.requests) == 3)
    gate.open()
    assert ["".join(pieces) for pieces, _ in await asyncio.gather(*answers)] == ["Rest well."] * 3
    assert len(set(connections(model_server))) == 3


async def test_one_that_was_stopped_is_closed_and_not_used_again(make_model: MakeModel, model_server: ModelServer):
    gate = model_server.holds()
    async with aclosing(make_model(model_server.url).stream(ASKED, max_tokens=100)) as stream:
        gate.release()
        assert await anext(stream) == "Rest"
    await model_server.until(lambda: model_server.requests[0].left)
    gate.open()
    assert "".join((await said(make_model(model_server.url)))[0]) == "Rest well."
    assert len(set(connections(model_server))) == 2


async def test_one_that_the_host_closed_meanwhile_is_none_of_the_next_answers_business(
    make_model: MakeModel, model_server: ModelServer
):
    model = make_model(model_server.url)
    await said(model)
    model_server.disconnects()
    assert "".join((await said(model))[0]) == "Rest well."
    assert len(set(connections(model_server))) == 2


async def test_a_host_that_does_not_end_its_answer_keeps_nobody_waiting(
    make_model: MakeModel, model_server: ModelServer
):
    model_server.sends(await body_of(model_server, CHAT if make_model is ollama else COMPLETIONS))
    model_server.fails("hang", after=1)
    before = len(model_server.requests)
    for _ in range(2):
        pieces, _ = await asyncio.wait_for(said(make_model(model_server.url)), 15)
        assert "".join(pieces) == "Rest well."
    assert len(set(connections(model_server)[before:])) == 2
