"""Web processes that serve one database together, with accounts that are signed in."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from chat.tests.faults.parts import PostgreSQL, Redis
from chat.tests.faults.patient import Patient
from chat.tests.faults.ports import own_port
from veda.tests.serving import ROOT, Server, environment

ACCOUNTS = 60
SAYS_IT_IS_READY = {"serve": "Veda is at", "uvicorn": "Uvicorn running on"}
SETTINGS = {
    "LLM_PROVIDER": "ollama",
    "SKIP_RAG": "true",
    "SKIP_SUMMARIZER": "true",
    "SKIP_VISION": "true",
    "STT_PROVIDER": "off",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "600",  # of accounts that are signed in once, for all tests
    "RATE_MESSAGE_ACCOUNT": "",
    "RATE_UPLOAD_ACCOUNT": "",
    "MAX_REPLIES_AT_ONCE": "40",
    "SECRET_KEY": "of-the-fault-tests-alone-0a1b2c3d4e5f",
    "JWT_SECRET": "of-the-fault-tests-alone-f5e4d3c2b1a0",
    "DATABASE_URL": "",
    "REDIS_URL": "",
}


@dataclass
class Seeds:
    """Databases with their tables and the same accounts, which sites begin with."""

    folder: Path
    _accounts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    _copies: Iterator[int] = field(default_factory=itertools.count)

    def sqlite(self, data: Path) -> list[dict[str, str]]:
        """Puts one into a folder of data."""
        if "sqlite" not in self._accounts:
            self._accounts["sqlite"] = self._seed()
        shutil.copy(self.folder / "veda.sqlite3", data)
        return self._accounts["sqlite"]

    def on(self, postgresql: PostgreSQL) -> tuple[str, list[dict[str, str]]]:
        """The address of one, and its accounts."""
        if "postgresql" not in self._accounts:
            with postgresql.connect() as connection:
                connection.execute("CREATE DATABASE seeds")
            self._accounts["postgresql"] = self._seed(DATABASE_URL=postgresql.url("seeds"))
        return postgresql.copy("seeds", f"site{next(self._copies)}"), self._accounts["postgresql"]

    def _seed(self, **given: str) -> list[dict[str, str]]:
        done = subprocess.run(
            [sys.executable, "-m", "chat.tests.faults.seed", str(ACCOUNTS)],
            cwd=ROOT,
            env=environment(self.folder) | SETTINGS | {"DJANGO_SETTINGS_MODULE": "veda.settings"} | given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        accounts: list[dict[str, str]] = json.loads(done.stdout)
        return accounts


class Site:
    """`kinds`: how each process is started, `serve` or `uvicorn`. `wishes`: what `launcher` is to change in them."""

    def __init__(
        self,
        data: Path,
        seeds: Seeds,
        *,
        kinds: Sequence[str] = ("serve",),
        postgresql: PostgreSQL | None = None,
        redis: Redis | None = None,
        wishes: Mapping[str, Any] | None = None,
        **settings: str,
    ) -> None:
        self.data = data
        data.mkdir(exist_ok=True)
        self.kinds = list(kinds)
        self.ports = [own_port() for _ in kinds]
        self.wishes = dict(wishes or {})
        self.database_url = ""
        if postgresql:
            self.database_url, accounts = seeds.on(postgresql)
        else:
            accounts = seeds.sqlite(data)
        self._accounts = iter(accounts)
        self.settings = (
            SETTINGS | {"DATABASE_URL": self.database_url, "REDIS_URL": redis.url if redis else ""} | settings
        )
        self.running: list[Server | None] = [None for _ in kinds]
        self._ended: list[Server] = []
        self._read: dict[int, int] = {}

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def new_patient(self) -> Patient:
        return Patient(self, next(self._accounts))

    # Processes

    def start(self, *numbers: int) -> None:
        """Those that don't run, or the named ones; returns when all are ready."""
        wanted = numbers or [number for number, server in enumerate(self.running) if not _is_alive(server)]
        for number in wanted:
            self._bury(number)
            server = Server(self.data, self.ports[number], self._command(number), **self._environment(number))
            self.running[number] = server
        for number in wanted:
            server = self.running[number]
            assert server
            server.until_line(SAYS_IT_IS_READY[self.kinds[number]])

    def server(self, number: int) -> Server:
        server = self.running[number]
        assert server
        return server

    def send_signal(self, number: int, signal_number: int) -> None:
        self.server(number).process.send_signal(signal_number)

    def kill(self, number: int) -> None:
        self.send_signal(number, signal.SIGKILL)
        self.until_ended(number)

    def until_ended(self, number: int, seconds: float = 10) -> int:
        """The exit code; a signal's is negative."""
        return self.server(number).process.wait(seconds)

    def end(self) -> None:
        """All of it, at once."""
        for number, server in enumerate(self.running):
            if _is_alive(server):
                self.send_signal(number, signal.SIGKILL)
        for number in range(len(self.running)):
            self._bury(number)

    def _bury(self, number: int) -> None:
        if server := self.running[number]:
            server.process.wait(10)
            server.until_line(None)
            self._ended.append(server)
            self.running[number] = None

    def _command(self, number: int) -> list[str]:
        port = str(self.ports[number])
        if self.wishes:
            return [sys.executable, "-m", "chat.tests.faults.launcher", self.kinds[number], port]
        if self.kinds[number] == "uvicorn":
            return [sys.executable, "-m", "uvicorn", "veda.asgi:application", "--port", port, "--no-proxy-headers"]
        return [sys.executable, "manage.py", "serve", "--port", port]

    def _environment(self, number: int) -> dict[str, str]:
        if not self.wishes:
            return self.settings
        wishes = {**self.wishes, "trap": str(self._trap(number))}
        return self.settings | {"FAULT_WISHES": json.dumps(wishes)}

    def set_trap(self, number: int, step: str) -> None:
        """A process of `launcher` is to die at this step; at none, where it is empty."""
        beside = self._trap(number).with_suffix(".new")
        beside.write_text(step)
        beside.replace(self._trap(number))

    def _trap(self, number: int) -> Path:
        return self.data / f"trap{number}"

    # What they leave behind

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.database_url:
            with psycopg.connect(self.database_url) as connection:
                return connection.execute(query).fetchall()  # type: ignore[arg-type]
        with contextlib.closing(sqlite3.connect(self.data / "veda.sqlite3", timeout=20)) as database:
            return database.execute(query).fetchall()

    def new_lines(self) -> list[str]:
        """What all processes wrote since the last call."""
        lines = []
        for server in [*self._ended, *filter(None, self.running)]:
            read = self._read.get(id(server), 0)
            fresh = server.lines[read:]
            self._read[id(server)] = read + len(fresh)
            lines += fresh
        return lines


def _is_alive(server: Server | None) -> bool:
    return server is not None and server.process.poll() is None


def memory_of(server: Server) -> int:
    """Bytes that a process has in memory."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
