"""Signing in: what is counted, what is on record, and that nobody learns which addresses there are."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import AuditEvent, RefreshFamily
from accounts.tests.codes import add_second_factor, code_of, recovery_codes_of
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tokens import start_session

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"


def log_in(email, password=PASSWORD, address="192.0.2.1", **fields):
    body = {"email": email, "password": password} | fields
    return APIClient().post("/api/auth/login", body, format="json", REMOTE_ADDR=address, HTTP_USER_AGENT=FIREFOX)


def refresh(token, address="192.0.2.1"):
    return APIClient().post("/api/auth/refresh", {"refresh": token}, format="json", REMOTE_ADDR=address)


def claims(answer):
    return jwt.decode(answer.json()["access"], options={"verify_signature": False})


def recorded(**fields):
    return [(event.action, event.subject_id) for event in AuditEvent.objects.filter(**fields).order_by("id")]


# Who exists


@pytest.fixture
def work(monkeypatch):
    """How many hashes and which queries a call took."""
    hashes = []
    for name in ("encode", "verify"):
        original = getattr(Argon2PasswordHasher, name)
        monkeypatch.setattr(Argon2PasswordHasher, name, counted(original, hashes))

    def measure(call):
        hashes.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = call()
        kinds = [query["sql"].split()[0] for query in queries]
        return answer.status_code, answer.content, len(hashes), kinds

    return measure


def counted(original, hashes):
    """`verify` calls `encode` of none of its kind: each is one computation."""

    def count(self, *arguments, **named):
        hashes.append(1)
        return original(self, *arguments, **named)

    return count


def test_a_wrong_password_and_an_unknown_address_take_the_same_work(work, owner, settings):
    settings.RATES = settings.RATES | {"sign_in": ("1000/hour", "1000/hour")}
    google_only = UserFactory(password="!google")
    disabled = UserFactory(is_active=False)
    addresses = ["nobody@veda.example", owner.email, google_only.email, disabled.email]
    unknown, *known = [work(lambda email=email: log_in(email, "not the password")) for email in addresses]
    assert unknown[0] == 401
    assert unknown[2] == 1
    assert known == [unknown] * 3


def test_asking_for_a_new_password_takes_the_same_work(work, owner):
    def ask(email):
        return APIClient().post("/api/auth/password/reset", {"email": email}, format="json")

    assert work(lambda: ask(owner.email)) == work(lambda: ask("nobody@veda.example"))


# What is counted


def test_only_failures_are_counted(owner, settings):
    settings.RATES = settings.RATES | {"sign_in": ("2/hour", "3/hour")}
    assert [log_in(owner.email).status_code for _ in range(6)] == [200] * 6


def test_too_many_failures_of_an_account_hold_it_wherever_they_come_from(owner, outsider, settings, error_of):
    settings.RATES = settings.RATES | {"sign_in": ("2/hour", "")}
    for number in range(2):
        assert log_in(owner.email.upper(), "wrong", address=f"192.0.2.{number}").status_code == 401
    answer = log_in(owner.email, address="198.51.100.7")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    assert log_in(outsider.email).status_code == 200


def test_too_many_failures_from_an_address_hold_it_whichever_accounts_they_try(owner, settings):
    settings.RATES = settings.RATES | {"sign_in": ("", "2/hour")}
    for number in range(2):
        assert log_in(f"nobody{number}@veda.example").status_code == 401
    assert log_in(owner.email).status_code == 429
    assert log_in(owner.email, address="198.51.100.7").status_code == 200


def test_of_many_guesses_at_the_same_moment_no_more_get_through(owner, settings, at_once):
    settings.RATES = settings.RATES | {"sign_in": ("2/hour", "")}
    statuses = at_once(lambda: log_in(owner.email, "wrong").status_code, 8)
    assert statuses.count(401) <= 2
    assert log_in(owner.email).status_code == 429


def test_forged_refresh_tokens_are_counted_and_those_whose_time_is_over_are_not(owner, tokens_of, settings):
    settings.RATES = settings.RATES | {"refresh": ("", "2/hour")}
    gone = tokens_of(owner).refresh
    RefreshFamily.objects.all().delete()
    good = tokens_of(owner).refresh
    assert [refresh(gone).status_code for _ in range(4)] == [401] * 4
    no_cookie = {"HTTP_X_VEDA_CLIENT": "web", "REMOTE_ADDR": "192.0.2.1"}
    assert [APIClient().post("/api/auth/refresh", **no_cookie).status_code for _ in range(4)] == [401] * 4
    assert [refresh(good[:-2]).status_code for _ in range(2)] == [401] * 2
    assert refresh(good).status_code == 429
    assert refresh(good, address="198.51.100.7").status_code == 200


def test_tickets_are_counted_by_account(owner, outsider, client_of, conversation, settings):
    settings.RATES = settings.RATES | {"ticket": ("2/minute", "")}
    client, body = client_of(owner), {"conversation": str(conversation.id)}
    assert [client.post("/api/auth/ws-ticket", body, format="json").status_code for _ in range(3)] == [200, 200, 429]
    assert client_of(outsider).post("/api/auth/ws-ticket", body, format="json").status_code == 200


# What is on record


def test_signing_in_and_out_is_on_record(owner):
    pair = log_in(owner.email, address="192.0.2.77").json()
    APIClient().post("/api/auth/logout", {"refresh": pair["refresh"]}, format="json")
    APIClient().post("/api/auth/logout", {"refresh": pair["refresh"]}, format="json")
    signed_in, signed_out = AuditEvent.objects.order_by("id")
    assert (signed_in.action, signed_in.actor_id, signed_in.subject_id) == ("signed_in", owner.id, owner.id)
    assert (signed_in.details, signed_in.network) == ({"method": "password"}, "192.0.2.0/24")
    assert signed_in.browser == "Firefox on Windows"
    assert (signed_out.action, signed_out.object_id) == ("signed_out", signed_in.object_id)


def test_failures_are_on_record_without_what_was_typed(owner):
    log_in(owner.email, "a wrong secret")
    log_in("nobody@veda.example", "a wrong secret")
    assert recorded() == [("sign_in_failed", owner.id), ("sign_in_failed", None)]
    stored = str(list(AuditEvent.objects.values()))
    for typed in (owner.email, "nobody", "secret"):
        assert typed not in stored


def test_reuse_is_on_record_and_told_by_mail(owner, tokens_of, mailed):
    pair = tokens_of(owner)
    refresh(pair.refresh)
    RefreshFamily.objects.update(issued_at=F("issued_at") - timedelta(seconds=60))
    for _ in range(2):
        assert refresh(pair.refresh).status_code == 401
    event = AuditEvent.objects.get(action="token_reused")
    assert (event.subject_id, event.object_id) == (owner.id, pair.family_id)
    (mail,) = mailed()
    assert (mail.to, mail.subject) == ([owner.email], "Veda signed out one of your devices")


# The second factor


def test_with_a_second_factor_a_code_is_asked_for_and_the_tokens_say_so(owner, error_of):
    secret = add_second_factor(owner)
    for code in ({}, {"code": ""}, {"code": "  "}):
        answer = log_in(owner.email, **code)
        assert (answer.status_code, error_of(answer)) == (401, "second_factor_required")
    answer = log_in(owner.email, code=code_of(secret))
    assert answer.status_code == 200
    assert (claims(answer)["method"], claims(answer)["second_factor"]) == ("password", True)
    assert claims(refresh(answer.json()["refresh"]))["second_factor"] is True
    again = log_in(owner.email, code=code_of(secret))
    assert (again.status_code, error_of(again)) == (401, "second_factor_wrong")


def test_without_one_a_code_is_not_asked_for(owner):
    answer = log_in(owner.email, code="123456")
    assert claims(answer)["second_factor"] is False


def test_a_recovery_code_is_good_once(owner, error_of):
    add_second_factor(owner)
    (code, *_) = recovery_codes_of(owner)
    assert log_in(owner.email, code=code).status_code == 200
    assert error_of(log_in(owner.email, code=code)) == "second_factor_wrong"


def test_who_does_not_know_the_password_learns_nothing_of_the_second_factor(owner, error_of):
    secret = add_second_factor(owner)
    assert error_of(log_in(owner.email, "wrong")) == "invalid_credentials"
    assert error_of(log_in(owner.email, "wrong", code=code_of(secret))) == "invalid_credentials"
    assert log_in(owner.email, code=code_of(secret)).status_code == 200  # the guess used up no code


def test_wrong_codes_are_counted_as_failures(owner, settings, error_of):
    settings.RATES = settings.RATES | {"sign_in": ("2/hour", "")}
    secret = add_second_factor(owner)
    for _ in range(2):
        assert error_of(log_in(owner.email, code="000000")) == "second_factor_wrong"
    assert log_in(owner.email, code=code_of(secret)).status_code == 429
    assert recorded(action="sign_in_failed") == [("sign_in_failed", owner.id)] * 2


def test_a_password_change_keeps_how_this_device_signed_in(owner):
    pair = start_session(user=owner, method="password", second_factor=True)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    body = {"current_password": PASSWORD, "new_password": "another horse, five staples"}
    assert claims(client.post("/api/auth/password", body, format="json"))["second_factor"] is True
