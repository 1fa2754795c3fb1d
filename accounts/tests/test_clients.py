"""Whom a caller is taken for, behind none, one or several proxies: the same over HTTP and of a socket."""

from __future__ import annotations

import io

import pytest
from django.core.handlers.asgi import ASGIRequest

from accounts.clients import Client, client_of, client_of_scope

PEER = "10.0.0.9"
CALLERS = {
    "nobody in between": (0, [], PEER),
    "nobody in between, and a header that anybody may write": (0, ["198.51.100.7"], PEER),
    "one proxy": (1, ["198.51.100.7"], "198.51.100.7"),
    "one proxy, and a header that the caller wrote before": (1, ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
    "one proxy that adds a line of its own": (1, ["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
    "two proxies": (2, ["198.51.100.7, 203.0.113.1"], "198.51.100.7"),
    "two proxies, and what the caller wrote": (2, ["1.1.1.1, 2.2.2.2, 198.51.100.7, 203.0.113.1"], "198.51.100.7"),
    "two proxies, of which one was gone round": (2, ["198.51.100.7"], "198.51.100.7"),
    "a proxy that says nothing": (1, [], PEER),
    "an empty header": (1, [""], PEER),
    "an empty last part": (1, ["1.1.1.1, "], PEER),
    "no address": (1, ["unknown"], PEER),
    "garbage": (1, ["<script>\xff"], PEER),
    "very much garbage": (1, ["a" * 60_000], PEER),
    "with a port": (1, ["198.51.100.7:51234"], "198.51.100.7"),
    "IPv6": (1, ["2001:DB8::0001"], "2001:db8::1"),
    "IPv6 with a port": (1, ["[2001:db8::1]:443"], "2001:db8::1"),
    "IPv6 of one link": (1, ["fe80::1%anything at all"], "fe80::1"),
}


def scope_of(lines, **more):
    headers = [(b"X-Forwarded-For", line.encode("latin-1")) for line in lines]
    return {
        "type": "http", "method": "GET", "path": "/", "query_string": b"",
        "client": (PEER, 1234), "headers": [(name.lower(), value) for name, value in headers], **more,
    }  # fmt: skip


@pytest.mark.parametrize("name", CALLERS)
def test_the_address_is_what_the_outermost_trusted_proxy_saw(settings, name):
    settings.TRUSTED_PROXIES, lines, expected = CALLERS[name]
    scope = scope_of(lines)
    assert client_of(ASGIRequest(scope, io.BytesIO())).address == expected
    assert client_of_scope(scope).address == expected


def test_a_server_behind_a_unix_socket_sees_no_peer(settings):
    settings.TRUSTED_PROXIES = 0
    scope = scope_of([], client=None)
    assert client_of(ASGIRequest(scope, io.BytesIO())).address == ""
    assert client_of_scope(scope).address == ""


def test_a_header_spelled_with_underscores_isnt_the_proxys(settings):
    settings.TRUSTED_PROXIES = 1
    scope = scope_of([], headers=[(b"x_forwarded_for", b"1.1.1.1"), (b"x-forwarded-for", b"198.51.100.7")])
    assert client_of(ASGIRequest(scope, io.BytesIO())).address == "198.51.100.7"
    assert client_of_scope(scope).address == "198.51.100.7"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.8", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
    ],
)
def test_an_ipv6_caller_has_a_whole_network_and_is_counted_as_one(one, other, same):
    assert (Client(address=one).flood_key == Client(address=other).flood_key) is same


def test_what_is_kept_tells_from_where_and_not_who():
    assert Client(address="198.51.100.7").network == "198.51.100.0/24"
    assert Client(address="2001:db8:1:2::3").network == "2001:db8:1::/48"
    assert Client().network == ""
