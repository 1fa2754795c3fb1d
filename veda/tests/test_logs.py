"""The log's files: what is in a line, which file has it, how files are turned over, and who writes which."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import urllib.request
import uuid

import pytest

from accounts.tests.factories import PASSWORD
from veda.tests.serving import PATIENCE, Server, free_port, manage

pytestmark = pytest.mark.timeout(180)

CRISIS = "I want to kill myself, peculiarwords"
A_WEEK = 7 * 24 * 3600


def lines_of(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def tell(folder, code, **given):
    """A process that runs a few lines and ends."""
    done = manage(folder, "shell", "--no-imports", "-c", f"import logging\n{code}", **given)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def serve(tmp_path, prepare):
    """Starts a server on a database of its own."""
    prepare(tmp_path)
    servers = []

    def start(ready="Veda is at", port=None, **given):
        servers.append(Server(tmp_path, port or free_port(), **given))
        servers[-1].until_line(ready)
        return servers[-1]

    yield start
    for server in servers:
        with contextlib.suppress(ProcessLookupError):
            server.process.kill()
        server.process.wait()


def call(server, path, body=None, access=None, **headers):
    """The answer, with its headers; errors are answers, too."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **headers}
        | ({"Authorization": f"Bearer {access}"} if access else {}),
    )
    try:
        answer = urllib.request.urlopen(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        raw = answer.read()
    return answer.status, answer.headers["X-Request-ID"], json.loads(raw) if raw else {}


def send_crisis(server, **headers):
    """As a new patient; the conversation's id, and the request's."""
    account = {"email": f"{uuid.uuid4().hex}@veda.example", "password": PASSWORD}
    consent = call(server, "/api/config")[2]["terms_version"]
    assert call(server, "/api/auth/register", {**account, "name": "Anna", "consent": consent})[0] == 201
    access = call(server, "/api/auth/login", account)[2]["access"]
    conversation = call(server, "/api/conversations", {}, access)[2]["id"]
    sent = {"content": CRISIS, "client_message_id": str(uuid.uuid4())}
    status, request_id, _ = call(server, f"/api/conversations/{conversation}/messages", sent, access, **headers)
    assert status == 422
    return conversation, request_id


def test_a_line_names_its_request_and_its_conversation_and_no_words(serve, tmp_path):
    server = serve()
    conversation, request_id = send_crisis(server)
    assert server.end() == 0
    logs = tmp_path / "logs"
    (decision,) = lines_of(logs / "moderation.log")
    assert (decision["level"], decision["logger"]) == ("INFO", "moderation.services")
    assert (decision["request_id"], decision["conversation_id"]) == (request_id, conversation)
    assert decision in lines_of(logs / "app.log")
    assert not [file for file in logs.glob("*.log") if "peculiarwords" in file.read_text(encoding="utf-8")]
    if os.name == "posix":
        assert (logs / "app.log").stat().st_mode & 0o077 == 0


def test_without_a_folder_the_lines_go_to_stdout_as_json(serve, tmp_path):
    server = serve(LOG_DIR="")
    conversation, request_id = send_crisis(server, **{"X-Request-ID": "from-the-proxy.1"})
    assert request_id == "from-the-proxy.1"
    assert server.end() == 0
    told = [json.loads(line) for line in server.lines if line.startswith("{")]
    (decision,) = [line for line in told if line["logger"] == "moderation.services"]
    assert (decision["request_id"], decision["conversation_id"]) == (request_id, conversation)
    assert not list(tmp_path.rglob("*.log"))


def test_uvicorn_writes_its_lines_here_too_without_queries_and_addresses(serve):
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "veda.asgi:application", "--port", str(port)]
    server = serve("Uvicorn running on", command=command, port=port, LOG_DIR="")
    status, request_id, _ = call(server, "/api/conversations?q=peculiarwords")
    assert status == 401
    assert server.end() in (0, -signal.SIGTERM)
    told = [json.loads(line) for line in server.lines if line.startswith("{")]
    (asked,) = [line for line in told if line["logger"] == "uvicorn.access"]
    assert asked["message"] == '- - "GET /api/conversations HTTP/1.1" 401'
    assert asked["request_id"] == request_id
    assert "peculiarwords" not in "".join(server.lines)


def test_uvicorn_tells_of_no_request_where_it_was_told_not_to(serve):
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "veda.asgi:application", "--port", str(port), "--no-access-log"]
    server = serve("Uvicorn running on", command=command, port=port, LOG_DIR="")
    assert call(server, "/api/conversations")[0] == 401
    assert server.end() in (0, -signal.SIGTERM)
    assert not [line for line in server.lines if "uvicorn.access" in line]


@pytest.mark.parametrize("given", ["short", "with space", "a" * 65, 'quote"quote"', "new\tline-12345"])
async def test_an_id_that_isnt_one_is_not_taken_over(given):
    from veda.request_ids import RequestIds

    answers = []

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(event):
        answers.append(event)

    scope = {"type": "http", "path": "/", "headers": [(b"x-request-id", given.encode())]}
    await RequestIds(application)(scope, None, send)
    ((name, value),) = answers[0]["headers"]
    assert (name, len(value)) == (b"x-request-id", 32)


def test_errors_have_a_file_of_their_own_with_their_traceback(tmp_path):
    tell(
        tmp_path,
        "log = logging.getLogger('chat'); log.warning('a warning')\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: log.exception('an error')",
    )
    (error,) = lines_of(tmp_path / "logs" / "error.log")
    assert (error["level"], error["message"]) == ("ERROR", "an error")
    assert "ZeroDivisionError" in error["traceback"]
    assert [line["message"] for line in lines_of(tmp_path / "logs" / "app.log")] == ["a warning", "an error"]
    assert not (tmp_path / "logs" / "moderation.log").exists()


def test_braces_and_markup_are_told_as_they_are(tmp_path):
    tell(tmp_path, "logging.getLogger('chat').error('%s', '{a} <red>b</red> {extra[line]} %s')")
    (line,) = lines_of(tmp_path / "logs" / "app.log")
    assert line["message"] == "{a} <red>b</red> {extra[line]} %s"


def test_a_file_is_turned_over_at_ten_megabytes(tmp_path):
    tell(tmp_path, "log = logging.getLogger('chat')\nfor _ in range(110): log.error('x' * 100_000)", LOG_LEVEL="ERROR")
    files = list((tmp_path / "logs").glob("app*.log"))
    assert len(files) == 2
    assert all(file.stat().st_size <= 10_000_000 for file in files)
    assert sum(len(lines_of(file)) for file in files) == 110


def test_a_file_is_turned_over_each_day(tmp_path):
    tell(tmp_path, "logging.getLogger('chat').error('yesterday')")
    file = tmp_path / "logs" / "app.log"
    os.utime(file, (time.time() - 24 * 3600,) * 2)
    tell(tmp_path, "logging.getLogger('chat').error('today')")
    assert [line["message"] for line in lines_of(file)] == ["today"]
    (older,) = (tmp_path / "logs").glob("app.*.log")
    assert [line["message"] for line in lines_of(older)] == ["yesterday"]


def test_what_is_older_than_a_week_is_removed_whoever_wrote_it(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    for name, age in (("app.2026-01-01.log", A_WEEK + 60), ("app-7.log", A_WEEK + 60), ("error.log", A_WEEK - 60)):
        (logs / name).touch()
        os.utime(logs / name, (time.time() - age,) * 2)
    (logs / "notes.txt").touch()
    os.utime(logs / "notes.txt", (0, 0))
    tell(tmp_path, "")
    assert {file.name for file in logs.iterdir() if not file.name.startswith(".")} == {"error.log", "notes.txt"}


def test_two_processes_write_no_file_together(serve, tmp_path):
    server = serve()
    tell(tmp_path, "logging.getLogger('chat').error('the second')")
    assert [line["message"] for line in lines_of(tmp_path / "logs" / "app-2.log")] == ["the second"]
    assert server.end() == 0
    tell(tmp_path, "logging.getLogger('chat').error('the first again')")
    assert lines_of(tmp_path / "logs" / "app.log")[-1]["message"] == "the first again"


def test_a_folder_that_cant_be_used_stops_the_start_with_one_line(tmp_path):
    (tmp_path / "file").touch()
    done = manage(tmp_path, "check", LOG_DIR=str(tmp_path / "file" / "logs"))
    assert done.returncode != 0
    assert "LOG_DIR can't be used: Not a directory." in done.stderr
    assert "Traceback" not in done.stderr
