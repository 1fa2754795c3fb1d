"""Staff read a conversation: with a reason, on record, and only where it is allowed."""

from __future__ import annotations

import time
import uuid

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts import consents
from accounts.agreement import agreement_version
from accounts.models import AuditEvent, RefreshFamily, User
from accounts.tests.factories import UserFactory
from chat import services, staff_reading
from chat.models import Conversation, Message
from chat.tests.uploads import picture
from moderation.models import Decision

pytestmark = pytest.mark.django_db

WORDS = "My secret <b>rash</b> & more"
HELP, DANGER, QUALITY = "The patient asked for help", "A danger that was noted", "The quality of the answers"
REASON = {"kind": HELP, "reason": "They wrote to the desk."}
FOR_DANGER = {"kind": DANGER, "reason": "It was flagged as self-harm."}


@pytest.fixture
def conversation(owner):
    conversation = Conversation.objects.create(user=owner, title="Rash")
    Message.objects.create(conversation=conversation, position=1, sender="user", content=WORDS, status="sent")
    Message.objects.create(
        conversation=conversation, position=2, sender="assistant", content="Wash it.", status="done",
        metadata={"sources": [{"n": 1, "title": "Rashes <i>and</i> itching", "url": "https://x.example"}]},
    )  # fmt: skip
    return conversation


@pytest.fixture
def moderators(colleague):
    client = Client()
    client.force_login(colleague)
    return client


def allow(owner: User) -> None:
    consents.give(user=owner, version=agreement_version(), purposes=["terms", "health_data", "staff_reading"])


def decide(conversation: Conversation, **more: str) -> Decision:
    values = {"severity": "high", "category": "self_harm_crisis", "action": "blocked", **more}
    return Decision.objects.create(
        patient_id=conversation.user_id, conversation_id=conversation.id, message_id=uuid.uuid4(), **values
    )


def path(conversation: Conversation) -> str:
    return f"/admin/chat/conversation/{conversation.id}/read/"


def read(client: Client, conversation: Conversation) -> str:
    """What is shown to one who gives a reason that is offered."""
    page = client.get(path(conversation)).content.decode()
    reason = FOR_DANGER if DANGER in page else REASON
    return client.post(path(conversation), reason, follow=True).content.decode()


def reads() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="staff_read").order_by("id"))


def test_nothing_is_shown_before_a_reason_is_on_record(moderators, owner, colleague, conversation):
    allow(owner)
    page = moderators.get(path(conversation))
    assert page.status_code == 200
    assert "secret" not in page.content.decode()
    assert reads() == []
    shown = read(moderators, conversation)
    assert "My secret &lt;b&gt;rash&lt;/b&gt; &amp; more" in shown
    assert "Rashes &lt;i&gt;and&lt;/i&gt; itching" in shown
    [event] = reads()
    assert (event.actor_id, event.subject_id, event.object_id) == (colleague.id, owner.id, conversation.id)
    assert event.reason == f"{HELP}: They wrote to the desk."
    assert "secret" not in str(vars(event))


@pytest.mark.parametrize(
    "form", [{}, {"reason": "too short"}, {"kind": "Curiosity"}, {"reason": " " * 30}, {"reason": "x" * 251}]
)
def test_without_a_right_reason_nothing_is_shown(moderators, owner, conversation, form):
    allow(owner)
    answer = moderators.post(path(conversation), {**REASON, **form} if form else {}, follow=True)
    assert answer.status_code == 200
    assert "secret" not in answer.content.decode()
    assert reads() == []


def test_it_is_open_for_a_quarter_of_an_hour_in_this_session(moderators, owner, colleague, conversation, monkeypatch):
    allow(owner)
    read(moderators, conversation)
    assert "secret" in moderators.get(path(conversation)).content.decode()
    assert len(reads()) == 1
    elsewhere = Client()
    elsewhere.force_login(colleague)
    assert "secret" not in elsewhere.get(path(conversation)).content.decode()
    later = time.time() + 15 * 60 + 1
    monkeypatch.setattr(staff_reading.time, "time", lambda: later)
    assert "secret" not in moderators.get(path(conversation)).content.decode()


def test_one_conversation_opens_no_other(moderators, owner, conversation):
    allow(owner)
    read(moderators, conversation)
    other = Conversation.objects.create(user=owner)
    Message.objects.create(conversation=other, position=1, sender="user", content=WORDS, status="sent")
    assert "secret" not in moderators.get(path(other)).content.decode()


class TestWhereItIsAllowed:
    def is_shown(self, client: Client, conversation: Conversation) -> bool:
        shown = "secret" in read(client, conversation)
        assert shown == bool(reads())
        return shown

    def test_neither_consent_nor_danger(self, moderators, conversation):
        assert moderators.get(path(conversation)).status_code == 403
        assert not self.is_shown(moderators, conversation)

    @pytest.mark.parametrize(
        ("decision", "shown"),
        [
            ({}, True),
            ({"severity": "medium"}, False),
            ({"review": "confirmed"}, False),
            ({"review": "dismissed"}, False),
        ],
    )
    def test_an_open_decision_of_high_severity(self, moderators, conversation, decision, shown):
        decide(conversation, **decision)
        assert self.is_shown(moderators, conversation) == shown

    def test_a_decision_on_another_conversation_doesnt_do(self, moderators, owner, conversation):
        decide(Conversation.objects.create(user=owner))
        assert not self.is_shown(moderators, conversation)

    def test_another_patients_consent_doesnt_do(self, moderators, outsider, conversation):
        allow(outsider)
        assert not self.is_shown(moderators, conversation)

    def test_a_consent_that_is_withdrawn_closes_it_at_once(self, moderators, owner, conversation):
        allow(owner)
        assert self.is_shown(moderators, conversation)
        consents.withdraw(user=owner, purpose="staff_reading")
        assert "secret" not in moderators.get(path(conversation)).content.decode()

    def test_what_the_patient_deleted_is_there_for_the_danger_alone(self, moderators, owner, conversation):
        allow(owner)
        Conversation.objects.filter(id=conversation.id).update(deleted_at=timezone.now())
        assert not self.is_shown(moderators, conversation)
        decide(conversation)
        assert self.is_shown(moderators, conversation)

    def test_superusers_keep_to_it_too(self, conversation):
        client = Client()
        client.force_login(UserFactory(role=User.Role.ADMIN, is_superuser=True))
        assert not self.is_shown(client, conversation)


@pytest.mark.parametrize("who", ["nobody", "owner", "outsider", "staff without the permission", "signed out"])
def test_others_read_nothing(request, owner, colleague, conversation, who):
    allow(owner)
    client = Client()
    if who in ("owner", "outsider"):
        client.force_login(request.getfixturevalue(who))
    elif who != "nobody":
        client.force_login(colleague)
    if who == "signed out":
        read(client, conversation)
        RefreshFamily.objects.filter(user=colleague).end()
    if who == "staff without the permission":
        colleague.groups.clear()
    for answer in (client.get(path(conversation)), client.post(path(conversation), REASON, follow=True)):
        assert answer.status_code in (302, 403, 200)
        assert "secret" not in answer.content.decode()
    assert len(reads()) == (who == "signed out")


def test_there_is_nothing_at_an_unknown_address(moderators):
    assert moderators.get(f"/admin/chat/conversation/{uuid.uuid4()}/read/").status_code == 404


def test_a_second_factor_is_asked_for_where_it_is_required(moderators, owner, conversation, settings):
    allow(owner)
    settings.STAFF_SECOND_FACTOR = True
    assert moderators.get(path(conversation), follow=True).redirect_chain[-1][0] == "/admin/second-factor/set-up"


def test_long_conversations_have_pages(moderators, owner, conversation):
    allow(owner)
    Message.objects.bulk_create(
        Message(conversation=conversation, position=place, sender="user", content=f"word {place}.", status="sent")
        for place in range(3, 250)
    )
    first = read(moderators, conversation)
    assert "word 200." in first
    assert "word 201." not in first
    assert "word 201." in moderators.get(f"{path(conversation)}?page=2").content.decode()
    assert moderators.get(f"{path(conversation)}?page=nonsense").status_code == 200


class TestPictures:
    @pytest.fixture
    def stored(self, owner, conversation):
        allow(owner)
        stored = services.add_attachment(user=owner, conversation_id=conversation.id, file=picture(), metadata={})
        stored.message = conversation.messages.first()
        stored.save()
        return stored

    def test_are_seen_where_the_conversation_is_open(self, moderators, conversation, stored):
        assert moderators.get(stored.url).status_code == 404
        assert stored.url in read(moderators, conversation)
        assert moderators.get(stored.url).status_code == 200
        consents.withdraw(user=conversation.user, purpose="staff_reading")
        assert moderators.get(stored.url).status_code == 404

    def test_want_a_permission_of_their_own(self, moderators, colleague, conversation, stored):
        colleague.groups.clear()
        colleague.user_permissions.add(Permission.objects.get(codename="view_conversation"))
        assert stored.url not in read(moderators, conversation)
        assert moderators.get(stored.url).status_code == 404

    def test_want_the_second_factor_where_that_is_required(self, moderators, conversation, stored, settings):
        read(moderators, conversation)
        settings.STAFF_SECOND_FACTOR = True
        assert moderators.get(stored.url).status_code == 404


def test_the_list_and_the_picture_lead_to_the_reading(moderators, conversation):
    assert path(conversation) in moderators.get("/admin/chat/conversation/").content.decode()
    found = moderators.get(f"/admin/chat/conversation/?q={conversation.id}").content.decode()
    assert path(conversation) in found


@pytest.mark.parametrize(
    ("lookup", "status"),
    [
        ("mime_type__exact=image/png", 200), ("created_at__year=2026", 200), ("metadata__icontains=rash", 400),
        ("file__icontains=rash", 400), ("message__content__contains=rash", 400),
        ("conversation__title__startswith=R", 400),
    ],
)  # fmt: skip
def test_nobody_searches_pictures_words_through_the_address(moderators, lookup, status):
    assert moderators.get(f"/admin/chat/attachment/?{lookup}").status_code == status


def test_metrics_count_what_goes_on(moderators, conversation):
    old = Conversation.objects.create(user=conversation.user)
    Message.objects.create(conversation=old, position=1, sender="user", content="x", status="sent")
    Conversation.objects.filter(id=old.id).update(updated_at=timezone.now() - timezone.timedelta(minutes=20))
    Message.objects.filter(conversation=old).update(created_at=timezone.now() - timezone.timedelta(days=1, minutes=1))
    decide(conversation)
    decide(conversation, review="confirmed")
    counted = moderators.get("/api/admin/metrics").json()
    assert counted.pop("uptime") >= 0
    assert counted == {"active_conversations": 1, "messages_today": 2, "flagged_messages": 1}


def test_only_what_a_patient_allowed_is_offered_as_a_reason(moderators, owner, conversation):
    def offered() -> list[str]:
        page = moderators.get(path(conversation)).content.decode()
        return [kind for kind in (HELP, DANGER, QUALITY) if kind in page]

    decision = decide(conversation)
    assert offered() == [DANGER]
    allow(owner)
    assert offered() == [HELP, DANGER]
    consents.give(user=owner, version=agreement_version(), purposes=["improvement"])
    assert offered() == [HELP, DANGER, QUALITY]
    decision.delete()
    assert offered() == [HELP, QUALITY]
    assert moderators.post(path(conversation), FOR_DANGER).status_code == 200, "asked again, and nothing shown"
    assert reads() == []
