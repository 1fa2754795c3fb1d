"""A web process that a test starts, signals and kills, as often as it likes, always at the same port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chat.tests.faults.launcher import BORN, ENDED
from chat.tests.faults.ports import own_port
from veda.tests.serving import PATIENCE, Server

READY = {"serve": "Veda is at", "uvicorn": "Uvicorn running on"}
"""What each kind says when it takes connections and writes replies."""


class Process:
    """`kind`: `serve` or `uvicorn`. Started as its operator would start it."""

    def __init__(self, data: Path, kind: str, settings: Mapping[str, str]) -> None:
        self.data = data
        self.kind = kind
        self.port = own_port()
        self.temporary = data / "temporary"
        self.temporary.mkdir(exist_ok=True)
        self._settings = {**settings, "TMPDIR": str(self.temporary)}
        self._server: Server | None = None
        self._before: list[str] = []
        self._told = 0
        self._was_told_to_end = False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        """All that it ever wrote."""
        return self._before + (self._server.lines if self._server else [])

    def new_lines(self) -> list[str]:
        """Since the last call."""
        fresh = self.lines[self._told :]
        self._told += len(fresh)
        return fresh

    @property
    def runs(self) -> bool:
        """And wasn't told to end."""
        return self._is_alive and not self._was_told_to_end

    @property
    def _is_alive(self) -> bool:
        return self._server is not None and self._server.process.poll() is None

    @property
    def pid(self) -> int:
        assert self._server
        return self._server.process.pid

    def begin(self) -> None:
        """Returns before it is ready."""
        self.end()
        self._before = self.lines
        self._was_told_to_end = False
        self._server = Server(self.data, self.port, self._command(), **self._settings)

    def until_ready(self) -> None:
        assert self._server
        self._server.until_line(READY[self.kind])

    def send_signal(self, number: int) -> None:
        self._was_told_to_end = True
        os.kill(self.pid, number)

    def until_ended(self) -> int:
        """The exit code; that of a signal is negative."""
        assert self._server
        code = self._server.process.wait(PATIENCE)
        self._server.until_line(None)
        return code

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
        assert self.until_ended() == -signal.SIGKILL

    def end(self) -> None:
        """At once."""
        if self._is_alive:
            self.kill()

    def memory(self) -> int:
        """Bytes that it has in memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _command(self) -> list[str]:
        if self.kind == "uvicorn":
            options = ["--port", str(self.port), "--no-proxy-headers"]
            return [sys.executable, "-m", "uvicorn", "veda.asgi:application", *options]
        return [sys.executable, "manage.py", "serve", "--port", str(self.port)]


class ChangedProcess(Process):
    """With what a test wishes changed in it: see `launcher`, whose children it is."""

    def __init__(self, data: Path, kind: str, settings: Mapping[str, str], wishes: Mapping[str, Any]) -> None:
        super().__init__(data, kind, settings)
        self._trap = data / f"trap-{self.port}"
        self._settings = {**self._settings, "FAULT_WISHES": json.dumps({**wishes, "trap": str(self._trap)})}
        self._birth = 0

    def set_trap(self, step: str) -> None:
        """It is to die at this step; at none, where that is empty."""
        beside = self._trap.with_suffix(".new")
        beside.write_text(step)
        beside.replace(self._trap)

    @property
    def _is_alive(self) -> bool:
        return len(self._said(BORN)) > len(self._said(ENDED))

    @property
    def pid(self) -> int:
        return int(self._said(BORN)[-1])

    def begin(self) -> None:
        self._was_told_to_end = False
        super().end()
        if self._server is None:
            self._server = Server(self.data, self.port, self._command(), stdin=subprocess.PIPE, **self._settings)
        self._birth = len(self._server.lines)
        self._server.process.stdin.write("start\n")
        self._server.process.stdin.flush()
        self._server.until_line(BORN, since=self._birth)

    def until_ready(self) -> None:
        assert self._server
        self._server.until_line(READY[self.kind], since=self._birth)

    def until_ended(self) -> int:
        assert self._server
        self._server.until_line(ENDED, since=self._birth)
        return int(self._said(ENDED)[-1])

    def end(self) -> None:
        super().end()
        if self._server:
            self._server.process.stdin.close()
            self._server.process.wait(PATIENCE)

    def _said(self, what: str) -> list[str]:
        """The numbers behind these words."""
        return [line.split()[-1] for line in self.lines if line.startswith(what)]

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "chat.tests.faults.launcher", self.kind, str(self.port)]
