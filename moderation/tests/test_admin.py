"""Who may see and review decisions in the admin."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

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


def test_nobody_adds_or_deletes_a_decision(client, django_user_model, decision):
    client.force_login(django_user_model.objects.create_superuser(email="a@veda.example", password="x", name="Ada"))
    assert client.get(reverse("admin:moderation_decision_add")).status_code == 403
    assert client.post(reverse("admin:moderation_decision_delete", args=[decision.id])).status_code == 403
    assert Decision.objects.exists()
