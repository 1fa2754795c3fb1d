"""Who calls, as far as the connection tells: a network address and a browser."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ua_parser
from django.conf import settings
from django.http import HttpRequest

BROWSER_CHARS = 80


@dataclass(frozen=True, slots=True)
class Client:
    address: str = ""
    """Of the caller, as the outermost trusted proxy saw it."""
    browser: str = ""
    """Like "Firefox on Windows"."""

    @property
    def network(self) -> str:
        """The address without its last part, for what is kept: it tells from where, and not who."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return ""
        return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))

    @property
    def flood_key(self) -> str:
        """What a flood is counted by: an IPv6 caller has a whole /64 to himself."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        if address.version == 4:
            return str(address)
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


NOBODY = Client()
"""A command, a test, Veda itself."""


def client_of(request: HttpRequest | Any) -> Client:
    """Of a Django or REST framework request."""
    return Client(
        address=_address(request.META.get("HTTP_X_FORWARDED_FOR", ""), request.META.get("REMOTE_ADDR") or ""),
        browser=_browser(request.META.get("HTTP_USER_AGENT", "")),
    )


def client_of_scope(scope: dict[str, Any]) -> Client:
    """Of an ASGI connection."""

    def header(name: bytes) -> str:
        return ",".join(value.decode("latin-1") for key, value in scope.get("headers", []) if key.lower() == name)

    peer = scope.get("client") or ("",)
    return Client(address=_address(header(b"x-forwarded-for"), peer[0]), browser=_browser(header(b"user-agent")))


def _address(forwarded_for: str, peer: str) -> str:
    """Each trusted proxy has appended whom it saw; what stands before that anybody may have written."""
    proxies: int = settings.TRUSTED_PROXIES
    seen = [part.strip() for part in forwarded_for.split(",")]
    if proxies and forwarded_for:
        return _plain(seen[-min(proxies, len(seen))]) or peer
    return peer


def _plain(seen: str) -> str:
    """An address without the port that some proxies write behind it; empty for what is none."""
    for candidate in (seen, seen.rsplit(":", 1)[0]):
        with suppress(ValueError):
            return str(ipaddress.ip_address(candidate.strip("[]").partition("%")[0]))
    return ""


def _browser(user_agent: str) -> str:
    return _named(user_agent[:512]) if user_agent else ""


@lru_cache(maxsize=1024)
def _named(user_agent: str) -> str:
    """Kept, as many of those who come back after a restart have the same."""
    agent = ua_parser.parse(user_agent)
    name: str = agent.user_agent.family if agent.user_agent else "Unknown program"
    system = f" on {agent.os.family}" if agent.os else ""
    return f"{name}{system}"[:BROWSER_CHARS]
