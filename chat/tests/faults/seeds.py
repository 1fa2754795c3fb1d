"""Databases with their tables and the same signed-in accounts, which sites begin with."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chat.tests.faults.parts import PostgreSQL
from veda.tests.serving import ROOT, environment

ACCOUNTS = 60
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "veda.settings",
    "SECRET_KEY": "of-the-fault-tests-alone-0a1b2c3d4e5f",
    "JWT_SECRET": "of-the-fault-tests-alone-f5e4d3c2b1a0",
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "LLM_PROVIDER": "ollama",
    "SKIP_RAG": "true",
    "SKIP_SUMMARIZER": "true",
    "SKIP_VISION": "true",
    "STT_PROVIDER": "off",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "600",  # of accounts that are signed in once, for all tests
    "RATE_MESSAGE_ACCOUNT": "",
    "RATE_UPLOAD_ACCOUNT": "",
    "MAX_REPLIES_AT_ONCE": "40",
}
"""Of all sites: tokens that one has made are good in the others."""


@dataclass
class Seeds:
    folder: Path
    _accounts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    _copies: Iterator[int] = field(default_factory=itertools.count)

    def on_sqlite(self, data: Path) -> list[dict[str, str]]:
        """Puts a database into a folder of data."""
        if "sqlite" not in self._accounts:
            self._accounts["sqlite"] = self._seed()
        shutil.copy(self.folder / "veda.sqlite3", data)
        return self._accounts["sqlite"]

    def on_postgresql(self, postgresql: PostgreSQL) -> tuple[str, list[dict[str, str]]]:
        """A new database's address, and its accounts."""
        if "postgresql" not in self._accounts:
            with postgresql.connect() as connection:
                connection.execute("CREATE DATABASE seeds")
            self._accounts["postgresql"] = self._seed(DATABASE_URL=postgresql.url("seeds"))
        return postgresql.copy("seeds", f"site{next(self._copies)}"), self._accounts["postgresql"]

    def _seed(self, **given: str) -> list[dict[str, str]]:
        done = subprocess.run(
            [sys.executable, "-m", "chat.tests.faults.seed_database", str(ACCOUNTS)],
            cwd=ROOT,
            env=environment(self.folder) | SETTINGS | given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        accounts: list[dict[str, str]] = json.loads(done.stdout)
        return accounts
