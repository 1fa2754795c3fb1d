"""/metrics: who may read it, that it is right with several processes, and what it costs nothing to leave off."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import re
import signal
import urllib.error
import urllib.request
import uuid

import pytest
from django.db import connection
from websockets.sync.client import connect

from accounts.tests.factories import PASSWORD
from veda import slow_queries
from veda.tests.serving import PATIENCE, Server, free_port, manage

TOKEN = "a-token-of-the-tests-0123456789abcdef"


def read(server, token=TOKEN):
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/metrics", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.read().decode()


def value(metrics, name, **labels):
    """The sum of all lines of this name that have these labels."""
    total = 0.0
    for line in metrics.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if (
            found
            and found[1] == name
            and all(f'{label}="{given}"' in (found[2] or "") for label, given in labels.items())
        ):
            total += float(found[3])
    return total


@contextlib.contextmanager
def two_servers(data):
    given = {"ENABLE_METRICS": "true", "METRICS_TOKEN": TOKEN, "OLLAMA_URL": "http://127.0.0.1:1"}
    servers = [Server(data, free_port(), **given) for _ in range(2)]
    try:
        for server in servers:
            server.until_line("Veda is at")
        yield servers
    finally:
        for server in servers:
            with contextlib.suppress(ProcessLookupError):
                server.process.kill()
            server.process.wait()


@contextlib.contextmanager
def a_conversation(server):
    config = server.call("/api/config")
    account = {"email": f"{uuid.uuid4()}@veda.example", "password": PASSWORD}
    server.call("/api/auth/register", {**account, "name": "Anna", "consent": config["terms_version"]})
    access = server.call("/api/auth/login", account)["access"]
    conversation = server.call("/api/conversations", {}, access)["id"]
    with connect(f"ws://127.0.0.1:{server.port}/ws/conversations/{conversation}?token={access}") as socket:
        yield socket


def ask(socket, text):
    frame = {"type": "message", "client_message_id": str(uuid.uuid4()), "content": text}
    socket.send(json.dumps(frame))
    while json.loads(socket.recv(timeout=PATIENCE))["type"] != "done":
        pass


@pytest.mark.timeout(240)
def test_whichever_process_is_asked_adds_up_what_all_counted(tmp_path, prepare):
    prepare(tmp_path)
    with two_servers(tmp_path) as (one, other):
        for token in ("", "wrong", TOKEN + "x"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                read(one, token)
            assert refused.value.code == 401
            assert json.loads(refused.value.read())["error"]["code"] == "invalid_token"
        with a_conversation(one) as here, a_conversation(other) as there:
            ask(here, "What helps against a migraine?")
            ask(there, "I have a crushing pain in my chest and my left arm is numb")
            for metrics in (read(one), read(other)):
                assert value(metrics, "veda_replies_total", ended="done", provider="extractive") == 2
                assert value(metrics, "veda_reply_seconds_count", stage="first word") == 2
                assert value(metrics, "veda_reply_seconds_count", stage="whole answer") == 2
                assert value(metrics, "veda_retrievals_total") == 2
                assert value(metrics, "veda_decisions_total", severity="high") >= 1
                assert value(metrics, "veda_open_sockets") == 2
                assert "veda_replies_running 0" in metrics
                assert "veda_replies_queued 0" in metrics
                assert "migraine" not in metrics
            other.end(signal.SIGKILL)
            after = read(one)
            assert value(after, "veda_open_sockets") == 1  # the killed one's are closed
            assert value(after, "veda_replies_total") == 2  # what it counted stays


def status(server, path, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request(method, path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_requests_are_counted_by_view_and_by_nothing_that_a_client_wrote(tmp_path, prepare):
    prepare(tmp_path)
    with two_servers(tmp_path) as servers:
        for server in servers:
            server.call("/api/config")
            for _ in range(2):
                assert status(server, f"/api/conversations/{uuid.uuid4()}?q=anna") == 401
                assert status(server, f"/anna/{uuid.uuid4()}") == 404
        assert status(servers[0], "/api/config", method="ANNA") >= 400
        metrics = read(servers[1])
    answered = "django_http_responses_total_by_status_view_method_total"
    took = "django_http_requests_latency_seconds_by_view_method"
    assert value(metrics, answered, view="veda.pages.ConfigView", method="GET", status="200") == 2
    assert value(metrics, took + "_count", view="veda.pages.ConfigView", method="GET") == 2
    assert value(metrics, took + "_bucket", view="veda.pages.ConfigView", method="GET", le="30.0") == 2
    assert value(metrics, answered, view="chat.api.ConversationView", status="401") == 4
    assert value(metrics, answered, view="veda.pages.unknown_address", status="404") == 4
    assert set(re.findall(r'view="([^"]*)"', metrics)) == {
        "veda.pages.ConfigView", "chat.api.ConversationView", "veda.pages.unknown_address", "veda.metrics.show",
    }  # fmt: skip
    assert set(re.findall(r'method="([^"]*)"', metrics)) == {"GET", "<invalid method>"}
    assert "anna" not in metrics.lower()
    assert "django_migrations" not in metrics


def test_who_has_no_place_to_count_in_serves_all_the_same(tmp_path, prepare):
    prepare(tmp_path)
    (tmp_path / "metrics").touch()
    with two_servers(tmp_path) as (server, _):
        server.until_line("Nothing is counted for /metrics")
        assert status(server, "/api/config") == 200


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_nothing_of_it_is_loaded_where_it_is_off(tmp_path, enabled):
    show = """
import sys
from django.test import Client
import veda.asgi
assert Client(headers={"host": "localhost"}).get("/health").status_code == 200
print({name.partition(".")[0] for name in sys.modules if "prometheus" in name} or "nothing")
"""
    run = manage(tmp_path, "shell", "--no-imports", "--command", show, ENABLE_METRICS=enabled, LOG_DIR="")
    assert run.returncode == 0, run.stderr
    assert (run.stdout.strip().splitlines()[-1] == "nothing") == (enabled == "false")


def test_it_is_a_404_where_it_is_off(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_a_slow_query_is_told_without_what_stands_in_it(caplog, monkeypatch):
    monkeypatch.setattr(slow_queries, "SLOW_SECONDS", 0.0)
    assert slow_queries.told_if_slow in connection.execute_wrappers
    with caplog.at_level(logging.WARNING, logger="veda.slow_queries"), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_user WHERE name = %s", ["Anna with a migraine"])
    (line,) = caplog.messages
    assert "SELECT id FROM accounts_user WHERE name = %s" in line
    assert "Anna" not in line


@pytest.mark.django_db
def test_a_quick_query_is_not_told(caplog):
    with caplog.at_level(logging.WARNING, logger="veda.slow_queries"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert not caplog.messages
