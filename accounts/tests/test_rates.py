"""The counting behind the flood limits. That each route is held by its own is in test_floods.py."""

from __future__ import annotations

import logging
import socket
import threading
import time

import pytest
from django.conf import settings as real

from accounts import rates
from accounts.clients import Client
from veda.errors import TooManyRequests

pytestmark = pytest.mark.redis

HERE, THERE = Client(address="198.51.100.7"), Client(address="203.0.113.9")
ANNA, BERT = "anna", "bert"


@pytest.fixture
def counted(settings):
    """Sets the limits of one name, by account, by address, and by both together."""

    def limit(account="", address="", network=""):
        settings.RATES = {**settings.RATES, "sign_in": (account, address)}
        settings.RATES_FROM_ONE_NETWORK = {"sign_in": network}

    return limit


def spend(times=1, *, account="", client=HERE):
    for _ in range(times):
        rates.spend("sign_in", account=account, client=client)


def refused(**whom):
    with pytest.raises(TooManyRequests) as caught:
        spend(**whom)
    return caught.value


def test_the_account_and_the_address_are_each_held_by_their_own(counted):
    counted(account="3/day", address="5/day")
    spend(3, account=ANNA)
    refused(account=ANNA)
    refused(account=ANNA, client=THERE)
    spend(2, account=BERT)
    refused(account="carl")
    spend(account=BERT, client=THERE)


def test_it_says_when_it_is_worth_another_try(counted):
    counted(account="2/minute")
    spend(2, account=ANNA)
    error = refused(account=ANNA)
    assert 1 <= int(error.headers["Retry-After"]) <= 60
    assert error.as_json()["retry_after"] == int(error.headers["Retry-After"])


def test_after_that_time_another_try_is_let_through(counted):
    counted(account="2/second")
    spend(2, account=ANNA)
    wait = float(refused(account=ANNA).headers["Retry-After"])
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        threading.Event().wait(deadline - time.monotonic())
    spend(account=ANNA)


def test_looking_counts_nothing(counted):
    counted(account="2/day")
    for _ in range(5):
        rates.check("sign_in", account=ANNA)
    spend(2, account=ANNA)
    with pytest.raises(TooManyRequests):
        rates.check("sign_in", account=ANNA)


def test_who_is_held_for_the_short_time_loses_nothing_of_the_long_one(counted):
    counted(account="50/day;2/hour")
    spend(2, account=ANNA)
    for _ in range(60):
        refused(account=ANNA)
    counted(account="50/day")
    spend(48, account=ANNA)
    refused(account=ANNA)


def test_what_one_account_is_refused_isnt_counted_against_others_behind_its_address(counted):
    counted(account="2/day", address="4/day")
    spend(2, account=ANNA)
    for _ in range(10):
        refused(account=ANNA)
    spend(2, account=BERT)


def test_an_empty_limit_is_none(counted):
    counted()
    spend(500, account=ANNA)


def test_many_at_once_get_no_more_than_the_limit(counted, at_once):
    counted(account="20/day")
    rates.check("sign_in", account=ANNA)

    def one():
        try:
            spend(account=ANNA)
        except TooManyRequests:
            return False
        return True

    assert sum(at_once(one, 40)) == 20


def test_neither_an_account_nor_an_address_can_be_read_from_what_is_counted(counted):
    counted(account="3/day", address="3/day")
    spend(account="anna@veda.example")
    storage = rates.limiter().storage
    keys = str(storage.storage.keys("LIMITS*") if real.REDIS_URL else list(storage.storage))
    assert "sign_in" in keys
    assert "anna" not in keys
    assert HERE.address not in keys


@pytest.mark.skipif(bool(real.REDIS_URL), reason="Redis forgets by itself")
def test_what_is_over_is_forgotten_and_no_thread_is_left(counted, monkeypatch):
    counted(account="50/second")
    monkeypatch.setattr(rates, "SWEEP_SECONDS", 0)
    before = threading.active_count()
    for number in range(200):
        spend(account=f"account {number}")
    storage = rates.limiter().storage
    assert len(storage.storage) == 200
    assert threading.active_count() <= before + 1  # the one that limits starts when it is made
    deadline = time.monotonic() + 10
    while len(storage.storage) > 5:
        assert time.monotonic() < deadline
        threading.Event().wait(0.1)
        spend(account="the last")
    assert len(storage.expirations) <= 5
    assert len(storage.locks) <= 5


@pytest.mark.skipif(not real.REDIS_URL, reason="of several processes, which have Redis")
def test_several_processes_share_one_count(counted):
    counted(account="4/day")
    spend(2, account=ANNA)
    rates.limiter_of_process.cache_clear()  # as another process has another limiter
    spend(2, account=ANNA)
    refused(account=ANNA)


# Redis away


@pytest.fixture
def outage(counted, settings, monkeypatch):
    """Counts in a Redis at this address, with nothing remembered of an earlier outage."""

    def at(address):
        counted(account="1/day")
        settings.REDIS_URL = address
        monkeypatch.setattr(rates, "_outage", rates._Outage())
        rates.limiter_of_process.cache_clear()

    yield at
    rates.limiter_of_process.cache_clear()


def told(logged):
    return [line for line in logged() if "Redis" in line]


def test_without_redis_everybody_goes_on_and_the_log_has_one_line(outage, logged, caplog):
    caplog.set_level(logging.INFO)
    outage("redis://hunter2:hunter2@127.0.0.1:1/0")
    spend(20, account=ANNA)
    rates.check("sign_in", account=ANNA)
    (line,) = told(logged)
    assert "hunter2" not in line


def test_a_redis_that_hangs_holds_nobody_up(outage):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outage(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        started = time.monotonic()
        spend(20, account=ANNA)
        assert time.monotonic() - started < 3 * rates.REDIS_SECONDS


@pytest.mark.skipif(not real.REDIS_URL, reason="needs Redis")
def test_a_redis_that_comes_back_is_counted_in_again(outage, settings, monkeypatch):
    there = settings.REDIS_URL
    outage("redis://127.0.0.1:1/0")
    spend(5, account=ANNA)
    settings.REDIS_URL = there
    rates.limiter_of_process.cache_clear()
    spend(5, account=ANNA)  # not asked again yet
    monkeypatch.setattr(rates, "PAUSE_SECONDS", 0.0)
    spend(account=ANNA)
    refused(account=ANNA)


def test_a_redis_that_is_away_is_told_once_a_minute(outage, monkeypatch, logged, caplog):
    caplog.set_level(logging.INFO)
    outage("redis://127.0.0.1:1/0")
    monkeypatch.setattr(rates, "PAUSE_SECONDS", 0.0)  # asked again by each call
    spend(5, account=ANNA)
    assert len(told(logged)) == 1
    monkeypatch.setattr(rates, "TOLD_EVERY_SECONDS", 0.0)
    spend(1, account=ANNA)
    assert len(told(logged)) == 2


def test_a_stranger_locks_nobody_out(counted):
    counted(account="9/day", network="2/day")
    spend(2, account=ANNA, client=THERE)
    refused(account=ANNA, client=THERE)
    rates.check("sign_in", account=ANNA, client=HERE)


def test_what_strangers_tried_is_forgotten_for_the_owner(counted):
    counted(account="2/day")
    spend(2, account=ANNA)
    refused(account=ANNA)
    rates.forget("sign_in", account=ANNA)
    rates.check("sign_in", account=ANNA)


def test_those_who_come_first_at_the_same_moment_are_counted_together(at_once):
    assert len({id(limiter) for limiter in at_once(rates.limiter, 8)}) == 1
