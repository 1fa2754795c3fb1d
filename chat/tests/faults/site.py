"""Web processes that serve one database together."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from chat.tests.faults.parts import PostgreSQL, Redis
from chat.tests.faults.patient import Patient
from chat.tests.faults.processes import ChangedProcess, Process
from chat.tests.faults.seeds import SETTINGS, Seeds

UNSHARED = 80
"""Code points: half a dozen words, which a killed process may have shown and not yet told Redis."""


class Site:
    """`kinds`: of the processes, `serve` or `uvicorn`. `wishes`: what `launcher` changes in each of them.

    With PostgreSQL each process has a folder of data of its own, as on a machine of its own.
    """

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
        data.mkdir()
        self._database_url = ""
        if postgresql:
            self._database_url, accounts = seeds.on_postgresql(postgresql)
        else:
            accounts = seeds.on_sqlite(data)
        self._accounts = iter(accounts)
        self.patients: list[Patient] = []
        given = {**SETTINGS, "DATABASE_URL": self._database_url, "REDIS_URL": redis.url if redis else "", **settings}
        self.processes: list[Process] = []
        for number, kind in enumerate(kinds):
            folder = data / str(number) if postgresql else data
            folder.mkdir(exist_ok=True)
            if wishes is None:
                self.processes.append(Process(folder, kind, given))
            else:
                self.processes.append(ChangedProcess(folder, kind, given, wishes))

    @property
    def addresses(self) -> list[str]:
        return [process.address for process in self.processes]

    def new_patient(self) -> Patient:
        self.patients.append(Patient(self, next(self._accounts), may_lack=UNSHARED if self._database_url else 0))
        return self.patients[-1]

    def start(self) -> None:
        """Those that don't run; returns when all are ready."""
        begun = [process for process in self.processes if not process.runs]
        for process in begun:
            process.begin()
        for process in begun:
            process.until_ready()

    def end(self) -> None:
        for process in self.processes:
            process.end()

    def new_lines(self) -> list[str]:
        """What all processes wrote since the last call."""
        return [line for process in self.processes for line in process.new_lines()]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Of the database."""
        if self._database_url:
            with psycopg.connect(self._database_url) as connection:
                return connection.execute(query).fetchall()  # type: ignore[arg-type]
        with contextlib.closing(sqlite3.connect(self.data / "veda.sqlite3", timeout=20)) as database:
            return database.execute(query).fetchall()
