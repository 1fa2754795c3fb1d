"""A role puts its user into one group, which may do just what it needs."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import AuditEvent, RefreshFamily, User
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MODERATOR = {
    "moderation.view_decision", "moderation.change_decision", "chat.view_conversation", "chat.view_attachment",
    "chat.attend_conversation", "chat.view_helprequest", "chat.view_feedback", "accounts.pause_user",
    "chat.view_daycounts", "moderation.view_rulebook", "pipeline.view_document", "pipeline.view_passage",
}  # fmt: skip
ADMINISTRATOR = MODERATOR | {
    "accounts.view_user", "accounts.add_user", "accounts.change_user",
    "accounts.view_invitation", "accounts.add_invitation", "accounts.delete_invitation",
    "accounts.view_refreshfamily", "accounts.change_refreshfamily",
    "accounts.view_consent", "accounts.view_auditevent", "accounts.view_system", "moderation.view_alert",
    "moderation.add_rulebook",
    "pipeline.add_document", "pipeline.change_document",
}  # fmt: skip
PERMITTED = {User.Role.PATIENT: set(), User.Role.MODERATOR: MODERATOR, User.Role.ADMIN: ADMINISTRATOR}


def permissions(user: User) -> set[str]:
    return User.objects.get(id=user.id).get_all_permissions()


@pytest.mark.parametrize("role", User.Role)
def test_a_role_gives_just_this(role):
    assert permissions(UserFactory(role=role)) == PERMITTED[role]


@pytest.mark.parametrize("before", User.Role)
@pytest.mark.parametrize("after", User.Role)
def test_another_role_takes_away_what_the_one_before_gave(before, after):
    user = UserFactory(role=before)
    user.role = after
    user.save()
    assert permissions(user) == PERMITTED[after]
    assert user.groups.count() == (after != User.Role.PATIENT)


def test_what_was_given_by_hand_stays():
    user = UserFactory(role=User.Role.MODERATOR)
    own = Group.objects.create(name="Nurses")
    user.groups.add(own)
    user.user_permissions.add(Permission.objects.get(codename="view_document"))
    user.role = User.Role.ADMIN
    user.save(update_fields=["role"])
    assert set(user.groups.values_list("name", flat=True)) == {"Administrator", "Nurses"}
    assert permissions(user) == ADMINISTRATOR
    user.role = User.Role.PATIENT
    user.save()
    assert permissions(user) == {"pipeline.view_document"}


def test_a_change_of_role_is_on_record_and_ends_the_sessions(owner, client_of):
    phone = client_of(owner)
    assert phone.get("/api/auth/me").status_code == 200
    owner.role = User.Role.MODERATOR
    owner.save()
    assert phone.get("/api/auth/me").status_code == 401
    event = AuditEvent.objects.get(action="role_changed")
    assert (event.subject_id, event.actor_id, event.details) == (owner.id, None, {"old": "patient", "new": "moderator"})
    assert not RefreshFamily.objects.filter(revoked_at=None).exists()


def test_nothing_is_on_record_where_nothing_changed(colleague):
    AuditEvent.objects.filter(subject_id=colleague.id).delete()
    colleague.name = "Colleen"
    colleague.save()
    colleague.save(update_fields=["name"])
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("active", [False, True])
def test_disabling_and_enabling_are_on_record(active):
    user = UserFactory(is_active=not active)
    user.is_active = active
    user.save(update_fields=["is_active"])
    event = AuditEvent.objects.get(subject_id=user.id)
    assert event.action == ("account_enabled" if active else "account_disabled")


def test_a_group_that_was_removed_gives_nothing_and_breaks_nothing():
    Group.objects.all().delete()
    user = UserFactory(role=User.Role.ADMIN)
    assert permissions(user) == set()
    client = Client()
    client.force_login(user)
    assert client.get("/admin/").status_code == 200
