"""Consents: separate, versioned, withdrawable, asked again where the agreement changes."""

from __future__ import annotations

from functools import partial

import pytest

from accounts import consents
from accounts.agreement import agreement_version
from accounts.models import AuditEvent, Consent, User
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

GIVE, OVERVIEW = "/api/auth/consent", "/api/auth/consents"
REMOTE = [{"name": "Pinecone", "receives": "your questions, as numbers that stand for their meaning"}]


@pytest.fixture
def newcomer(db):
    return UserFactory(consent_version="", consent_at=None)


def given(overview):
    return {purpose["purpose"] for purpose in overview["purposes"] if purpose["given"]}


def test_without_purposes_the_required_ones_are_given(client_of, newcomer):
    client = client_of(newcomer)
    before = client.get(OVERVIEW).json()
    assert given(before) == set()
    assert before["history"] == []
    assert client.post(GIVE, {"version": before["version"]}, format="json").status_code == 204
    after = client.get(OVERVIEW).json()
    assert given(after) == {"terms", "health_data"}
    assert {purpose["purpose"]: purpose["required"] for purpose in after["purposes"]} == {
        "terms": True,
        "health_data": True,
        "staff_reading": False,
        "improvement": False,
    }
    assert client.get("/api/auth/me").json()["consent_current"] is True


def test_each_is_given_and_withdrawn_by_itself(client_of, newcomer):
    client = client_of(newcomer)
    version = agreement_version()
    client.post(GIVE, {"version": version, "purposes": ["terms"]}, format="json")
    assert client.get("/api/auth/me").json()["consent_current"] is False
    client.post(GIVE, {"version": version, "purposes": ["health_data", "improvement"]}, format="json")
    assert client.get("/api/auth/me").json()["consent_current"] is True
    assert consents.stands(newcomer.id, "improvement")
    assert not consents.stands(newcomer.id, "staff_reading")
    assert client.delete(f"{OVERVIEW}/improvement").status_code == 204
    assert client.get("/api/auth/me").json()["consent_current"] is True
    assert not consents.stands(newcomer.id, "improvement")
    assert client.delete(f"{OVERVIEW}/terms").status_code == 204
    after = client.get(OVERVIEW).json()
    assert given(after) == {"health_data"}
    assert sorted((row["purpose"], row["withdrawn_at"] is not None) for row in after["history"]) == [
        ("health_data", False),
        ("improvement", True),
        ("terms", True),
    ]


@pytest.mark.parametrize("purpose", ["improvement", "nonsense", "TERMS"])
def test_what_isnt_given_cant_be_withdrawn(client_of, owner, error_of, purpose):
    answer = client_of(owner).delete(f"{OVERVIEW}/{purpose}")
    assert (answer.status_code, error_of(answer)) == (404, "not_found")


def test_giving_twice_is_giving_once(client_of, newcomer):
    client = client_of(newcomer)
    for _ in range(2):
        client.post(GIVE, {"version": agreement_version()}, format="json")
    newcomer.refresh_from_db()
    assert Consent.objects.filter(user=newcomer).count() == 2
    assert AuditEvent.objects.filter(action="consent_given", subject_id=newcomer.id).count() == 2
    assert newcomer.consent_at == max(Consent.objects.values_list("given_at", flat=True))


@pytest.mark.django_db(transaction=True)
def test_many_who_give_at_once_give_once(at_once, newcomer):
    at_once(lambda: consents.give(user=User.objects.get(id=newcomer.id), version=agreement_version()), 8)
    assert Consent.objects.filter(user=newcomer).count() == 2
    assert AuditEvent.objects.filter(action="consent_given").count() == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"version": "2020-01"}, "outdated_terms"),
        ({"version": ""}, "invalid"),
        ({}, "invalid"),
        ({"version": "CURRENT", "purposes": ["everything"]}, "invalid"),
        ({"version": "CURRENT", "purposes": "terms"}, "invalid"),
        ({"version": "CURRENT", "year_of_birth": 2020}, "too_young"),
    ],
)
def test_what_isnt_an_agreement_changes_nothing(client_of, newcomer, error_of, body, code):
    body = {key: agreement_version() if value == "CURRENT" else value for key, value in body.items()}
    assert error_of(client_of(newcomer).post(GIVE, body, format="json")) == code
    assert not Consent.objects.exists()
    newcomer.refresh_from_db()
    assert newcomer.year_of_birth is None


def test_a_new_recipient_asks_everybody_again(client_of, owner, settings):
    client = client_of(owner)
    client.post(GIVE, {"version": agreement_version(), "purposes": ["staff_reading"]}, format="json")
    before = client.get(OVERVIEW).json()["version"]
    settings.DATA_RECIPIENTS = REMOTE
    config = client.get("/api/config").json()
    assert config["terms_version"] != before
    assert config["terms_version"].startswith(f"{settings.TERMS_VERSION}-")
    assert config["recipients"] == REMOTE
    assert client.get("/api/auth/me").json()["consent_current"] is False
    assert client.post("/api/conversations", {}, format="json").json()["error"]["code"] == "consent_required"
    assert not consents.stands(owner.id, "staff_reading")
    client.post(GIVE, {"version": config["terms_version"]}, format="json")
    after = client.get(OVERVIEW).json()
    assert given(after) == {"terms", "health_data"}, "what is optional stays off until it is given anew"
    history = {(row["purpose"], row["version"]): row for row in after["history"]}
    assert history["terms", before]["superseded_at"] == history["terms", after["version"]]["given_at"]
    assert history["terms", before]["withdrawn_at"] is None, "nobody took it back"
    assert history["terms", after["version"]]["recipients"] == REMOTE
    assert client.post("/api/conversations", {}, format="json").status_code == 201


def test_the_version_follows_terms_and_recipients_alone(settings):
    settings.DATA_RECIPIENTS = []
    assert agreement_version() == settings.TERMS_VERSION
    settings.DATA_RECIPIENTS = REMOTE
    once = agreement_version()
    settings.DATA_RECIPIENTS = [dict(reversed(recipient.items())) for recipient in REMOTE]
    assert agreement_version() == once
    settings.TERMS_VERSION = "2027-01"
    assert agreement_version() != once


def test_what_was_agreed_to_is_on_record_without_words(client_of, newcomer):
    client = client_of(newcomer)
    client.post(GIVE, {"version": agreement_version()}, format="json", HTTP_USER_AGENT="")
    client.delete(f"{OVERVIEW}/terms")
    events = AuditEvent.objects.filter(subject_id=newcomer.id, action__startswith="consent_").order_by("id")
    assert [(event.action, event.details["purpose"], event.details["version"]) for event in events] == [
        ("consent_given", "terms", agreement_version()),
        ("consent_given", "health_data", agreement_version()),
        ("consent_withdrawn", "terms", agreement_version()),
    ]
    assert {event.actor_id for event in events} == {newcomer.id}


def test_each_sees_and_changes_only_their_own(client_of, owner, outsider, colleague):
    for other in (outsider, colleague):
        client = client_of(other)
        client.delete(f"{OVERVIEW}/terms")
        assert given(client.get(OVERVIEW).json()) == {"health_data"}
    assert given(client_of(owner).get(OVERVIEW).json()) == {"terms", "health_data"}
    assert client_of(None).get(OVERVIEW).status_code == 401


def test_registering_gives_the_required_ones_and_what_is_named(client_of):
    body = {
        "email": "new@veda.example",
        "password": PASSWORD,
        "name": "Nia",
        "consent": agreement_version(),
        "purposes": ["improvement"],
    }
    assert client_of(None).post("/api/auth/register", body, format="json").status_code == 201
    user = User.objects.get(email="new@veda.example")
    assert set(Consent.objects.filter(user=user).values_list("purpose", flat=True)) == {
        "terms",
        "health_data",
        "improvement",
    }
    assert user.consent_current


def test_what_the_page_needs_before_anybody_signs_in(client_of, settings):
    settings.REGISTRATION, settings.MINIMUM_AGE = "invited", 18
    config = client_of(None).get("/api/config").json()
    assert (config["registration"], config["minimum_age"], config["mail"]) == ("invited", 18, settings.MAIL_WORKS)
    assert [row["purpose"] for row in config["consents"] if row["required"]] == ["terms", "health_data"]
    assert all(row["label"] for row in config["consents"])


def test_giving_and_withdrawing_again_and_again_is_held_up_and_no_longer_on_record(client_of, newcomer, settings):
    settings.RATES = {**settings.RATES, "consent": ("3/hour", "")}
    client = client_of(newcomer)
    said = {"version": agreement_version(), "purposes": ["improvement"]}
    give, withdraw = partial(client.post, GIVE, said, format="json"), partial(client.delete, f"{OVERVIEW}/improvement")
    assert [ask().status_code for ask in (give, withdraw, give, withdraw)] == [204, 204, 204, 429]
    assert AuditEvent.objects.filter(action__startswith="consent").count() == 3
    assert client_of(UserFactory()).post(GIVE, said, format="json").status_code == 204
