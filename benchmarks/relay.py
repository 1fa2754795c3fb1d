"""How much Veda adds to a model's stream: from the send to the model's request, and to each token.

The model is a double in this process, so that both ends are read from one clock: it answers Ollama's routes and sends
numbered tokens at a steady pace. The same stream read without Veda, by a plain client, is the base that is taken off.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import websockets
from aiohttp import web

TOKENS, SECONDS_A_TOKEN = 40, 0.05
ROUNDS = 10
WARM_UP = 2
PAUSE_SECONDS = 0.25
"""Between one answer and the next question: the server tidies up behind an answer, and nobody types in no time."""


@dataclass
class Model:
    """The double: when it was asked, and when it wrote each token."""

    asked: float = 0.0
    wrote: dict[int, float] = field(default_factory=dict)
    url: str = ""

    async def version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": "0.13.5"})

    async def tags(self, request: web.Request) -> web.Response:
        return web.json_response({"models": [{"name": "medgemma:latest", "model": "medgemma:latest"}]})

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response({"capabilities": ["completion"], "model_info": {}})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        self.asked = time.perf_counter()
        self.wrote = {}
        await request.read()
        answer = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await answer.prepare(request)
        for n in range(TOKENS):
            await asyncio.sleep(SECONDS_A_TOKEN)
            line = {"model": "medgemma", "message": {"role": "assistant", "content": f" word{n}x"}, "done": False}
            self.wrote[n] = time.perf_counter()
            await answer.write(json.dumps(line).encode() + b"\n")
        end = {
            "model": "medgemma",
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": "stop",
        }
        await answer.write(json.dumps(end | {"prompt_eval_count": 100, "eval_count": TOKENS}).encode() + b"\n")
        return answer


@asynccontextmanager
async def model_double() -> AsyncIterator[Model]:
    model = Model()
    application = web.Application()
    application.add_routes(
        [
            web.get("/api/version", model.version),
            web.get("/api/tags", model.tags),
            web.post("/api/show", model.show),
            web.post("/api/chat", model.chat),
        ]
    )
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    model.url = f"http://{host}:{port}"
    try:
        yield model
    finally:
        await runner.cleanup()


@dataclass
class Delays:
    """Milliseconds, one for each question and one for each token."""

    to_request: list[float] = field(default_factory=list)
    to_tokens: list[float] = field(default_factory=list)

    def note(self, model: Model, text: str, at: float) -> None:
        for number in re.findall(r"word(\d+)x", text):
            self.to_tokens.append((at - model.wrote[int(number)]) * 1000)


async def without_veda(model: Model) -> Delays:
    delays = Delays()
    async with aiohttp.ClientSession() as session:
        for round_ in range(WARM_UP + ROUNDS):
            await asyncio.sleep(PAUSE_SECONDS)
            seen = Delays()
            started = time.perf_counter()
            async with session.post(f"{model.url}/api/chat", json={"model": "medgemma", "messages": []}) as answer:
                async for line in answer.content:
                    seen.note(model, line.decode(), time.perf_counter())
            seen.to_request.append((model.asked - started) * 1000)
            _keep(delays, seen, round_)
    return delays


async def through_veda(model: Model, address: str, token: str, new_conversation: Callable[[], str]) -> Delays:
    """A first question each time, in a conversation of its own: the turns of a long one cost more prompt."""
    delays = Delays()
    for round_ in range(WARM_UP + ROUNDS):
        conversation = await asyncio.to_thread(new_conversation)
        url = f"{address.replace('http', 'ws')}/ws/conversations/{conversation}?token={token}"
        async with websockets.connect(url, compression=None) as ws:
            await asyncio.sleep(PAUSE_SECONDS)
            seen = Delays()
            message = {
                "type": "message",
                "client_message_id": str(uuid.uuid4()),
                "content": "What helps against a migraine?",
            }
            started = time.perf_counter()
            await ws.send(json.dumps(message))
            while (frame := json.loads(await ws.recv()))["type"] != "done":
                if frame["type"] == "chunk":
                    seen.note(model, frame["data"], time.perf_counter())
        seen.to_request.append((model.asked - started) * 1000)
        _keep(delays, seen, round_)
    return delays


def _keep(delays: Delays, seen: Delays, round_: int) -> None:
    if round_ >= WARM_UP:
        delays.to_request += seen.to_request
        delays.to_tokens += seen.to_tokens


def rows(base: Delays, veda: Delays) -> list[tuple[str, str, str]]:
    """What Veda adds, as the rows of the table of bars."""

    def added(name: str) -> str:
        with_veda, without = getattr(veda, name), getattr(base, name)
        medians = statistics.median(with_veda) - statistics.median(without)
        p95 = statistics.quantiles(with_veda, n=20)[-1]
        return f"{medians:.2f} ms (p95 {p95:.1f})"

    if len(veda.to_tokens) != ROUNDS * TOKENS:
        raise SystemExit(f"{ROUNDS * TOKENS - len(veda.to_tokens)} tokens were lost.")
    return [
        ("added, send → the model's request, median", added("to_request"), "≤ 8 ms"),
        ("added to each token, median", added("to_tokens"), "≤ 1 ms"),
    ]
