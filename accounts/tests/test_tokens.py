"""Rotation of refresh tokens, forged tokens, tickets."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import AuditEvent, RefreshFamily, User
from accounts.tests.factories import UserFactory
from accounts.tests.forgeries import ENDED, FORGERIES, resigned
from accounts.tokens import redeem_ticket, user_of_family
from veda.errors import AccountDisabled, InvalidToken

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = str(uuid.uuid4()), str(uuid.uuid4())


def refresh(token):
    return APIClient().post("/api/auth/refresh", {"refresh": token}, format="json")


def me(access):
    return APIClient().get("/api/auth/me", HTTP_AUTHORIZATION=f"Bearer {access}")


def ticket_by(access, conversation_id):
    """A ticket as a client gets it, for a conversation of this id."""
    headers = {"HTTP_AUTHORIZATION": f"Bearer {access}"}
    answer = APIClient().post("/api/auth/ws-ticket", {"conversation": conversation_id}, format="json", **headers)
    return answer.json()["ticket"]


def let_pass(seconds):
    """As if the tokens of every family had been issued so much earlier."""
    for family in RefreshFamily.objects.all():
        family.issued_at -= timedelta(seconds=seconds)
        family.save()


# Rotation


def opened_by(ticket: str, *, conversation_id: str) -> User:
    """Whose socket the ticket opens."""
    return user_of_family(redeem_ticket(ticket, conversation_id=conversation_id))


def test_refreshing_gives_a_new_pair_that_works(owner, tokens_of):
    first = tokens_of(owner)
    second = refresh(first.refresh).json()
    assert second["refresh"] != first.refresh
    assert me(second["access"]).status_code == 200
    assert refresh(second["refresh"]).status_code == 200


def test_the_same_token_within_the_grace_gets_the_same_successor_byte_for_byte(owner, tokens_of):
    token = tokens_of(owner).refresh
    successors = {refresh(token).json()["refresh"] for _ in range(3)}
    assert len(successors) == 1
    assert refresh(successors.pop()).status_code == 200


def test_reuse_after_the_grace_ends_the_family_and_its_access_tokens(owner, tokens_of, error_of):
    first = tokens_of(owner)
    second = refresh(first.refresh).json()
    let_pass(seconds=11)
    again = refresh(first.refresh)
    assert (again.status_code, error_of(again)) == (401, "invalid_token")
    assert refresh(second["refresh"]).status_code == 401
    assert me(second["access"]).status_code == 401
    assert me(first.access).status_code == 401


def test_reuse_just_within_the_grace_ends_nothing(owner, tokens_of):
    first = tokens_of(owner)
    second = refresh(first.refresh).json()
    let_pass(seconds=8)
    assert refresh(first.refresh).status_code == 200
    assert me(second["access"]).status_code == 200


def test_a_token_that_is_two_behind_was_copied(owner, tokens_of):
    first = tokens_of(owner).refresh
    second = refresh(first).json()["refresh"]
    third = refresh(second).json()["refresh"]
    assert refresh(first).status_code == 401
    assert refresh(third).status_code == 401


def test_reuse_ends_one_family_and_no_other(owner, outsider, tokens_of):
    spent, other_device, other_person = tokens_of(owner), tokens_of(owner), tokens_of(outsider)
    refresh(spent.refresh)
    RefreshFamily.objects.update(issued_at=timezone.now() - timedelta(seconds=60))
    assert refresh(spent.refresh).status_code == 401
    assert me(other_device.access).status_code == 200
    assert me(other_person.access).status_code == 200


def test_a_copied_token_that_comes_again_while_its_family_is_ended_is_told_of_once(owner, tokens_of, monkeypatch):
    """The other request ends the family between this one's look and its own end."""
    pair = tokens_of(owner)
    refresh(pair.refresh)
    let_pass(60)
    family_of = tokens._family

    def ended_meanwhile(family_id):
        family = family_of(family_id)
        RefreshFamily.objects.filter(id=family_id).end()
        return family

    monkeypatch.setattr(tokens, "_family", ended_meanwhile)
    assert refresh(pair.refresh).status_code == 401
    assert not AuditEvent.objects.filter(action=AuditEvent.Action.TOKEN_REUSED).exists()


def test_devices_live_while_they_are_signed_in_and_their_account_is_in_use(owner, outsider, colleague, tokens_of):
    live, out, disabled = tokens_of(owner), tokens_of(outsider), tokens_of(colleague)
    tokens.end_session(out.refresh)
    User.objects.filter(id=colleague.id).update(is_active=False)
    asked = [live.family_id, out.family_id, disabled.family_id, uuid.uuid4()]
    assert tokens.live_families(asked) == {live.family_id}


def test_an_empty_token_is_none(db):
    with pytest.raises(InvalidToken):
        tokens.rotate("")


def test_a_hundred_refreshes_at_once_leave_one_live_successor(owner, tokens_of, at_once):
    token = tokens_of(owner).refresh
    answers = at_once(lambda: refresh(token), 100)
    assert [answer.status_code for answer in answers] == [200] * 100
    assert len({answer.json()["refresh"] for answer in answers}) == 1
    family = RefreshFamily.objects.get()
    assert (family.generation, family.revoked_at) == (2, None)
    assert refresh(answers[0].json()["refresh"]).status_code == 200


def test_a_family_that_was_not_used_for_its_lifetime_is_over(owner, tokens_of):
    pair = tokens_of(owner)
    let_pass(settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"].total_seconds() + 1)
    assert refresh(pair.refresh).status_code == 401


def test_a_disabled_account_refreshes_no_more(owner, tokens_of, error_of):
    pair = tokens_of(owner)
    User.objects.update(is_active=False)
    answer = refresh(pair.refresh)
    assert (answer.status_code, error_of(answer)) == (403, "account_disabled")


def test_a_deleted_account_has_no_tokens(owner, tokens_of):
    pair = tokens_of(owner)
    owner.delete()
    assert refresh(pair.refresh).status_code == 401
    assert me(pair.access).status_code == 401


# Forgery


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_access_token_opens_nothing(owner, tokens_of, error_of, forgery):
    answer = me(FORGERIES[forgery](tokens_of(owner)))
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")


def test_a_ticket_is_no_access_token(owner, tokens_of, error_of):
    answer = me(ticket_by(tokens_of(owner).access, HERE))
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")


@pytest.mark.parametrize("ended", ENDED)
def test_a_good_token_ends_with_what_it_stands_on(owner, tokens_of, ended):
    end, status, _ = ENDED[ended]
    pair = tokens_of(owner)
    assert me(pair.access).status_code == 200
    end(User.objects.get(id=owner.id))
    assert me(pair.access).status_code == status
    assert refresh(pair.refresh).status_code == status


def test_a_token_that_is_signed_again_unchanged_works(owner, tokens_of):
    """The control of the forgeries above: what they change is why they fail."""
    assert me(resigned(tokens_of(owner).access)).status_code == 200


@pytest.mark.parametrize("header", ["Basic b3duZXI6cGFzcw==", "Token x", "", "bearertoken"])
def test_another_scheme_is_nobody(db, error_of, header):
    answer = APIClient().get("/api/auth/me", HTTP_AUTHORIZATION=header)
    assert (answer.status_code, error_of(answer)) == (401, "not_authenticated")


@pytest.mark.parametrize(
    "forge",
    [
        lambda pair: resigned(pair.refresh, key="x" * 40),
        lambda pair: resigned(pair.refresh, key="", algorithm="none"),
        lambda pair: resigned(pair.refresh, generation=2),
        lambda pair: resigned(pair.refresh, generation="many"),
        lambda pair: resigned(pair.refresh, generation=None),
        lambda pair: resigned(pair.refresh, jti="x"),
        lambda pair: resigned(pair.refresh, jti="é"),
        lambda pair: resigned(pair.refresh, family=str(uuid.uuid4())),
        lambda pair: resigned(pair.refresh, aud="others"),
        lambda pair: resigned(pair.refresh, exp=int(time.time()) - 1),
        lambda pair: pair.access,
        lambda pair: "é",
        lambda pair: "garbage",
    ],
)
def test_a_forged_refresh_token_is_refused_and_ends_nothing(owner, tokens_of, error_of, forge):
    pair = tokens_of(owner)
    answer = refresh(forge(pair))
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")
    assert refresh(pair.refresh).status_code == 200


# Tickets


@pytest.fixture
def ticket_of(tokens_of):
    """A ticket as a user gets it, for a conversation of this id."""

    return lambda user, conversation_id: ticket_by(tokens_of(user).access, conversation_id)


@pytest.fixture
def clock(monkeypatch):
    """Moves the clock by which tickets are signed and read."""

    def move(seconds):
        monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: time.time() + seconds))

    return move


def test_a_ticket_names_its_owner_once(owner, ticket_of):
    ticket = ticket_of(owner, HERE)
    assert opened_by(ticket, conversation_id=HERE) == owner
    with pytest.raises(InvalidToken):
        opened_by(ticket, conversation_id=HERE)


def test_a_ticket_is_used_by_one_of_many_who_try_at_once(owner, ticket_of, at_once):
    ticket = ticket_of(owner, HERE)

    def redeem():
        try:
            return opened_by(ticket, conversation_id=HERE)
        except InvalidToken:
            return None

    assert [user for user in at_once(redeem, 8) if user] == [owner]


def test_a_ticket_lives_thirty_seconds(owner, ticket_of, clock):
    first, second = ticket_of(owner, HERE), ticket_of(owner, HERE)
    clock(28)
    assert opened_by(first, conversation_id=HERE) == owner
    clock(32)
    with pytest.raises(InvalidToken):
        opened_by(second, conversation_id=HERE)


def test_a_used_ticket_stays_used_as_long_as_it_lives(owner, ticket_of, clock):
    ticket = ticket_of(owner, HERE)
    opened_by(ticket, conversation_id=HERE)
    clock(29)
    with pytest.raises(InvalidToken):
        opened_by(ticket, conversation_id=HERE)


def test_while_the_cache_is_away_a_ticket_is_still_used_once(owner, ticket_of, monkeypatch, logged):
    def away(*args):
        raise ConnectionError("peculiarwords")

    monkeypatch.setattr(cache, "add", away)
    ticket = ticket_of(owner, HERE)
    assert opened_by(ticket, conversation_id=HERE) == owner
    with pytest.raises(InvalidToken):
        opened_by(ticket, conversation_id=HERE)
    assert [line for line in logged() if "this process alone: ConnectionError" in line]


def test_a_ticket_is_for_one_conversation(owner, ticket_of):
    ticket = ticket_of(owner, HERE)
    with pytest.raises(InvalidToken):
        opened_by(ticket, conversation_id=ELSEWHERE)
    assert opened_by(ticket, conversation_id=HERE) == owner  # the mistake didn't use it up


def test_a_ticket_is_dead_after_signing_out(owner, tokens_of, ticket_of):
    pair = tokens_of(owner)
    ticket = ticket_by(pair.access, HERE)
    APIClient().post("/api/auth/logout", {"refresh": pair.refresh}, format="json")
    with pytest.raises(InvalidToken):
        opened_by(ticket, conversation_id=HERE)


def test_a_ticket_of_a_disabled_account_says_so(ticket_of):
    user = UserFactory()
    ticket = ticket_of(user, HERE)
    User.objects.update(is_active=False)
    with pytest.raises(AccountDisabled):
        opened_by(ticket, conversation_id=HERE)


@pytest.mark.parametrize("ticket", ["", ":", "::", "a:b:c", "é:é:é", "\x00:\x00", "x" * 5000])
def test_a_forged_ticket_is_refused(db, ticket):
    with pytest.raises(InvalidToken):
        opened_by(ticket, conversation_id=HERE)


def test_what_was_signed_for_another_purpose_is_no_ticket(owner):
    with pytest.raises(InvalidToken):
        opened_by(signing.dumps([str(owner.pk), str(uuid.uuid4()), HERE, "n"]), conversation_id=HERE)
