"""Rotation, whatever comes in whatever order: refreshes of old and new tokens, waiting, signing out."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rest_framework.test import APIClient

from accounts.models import AuditEvent, RefreshFamily
from accounts.tests.factories import UserFactory
from accounts.tokens import REUSE_GRACE, start_session

pytestmark = pytest.mark.timeout(240)

GRACE = REUSE_GRACE.total_seconds()
LIFETIME = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"].total_seconds()
ACCESS_LIFETIME = settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"].total_seconds()


class Clock:
    """The time as tokens are signed and read by. It stands still until the test moves it on."""

    def __init__(self):
        self.start, self.passed = timezone.now().replace(microsecond=0), 0.0

    def now(self, tz=None):
        return self.start + timedelta(seconds=self.passed)

    def patches(self):
        yield patch("accounts.tokens.timezone", SimpleNamespace(now=self.now))
        yield patch("rest_framework_simplejwt.tokens.aware_utcnow", self.now)
        yield patch("jwt.api_jwt.datetime", type("Moved", (datetime,), {"now": staticmethod(self.now)}))


class Rotation(RuleBasedStateMachine):
    """A device, and a model of it: the tokens that it was given so far, and when."""

    @initialize()
    def sign_in(self):
        self.patched = ExitStack()
        self.clock = Clock()
        for each in self.clock.patches():
            self.patched.enter_context(each)
        pair = start_session(user=UserFactory(), method="password")
        self.family_id, self.tokens, self.access = pair.family_id, [pair.refresh], pair.access
        self.issued, self.signed_in, self.reused = [0.0], True, False

    def teardown(self):
        if hasattr(self, "patched"):
            self.patched.close()

    def age_of(self, number):
        return self.clock.passed - self.issued[number]

    def refresh(self, token):
        answer = APIClient().post("/api/auth/refresh", {"refresh": token}, format="json")
        return answer.status_code, answer.json()

    @rule()
    def refresh_the_current_one(self):
        status, body = self.refresh(self.tokens[-1])
        if not self.signed_in or self.age_of(-1) >= LIFETIME:
            assert status == 401
            return
        assert status == 200
        assert body["refresh"] not in self.tokens
        self.tokens.append(body["refresh"])
        self.issued.append(self.clock.passed)
        self.access = body["access"]

    @precondition(lambda self: len(self.tokens) > 1)
    @rule(seconds=st.sampled_from([0, GRACE, GRACE + 1]))
    def use_the_one_before_again(self, seconds):
        self.clock.passed += seconds
        status, body = self.refresh(self.tokens[-2])
        if self.signed_in and self.age_of(-1) <= GRACE and self.age_of(-2) < LIFETIME:
            assert (status, body["refresh"]) == (200, self.tokens[-1])
        else:
            assert status == 401
            self.reuse(-2)

    @precondition(lambda self: len(self.tokens) > 2)
    @rule(data=st.data())
    def use_an_older_one_again(self, data):
        number = data.draw(st.integers(0, len(self.tokens) - 3))
        assert self.refresh(self.tokens[number])[0] == 401
        self.reuse(number)

    def reuse(self, number):
        """A token whose own time is over tells nothing; nor where nothing lives that could be ended."""
        if self.signed_in and self.age_of(number) < LIFETIME and self.age_of(-1) < LIFETIME:
            self.signed_in, self.reused = False, True

    @rule(seconds=st.sampled_from([1, GRACE, LIFETIME / 2, LIFETIME]))
    def time_passes(self, seconds):
        self.clock.passed += seconds

    @rule(data=st.data())
    def sign_out(self, data):
        number = data.draw(st.integers(0, len(self.tokens) - 1))
        answer = APIClient().post("/api/auth/logout", {"refresh": self.tokens[number]}, format="json")
        assert answer.status_code == 204
        if self.age_of(number) < LIFETIME:
            self.signed_in = False

    @invariant()
    def at_most_one_generation_lives(self):
        if hasattr(self, "tokens"):
            family = RefreshFamily.objects.get(id=self.family_id)
            assert family.generation == len(self.tokens)
            assert (family.revoked_at is None) == self.signed_in

    @invariant()
    def an_access_token_lives_no_longer_than_its_device(self):
        if hasattr(self, "tokens"):
            answer = APIClient().get("/api/auth/me", HTTP_AUTHORIZATION=f"Bearer {self.access}")
            good = self.signed_in and self.age_of(-1) < ACCESS_LIFETIME
            assert answer.status_code == (200 if good else 401)

    @invariant()
    def reuse_is_on_record_once(self):
        if hasattr(self, "tokens"):
            events = AuditEvent.objects.filter(action="token_reused", object_id=self.family_id).count()
            assert events == int(self.reused)


class TestRotation(TestCase, Rotation.TestCase):
    settings = hypothesis_settings(
        max_examples=40, stateful_step_count=12, phases=(Phase.reuse, Phase.generate, Phase.shrink)
    )
