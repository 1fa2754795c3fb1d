"""`manage.py serve` as a process of its own, with a folder of data of its own."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import urllib.error
import uuid

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from accounts.tests.factories import PASSWORD
from veda.tests.serving import PATIENCE, Server, free_port, manage

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def data(tmp_path_factory, prepare):
    return prepare(tmp_path_factory.mktemp("data"))


@pytest.fixture
def served(data):
    server = Server(data, free_port())
    try:
        server.until_line("Veda is at")
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.process.kill()
        server.process.wait()


@pytest.fixture
def patient(served):
    """Somebody who is signed in, as an access token."""
    config = served.call("/api/config")
    account = {"email": f"{uuid.uuid4()}@veda.example", "password": PASSWORD}
    served.call("/api/auth/register", {**account, "name": "Anna", "consent": config["terms_version"]})
    return served.call("/api/auth/login", account)["access"]


def ask(socket):
    frame = {"type": "message", "client_message_id": str(uuid.uuid4()), "content": "What helps against a migraine?"}
    socket.send(json.dumps(frame))


def frames_until(socket, kind):
    frames = []
    while not frames or frames[-1]["type"] != kind:
        frames.append(json.loads(socket.recv(timeout=PATIENCE)))
    return frames


def test_it_serves_and_ends_with_a_reply_that_was_streaming_whole(served, patient, data):
    assert served.call("/health") == {"status": "ok"}
    assert served.call("/health/ready")["status"] == "ok"
    conversation = served.call("/api/conversations", {}, patient)
    address = f"ws://127.0.0.1:{served.port}/ws/conversations/{conversation['id']}?token={patient}"
    with connect(address) as socket:
        ask(socket)
        frames = frames_until(socket, "chunk")
        served.process.send_signal(signal.SIGTERM)
        frames += frames_until(socket, "done")
        message = frames[-1]["message"]
        assert message["status"] == "done"
        assert message["content"] == "".join(f["data"] for f in frames if f["type"] == "chunk").rstrip()
        assert served.process.wait(timeout=PATIENCE) == 0
    served.until_line(None)
    with contextlib.closing(sqlite3.connect(data / "veda.sqlite3")) as database:
        query = "SELECT content, status FROM chat_message WHERE id = ?"
        assert database.execute(query, [uuid.UUID(message["id"]).hex]).fetchone() == (message["content"], "done")
    said = "".join(served.lines)
    assert patient not in said
    assert "migraine" not in said
    assert "Traceback" not in said


def test_a_second_signal_ends_it_at_once_with_the_text_kept(served, patient, data):
    conversation = served.call("/api/conversations", {}, patient)
    address = f"ws://127.0.0.1:{served.port}/ws/conversations/{conversation['id']}?token={patient}"
    with connect(address) as socket:
        ask(socket)
        frames_until(socket, "chunk")
        served.process.send_signal(signal.SIGTERM)
        served.until_line("Stopping")
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=PATIENCE) == 0
    served.until_line(None)


def test_ctrl_c_ends_it_cleanly(served):
    assert served.end(signal.SIGINT) == 0
    assert "Traceback" not in "".join(served.lines)


def test_a_foreign_origin_gets_403_and_an_unknown_address_4404(served, patient):
    address = f"ws://127.0.0.1:{served.port}/ws/conversations/{uuid.uuid4()}"
    with pytest.raises(InvalidStatus, match="403"):
        connect(address, origin="https://evil.example")
    own = f"http://127.0.0.1:{served.port}"
    with connect(f"{address}?token={patient}", origin=own) as socket, pytest.raises(ConnectionClosed, match="4404"):
        socket.recv(timeout=PATIENCE)
    with connect(f"ws://127.0.0.1:{served.port}/other") as socket, pytest.raises(ConnectionClosed, match="4404"):
        socket.recv(timeout=PATIENCE)
    with pytest.raises(urllib.error.HTTPError) as caught:
        served.call("/nowhere")
    assert json.loads(caught.value.read())["error"]["code"] == "not_found"


def test_a_port_that_is_taken_is_told_in_one_line(data):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = manage(data, "serve", "--port", str(port))
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert f"127.0.0.1:{port}" in line


@pytest.mark.parametrize("port", ["-1", "70000", "many"])
def test_a_port_that_is_none_is_told_without_a_traceback(data, port):
    done = manage(data, "serve", "--port", port)
    assert done.returncode in (1, 2)
    assert "port" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_database_without_its_tables_is_told_in_one_line(tmp_path):
    done = manage(tmp_path, "serve", "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert "manage.py migrate" in line


def test_a_database_that_is_away_is_told_in_one_line(tmp_path):
    address = f"sqlite:///{tmp_path}/nowhere/hunter2.sqlite3"
    done = manage(tmp_path, "serve", "--port", str(free_port()), DATABASE_URL=address)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "database" in line
    assert "hunter2" not in line
