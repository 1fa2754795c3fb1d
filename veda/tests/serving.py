"""Veda as a process of its own: what it is given to run with, and what it says."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 100
"""Whatever takes longer hangs. A process that shares a core with many others takes half a minute to start."""


def environment(data):
    names = ("PATH", "SYSTEMROOT", "TEMP", "COVERAGE_PROCESS_CONFIG")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    own = {"VEDA_ENV_FILE": "", "HOME": str(data), "DATA_DIR": str(data), "DEBUG": "true", "PYTHONUNBUFFERED": "1"}
    return kept | own


def manage(data, *arguments, **given):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(data) | given, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A running process, `manage.py serve` where no other command is given; what it writes is gathered line by line."""

    def __init__(self, data, port, command=(), stdin=None, **given):
        self.port = port
        self.lines = []
        self._said_its_last = False
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            command or [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment(data) | given,
            text=True,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        threading.Thread(target=self._gather, daemon=True).start()

    def _gather(self):
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self._said_its_last = True
            self._news.notify_all()

    def until_line(self, text, since=0):
        """Waits until a line has this text, of those from `since` on; None: until the process has said its last."""

        def is_said():
            return self._said_its_last if text is None else any(text in line for line in self.lines[since:])

        with self._news:
            self._news.wait_for(lambda: is_said() or self._said_its_last, PATIENCE)
            assert is_said(), "".join(self.lines)

    def call(self, path, body=None, access=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"} | ({"Authorization": f"Bearer {access}"} if access else {}),
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE)
        self.until_line(None)
        return code
