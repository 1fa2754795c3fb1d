"""Who may see and review decisions in the admin."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from moderation.admin import DecisionAdmin
from moderation.models import Decision

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision():
    ids = {"patient_id": uuid.uuid4(), "conversation_id": uuid.uuid4(), "message_id": uuid.uuid4()}
    return Decision.objects.create(severity="high", category="worry", rule="moon", action="blocked", **ids)


@pytest.fixture
def reviewer(colleague):
    """What a moderator may do, the role gives."""
    return colleague


def test_the_list_is_for_staff_with_the_permission(client, owner, outsider, reviewer, decision):
    address = reverse("admin:moderation_decision_changelist")
    assert client.get(address).status_code == 302
    for patient in (owner, outsider):
        client.force_login(patient)
        assert client.get(address).status_code == 302
    client.force_login(reviewer)
    answer = client.get(address)
    assert answer.status_code == 200
    assert "worry" in answer.content.decode()


def test_a_colleague_without_the_permission_sees_none(client, colleague, decision):
    colleague.groups.clear()
    client.force_login(colleague)
    assert client.get(reverse("admin:moderation_decision_changelist")).status_code == 403


def test_only_the_review_can_be_changed(client, reviewer, decision):
    client.force_login(reviewer)
    address = reverse("admin:moderation_decision_change", args=[decision.id])
    answer = client.post(address, {"review": "confirmed", "severity": "low", "category": "nothing"})
    assert answer.status_code == 302
    decision.refresh_from_db()
    assert (decision.review, decision.severity, decision.category) == ("confirmed", "high", "worry")


def review(client: Client, decision: Decision, new: str, **more: str):
    return client.post(reverse("admin:moderation_decision_change", args=[decision.id]), {"review": new, **more})


def review_of(decision: Decision) -> str:
    return Decision.objects.get(id=decision.id).review


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("open", "confirmed", True), ("open", "dismissed", True), ("open", "escalated", True),
        ("escalated", "confirmed", True), ("escalated", "dismissed", True), ("escalated", "open", False),
        *[(old, new, False) for old in ("confirmed", "dismissed") for new in ("open", "escalated")],
        ("confirmed", "dismissed", False), ("dismissed", "confirmed", False), ("open", "nonsense", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", ["moderator", "superuser"])
def test_a_review_goes_forward_only(reviewer, django_user_model, decision, who, old, new, allowed):
    user = reviewer
    if who == "superuser":
        user = django_user_model.objects.create_superuser(email="a@veda.example", password="x", name="Ada")
    client = Client()
    client.force_login(user)
    Decision.objects.update(review=old)
    answer = review(client, decision, new)
    assert answer.status_code == (302 if allowed else 200)
    assert review_of(decision) == (new if allowed else old)
    assert AuditEvent.objects.filter(action="decision_reviewed").count() == allowed


def test_a_review_is_on_record(client, reviewer, decision):
    client.force_login(reviewer)
    before = timezone.now()
    review(client, decision, "dismissed", reviewed_by_id=str(uuid.uuid4()), reviewed_at_0="2020-01-01")
    decision.refresh_from_db()
    assert decision.reviewed_by_id == reviewer.id
    assert before <= decision.reviewed_at <= timezone.now()
    event = AuditEvent.objects.get(action="decision_reviewed")
    concerned = (event.actor_id, event.subject_id, event.object_id)
    assert concerned == (reviewer.id, decision.patient_id, decision.conversation_id)
    assert event.details == {"decision": str(decision.id), "old": "open", "new": "dismissed"}


def test_saving_it_unchanged_reviews_nothing(client, reviewer, decision):
    client.force_login(reviewer)
    assert review(client, decision, "open", seen="open").status_code == 302
    decision.refresh_from_db()
    assert decision.reviewed_by_id is None
    assert not AuditEvent.objects.filter(action="decision_reviewed").exists()


def test_who_saw_an_older_review_is_told(client, reviewer, decision):
    client.force_login(reviewer)
    page = client.get(reverse("admin:moderation_decision_change", args=[decision.id])).content.decode()
    assert '<input type="hidden" name="seen" value="open"' in page
    Decision.objects.update(review="escalated")
    answer = review(client, decision, "dismissed", seen="open")
    assert "Somebody else has reviewed it meanwhile" in answer.content.decode()
    assert review_of(decision) == "escalated"


def test_who_comes_second_while_it_is_saved_is_told(client, reviewer, decision, monkeypatch):
    client.force_login(reviewer)
    save = DecisionAdmin.save_model

    def save_late(*args: Any) -> None:
        Decision.objects.update(review="escalated")
        save(*args)

    monkeypatch.setattr(DecisionAdmin, "save_model", save_late)
    address = reverse("admin:moderation_decision_change", args=[decision.id])
    answer = client.post(address, {"review": "dismissed", "seen": "open"}, follow=True)
    assert "Somebody else has reviewed it meanwhile" in answer.content.decode()
    assert review_of(decision) != "dismissed"
    assert not AuditEvent.objects.filter(action="decision_reviewed").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_moderators_at_once_one_reviews(at_once, reviewer, decision):
    turns = []
    for new in ("confirmed", "dismissed"):
        client = Client()
        client.force_login(reviewer)
        turns.append((client, decision, new))
    at_once(lambda: review(*turns.pop()), 2)
    event = AuditEvent.objects.get(action="decision_reviewed")
    assert event.details["new"] == review_of(decision) != "open"


def test_nobody_adds_or_deletes_a_decision(client, django_user_model, decision):
    client.force_login(django_user_model.objects.create_superuser(email="a@veda.example", password="x", name="Ada"))
    assert client.get(reverse("admin:moderation_decision_add")).status_code == 403
    assert client.post(reverse("admin:moderation_decision_delete", args=[decision.id])).status_code == 403
    assert Decision.objects.exists()
