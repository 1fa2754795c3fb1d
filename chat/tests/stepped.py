"""Several processes of one site, on a test's event loop: each may be killed, and time passes where the test says so.

What a process has for itself (its runner, its log, its open sockets) the product finds in modules. Here these give what
the process has in whose context somebody runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer
from channels.testing import WebsocketCommunicator
from django.db import connection
from rest_framework.test import APIClient

from chat import consumers, news, services, subscription, threads
from chat import runner as runners
from chat.open_sockets import OpenSockets
from chat.reaper import LONGEST_GAP_SECONDS, Reaper
from chat.runner import Runner
from chat.stream_log import StreamLog
from chat.tests.scripted import Script
from chat.tests.sockets import Socket
from pipeline import wiring
from pipeline.answering import Pipeline
from veda.asgi import application

A_LOOK = LONGEST_GAP_SECONDS
"""Seconds of the clock between two looks for dead replies: the most that is counted."""

_here: contextvars.ContextVar[Process] = contextvars.ContextVar("here")


class Clock:
    """Of the reapers."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class SteppedRunner(Runner):
    """Claims when it is woken; what it does by the clock, it does when it is told."""

    def __init__(self, log: StreamLog, clock: Clock) -> None:
        super().__init__(log)
        self._reaper = Reaper(clock)
        self.tidying = []
        self.watching = []
        self._works: dict[str, Callable[[], Awaitable[None]]] = {}
        self.dead = False

    async def _forever(self, name: str, work: Any) -> None:
        if name in {"store", "look after replies"}:
            self._works[name] = work
        else:
            await super()._forever(name, partial(self._woken, work) if name == "claim" else work)

    async def _woken(self, work: Callable[[], Awaitable[None]]) -> None:
        assert self._news
        await self._news.wait()
        await work()

    def _begin(self, *claimed: Any) -> None:
        if not self.dead:
            super()._begin(*claimed)

    async def store(self) -> None:
        await self._works["store"]()

    async def look(self) -> None:
        await self._works["look after replies"]()


class Process:
    def __init__(self, clock: Clock) -> None:
        self.log = StreamLog()
        self.runner = SteppedRunner(self.log, clock)
        self.sockets = OpenSockets()
        self.lives = True
        self._opened: list[Socket] = []
        self._context = contextvars.Context()
        self._context.run(_here.set, self)

    def do(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Within this process."""
        return asyncio.create_task(work, context=self._context)

    async def start(self) -> None:
        await self.do(self.runner.start())

    async def open(self, path: str) -> Socket:
        socket = Socket(WebsocketCommunicator(self._application, path))
        self._opened.append(socket)
        await socket.communicator.send_input({"type": "websocket.connect"})
        return socket

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        _here.set(self)
        await application(scope, receive, send)

    async def call(self, token: str, method: str, address: str, body: Any = None) -> Any:
        """A REST call."""
        return await self.do(asyncio.to_thread(_call, token, method, address, body))

    async def stop(self) -> None:
        """As at SIGTERM, with no time left for what is being written."""
        await self.do(self._stop())
        self.lives = False

    async def _stop(self) -> None:
        await self.sockets.close_idle()
        await self.runner.stop(drain_seconds=0)
        await self.sockets.close_all()

    async def kill(self) -> None:
        """Nothing more is done or told by it. What a thread had begun in the database is done still."""
        self.lives, self.runner.dead = False, True
        relay = self.runner._relay
        tasks = [socket.communicator.future for socket in self._opened]
        tasks += [*self.runner._tasks, *(relay._tasks if relay else ())]
        for running in list(self.runner._running.values()):
            running.abandon()
            tasks.append(running.task)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if relay:
            self.log.relay = None
            await relay._redis.aclose()
        for log in self.log._logs.values():
            self.log._close_journal(log, remove=False)

    async def leave(self) -> None:
        """At the test's end."""
        if self.lives:
            await self.do(self.runner.stop(drain_seconds=0))
        for socket in self._opened:
            socket.communicator.future.cancel()
        await asyncio.gather(*(socket.communicator.future for socket in self._opened), return_exceptions=True)


def _call(token: str, method: str, address: str, body: Any) -> Any:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    try:
        return getattr(client, method)(address, body, **({} if body is None else {"format": "json"}))
    finally:
        connection.close()


class _OfTheProcess:
    """Stands in a module for what each process has one of."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(getattr(_here.get(), self._name), attribute)


class Threads(ThreadPoolExecutor):
    """The database's, which stay within the process that asked them."""

    def __init__(self, count: int) -> None:
        super().__init__(count, thread_name_prefix="database")
        self.at_work: set[Future[Any]] = set()

    def submit(self, work: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        future = super().submit(contextvars.copy_context().run, work, *arguments, **named)
        self.at_work.add(future)
        future.add_done_callback(self.at_work.discard)
        return future


class Post:
    """The channel layer as news go into it: brings them at once, or holds them back."""

    def __init__(self) -> None:
        self.holds = False
        self._held: list[tuple[str, dict[str, Any]]] = []

    async def group_send(self, group: str, event: dict[str, Any]) -> None:
        if self.holds:
            self._held.append((group, event))
        else:
            await get_channel_layer().group_send(group, event)

    def release(self) -> list[tuple[str, dict[str, Any]]]:
        """From now on news come; those that were held back are given to whoever asks."""
        self.holds = False
        held, self._held = self._held, []
        return held


class Scripts:
    """One for each reply that is begun: what it says is said to it alone."""

    def __init__(self) -> None:
        self._made: list[Script] = []

    def pipeline(self) -> Pipeline:
        self._made.append(Script())
        return self._made[-1].as_pipeline()

    def of(self, question: str) -> Script | None:
        """None: nobody has begun to answer it. No reply is begun twice."""
        found = [script for script in self._made if script.questions and script.questions[0].text == question]
        assert len(found) <= 1, f"begun {len(found)} times: {question}"
        return found[0] if found else None


class Parts:
    """What the processes stand on."""

    def __init__(self, at_work: Threads) -> None:
        self.threads = at_work
        self.renew()

    def renew(self) -> None:
        self.post, self.scripts = Post(), Scripts()
        self.errors: list[str] = []
        """What the product says went wrong, but for replies that failed."""


class _Errors(logging.Handler):
    def __init__(self, parts: Parts) -> None:
        super().__init__(logging.ERROR)
        self._parts = parts

    def emit(self, record: logging.LogRecord) -> None:
        if not record.msg.startswith("Reply %s failed"):
            self._parts.errors.append(record.getMessage())


@contextlib.contextmanager
def one_loop(patch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """The product's modules give what each process has; nothing is done by the clock."""
    with Threads(1 if connection.vendor == "sqlite" else 4) as at_work:
        parts = Parts(at_work)
        patch.setattr(channel_layers, "backends", {})  # others' layers hold connections of loops that are over
        patch.setattr(subscription, "stream_log", _OfTheProcess("log"))
        patch.setattr(consumers, "open_sockets", _OfTheProcess("sockets"))
        patch.setattr(services, "runner", _OfTheProcess("runner"))
        patch.setattr(threads, "_database_threads", lambda: at_work)
        patch.setattr(wiring, "warm_up", lambda: None)
        patch.setattr(wiring, "pipeline", lambda: parts.scripts.pipeline())
        patch.setattr(news, "get_channel_layer", lambda: parts.post)
        for name in ("STORE_SECONDS", "POLL_SECONDS", "SILENCE_SECONDS"):
            patch.setattr(runners, name, 0.0)
        errors, logger = _Errors(parts), logging.getLogger("chat")
        logger.addHandler(errors)
        yield parts
        logger.removeHandler(errors)
        news.send_on(None)
