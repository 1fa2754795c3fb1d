"""Flood limits, counted by account and by network address, over all processes where there is Redis.

A sliding window of two counters: a limit costs the same memory and time whether it allows five calls or five thousand.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any

import limits
from django.conf import settings
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from accounts.clients import NOBODY, Client
from veda.errors import TooManyRequests

logger = logging.getLogger(__name__)

REDIS_SECONDS = 0.5
"""How long a call waits for Redis before it goes on uncounted."""
PAUSE_SECONDS = 5.0
"""How long a Redis that failed isn't asked: each call would wait for it otherwise."""
TOLD_EVERY_SECONDS = 60.0
SWEEP_SECONDS = 60.0


def spend(name: str, *, account: object = "", client: Client = NOBODY) -> None:
    """Counts one of `settings.RATES[name]`. Raises TooManyRequests."""
    _hold(limiter().hit, name, account, client)


def check(name: str, *, account: object = "", client: Client = NOBODY) -> None:
    """Counts nothing; raises TooManyRequests where `spend` has counted too many. For limits on failures only."""
    _hold(limiter().test, name, account, client)


def forget(name: str, *, account: object) -> None:
    """Of an account whose owner has shown who they are: what strangers tried with it counts no more."""
    with suppress(StorageError):
        for limit, key in _limits(name, account, NOBODY):
            limiter().clear(limit, *key)


def _hold(has_room: Callable[..., bool], name: str, account: object, client: Client) -> None:
    """Without Redis nobody is held: signing in goes on."""
    if _outage.is_on():
        return
    try:
        for limit, key in _limits(name, account, client):
            if not has_room(limit, *key):
                raise _refusal(limit, key)
    except StorageError as error:
        _outage.begins(error)


def _limits(name: str, account: object, client: Client) -> list[tuple[limits.RateLimitItem, tuple[str, str, str]]]:
    """The keys are hashes: neither an e-mail address nor a network address lies in Redis.

    The shortest window comes first, and of two alike the account's: the first that refuses ends the count, so that who
    is held for a minute loses nothing of the day, and what one account is refused isn't counted against all others
    behind its address.
    """
    by_account, by_address = settings.RATES[name]
    together = settings.RATES_FROM_ONE_NETWORK.get(name, "")
    address = client.flood_key
    both = f"{account} {address}" if account and address else ""
    found = []
    for kind, rates, who in (
        ("network", together, both),
        ("account", by_account, str(account)),
        ("address", by_address, address),
    ):
        if rates and who:
            key = (name, kind, hashlib.sha256(who.encode()).hexdigest()[:32])
            found += [(limit, key) for limit in _parsed(rates)]
    return sorted(found, key=lambda one: one[0].get_expiry())


@lru_cache(maxsize=64)
def _parsed(rates: str) -> list[limits.RateLimitItem]:
    return limits.parse_many(rates)


def _refusal(limit: limits.RateLimitItem, key: tuple[str, str, str]) -> TooManyRequests:
    logger.warning("Too many: %s by %s", key[0], key[1])
    reset = limiter().get_window_stats(limit, *key).reset_time
    return TooManyRequests(max(1, math.ceil(reset - time.time())))


class _Outage:
    _since = _told = -math.inf

    def is_on(self) -> bool:
        return time.monotonic() - self._since < PAUSE_SECONDS

    def begins(self, error: StorageError) -> None:
        self._since = time.monotonic()
        if self._since - self._told >= TOLD_EVERY_SECONDS:
            self._told = self._since
            logger.error("Redis doesn't answer (%s): flood limits aren't counted", type(error.storage_error).__name__)


_outage = _Outage()


class _Memory(MemoryStorage):
    """limits' own loses first hits that come at once, and after each one a thread goes through all counters."""

    def __init__(self) -> None:
        super().__init__()
        self.timer = threading.main_thread()  # type: ignore[assignment]  # is alive always, so that none is started
        self._turn = threading.Lock()
        self._swept = time.monotonic()

    def acquire_sliding_window_entry(self, *arguments: Any, **named: Any) -> bool:
        with self._turn:
            if time.monotonic() - self._swept >= SWEEP_SECONDS:
                self._swept = time.monotonic()
                for key in list(self.expirations):
                    self.get(key)  # forgets it where its time is over
            return super().acquire_sliding_window_entry(*arguments, **named)

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        with self._turn:
            return super().get_sliding_window(key, expiry)


_first = threading.Lock()


def limiter() -> SlidingWindowCounterRateLimiter:
    with _first:  # those who come first at the same moment would each make one, and be counted apart
        return limiter_of_process()


@cache
def limiter_of_process() -> SlidingWindowCounterRateLimiter:
    if not settings.REDIS_URL:
        return SlidingWindowCounterRateLimiter(_Memory())
    from redis.backoff import NoBackoff  # here: a process without Redis needs none of its memory
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.retry import Retry

    # Once more where a connection of the pool was closed meanwhile, and without redis-py's waits between tries.
    retry: Any = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    storage = RedisStorage(
        settings.REDIS_URL.replace("unix://", "redis+unix://", 1),
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        wrap_exceptions=True,
        retry=retry,
    )
    return SlidingWindowCounterRateLimiter(storage)
