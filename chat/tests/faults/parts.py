"""A private PostgreSQL and a private Redis, which a test may stop, start, starve, fill and freeze."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis

from chat.tests.faults.ports import own_port

PATIENCE = 30
POSTGRESQL_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
PAUSE_MILLISECONDS = 4000
CONNECTIONS = 60
"""That PostgreSQL takes: enough for the pools of all processes."""


def missing_parts() -> str | None:
    """What isn't installed here, in a few words."""
    missing = [
        name
        for name, found in (("PostgreSQL", _postgresql_folder()), ("Redis", shutil.which("redis-server")))
        if not found
    ]
    return " and ".join(missing) or None


def _postgresql_folder() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [folder for pattern in POSTGRESQL_FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    folders = [folder for folder in folders if (folder / "initdb").exists()]
    return max(folders, key=lambda folder: [int(digits) for digits in _numbers(str(folder))], default=None)


def _numbers(text: str) -> list[str]:
    return "".join(sign if sign.isdigit() else " " for sign in text).split()


def _until(condition, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} after {PATIENCE} s"
        time.sleep(0.02)


class PostgreSQL:
    """PostgreSQL's programs refuse to run as root: there they run as `postgres`."""

    def __init__(self, folder: Path) -> None:
        self.port = own_port()
        self._data = folder / "postgresql"
        self._log = self._data / "server.log"
        self._as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._data.mkdir()
        if self._as_postgres:
            shutil.chown(self._data, "postgres", "postgres")
            self._data.chmod(0o700)
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        settings = {
            "port": self.port,
            "listen_addresses": "'127.0.0.1'",
            "unix_socket_directories": "''",
            "fsync": "off",  # a killed server loses nothing by it, only a machine without power would
            "max_connections": CONNECTIONS,
        }
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def _run(self, program: str, *arguments: object) -> None:
        folder = _postgresql_folder()
        assert folder
        command = [*self._as_postgres, folder / program, "-D", self._data, *arguments]
        # No pipes: the server would inherit them, and they would never end.
        with (self._data.parent / "programs.log").open("a") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, timeout=PATIENCE, cwd="/")

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-l", self._log, "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast` ends connections cleanly, `immediate` kills them."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    @contextlib.contextmanager
    def away(self, mode: str = "fast") -> Iterator[None]:
        self.stop(mode)
        try:
            yield
        finally:
            self.start()

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url(database), autocommit=True)

    def copy(self, template: str, database: str) -> str:
        """The address of a new database, with what a template holds."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        self._set("default_transaction_read_only", "on")
        try:
            yield
        finally:
            self._set("default_transaction_read_only", "off")

    def _set(self, name: str, value: str) -> None:
        with self.connect() as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            connection.execute("SELECT pg_reload_conf()")

        def is_set() -> bool:
            with self.connect() as connection:
                return connection.execute(f"SHOW {name}").fetchone() == (value,)

        _until(is_set, f"{name} isn't {value}")

    @contextlib.contextmanager
    def out_of_connections(self) -> Iterator[None]:
        """Others' connections are ended, and all that there may be are held."""
        held: list[psycopg.Connection] = []
        with contextlib.ExitStack() as stack:
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                try:
                    held.append(stack.enter_context(self.connect()))
                except psycopg.OperationalError:
                    if len(held) >= CONNECTIONS:
                        break
                    # Whoever comes at the same moment may take the place again: they are ended until all are ours.
                    if held:
                        own = [connection.info.backend_pid for connection in held]
                        held[0].execute(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE backend_type = 'client backend' AND NOT pid = ANY(%s)",
                            [own],
                        )
            assert len(held) >= CONNECTIONS, f"only {len(held)} connections could be taken"
            yield


class Redis:
    """Keeps nothing on disk: a restart loses all."""

    def __init__(self, folder: Path) -> None:
        self.port = own_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=PATIENCE)

    def start(self) -> None:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        with (self._folder / "redis.log").open("a") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        _until(self._answers, "Redis doesn't answer")

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        """At once, as a crash would. It may be frozen."""
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """It comes back empty."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Takes connections and answers none."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Hears commands and puts them off, that to go on included: so it does by itself."""
        self.client.execute_command("CLIENT", "PAUSE", PAUSE_MILLISECONDS, "ALL")
        try:
            yield
        finally:
            self.client.ping()

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Refuses whatever would take memory."""
        self.client.config_set("maxmemory-policy", "noeviction")
        self.client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            self.client.config_set("maxmemory", 0)
