"""Neither a token, a ticket, a link nor an address is written anywhere by a server that writes down all it can."""

from __future__ import annotations

import contextlib
import json
import urllib.request
import uuid

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts.tests.factories import PASSWORD
from veda.tests.serving import PATIENCE, Server, free_port

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def server(tmp_path, prepare):
    """Mails go to files: the console that they are printed on in DEBUG is the log."""
    mails = tmp_path / "mails"
    prepare(tmp_path)
    server = Server(tmp_path, free_port(), LOG_LEVEL="DEBUG", EMAIL_URL=f"filemail://{mails}")
    try:
        server.until_line("Veda is at")
        yield server, mails
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.process.kill()
        server.process.wait()


def call(server, path, body=None, access=None, method="POST"):
    """The status and what came; errors are answers, too."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Content-Type": "application/json"} | ({"Authorization": f"Bearer {access}"} if access else {}),
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            raw = answer.read()
            return answer.status, json.loads(raw) if raw else {}
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def link_in(mails, page):
    """What stands behind # in the mailed link to this page."""
    text = "".join(file.read_text() for file in mails.iterdir())
    return text.partition(f"/{page}#")[2].split()[0]


def test_tokens_tickets_links_and_addresses_appear_in_no_log(server):
    server, mails = server
    email = f"{uuid.uuid4().hex}@veda.example"
    account = {"email": email, "password": PASSWORD}
    _, config = call(server, "/api/config", method="GET")
    consent = config["terms_version"]
    assert call(server, "/api/auth/register", {**account, "name": "Anna", "consent": consent})[0] == 201
    assert call(server, "/api/auth/login", {**account, "password": "a wrong secret"})[0] == 401
    _, first = call(server, "/api/auth/login", account)
    _, second = call(server, "/api/auth/refresh", {"refresh": first["refresh"]})
    forged = second["refresh"][:-4]
    assert call(server, "/api/auth/refresh", {"refresh": forged})[0] == 401
    assert call(server, "/api/auth/me", access=f"{second['access']}x", method="GET")[0] == 401
    _, conversation = call(server, "/api/conversations", {}, second["access"])
    _, ticket = call(server, "/api/auth/ws-ticket", {"conversation": conversation["id"]}, second["access"])
    address = f"ws://127.0.0.1:{server.port}/ws/conversations/{conversation['id']}?token="
    for token in (ticket["ticket"], second["access"]):
        with connect(address + token) as socket:
            socket.send('{"type": "ping"}')
            assert json.loads(socket.recv(timeout=PATIENCE)) == {"type": "pong"}
    with connect(address + ticket["ticket"]) as socket, pytest.raises(ConnectionClosed, match="4401"):
        socket.recv(timeout=PATIENCE)
    assert call(server, "/api/auth/password/reset", {"email": email})[0] == 204
    assert call(server, "/api/auth/password/reset", {"email": f"x{email}"})[0] == 204
    assert server.end() == 0  # having sent its mails
    said = "".join(server.lines)
    confirmation, reset = link_in(mails, "confirm-email"), link_in(mails, "reset-password")
    secrets = [
        email, PASSWORD, "a wrong secret", ticket["ticket"], forged, confirmation, reset,
        *(pair[kind] for pair in (first, second) for kind in ("access", "refresh")),
    ]  # fmt: skip
    assert all(len(secret) > 10 for secret in secrets)
    assert [secret for secret in secrets if secret in said] == []
    assert "/api/auth/login" in said  # the log is there
    assert "Traceback" not in said
