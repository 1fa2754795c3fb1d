"""A body that is larger than anything Veda takes is refused without being gathered, under each server."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.testing import ApplicationCommunicator
from daphne import http_protocol
from twisted.internet.testing import StringTransport

from veda.asgi import django_application
from veda.bodies import BoundedBodies
from veda.streams import BoundedRequest

LIMIT = 1000


@pytest.fixture(autouse=True)
def _limit(settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = LIMIT


class Server:
    """As much of Daphne's server as a request asks for."""

    root_path, server_name, request_buffer_size = "", "veda", 8192
    proxy_forwarded_address_header = proxy_forwarded_port_header = proxy_forwarded_proto_header = None

    def __init__(self):
        self.bodies: list[asyncio.Queue] = []

    def protocol_connected(self, protocol):
        pass

    protocol_disconnected = protocol_connected

    def create_application(self, protocol, scope):
        self.bodies.append(asyncio.Queue())
        return self.bodies[-1]


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(http_protocol, "WebRequest", BoundedRequest)
    return Server()


def answer_to(server, *sent):
    channel = http_protocol.HTTPFactory(server).buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    for data in sent:
        channel.dataReceived(data)
    return transport.value()


async def test_daphne_hands_on_a_body_within_the_limit(server):
    head = b"POST / HTTP/1.1\r\nHost: veda\r\nContent-Length: %d\r\n\r\n" % LIMIT
    assert answer_to(server, head, b"x" * LIMIT) == b""
    (body,) = server.bodies
    assert body.get_nowait()["body"] == b"x" * LIMIT


async def test_daphne_hands_on_a_form_that_it_could_not_read(server):
    form = b"--edge--\r\n"
    head = b"POST / HTTP/1.1\r\nHost: veda\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
    assert answer_to(server, head + b"Content-Length: %d\r\n\r\n" % len(form), form) == b"", "Veda's own answer comes"
    (body,) = server.bodies
    assert body.get_nowait()["body"] == form


@pytest.mark.parametrize(
    ("head", "parts"),
    [
        (b"Content-Length: 5000", [b"x" * 500] * 10),
        (b"Transfer-Encoding: chunked", [b"1f4\r\n" + b"x" * 500 + b"\r\n"] * 10 + [b"0\r\n\r\n"]),
    ],
    ids=["with its length", "chunked"],
)
async def test_daphne_gathers_no_body_above_the_limit(server, head, parts):
    answer = answer_to(server, b"POST / HTTP/1.1\r\nHost: veda\r\n" + head + b"\r\n\r\n", *parts)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["code"] == "too_large"
    assert server.bodies == [], "the application heard nothing of it"


SCOPE = {
    "type": "http", "http_version": "1.1", "method": "POST", "path": "/api/conversations", "query_string": b"",
    "headers": [(b"host", b"testserver")],
}  # fmt: skip


async def test_under_asgi_a_body_above_the_limit_is_refused_as_soon_as_it_is():
    communicator = ApplicationCommunicator(BoundedBodies(django_application), SCOPE)
    for _ in range(3):
        await communicator.send_input({"type": "http.request", "body": b"x" * 400, "more_body": True})
    start = await communicator.receive_output(10)
    assert start["status"] == 413
    body = await communicator.receive_output(10)
    assert json.loads(body["body"])["error"]["code"] == "too_large"
    await communicator.wait(10)


async def test_under_asgi_a_body_within_the_limit_is_handed_on():
    communicator = ApplicationCommunicator(BoundedBodies(django_application), SCOPE)
    await communicator.send_input({"type": "http.request", "body": b"x" * LIMIT, "more_body": False})
    start = await communicator.receive_output(10)
    assert start["status"] == 401
    await communicator.receive_output(10)
    await communicator.wait(10)
