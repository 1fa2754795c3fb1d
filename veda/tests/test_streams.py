"""An export from `manage.py serve`: a slow reader costs no memory, and what breaks off is no whole answer."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from accounts.tests.factories import PASSWORD
from veda.streams import StreamedSocket
from veda.tests.test_serve import PATIENCE, data, patient, served  # noqa: F401  (fixtures)

pytestmark = pytest.mark.timeout(180)

PICTURES, PICTURE_BYTES = 40, 4_000_000


@pytest.fixture
def pictured(data, served, patient):  # noqa: F811
    """The patient has some hundred megabytes of pictures; gives the access token."""
    conversation = served.call("/api/conversations", {}, patient)["id"]
    folder = data / "uploads" / conversation
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(data / "veda.sqlite3", timeout=PATIENCE)) as database, database:
        for number in range(PICTURES):
            (folder / f"{number}.png").write_bytes(os.urandom(1000) * (PICTURE_BYTES // 1000))
            database.execute(
                "INSERT INTO chat_attachment (id, conversation_id, file, type, mime_type, size, width, height,"
                " metadata, position, created_at)"
                " VALUES (?, ?, ?, 'image', 'image/png', ?, 1, 1, '{}', 0, datetime('now'))",
                [
                    uuid.uuid4().hex,
                    conversation.replace("-", ""),
                    f"uploads/{conversation}/{number}.png",
                    PICTURE_BYTES,
                ],
            )
    return patient


@pytest.fixture
def export(served, pictured):  # noqa: F811
    """A connection on which an export has begun, which nobody reads on."""
    body = json.dumps({"password": PASSWORD}).encode()
    head = (
        f"POST /api/account/export HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {pictured}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection:
        connection.sendall(head.encode() + body)
        assert connection.recv(12) == b"HTTP/1.1 200"
        yield connection


def read_to_end(connection):
    end = b""
    count = 0
    while part := connection.recv(1 << 20):
        count += len(part)
        end = (end + part)[-64:]
        if end.endswith(b"\r\n0\r\n\r\n"):
            break
    return count, end


def resident(process):
    """Bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_what_a_slow_reader_hasnt_taken_isnt_gathered(served, export):  # noqa: F811
    before = resident(served.process)
    calm = time.monotonic() + 3
    while time.monotonic() < calm:  # long enough to make all of it, if nothing held it back
        assert resident(served.process) - before < 60_000_000
        assert served.call("/health") == {"status": "ok"}
    count, end = read_to_end(export)
    assert count > PICTURES * PICTURE_BYTES
    assert end.endswith(b"\r\n0\r\n\r\n"), "whole"


def test_what_breaks_off_cuts_the_connection_and_the_server_goes_on(served, export, data):  # noqa: F811
    with closing(sqlite3.connect(data / "veda.sqlite3", timeout=PATIENCE)) as database, database:
        database.execute("UPDATE accounts_user SET is_active = 0")
    try:
        _, end = read_to_end(export)
    except ConnectionResetError:
        end = b""
    assert not end.endswith(b"\r\n0\r\n\r\n")
    assert served.call("/health") == {"status": "ok"}
    assert served.end() == 0
    assert "An export broke off: ExportBroken" in "".join(served.lines)
    assert "already been started" not in "".join(served.lines)


def test_what_is_sent_to_a_socket_that_closes_is_no_error():
    """As under uvicorn: between a close and the news of it an application may have a frame on its way."""
    closing_one = StreamedSocket()
    closing_one.client_addr = ("192.0.2.1", 1234)
    closing_one.state = StreamedSocket.STATE_CLOSING
    closing_one.serverSend("words")
