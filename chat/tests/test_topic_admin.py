"""Topics in the admin: the state of their review, and who may sign them off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.tests.factories import UserFactory
from pipeline.models import Document

pytestmark = pytest.mark.django_db

TOPICS = "/admin/pipeline/document/"


@pytest.fixture
def document(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.wiring.index_folder", lambda: tmp_path / "index")
    return Document.objects.create(title="Migraine", slug="migraine", body="Rest.", content_hash="abc")


@pytest.fixture
def clinician(colleague):
    colleague.groups.add(Group.objects.get(name="Clinician"))
    return colleague


def address(document: Document) -> str:
    return f"{TOPICS}{document.id}/sign-off/"


def in_days(days: int) -> str:
    return (timezone.now().date() + timedelta(days=days)).isoformat()


def sign(client, document, **more):
    form = {"content_hash": "abc", "review_due": in_days(365), "has_read": "on", **more}
    return client.post(address(document), form, follow=True)


def test_a_clinician_signs_with_name_day_and_end(client, clinician, document):
    client.force_login(clinician)
    assert address(document) in client.get(f"{TOPICS}{document.id}/change/").content.decode()
    assert "Rest." in client.get(address(document)).content.decode()
    assert "is signed off with your name" in sign(client, document).content.decode()
    document.refresh_from_db()
    assert (document.clinically_reviewed_by, document.status) == (clinician.name, "reviewed")
    assert document.reviewed_on == timezone.now().date()
    assert document.review_due.isoformat() == in_days(365)
    event = AuditEvent.objects.get(action="topic_signed")
    assert (event.actor_id, event.details) == (clinician.id, {"topic": "migraine", "review_due": in_days(365)})


@pytest.mark.parametrize(
    "form", [{"has_read": ""}, {"review_due": in_days(0)}, {"review_due": in_days(1200)}, {"review_due": "soon"}]
)
def test_not_unread_nor_for_ever(client, clinician, document, form):
    client.force_login(clinician)
    sign(client, document, **form)
    document.refresh_from_db()
    assert not document.clinically_reviewed


def test_not_another_text_than_was_read(client, clinician, document):
    client.force_login(clinician)
    assert "changed meanwhile" in sign(client, document, content_hash="older").content.decode()
    document.refresh_from_db()
    assert not document.clinically_reviewed


@pytest.mark.parametrize("who", ["owner", "outsider", "moderator", "administrator"])
def test_nobody_else_signs(client, owner, outsider, colleague, document, who):
    people = {"owner": owner, "outsider": outsider, "moderator": colleague}
    client.force_login(people.get(who) or UserFactory(role=User.Role.ADMIN))
    assert client.post(address(document)).status_code in (302, 403)
    sign(client, document)
    document.refresh_from_db()
    assert not document.clinically_reviewed


def test_the_list_says_which_reviews_are_overdue(client, clinician, document):
    client.force_login(clinician)
    today = timezone.now().date()
    Document.objects.create(title="Cough", slug="cough", body="…", review_due=today - timedelta(days=1))
    page = client.get(TOPICS).content.decode()
    assert "overdue: its doses" in page
    assert "drafted" in page
    page = client.get(f"{TOPICS}?review=overdue").content.decode()
    assert "Cough" in page
    assert "Migraine" not in page
