"""A double of Ollama whose tokens tell when they were written, so that whoever reads them knows how long they took.

A token is `t17x3x123456789 `: of which stream, the how manieth, and when it was written, in nanoseconds of the clock
that all processes of a machine share. It looks like a word, as most of what a model says does. A tag anywhere in the
prompt says what is answered:

    [[u=17 n=80 r=20]]          80 tokens, 20 a second, of stream 17
    [[u=17 n=80 r=20 pad=900]]  each followed by so many more characters

The first token is written at once: all that somebody waits for it is spent on the way.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

MODEL = "medgemma:latest"
TAG = re.compile(rb"\[\[u=(\d+) n=(\d+) r=([\d.]+)(?: pad=(\d+))?\]\]")
_TOKEN = re.compile(r"t(\d+)x(\d+)x(\d{6,})")


def prompt(stream: int, tokens: int, rate: float, pad: int = 0) -> str:
    return f"[[u={stream} n={tokens} r={rate:g}{f' pad={pad}' if pad else ''}]]"


def tokens_in(text: str) -> list[tuple[int, int, int]]:
    """Stream, number and nanosecond of each."""
    return [(int(stream), int(number), int(wrote)) for stream, number, wrote in _TOKEN.findall(text)]


class ModelDouble:
    def __init__(self) -> None:
        self.url = ""
        self.asked: dict[int, int] = {}
        """When each stream was asked for, in nanoseconds."""
        self.written: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        """Set where a stream is written to its end."""

    async def version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": "0.13.5"})

    async def tags(self, request: web.Request) -> web.Response:
        return web.json_response({"models": [{"name": MODEL, "model": MODEL}]})

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response({"capabilities": ["completion"], "model_info": {}})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        asked = time.monotonic_ns()
        tag = TAG.search(await request.read())
        if tag is None:
            raise web.HTTPBadRequest(text='{"error": "no tag in the prompt"}')
        stream, tokens, rate, pad = int(tag[1]), int(tag[2]), float(tag[3]), int(tag[4] or 0)
        self.asked[stream] = asked
        self.written[stream].clear()
        answer = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        with contextlib.suppress(ConnectionResetError):  # the server stopped, or was killed
            await answer.prepare(request)
            await self._write(answer, stream, tokens, rate, ("lorem " * (pad // 6 + 1))[:pad].encode())
            self.written[stream].set()
        return answer

    async def _write(self, answer: web.StreamResponse, stream: int, tokens: int, rate: float, filling: bytes) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        for number in range(tokens):
            # Each is due by the clock of the first: what comes late makes nothing after it late.
            if (wait := started + number / rate - loop.time()) > 0:
                await asyncio.sleep(wait)
            await answer.write(
                b'{"model":"medgemma","created_at":"2026-01-01T00:00:00.123456Z","message":{"role":"assistant",'
                b'"content":"t%dx%dx%d %b"},"done":false}\n' % (stream, number, time.monotonic_ns(), filling)
            )
        end = {"model": "medgemma", "message": {"role": "assistant", "content": ""}, "done": True}
        end |= {"done_reason": "stop", "prompt_eval_count": 100, "eval_count": tokens}
        await answer.write(msgspec.json.encode(end) + b"\n")


@contextlib.asynccontextmanager
async def model_double() -> AsyncIterator[ModelDouble]:
    """Served in this process, on a free port."""
    model = ModelDouble()
    application = web.Application()
    application.add_routes(
        [
            web.get("/api/version", model.version),
            web.get("/api/tags", model.tags),
            web.post("/api/show", model.show),
            web.post("/api/chat", model.chat),
        ]
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    host, port = runner.addresses[0][:2]
    model.url = f"http://{host}:{port}"
    try:
        yield model
    finally:
        await runner.cleanup()
