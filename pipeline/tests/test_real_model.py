"""A small real model behind llama.cpp's own server: what no scripted server can show."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import httpx
import pytest

from pipeline.errors import ProviderError
from pipeline.providers.openai_compatible import OpenAICompatibleChat, OpenAICompatibleHost
from pipeline.providers.streams import TOO_LONG, Timeouts
from pipeline.tests.llama_server import serving, weights
from pipeline.tests.models import openai, said
from pipeline.types import ChatMessage, ModelUsage

WEIGHTS = weights()
CONTEXT_TOKENS = 256
SLOW_MACHINE = Timeouts(connect_seconds=60, first_token_seconds=60, next_token_seconds=60)

pytestmark = [
    pytest.mark.real_model,
    pytest.mark.timeout(120),
    pytest.mark.skipif(WEIGHTS is None, reason="requirements-models.txt is not installed"),
]


@pytest.fixture(scope="session")
def llama() -> Iterator[str]:
    assert WEIGHTS
    with serving(WEIGHTS, context_tokens=CONTEXT_TOKENS) as url:
        yield url


def smollm2(llama: str) -> OpenAICompatibleChat:
    return openai(llama, "smollm2", timeouts=SLOW_MACHINE)


def asking(text: str) -> list[ChatMessage]:
    return [ChatMessage("user", text)]


async def test_an_answer_comes_in_pieces_and_is_counted(llama: str):
    pieces, usage = await said(smollm2(llama), max_tokens=12)
    assert len(pieces) > 3
    assert "".join(pieces).strip()
    assert usage.prompt_tokens
    assert 20 < usage.prompt_tokens < 80
    assert usage.completion_tokens == 12
    assert usage.cut_off


async def busy(llama: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        (slot,) = (await client.get(f"{llama}/slots")).json()
    return bool(slot["is_processing"])


async def test_closing_early_stops_the_model_and_the_next_question_is_answered(llama: str):
    model = smollm2(llama)
    async with aclosing(model.stream(asking("Tell a very long story about a ship."), max_tokens=400)) as stream:
        for _ in range(3):
            assert isinstance(await anext(stream), str)
        assert await busy(llama)
    async with asyncio.timeout(20):
        while await busy(llama):  # noqa: ASYNC110 - another process's state can only be asked for
            await asyncio.sleep(0.02)
    assert (await said(model, max_tokens=3))[1].completion_tokens == 3


async def test_a_prompt_longer_than_the_context_is_refused_and_not_cut(llama: str):
    stream = smollm2(llama).stream(asking("knee " * 900), max_tokens=3)
    with pytest.raises(ProviderError) as error:
        await anext(stream)
    assert (error.value.message, error.value.retryable) == (TOO_LONG, False)
    assert "knee" not in error.value.detail


async def test_an_answer_stays_within_the_context(llama: str):
    question = asking("Go on with this list for ever: " + "one two three four " * 45)
    pieces = [piece async for piece in smollm2(llama).stream(question, max_tokens=400)]
    usage = pieces.pop()
    assert isinstance(usage, ModelUsage)
    assert usage.prompt_tokens
    assert usage.completion_tokens
    assert usage.prompt_tokens + usage.completion_tokens <= CONTEXT_TOKENS
    assert pieces


async def test_two_questions_at_once_are_both_answered(llama: str):
    model = smollm2(llama)
    answers = await asyncio.gather(said(model, max_tokens=4), said(model, max_tokens=4))
    assert [usage.completion_tokens for _, usage in answers] == [4, 4]


def test_the_state_of_the_host(llama: str):
    state = OpenAICompatibleHost(llama).state(["smollm2"])
    assert state.reachable
    assert len(state.models) == 1
