"""The least that carries a model's stream to a WebSocket in ASGI: no framework, no accounts, nothing stored.

What Veda costs is told as a ratio to this, measured in the same minute: that says more than seconds on a machine
whose speed moves. Its model host is the environment's OLLAMA_URL.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import msgspec

_http: aiohttp.ClientSession | None = None


class _Said(msgspec.Struct):
    content: str


class _Line(msgspec.Struct):
    message: _Said
    done: bool


_lines = msgspec.json.Decoder(_Line)


def _session() -> aiohttp.ClientSession:
    global _http
    if _http is None:
        _http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
        )
    return _http


async def _relay(prompt: str, send: Callable[[Any], Awaitable[None]]) -> None:
    body = {"model": "medgemma", "stream": True, "messages": [{"role": "user", "content": prompt}]}
    async with _session().post(f"{os.environ['OLLAMA_URL']}/api/chat", json=body) as answer:
        async for line in answer.content:
            part = _lines.decode(line)
            frame = {"type": "done"} if part.done else {"type": "chunk", "data": part.message.content}
            await send({"type": "websocket.send", "text": msgspec.json.encode(frame).decode()})


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await _session().close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["type"] == "http":  # /health
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    relays: set[asyncio.Task[None]] = set()
    while (event := await receive())["type"] == "websocket.receive":
        relay = asyncio.create_task(_relay(msgspec.json.decode(event["text"])["content"], send))
        relays.add(relay)
        relay.add_done_callback(relays.discard)
    for relay in relays:
        relay.cancel()
