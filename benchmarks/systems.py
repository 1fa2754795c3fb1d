"""What is measured beside what: Veda under uvicorn and under Daphne, with Redis and without, and the bare relay."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import people
import servers
from model_double import ModelDouble
from readers import Place
from servers import Server, served_beside

ALL_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = ALL_CORES[0], ALL_CORES[-1]
PEOPLE = 1000
CONVERSATIONS_EACH = 12

Served = AbstractAsyncContextManager[Server]


@dataclass(frozen=True)
class Row:
    """Of the table. `met` is None where there is no bar."""

    what: str
    figure: str
    bar: str = ""
    met: bool | None = None


def row(what: str, figure: str, bar: str, met: bool, barred: bool) -> Row:
    """The bars hold for uvicorn; what Daphne does stands beside."""
    return Row(what, figure, bar, met) if barred else Row(what, figure)


@dataclass
class Bench:
    """Makes servers, and places to talk at, on one database."""

    root: Path
    http: aiohttp.ClientSession
    model: ModelDouble
    environment: dict[str, str]
    redis_url: str = ""
    details: dict[str, list[object]] = field(default_factory=dict)
    """Every figure that was measured, for --json."""
    _places: list[Place] = field(default_factory=list)

    def note(self, name: str, figure: object) -> None:
        self.details.setdefault(name, []).append(figure)

    def places(self, count: int) -> list[Place]:
        """Of different people, each conversation once: the turns of a longer one would cost more prompt."""
        while len(self._places) < count:
            made = people.sign_in(self.root, self.environment, PEOPLE, CONVERSATIONS_EACH)
            self._places += [
                Place(person.access, person.conversations[n]) for n in range(CONVERSATIONS_EACH) for person in made
            ]
        taken, self._places = self._places[:count], self._places[count:]
        return taken

    def uvicorn(self, *, cores: Collection[int] = (SERVER_CORE,), **settings: str) -> Served:
        return self._served(servers.uvicorn(self.root), settings, cores)

    def daphne(self, **settings: str) -> Served:
        return self._served(servers.daphne(self.root), settings)

    def base(self) -> Served:
        here = Path(__file__).parent
        return self._served([*servers.UVICORN, "--app-dir", str(here), "base_relay:application"], {})

    def _served(self, command: list[str], settings: dict[str, str], cores: Collection[int] = (SERVER_CORE,)) -> Served:
        return served_beside(command, {**self.environment, **settings}, self.root, cores=cores)
