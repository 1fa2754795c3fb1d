"""A model host for the browser tests, which always says the same. Writes its address and serves until it is ended."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.tests.model_server import ModelServer, Request

SEEN = "The picture shows a red, round patch on skin."
ANSWER = "A rash often goes away by itself within a few days [1]. See a doctor where it spreads."
HEARD = "I have had a cough since Sunday."


def tokens(request: Request) -> list[str]:
    looking = any(message.get("images") for message in request.body.get("messages", []))
    return [f"{word} " for word in (SEEN if looking else ANSWER).split(" ")]


with ModelServer() as server:
    server.pace = 0.02
    server.answers(tokens)
    server.hears(HEARD)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
