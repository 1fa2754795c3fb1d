"""Where an account is signed in, and being signed out there."""

from __future__ import annotations

import uuid

import pytest
from rest_framework.test import APIClient

from accounts.models import AuditEvent, RefreshFamily, User
from accounts.tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


def log_in(user, agent=FIREFOX, **headers):
    body = {"email": user.email, "password": PASSWORD}
    answer = APIClient().post("/api/auth/login", body, format="json", HTTP_USER_AGENT=agent, **headers)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    return client


def devices(client):
    return client.get("/api/auth/devices").json()["results"]


def test_devices_are_listed_newest_first_and_this_one_is_marked(owner, outsider):
    first, second = log_in(owner), log_in(owner, agent="curl/8.5.0")
    log_in(outsider)
    body = first.get("/api/auth/devices").json()
    assert (body["next"], body["previous"]) == (None, None)
    newer, older = body["results"]
    assert set(newer) == {"id", "browser", "method", "second_factor", "first_seen", "last_seen", "current"}
    assert (older["browser"], newer["browser"]) == ("Firefox on Linux", "curl")
    assert (older["current"], newer["current"]) == (True, False)
    assert [device["current"] for device in devices(second)] == [True, False]
    assert (older["method"], older["second_factor"]) == ("password", False)


def test_last_seen_is_when_the_device_refreshed(owner, tokens_of):
    pair = tokens_of(owner)
    client = log_in(owner)
    before = next(device for device in devices(client) if not device["current"])
    APIClient().post("/api/auth/refresh", {"refresh": pair.refresh}, format="json")
    after = next(device for device in devices(client) if not device["current"])
    assert after["last_seen"] > before["last_seen"]
    assert after["first_seen"] == before["first_seen"]


def test_many_devices_come_in_pages(owner, monkeypatch):
    monkeypatch.setattr("accounts.api.devices.NewestFirst.page_size", 2)
    client = log_in(owner)
    for _ in range(4):
        log_in(owner)
    first = client.get("/api/auth/devices").json()
    seen = first["results"]
    while first["next"]:
        first = client.get(first["next"]).json()
        seen += first["results"]
    assert len({device["id"] for device in seen}) == 5
    assert client.get("/api/auth/devices?cursor=bz0x%FF").status_code == 404


def test_a_device_can_be_signed_out_and_is_out_at_once(owner):
    here, there = log_in(owner), log_in(owner)
    (other,) = [device["id"] for device in devices(here) if not device["current"]]
    assert here.delete(f"/api/auth/devices/{other}").status_code == 204
    assert there.get("/api/auth/me").status_code == 401
    assert [device["current"] for device in devices(here)] == [True]
    assert here.delete(f"/api/auth/devices/{other}").status_code == 404
    event = AuditEvent.objects.get(action="device_signed_out")
    assert (event.actor_id, event.subject_id, str(event.object_id)) == (owner.id, owner.id, other)


def test_nobody_signs_out_anothers_device(owner, outsider, colleague, client_of, error_of):
    client = log_in(owner)
    (own,) = devices(client)
    for stranger in (outsider, colleague):
        answer = client_of(stranger).delete(f"/api/auth/devices/{own['id']}")
        assert (answer.status_code, error_of(answer)) == (404, "not_found")
        client_of(stranger).delete("/api/auth/devices")
    assert client_of(None).delete("/api/auth/devices").status_code == 401
    assert client_of(None).get("/api/auth/devices").status_code == 401
    assert client.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize("device", [uuid.uuid4(), "five", "%00"])
def test_a_device_that_is_none_is_not_found(client_of, owner, device):
    assert client_of(owner).delete(f"/api/auth/devices/{device}").status_code == 404


def test_all_devices_can_be_signed_out_with_this_one(owner, outsider):
    here, there, other_person = log_in(owner), log_in(owner), log_in(outsider)
    answer = here.delete("/api/auth/devices", HTTP_X_VEDA_CLIENT="web")
    assert answer.status_code == 204
    assert answer.cookies["veda_refresh"]["max-age"] == 0
    assert here.get("/api/auth/me").status_code == there.get("/api/auth/me").status_code == 401
    assert other_person.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda user: User.objects.get(id=user.id).delete(),
        lambda user: set_and_save(user, is_active=False),
        lambda user: set_and_save(user, role="moderator"),
        lambda user: set_password(user),
    ],
    ids=["deleted", "disabled", "another role", "another password"],
)
def test_whatever_changes_who_may_come_in_signs_out_and_tells(transactional_db, owner, tokens_of, told, change):
    tokens_of(owner)
    change(User.objects.get(id=owner.id))
    assert told() == {owner.id}
    assert not RefreshFamily.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize("change", [{"name": "Olga"}, {"country": "GB"}, {"year_of_birth": 1980}])
def test_other_changes_sign_nobody_out(transactional_db, owner, tokens_of, told, change):
    tokens_of(owner)
    set_and_save(User.objects.get(id=owner.id), **change)
    User.objects.get(id=owner.id).check_password(PASSWORD)
    assert told() == set()
    assert RefreshFamily.objects.filter(revoked_at=None).exists()


def test_an_account_that_is_enabled_again_has_no_device_signed_in(owner, client_of, error_of):
    client = client_of(owner)
    set_and_save(owner, is_active=False)
    assert error_of(client.get("/api/auth/me")) == "account_disabled"
    set_and_save(owner, is_active=True)
    assert error_of(client.get("/api/auth/me")) == "invalid_token"


@pytest.fixture
def told():
    """Of whom it was told that sessions ended."""
    from accounts.signals import sessions_ended

    users = set()

    def listen(user_id, **_):
        users.add(user_id)

    sessions_ended.connect(listen)
    yield lambda: users
    sessions_ended.disconnect(listen)


def set_and_save(user, **fields):
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()


def set_password(user):
    user.set_password("another horse, five staples")
    user.save()
