"""Who may open an account, with which address, and what they may say of themselves later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.agreement import agreement_version
from accounts.models import AuditEvent, Consent, Invitation, User
from accounts.registration import confirmation_link, invitation_link
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

ANNA = {"email": "anna@veda.example", "password": PASSWORD, "name": "Anna"}
THIS_YEAR = timezone.now().year


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.MINIMUM_AGE, settings.REGISTRATION, settings.PUBLIC_URL = 16, "open", "https://veda.example"


def register(**fields):
    return APIClient().post("/api/auth/register", ANNA | fields, format="json")


def outcome(answer):
    return (answer.status_code, answer.json()["error"]["code"]) if answer.status_code >= 400 else answer.status_code


# Age


@pytest.mark.parametrize(
    ("year", "result"),
    [
        (THIS_YEAR - 16, 201),
        (THIS_YEAR - 15, (400, "too_young")),
        (THIS_YEAR, (400, "too_young")),
        (1900, 201),
        (1899, (400, "invalid")),
        (THIS_YEAR + 1, (400, "invalid")),
        (-5, (400, "invalid")),
        (10**20, (400, "invalid")),
        ("soon", (400, "invalid")),
        (None, (400, "invalid")),
    ],
)
def test_one_must_be_old_enough(year, result):
    answer = register(year_of_birth=year)
    assert outcome(answer) == result
    if result != 201:
        assert list(answer.json()["error"]["fields"]) == ["year_of_birth"]
    assert User.objects.exists() == (result == 201)


def test_how_old_is_a_setting(settings):
    settings.MINIMUM_AGE = 18
    assert outcome(register(year_of_birth=THIS_YEAR - 17)) == (400, "too_young")
    assert outcome(register(year_of_birth=THIS_YEAR - 18)) == 201


def test_the_year_of_birth_is_set_once(client_of, owner, error_of):
    client = client_of(owner)
    assert client.patch("/api/auth/me", {"year_of_birth": 1980}, format="json").json()["year_of_birth"] == 1980
    assert client.patch("/api/auth/me", {"year_of_birth": 1980}, format="json").status_code == 200
    answer = client.patch("/api/auth/me", {"year_of_birth": 1990}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert client.get("/api/auth/me").json()["year_of_birth"] == 1980


def test_name_and_country_can_be_changed_and_nothing_else(client_of, owner, outsider):
    client = client_of(owner)
    given = {"name": " Olga ", "country": "GB", "role": "admin", "email": "new@veda.example", "is_superuser": True}
    answer = client.patch("/api/auth/me", given, format="json")
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("name", "country", "role", "email")} == {
        "name": "Olga", "country": "GB", "role": "patient", "email": owner.email,
    }  # fmt: skip
    owner.refresh_from_db()
    outsider.refresh_from_db()
    assert (owner.name, owner.is_superuser, outsider.name) == ("Olga", False, "Otto Outsider")
    assert client.get("/api/auth/me").status_code == 200  # it signs nobody out


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "x" * 151}, {"country": "gb"}, {"country": "GBR"}])
def test_a_bad_profile_is_refused_by_name(client_of, owner, error_of, body):
    answer = client_of(owner).patch("/api/auth/me", body, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == list(body)


# Consent


def test_registering_gives_the_required_consents_and_the_optional_ones_that_were_ticked():
    assert register(consent=agreement_version(), purposes=["improvement"]).status_code == 201
    assert set(Consent.objects.values_list("purpose", flat=True)) == {"terms", "health_data", "improvement"}


def test_registering_without_agreeing_gives_no_consent():
    assert register(purposes=["improvement"]).status_code == 201
    assert not Consent.objects.exists()


# Look-alikes


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        ("paula@veda.example", "paula@vеda.example", (400, "email_taken")),  # Cyrillic е
        ("paula@vеda.example", "paula@veda.example", (400, "email_taken")),
        ("paula@veda.example", "paula@xn--vda-rdd.example", (400, "email_taken")),  # the same, in Punycode
        ("paula@xn--vda-rdd.example", "paula@vеda.example", (400, "email_taken")),
        ("paula@lion.example", "paula@ӏion.example", (400, "email_taken")),  # Cyrillic palochka
        ("paul1@veda.example", "paull@veda.example", 201),
        ("rn@veda.example", "m@veda.example", 201),
        ("anna.o@veda.example", "anna.0@veda.example", 201),
        ("paula@münchen.example", "paula@munchen.example", 201),
        ("paula@veda.example", "paul@veda.example", 201),
    ],
)
def test_an_address_that_looks_like_anothers_is_taken(first, second, result):
    assert outcome(register(email=first)) == 201
    assert outcome(register(email=second)) == result


@pytest.mark.parametrize("domain", ["xn--ib9b.com", "xn--a-rc4g.com", "xn--zy0c.example", "xn--99999999.example"])
def test_a_domain_that_is_no_right_punycode_is_taken_as_it_is_written(domain):
    assert outcome(register(email=f"paula@{domain}")) == 201
    assert outcome(register(email=f"PAULA@{domain.upper()}")) == (400, "email_taken")


def test_a_password_that_is_ones_name_is_refused():
    answer = register(name="Bartholomew Foxgrove", password="bartholomew foxgrove")
    assert outcome(answer) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == ["password"]


# By invitation


def invite(**fields):
    invitation = Invitation.objects.create(**{"expires_at": timezone.now() + timedelta(days=1)} | fields)
    address, _, token = invitation_link(invitation).partition("#invitation=")
    assert address == "https://veda.example/register"
    return token


def test_where_registration_is_closed_nobody_registers(settings):
    token = invite()
    settings.REGISTRATION = "closed"
    assert outcome(register()) == (403, "registration_closed")
    assert outcome(register(invitation=token)) == (403, "registration_closed")


@pytest.mark.parametrize(
    ("token", "result"),
    [
        (lambda: invite(), 201),
        (lambda: invite(email="ANNA@veda.example"), 201),
        (lambda: invite(email="other@veda.example"), (400, "invitation_invalid")),
        (lambda: invite(expires_at=timezone.now()), (400, "invitation_invalid")),
        (lambda: invite(used_at=timezone.now()), (400, "invitation_invalid")),
        (lambda: invite()[:-1], (400, "invitation_invalid")),
        (lambda: signing.dumps("x", salt="other"), (400, "invitation_invalid")),
        (lambda: "", (400, "invitation_invalid")),
        (lambda: "é:é:é", (400, "invitation_invalid")),
    ],
    ids=["open", "theirs", "another's", "too late", "used", "cut", "foreign", "none", "not ASCII"],
)
def test_where_registration_is_by_invitation_a_good_one_is_wanted(settings, token, result):
    settings.REGISTRATION = "invited"
    assert outcome(register(invitation=token())) == result
    assert User.objects.exists() == (result == 201)


def test_an_invitation_is_used_once_and_a_failed_try_leaves_it_good(settings):
    settings.REGISTRATION = "invited"
    token = invite()
    UserFactory(email="taken@veda.example")
    assert outcome(register(invitation=token, email="taken@veda.example")) == (400, "email_taken")
    assert outcome(register(invitation=token)) == 201
    assert outcome(register(invitation=token, email="another@veda.example")) == (400, "invitation_invalid")


def test_of_many_who_use_an_invitation_at_once_one_gets_in(settings, at_once):
    settings.REGISTRATION = "invited"
    token = invite()
    addresses = iter([f"person-{number}@veda.example" for number in range(6)])
    statuses = at_once(lambda: register(invitation=token, email=next(addresses)).status_code, 6)
    assert sorted(statuses) == [201, 400, 400, 400, 400, 400]
    assert User.objects.count() == 1


# The address is confirmed by mail


def confirm(token):
    return APIClient().post("/api/auth/email/confirm", {"token": token}, format="json")


def token_in(mail):
    return next(line for line in mail.body.splitlines() if "#" in line).partition("#")[2]


def test_who_registers_is_mailed_a_link_that_confirms_the_address(mailed):
    register()
    (mail,) = mailed()
    assert mail.to == ["anna@veda.example"]
    assert "https://veda.example/confirm-email#" in mail.body
    assert "Anna" not in mail.body  # no words of whoever typed the address
    assert confirm(token_in(mail)).status_code == 204
    assert User.objects.get().email_confirmed_at
    assert confirm(token_in(mail)).status_code == 204
    assert AuditEvent.objects.filter(action="email_confirmed", subject_id=User.objects.get().id).count() == 1


def test_nobody_is_mailed_where_nobody_registered(mailed):
    register(consent="1999-01")
    register(password="short")
    assert mailed() == []
    assert not User.objects.exists()


def test_the_link_is_mailed_again_until_it_was_followed(transactional_db, client_of, owner, outsider, mailed):
    client = client_of(owner)
    assert client.post("/api/auth/email/confirmation").status_code == 204
    (mail,) = mailed()
    assert mail.to == [owner.email]
    assert confirm(token_in(mail)).status_code == 204
    assert client.post("/api/auth/email/confirmation").status_code == 204
    assert len(mailed()) == 1
    assert client.get("/api/auth/me").json()["email_confirmed"] is True
    assert client_of(outsider).get("/api/auth/me").json()["email_confirmed"] is False


def test_without_mail_there_is_no_link(client_of, owner, error_of, settings):
    settings.MAIL_WORKS = False
    answer = client_of(owner).post("/api/auth/email/confirmation")
    assert (answer.status_code, error_of(answer)) == (503, "mail_unavailable")


def test_a_link_that_is_no_longer_good_confirms_nothing(owner, monkeypatch):
    good = confirmation_link(owner, "").partition("#")[2]
    for bad in (good[:-1], "x", "a:b:c", "é:é:é", signing.dumps([str(owner.id), owner.email_key])):
        assert outcome(confirm(bad)) == (400, "link_invalid")
    monkeypatch.setattr("accounts.registration.CONFIRMATION_SECONDS", -1)
    assert outcome(confirm(good)) == (400, "link_invalid")
    monkeypatch.undo()
    User.objects.update(email="new@veda.example", email_key="new@veda.example")
    assert outcome(confirm(good)) == (400, "link_invalid")
    assert User.objects.get().email_confirmed_at is None


def test_registering_is_on_record_without_the_address():
    register()
    (event,) = AuditEvent.objects.filter(action="registered")
    user = User.objects.get()
    assert (event.actor_id, event.subject_id) == (user.id, user.id)
    assert "anna" not in str([getattr(event, field.attname) for field in AuditEvent._meta.concrete_fields])
