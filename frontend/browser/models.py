"""A model host for the browser tests, which says the same to each question but one. Writes its address and serves until it is ended."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.tests.model_server import ModelServer, Request

SEEN = "The picture shows a red, round patch on skin."
ANSWER = "A rash often goes away by itself within a few days [1]. See a doctor where it spreads."
DOSE_NOBODY_NAMES = f"{ANSWER} {'Rest for a day or two, and drink enough. ' * 8}\n\nTake 800 mg of ibuprofen every hour."
"""To whoever asks about a headache: Veda takes it back."""
HEARD = "I have had a cough since Sunday."


def tokens(request: Request) -> list[str]:
    messages = request.body.get("messages", [])
    looking = any(message.get("images") for message in messages)
    asked = messages[-1].get("content", "") if messages else ""
    answer = SEEN if looking else DOSE_NOBODY_NAMES if "a headache" in asked else ANSWER
    return [f"{word} " for word in answer.split(" ")]


with ModelServer() as server:
    server.pace = 0.02
    server.answers(tokens)
    server.hears(HEARD)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
