"""How much Veda adds to a model's stream: from the send to the model's request, and to each token.

The model double is in this process, and its tokens tell when they were written. The same stream read without Veda, by a
plain client, is the base that is taken off.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
import websockets
from model_double import ModelDouble, prompt, tokens_in

TOKENS, TOKENS_A_SECOND = 40, 20
ROUNDS = 10
WARM_UP = 2
PAUSE_SECONDS = 0.25
"""Between one answer and the next question: the server tidies up behind an answer, and nobody types in no time."""


@dataclass
class Delays:
    """Milliseconds, one for each question and one for each token."""

    to_request: list[float] = field(default_factory=list)
    to_tokens: list[float] = field(default_factory=list)

    def note_tokens(self, text: str) -> None:
        now = time.monotonic_ns()
        self.to_tokens += [(now - wrote) / 1e6 for _, _, wrote in tokens_in(text)]

    def note_request(self, asked: int, started: int) -> None:
        self.to_request.append((asked - started) / 1e6)


async def without_veda(model: ModelDouble) -> Delays:
    delays = Delays()
    async with aiohttp.ClientSession() as session:
        for round_ in range(WARM_UP + ROUNDS):
            await asyncio.sleep(PAUSE_SECONDS)
            seen = Delays()
            question = {"role": "user", "content": prompt(round_, TOKENS, TOKENS_A_SECOND)}
            started = time.monotonic_ns()
            async with session.post(f"{model.url}/api/chat", json={"messages": [question]}) as answer:
                async for line in answer.content:
                    seen.note_tokens(line.decode())
            seen.note_request(model.asked[round_], started)
            _keep(delays, seen, round_)
    return delays


async def through_veda(model: ModelDouble, address: str, token: str, new_conversation: Callable[[], str]) -> Delays:
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
                "content": prompt(round_, TOKENS, TOKENS_A_SECOND),
            }
            started = time.monotonic_ns()
            await ws.send(json.dumps(message))
            while (frame := json.loads(await ws.recv()))["type"] != "done":
                if frame["type"] == "chunk":
                    seen.note_tokens(frame["data"])
        seen.note_request(model.asked[round_], started)
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
