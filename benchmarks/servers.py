"""Servers that a benchmark starts, each on a free port, and what they use of the machine."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UVICORN = [
    sys.executable, "-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--lifespan", "on", "--log-level",
    "warning", "--no-access-log", "--no-proxy-headers", "--ws-per-message-deflate", "false",
]  # fmt: skip
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Server:
    address: str
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Its own and the kernel's for it, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / _TICKS

    def resident_kb(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])


def uvicorn(root: Path) -> list[str]:
    return [*UVICORN, "--app-dir", str(root), "veda.asgi:application"]


def daphne(root: Path) -> list[str]:
    return [sys.executable, str(root / "manage.py"), "serve"]


def where_patients_come(folder: str, *, database_url: str = "", redis_url: str = "") -> dict[str, str]:
    """The environment off DEBUG, in which Django keeps every query's text."""
    return {
        **os.environ, "VEDA_ENV_FILE": "",
        "DEBUG": "false", "SECRET_KEY": secrets.token_hex(32), "JWT_SECRET": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1", "TRUSTED_PROXIES": "1", "LOG_LEVEL": "ERROR", "DATA_DIR": folder,
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "ACCESS_TOKEN_EXPIRE_MINUTES": "1440",
    }  # fmt: skip


def set_up(root: Path, environment: Mapping[str, str]) -> None:
    """Tables and index. From now on a SIGTERM ends this process by way of what ends its servers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for command in ("migrate", "seed_vector_index"):
        subprocess.run([sys.executable, str(root / "manage.py"), command, "-v0"], env=environment, check=True)


@contextmanager
def served(
    command: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path = ROOT,
    *,
    cores: Collection[int] = (),
    port: int = 0,
) -> Iterator[Server]:
    """Starts it, waits for /health and ends it afterwards.

    `cores`: the only ones it may use; empty: as this process. `port`: 0 takes a free one.
    """
    server = start(command, environment, cwd, cores=cores, port=port)
    try:
        wait_until_served(server)
        yield server
    finally:
        os.killpg(server.process.pid, signal.SIGINT)
        server.process.wait(timeout=60)


@asynccontextmanager
async def served_beside(
    command: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path = ROOT,
    *,
    cores: Collection[int] = (),
    port: int = 0,
) -> AsyncIterator[Server]:
    """The same, while this process's loop goes on: a server that starts looks for its model, which is served here."""
    server = served(command, environment, cwd, cores=cores, port=port)
    started = await asyncio.to_thread(server.__enter__)
    try:
        yield started
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path = ROOT,
    *,
    cores: Collection[int] = (),
    port: int = 0,
) -> Server:
    port = port or free_port()
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        env=environment, cwd=cwd, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    if cores:
        os.sched_setaffinity(process.pid, cores)
    return Server(f"http://127.0.0.1:{port}", process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(server: Server) -> None:
    while True:
        if server.process.poll() is not None:
            sys.exit(f"The server ended with {server.process.returncode}.")
        try:
            urllib.request.urlopen(f"{server.address}/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)


class Machine:
    """What all processes together spend: who measures wants to know what others did meanwhile."""

    def __init__(self) -> None:
        self._at, self._busy = time.monotonic(), _busy_seconds()

    def busy(self) -> float:
        """Cores, on average since this was made."""
        return (_busy_seconds() - self._busy) / max(time.monotonic() - self._at, 0.01)


def _busy_seconds() -> float:
    first = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    spent = list(map(int, first))
    return (sum(spent) - spent[3] - spent[4]) / _TICKS
