"""Flood limits, counted by account and by network address, over all processes where there is Redis."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from functools import cache

import limits
from django.conf import settings
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from accounts.clients import NOBODY, Client
from veda.errors import TooManyRequests

logger = logging.getLogger(__name__)


def spend(name: str, *, account: object = "", client: Client = NOBODY) -> None:
    """Counts one of `settings.RATES[name]`. Raises TooManyRequests."""
    for limit, key in _limits(name, account, client):
        if not _limiter().hit(limit, *key):
            raise _refusal(limit, key)


def check(name: str, *, account: object = "", client: Client = NOBODY) -> None:
    """Counts nothing; raises TooManyRequests where `spend` has counted too many. For limits on failures only."""
    for limit, key in _limits(name, account, client):
        if not _limiter().test(limit, *key):
            raise _refusal(limit, key)


def _limits(name: str, account: object, client: Client) -> list[tuple[limits.RateLimitItem, tuple[str, str, str]]]:
    """The keys are hashes: neither an e-mail address nor a network address lies in Redis."""
    by_account, by_address = settings.RATES[name]
    found = []
    for kind, rates, who in (("account", by_account, str(account)), ("address", by_address, client.flood_key)):
        if rates and who:
            key = (name, kind, hashlib.sha256(who.encode()).hexdigest()[:32])
            found += [(limit, key) for limit in limits.parse_many(rates)]
    return found


def _refusal(limit: limits.RateLimitItem, key: tuple[str, str, str]) -> TooManyRequests:
    logger.warning("Too many: %s by %s", key[0], key[1])
    reset = _limiter().get_window_stats(limit, *key).reset_time
    return TooManyRequests(max(1, math.ceil(reset - time.time())))


@cache
def _limiter() -> MovingWindowRateLimiter:
    storage = storage_from_string(settings.REDIS_URL or "memory://")
    assert isinstance(storage, Storage)  # not one of the asynchronous ones
    return MovingWindowRateLimiter(storage)
