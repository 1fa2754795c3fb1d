"""Requests wait for their turn, and nobody holds one who has his answer, or hasn't sent his request yet."""

from __future__ import annotations

import asyncio

import pytest

from veda.turns import AT_ONCE, NEVER_WAIT, Turns

WHOLE = {"type": "http.request", "body": b"{}"}
PART = {"type": "http.request", "body": b"{", "more_body": True}
HEAD = {"type": "http.response.start", "status": 200}


class Application:
    """Reads the request, then works until it is let go."""

    def __init__(self):
        self.working = 0
        self.go = asyncio.Event()

    async def __call__(self, scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        self.working += 1
        try:
            await self.go.wait()
            await send(HEAD)
            await receive()  # until the client hangs up
        finally:
            self.working -= 1


class Requests:
    def __init__(self, application):
        self.turns = Turns(application)
        self.tasks = []
        self.answers = []

    def begin(self, *events, path="/api/conversations"):
        coming = asyncio.Queue()
        for event in events or (WHOLE,):
            coming.put_nowait(event)

        async def send(event):
            self.answers.append(event)

        self.tasks.append(asyncio.create_task(self.turns({"type": "http", "path": path}, coming.get, send)))
        return self.tasks[-1]

    async def settle(self):
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.fixture
async def application():
    return Application()


@pytest.fixture
async def requests(application):
    requests = Requests(application)
    yield requests
    for task in requests.tasks:
        task.cancel()
    await asyncio.gather(*requests.tasks, return_exceptions=True)


async def test_no_more_are_worked_on_than_there_are_turns_and_all_are_answered(application, requests):
    for _ in range(AT_ONCE * 3):
        requests.begin()
    await requests.settle()
    assert application.working == AT_ONCE
    application.go.set()
    for _ in range(3):
        await requests.settle()
    assert len(requests.answers) == AT_ONCE * 3


async def test_who_has_an_answer_or_has_not_sent_all_holds_no_turn(application, requests):
    application.go.set()
    for _ in range(AT_ONCE):
        requests.begin()  # answered, and keeps the line open
    for _ in range(AT_ONCE):
        requests.begin(PART)
    await requests.settle()
    requests.begin()
    await requests.settle()
    assert len(requests.answers) == AT_ONCE + 1


async def test_who_hangs_up_gives_the_turn_back(application, requests):
    first = [requests.begin() for _ in range(AT_ONCE)]
    waiting = requests.begin()
    await requests.settle()
    for task in [*first, waiting]:
        task.cancel()
    for _ in range(AT_ONCE):
        requests.begin()
    await requests.settle()
    assert application.working == AT_ONCE


@pytest.mark.parametrize("path", sorted(NEVER_WAIT))
async def test_who_asks_whether_it_lives_never_waits(application, requests, path):
    for _ in range(AT_ONCE * 2):
        requests.begin()
    requests.begin(path=path)
    await requests.settle()
    assert application.working == AT_ONCE + 1
