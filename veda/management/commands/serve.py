"""Serves Veda: HTTP and WebSockets by Daphne, and the runner that writes replies. SIGTERM and Ctrl-C drain it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chat import screening
from veda import backups, process

REQUESTS_END_SECONDS = 5.0
THREADS_END_SECONDS = 3.0


def _is_busy(connection: dict[str, Any]) -> bool:
    application = connection.get("application_instance")
    return application is not None and not application.done()


def _leave_no_thread_behind() -> None:
    """A thread that waits for the loop, which is over, would keep the process for ever. All that counts is stored."""
    deadline = time.monotonic() + THREADS_END_SECONDS
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                sys.stdout.flush()
                os._exit(0)


def _is_not_told_below(record: logging.LogRecord) -> bool:
    """Daphne tells a port that is taken in its own words; the command does so too, with what to do."""
    return not str(record.msg).startswith("Listen failure")


class Command(BaseCommand):
    help = __doc__
    stopping: asyncio.Task[None] | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if sys.platform == "win32":
            asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())  # Twisted can't use the default one
        from daphne import http_protocol, ws_protocol
        from daphne.endpoints import build_endpoint_description_strings

        from veda.asgi import application
        from veda.streams import StreamedRequest, StreamedSocket, StreamingServer

        # Daphne has no other way to bound what it gathers.
        http_protocol.WebRequest = StreamedRequest
        ws_protocol.WebSocketFactory.protocol = StreamedSocket

        self._refuse_unmigrated()
        screening.make_ready()
        logging.getLogger("daphne.server").addFilter(_is_not_told_below)
        host, port = options["host"], options["port"]
        self.server = StreamingServer(
            application=application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            signal_handlers=False,
            ready_callable=self._on_ready,
            server_name="veda",
            websocket_timeout=-1,
            websocket_handshake_timeout=20,  # Daphne's 5 s are over too soon where a thousand come back at once
        )
        self.address = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
        self.server.run()
        if self.stopping:
            _leave_no_thread_behind()
        if not self.server.listening_addresses:
            raise CommandError(
                f"Can't listen on {host}:{port}. Is something else using it? Choose another with --port."
            )

    def _refuse_unmigrated(self) -> None:
        try:
            executor = MigrationExecutor(connection)
        except DatabaseError as error:
            raise CommandError(f"Can't reach the database ({type(error).__name__}). See DATABASE_URL.") from None
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError("The database isn't up to date. Run: python manage.py migrate")
        if backups.is_unfinished():
            raise CommandError(process.RESTORE_UNFINISHED)
        connection.close()

    def _on_ready(self) -> None:
        loop = asyncio.get_event_loop()
        # Not by the loop's own handlers: they hear through the pipe that threads wake it by, and where a thousand come
        # back at once it is full, and the signal lost.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._on_signal))
        self.starting = loop.create_task(self._start())

    async def _start(self) -> None:
        await process.start()
        if self.server.listening_addresses:
            self.stdout.write(f"Veda is at {self.address} (Ctrl-C ends it)")
            self.stdout.flush()

    def _on_signal(self) -> None:
        """The first time: no new connections, running replies end. The second time: at once."""
        if self.stopping:
            self.server.stop()
        else:
            self.stopping = asyncio.get_event_loop().create_task(self._stop())

    async def _stop(self) -> None:
        self.stdout.write("Stopping: running replies may end…")
        self.stdout.flush()
        for listener in self.server.listeners:
            listener.addCallback(lambda port: port and port.stopListening())
        await process.stop()
        await self._let_requests_end()
        self.server.stop()

    async def _let_requests_end(self) -> None:
        """Their threads may wait for this very loop: it mustn't end before them."""
        from daphne.http_protocol import WebRequest

        for _ in range(round(REQUESTS_END_SECONDS / 0.1)):
            connections = list(self.server.connections.items())
            if not any(isinstance(protocol, WebRequest) and _is_busy(details) for protocol, details in connections):
                return
            await asyncio.sleep(0.1)
