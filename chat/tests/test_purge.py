"""`purge_expired`: what is old enough goes, all else stays."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from accounts import consents
from accounts.agreement import agreement_version
from accounts.models import AuditEvent, Invitation, RefreshFamily, User
from accounts.tests.factories import UserFactory
from chat import purge as purging
from chat.models import Attachment, Conversation, Message, RowLock
from chat.purge import purge, purge_when_due
from moderation.models import Decision

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = ["conversations", "hidden conversations", "emptied accounts", "unsent pictures", "devices", "invitations",
        "sessions", "decisions", "changes in the admin", "audit events"]  # fmt: skip


@pytest.fixture(autouse=True)
def terms(settings):
    settings.CONVERSATION_RETENTION_DAYS, settings.AUDIT_RETENTION_DAYS = 365, 2192


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def fill(user, days):
    """One row of each kind, last touched so many days ago."""
    then = days_ago(days)
    kept = Conversation.objects.create(user=user, updated_at=then)
    Message.objects.create(conversation=kept, position=1, sender="user", status="sent", content="peculiarwords")
    Conversation.objects.filter(id=kept.id).update(updated_at=then)
    hidden = Conversation.objects.create(user=user, deleted_at=then)
    Decision.objects.create(patient_id=user.id, conversation_id=hidden.id, message_id=uuid.uuid4(), severity="high")
    recent = Conversation.objects.create(user=user)
    Attachment.objects.create(conversation=recent, file=f"uploads/{days}", size=1, width=1, height=1)
    Attachment.objects.update(created_at=then)
    RefreshFamily.objects.create(user=user, method="password", issued_at=then, revoked_at=then)
    RefreshFamily.objects.create(user=user, method="password", issued_at=then)
    Invitation.objects.create(email="a@veda.example", expires_at=then)
    Invitation.objects.create(email="b@veda.example", expires_at=then + timedelta(days=9999), used_at=then)
    Session.objects.create(session_key=f"key{days}", session_data="", expire_date=then)
    old = Decision.objects.create(
        patient_id=user.id, conversation_id=uuid.uuid4(), message_id=uuid.uuid4(), severity="low"
    )
    Decision.objects.filter(id=old.id).update(created_at=then)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=user, content_type=kind, object_id="1", action_flag=CHANGE, action_time=then)
    AuditEvent.objects.create(action="signed_in", at=then)


def test_what_is_old_goes_and_is_counted(owner):
    fill(owner, 3000)
    UserFactory(deleted_at=days_ago(40), is_active=False)
    counts = {name: count for name, count in purge().items() if count}
    assert counts == {name: 2 if name in ("devices", "invitations") else 1 for name in ROWS}
    assert Conversation.objects.count() == 1
    assert not Message.objects.exists()
    assert not Attachment.objects.exists()
    assert User.objects.get() == owner
    for model in (RefreshFamily, Invitation, Session, LogEntry):
        assert not model.objects.exists()
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_id, event.details["counts"]) == ("purged", None, counts)


def test_what_is_recent_stays(owner):
    fill(owner, 0.9)
    Session.objects.update(expire_date=timezone.now() + timedelta(days=1))
    before = everything()
    assert not any(purge().values())
    assert everything() == before, "and nothing is put on record"


@pytest.mark.parametrize(("days", "gone"), [(29, set()), (31, {"hidden conversations", "devices", "invitations"})])
def test_after_thirty_days(owner, days, gone):
    fill(owner, days)
    Attachment.objects.all().delete()
    Session.objects.all().delete()
    assert {name for name, count in purge().items() if count} == gone


def test_nothing_is_kept_too_short_where_no_time_is_set(owner, settings):
    settings.CONVERSATION_RETENTION_DAYS = settings.AUDIT_RETENTION_DAYS = 0
    fill(owner, 5000)
    counts = purge()
    for name in ("conversations", "decisions", "changes in the admin", "audit events"):
        assert counts[name] == 0


@pytest.mark.parametrize(("hours", "gone"), [(11, 0), (13, 1)])
def test_a_temporary_conversation_that_nobody_left_goes_half_a_day_after_its_last_message(owner, hours, gone):
    then = timezone.now() - timedelta(hours=hours)
    Conversation.objects.create(user=owner, temporary_since=days_ago(2), updated_at=then)
    Conversation.objects.create(user=owner, updated_at=then)
    assert purge()["temporary conversations"] == gone
    assert Conversation.objects.count() == 2 - gone


def test_a_hidden_conversation_whose_decision_was_reviewed_behind_everybodys_back_goes(owner):
    hidden = Conversation.objects.create(user=owner, deleted_at=timezone.now())
    Decision.objects.create(patient_id=owner.id, conversation_id=hidden.id, message_id=hidden.id, severity="high")
    assert purge()["hidden conversations"] == 0
    Decision.objects.update(review="confirmed")  # which sends no signal
    assert purge()["hidden conversations"] == 1


def test_an_old_conversation_under_an_open_decision_is_hidden_first(owner):
    old = Conversation.objects.create(user=owner, updated_at=days_ago(400))
    Decision.objects.create(patient_id=owner.id, conversation_id=old.id, message_id=old.id, severity="high")
    assert purge()["conversations"] == 1
    old.refresh_from_db()
    assert old.deleted_at


def test_a_conversation_that_goes_on_meanwhile_stays(owner, monkeypatch):
    old = Conversation.objects.create(user=owner, updated_at=days_ago(400))
    found = purging._batches

    def batches(due):
        for ids in found(due):
            Conversation.objects.filter(id=old.id).update(updated_at=timezone.now())
            yield ids

    monkeypatch.setattr(purging, "_batches", batches)
    assert purge()["conversations"] == 0
    assert Conversation.objects.filter(id=old.id, deleted_at=None).exists()


def test_many_are_removed_in_batches(owner, monkeypatch):
    monkeypatch.setattr(purging, "AT_ONCE", 3)
    AuditEvent.objects.bulk_create(AuditEvent(action="signed_in", at=days_ago(3000)) for _ in range(10))
    Conversation.objects.bulk_create(Conversation(user=owner, updated_at=days_ago(400)) for _ in range(7))
    counts = purge()
    assert (counts["audit events"], counts["conversations"]) == (10, 7)


def test_a_dry_run_only_counts(owner):
    fill(owner, 3000)
    before = everything()
    out = StringIO()
    call_command("purge_expired", "--dry-run", stdout=out)
    assert everything() == before
    assert "Would be removed" in out.getvalue()
    assert "2 devices" in out.getvalue()
    out = StringIO()
    call_command("purge_expired", stdout=out)
    assert out.getvalue().startswith("Removed:\n")
    assert "2 devices" in out.getvalue()
    out = StringIO()
    call_command("purge_expired", stdout=out)
    assert "nothing" in out.getvalue()


def test_of_many_processes_one_purges_and_only_once_a_day(owner, at_once):
    fill(owner, 3000)
    at_once(purge_when_due, 4)
    assert AuditEvent.objects.filter(action="purged").count() == 1
    assert Conversation.objects.count() == 1
    fill(owner, 2999)
    purge_when_due()
    assert Conversation.objects.count() == 4
    RowLock.objects.update(leased_until=days_ago(0.01))
    purge_when_due()
    assert AuditEvent.objects.filter(action="purged").count() == 2


async def test_a_process_that_serves_purges_by_itself(owner, running):
    from chat.tests.sockets import eventually

    await eventually(RowLock.objects.filter(name="purge", leased_until__gt=timezone.now()).aexists)


def everything():
    models = (Conversation, Message, Attachment, RefreshFamily, Invitation, Session, Decision, LogEntry, AuditEvent)
    return {model.__name__: model.objects.count() for model in models}


@pytest.mark.parametrize(
    ("withdrawn", "agreed_again", "gone"),
    [(31, False, True), (29, False, False), (31, True, False), (None, False, False)],
    ids=["a month ago", "lately", "agreed again", "never"],
)
def test_what_is_kept_of_who_took_back_the_use_of_health_data(owner, withdrawn, agreed_again, gone):
    kept = Conversation.objects.create(user=owner)
    if withdrawn:
        consents.withdraw(user=owner, purpose="health_data")
        owner.consents.filter(purpose="health_data").update(withdrawn_at=days_ago(withdrawn))
    if agreed_again:
        consents.give(user=owner, version=agreement_version())
    purge()
    assert Conversation.objects.filter(id=kept.id).exists() is not gone


def test_an_agreement_that_is_only_outdated_erases_nothing(owner, settings):
    kept = Conversation.objects.create(user=owner)
    owner.consents.update(given_at=days_ago(900))
    settings.TERMS_VERSION = "2030-01"
    purge()
    assert Conversation.objects.filter(id=kept.id).exists()
