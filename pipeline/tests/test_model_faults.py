"""Every way in which a model host is known to fail, for both kinds of host."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import pytest

from pipeline.errors import ProviderError
from pipeline.protocols import ChatModel
from pipeline.providers import streams
from pipeline.providers.streams import (
    BROKEN_OFF,
    BUSY,
    FAILED,
    SLOW,
    TOO_LONG,
    UNAVAILABLE,
    UNREACHABLE,
    Timeouts,
)
from pipeline.tests.model_server import CHAT, COMPLETIONS, Fault, ModelServer
from pipeline.tests.models import ASKED, QUESTION, body_of, ollama, openai, said
from pipeline.types import ModelUsage

MakeModel = Callable[..., ChatModel]
IMPATIENT = Timeouts(connect_seconds=20, first_token_seconds=20, next_token_seconds=1)
ANSWER = ("Rest", " your", " plywood", ".")


@pytest.fixture(params=[ollama, openai], ids=["ollama", "openai"])
def make_model(request: pytest.FixtureRequest) -> MakeModel:
    return request.param


@pytest.fixture(autouse=True, params=["one each", "kept"])
async def connections(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Whether answers have connections of their own, or share those of a server, makes no difference to any of it."""
    if request.param == "kept":
        streams.keep_connections()
    yield
    await streams.close_connections()


@pytest.fixture
def path(make_model: MakeModel) -> str:
    return CHAT if make_model is ollama else COMPLETIONS


async def failure_of(model: ChatModel) -> tuple[list[str], ProviderError]:
    """What was said before it failed, and how it failed."""
    pieces: list[str] = []

    async def listen() -> None:
        async for piece in model.stream(ASKED, max_tokens=100):
            assert isinstance(piece, str)
            pieces.append(piece)

    with pytest.raises(ProviderError) as failed:
        await asyncio.wait_for(listen(), 15)
    tells_no_words(failed.value)
    return pieces, failed.value


def tells_no_words(error: ProviderError) -> None:
    for told in (error.message, error.detail, str(error.__cause__), repr(error)):
        assert "plywood" not in told.lower()
    assert error.__suppress_context__ or error.__context__ is None, "a traceback would tell what was read"


# Not reached


async def test_a_refused_connection(make_model: MakeModel):
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        _, error = await failure_of(make_model(f"http://127.0.0.1:{nobody_listens.getsockname()[1]}"))
    assert error.message == UNREACHABLE
    assert error.retryable
    assert "127.0.0.1" in error.detail


async def test_a_host_that_does_not_exist(make_model: MakeModel):
    _, error = await failure_of(make_model("http://nobody.invalid:11434"))
    assert error.message == UNREACHABLE
    assert "nobody.invalid" in error.detail


async def test_an_address_that_nobody_can_use_is_an_error_like_others(make_model: MakeModel):
    _, error = await failure_of(make_model(f"http://{'x' * 70}.example"))
    assert not error.message.startswith("http")


async def test_a_password_in_the_address_is_not_told(make_model: MakeModel, model_server: ModelServer):
    model_server.stop()
    _, error = await failure_of(make_model(f"http://me:swordfish@127.0.0.1:{model_server.port}"))
    assert error.message == UNREACHABLE
    assert "swordfish" not in error.detail


# Refused


@pytest.mark.parametrize(
    ("fault", "message", "retryable", "told"),
    [
        ("unauthorised", UNAVAILABLE, False, "_API_KEY"),
        ("forbidden", UNAVAILABLE, False, "_API_KEY"),
        ("busy", BUSY, True, "429"),
        ("broken", FAILED, True, "the model's process died"),
        ("unavailable", BUSY, True, "503"),
        ("bad_request", FAILED, False, "400"),
        ("redirect", FAILED, False, "307"),
        ("long_error", FAILED, True, "500"),
    ],
)
async def test_a_refusal(
    make_model: MakeModel, model_server: ModelServer, fault: Fault, message: str, retryable: bool, told: str
):
    model_server.fails(fault)
    pieces, error = await failure_of(make_model(model_server.url))
    assert pieces == []
    assert (error.message, error.retryable) == (message, retryable)
    assert told in error.detail
    assert "llama3.2" in error.detail
    assert len(model_server.requests) == 1, "neither repeated nor led elsewhere"


async def test_a_model_that_is_not_there(make_model: MakeModel, model_server: ModelServer):
    _, error = await failure_of(make_model(model_server.url, "absent"))
    assert error.message == UNAVAILABLE
    assert not error.retryable
    assert ("manage.py pull_models absent" if make_model is ollama else "/v1/models") in error.detail


async def test_an_address_without_such_a_route(make_model: MakeModel, model_server: ModelServer):
    _, error = await failure_of(make_model(f"{model_server.url}/elsewhere"))
    assert error.message == FAILED
    assert ("OLLAMA_URL" if make_model is ollama else "LLM_ENDPOINT") in error.detail


async def test_a_key_is_sent_where_there_is_one(make_model: MakeModel, model_server: ModelServer):
    model_server.api_key = "sesame"
    assert "".join((await said(make_model(model_server.url, api_key="sesame")))[0]) == "Rest well."
    await failure_of(make_model(model_server.url))
    assert "Authorization" not in model_server.requests[-1].headers
    _, error = await failure_of(make_model(model_server.url, api_key="swordfish"))
    assert "swordfish" not in error.detail


async def test_a_refusal_that_quotes_the_prompt_is_not_passed_on(make_model: MakeModel, model_server: ModelServer):
    model_server.sends(b'{"error": "invalid input: Why does my knee creak like plywood?"}\n')
    _, error = await failure_of(make_model(model_server.url))
    assert "plywood" not in f"{error.message} {error.detail}"


async def test_a_prompt_longer_than_the_context_is_named(make_model: MakeModel, model_server: ModelServer):
    told = '{"error": {"code": 400, "message": "request (900 tokens) exceeds the available context size (512)"}}'
    model_server.sends((told if make_model is ollama else f"data: {told}\n").encode())
    _, error = await failure_of(make_model(model_server.url))
    assert (error.message, error.retryable) == (TOO_LONG, False)


# Silent


@pytest.mark.parametrize("fault", ["hang", "hang_after_headers"])
async def test_silence_before_the_first_token(make_model: MakeModel, model_server: ModelServer, fault: Fault):
    model_server.fails(fault)
    model = make_model(model_server.url, timeouts=Timeouts(20, 0.5, 20))
    pieces, error = await failure_of(model)
    assert pieces == []
    assert (error.message, error.retryable) == (SLOW, True)
    await model_server.until(lambda: model_server.requests[0].left)


async def test_silence_in_the_middle(make_model: MakeModel, model_server: ModelServer):
    model_server.says(*ANSWER)
    model_server.fails("hang", after=3)
    pieces, error = await failure_of(make_model(model_server.url, timeouts=IMPATIENT))
    assert "".join(pieces) == "Rest your plywood"
    assert (error.message, error.retryable) == (BROKEN_OFF, True)
    await model_server.until(lambda: model_server.requests[0].left)


async def test_slow_but_within_its_time_is_no_fault(make_model: MakeModel, model_server: ModelServer):
    model_server.says(*"abcdefg")
    model_server.pace = 0.25  # all of it takes longer than any token may
    model = make_model(model_server.url, timeouts=Timeouts(20, 1.5, 1.5))
    assert (await said(model))[0] == list("abcdefg")


async def test_a_long_wait_for_the_first_token_is_not_held_to_the_time_of_the_next(
    make_model: MakeModel, model_server: ModelServer
):
    gate = model_server.holds()
    model = make_model(model_server.url, timeouts=IMPATIENT)
    waiting = asyncio.create_task(said(model))
    await model_server.until(lambda: model_server.requests)
    done, _ = await asyncio.wait([waiting], timeout=1.5 * IMPATIENT.next_token_seconds)
    assert not done
    gate.open()
    assert "".join((await waiting)[0]) == "Rest well."


# Broken off


@pytest.mark.parametrize("fault", ["drop", "reset", "end"])
async def test_a_stream_that_ends_before_the_answer_does(
    make_model: MakeModel, model_server: ModelServer, fault: Fault
):
    model_server.says(*ANSWER)
    model_server.fails(fault, after=2)
    pieces, error = await failure_of(make_model(model_server.url))
    assert "".join(pieces) == "Rest your"
    assert (error.message, error.retryable) == (BROKEN_OFF, True)


@pytest.mark.parametrize("fault", ["drop", "end"])
async def test_a_stream_that_ends_before_it_begins(make_model: MakeModel, model_server: ModelServer, fault: Fault):
    model_server.fails(fault)
    pieces, error = await failure_of(make_model(model_server.url))
    assert pieces == []
    assert error.retryable


async def test_an_error_in_mid_stream(make_model: MakeModel, model_server: ModelServer):
    model_server.says(*ANSWER)
    model_server.fails("error_line", after=2)
    pieces, error = await failure_of(make_model(model_server.url))
    assert "".join(pieces) == "Rest your"
    assert (error.message, error.retryable) == (FAILED, True)
    assert "reported an error" in error.detail


async def test_it_works_again_once_the_fault_is_over(make_model: MakeModel, model_server: ModelServer):
    model_server.fails("drop", after=1, times=1)
    model = make_model(model_server.url)
    await failure_of(model)
    assert "".join((await said(model))[0]) == "Rest well."


# Nonsense


@pytest.mark.parametrize(
    "fault", ["garbage", "html", "long_line", "number_for_message", "null_content", "no_choices", "list_line"]
)
@pytest.mark.parametrize("after", [0, 3])
async def test_nonsense(make_model: MakeModel, model_server: ModelServer, fault: Fault, after: int):
    model_server.says(*ANSWER)
    model_server.fails(fault, after=after)
    pieces, error = await failure_of(make_model(model_server.url))
    assert "".join(pieces) == ("" if fault == "html" else "".join(ANSWER[:after]))
    assert (error.message, error.retryable) == (FAILED, False)
    assert ("OLLAMA_URL" if make_model is ollama else "LLM_ENDPOINT") in error.detail


@pytest.mark.parametrize(
    "line",
    [
        b'{"x":' + b"[" * 200_000,
        b'{"message":{"content":"\xff"}}',
        b'{"message":{"content":"\\ud83d"}}',
        b"\x00",
        b"nan",
    ],
    ids=["deep", "no UTF-8", "half a letter", "NUL", "nan"],
)
async def test_a_line_that_no_reader_takes(make_model: MakeModel, model_server: ModelServer, line: bytes):
    model_server.sends((line if make_model is ollama else b"data: " + line.replace(b"message", b"choices")) + b"\n")
    _, error = await failure_of(make_model(model_server.url))
    assert error.message == FAILED


# No faults, though they look like some


@pytest.mark.parametrize("size", [1, 5, 64])
async def test_lines_and_letters_split_across_reads(
    make_model: MakeModel, model_server: ModelServer, path: str, size: int
):
    model_server.says("Tschüß", " 💊", "\n", " — “ok”")
    body = await body_of(model_server, path)
    model_server.sends(*[body[start : start + size] for start in range(0, len(body), size)])
    assert "".join((await said(make_model(model_server.url)))[0]) == "Tschüß 💊\n — “ok”"


async def test_other_ends_of_lines_and_none_at_the_end(make_model: MakeModel, model_server: ModelServer, path: str):
    body = (await body_of(model_server, path)).replace(b"\n", b"\r\n").rstrip()
    model_server.sends(body)
    assert "".join((await said(make_model(model_server.url)))[0]) == "Rest well."


async def test_a_proxy_of_the_environment_is_not_used(
    make_model: MakeModel, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert "".join((await said(make_model(model_server.url)))[0]) == "Rest well."


# Stopped


async def test_closing_early_closes_the_connection(make_model: MakeModel, model_server: ModelServer):
    gate = model_server.holds()
    async with aclosing(make_model(model_server.url).stream(ASKED, max_tokens=100)) as stream:
        gate.release()
        assert await anext(stream) == "Rest"
        assert not model_server.requests[0].left
    await model_server.until(lambda: model_server.requests[0].left)
    assert model_server.requests[0].said == 1


async def test_cancelling_closes_the_connection(make_model: MakeModel, model_server: ModelServer):
    gate = model_server.holds()
    task = asyncio.create_task(said(make_model(model_server.url)))
    gate.release()
    await model_server.until(lambda: model_server.requests and model_server.requests[0].said == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await model_server.until(lambda: model_server.requests[0].left)


async def test_the_connection_is_closed_by_the_time_usage_is_told(make_model: MakeModel, model_server: ModelServer):
    async with aclosing(make_model(model_server.url).stream(ASKED, max_tokens=100)) as stream:
        while not isinstance(await anext(stream), ModelUsage):
            pass
        await model_server.until(lambda: model_server.requests[0].ended)
        assert not model_server.requests[0].left


async def test_many_at_once(make_model: MakeModel, model_server: ModelServer):
    gate = model_server.holds()
    model = make_model(model_server.url)
    tasks = [asyncio.create_task(said(model)) for _ in range(120)]
    await model_server.until(lambda: len(model_server.requests) == 120)
    gate.open()
    # What came together is one piece, so that how many there are says how busy the machine was.
    assert {"".join(pieces) for pieces, _ in await asyncio.gather(*tasks)} == {"Rest well."}


async def test_no_words_reach_the_log(
    make_model: MakeModel, model_server: ModelServer, logged: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    model_server.says(*ANSWER, prompt_tokens=4096)
    model_server.fails("garbage", after=3, times=1)
    model = make_model(model_server.url)
    await failure_of(model)
    await said(model)
    assert QUESTION in model_server.requests[0].prompt
    assert not [line for line in logged() if "plywood" in line]
