"""The queue: who may see and review decisions, in which order, and that two moderators don't overwrite each other."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import consents, mail
from accounts.agreement import agreement_version
from accounts.models import AuditEvent, User
from accounts.tests.factories import UserFactory
from chat.decision_admin import DecisionAdmin
from chat.models import Conversation, Feedback, HelpRequest, Message
from chat.reviews import Standing
from moderation.models import Decision

pytestmark = pytest.mark.django_db

QUEUE = "/admin/moderation/decision/"


def decide(**more: Any) -> Decision:
    ids = {"patient_id": uuid.uuid4(), "conversation_id": uuid.uuid4(), "message_id": uuid.uuid4()}
    return Decision.objects.create(
        **{"severity": "high", "category": "worry", "rule": "moon", "action": "blocked", **ids, **more}
    )


@pytest.fixture
def decision():
    return decide()


@pytest.fixture
def reviewer(colleague):
    """What a moderator may do, the role gives."""
    return colleague


@pytest.fixture
def moderators(client, reviewer):
    client.force_login(reviewer)
    return client


@pytest.fixture
def superuser(django_user_model):
    return django_user_model.objects.create_superuser(email="a@veda.example", password="x", name="Ada")


def address_of(decision: Decision) -> str:
    return reverse("admin:moderation_decision_change", args=[decision.id])


def review(client: Client, decision: Decision, new: str, **more: Any):
    """As the page sends it that was made from the decision as it stands."""
    form = {
        "review": new,
        "note": decision.note,
        "assigned_to": decision.assigned_to_id or "",
        "escalated_to": decision.escalated_to_id or "",
        "seen": Standing.of(decision).mark,
    }
    return client.post(address_of(decision), {**form, **more})


def review_of(decision: Decision) -> str:
    return Decision.objects.get(id=decision.id).review


def act(client: Client, action: str, *decisions: Decision, seen: str | None = None):
    marks = [f"{decision.id}:{Standing.of(decision).mark}" for decision in decisions]
    form = {"action": action, "_selected_action": [decision.id for decision in decisions], "seen": marks}
    return client.post(QUEUE, form, follow=True)


class TestTheList:
    def test_is_for_staff_with_the_permission(self, client, owner, outsider, reviewer, decision):
        assert client.get(QUEUE).status_code == 302
        for patient in (owner, outsider):
            client.force_login(patient)
            assert client.get(QUEUE).status_code == 302
        client.force_login(reviewer)
        answer = client.get(QUEUE)
        assert answer.status_code == 200
        assert "worry" in answer.content.decode()

    def test_a_colleague_without_the_permission_sees_none(self, client, colleague, decision):
        colleague.groups.clear()
        client.force_login(colleague)
        assert client.get(QUEUE).status_code == 403

    def test_the_gravest_come_first_and_of_those_the_oldest(self, moderators):
        for hours, severity in ((1, "low"), (2, "high"), (9, "medium"), (8, "high"), (3, "medium")):
            made = decide(severity=severity, category=f"{severity}-{hours}")
            Decision.objects.filter(id=made.id).update(created_at=timezone.now() - timedelta(hours=hours))
        page = moderators.get(QUEUE).content.decode()
        shown = re.findall(r'field-about_what">([^<]+)<', page)
        assert shown == ["high-8", "high-2", "medium-9", "medium-3", "low-1"]

    def test_it_begins_with_what_is_under_review(self, moderators):
        for state in Decision.Review.values:
            decide(review=state, category=f"is-{state}")

        def shown(query: str) -> set[str]:
            return set(re.findall(r'field-about_what">is-([^<]+)<', moderators.get(f"{QUEUE}{query}").content.decode()))

        assert shown("") == {"open", "escalated"}
        assert shown("?state=dismissed") == {"dismissed"}
        assert shown("?state=all") == set(Decision.Review.values)

    def test_it_can_be_narrowed_to_ones_own(self, moderators, reviewer):
        decide(category="is-mine", assigned_to_id=reviewer.id)
        decide(category="is-asked", escalated_to_id=reviewer.id, review="escalated")
        decide(category="is-others", assigned_to_id=uuid.uuid4())
        for whose, expected in (("mine", ["mine"]), ("asked", ["asked"]), ("nobody", ["asked"])):
            page = moderators.get(f"{QUEUE}?whose={whose}").content.decode()
            assert re.findall(r'field-about_what">is-([^<]+)<', page) == expected

    def test_nobody_looks_for_notes_through_the_address(self, moderators, decision):
        assert moderators.get(f"{QUEUE}?note__icontains=a").status_code == 400

    def test_patients_who_ask_for_a_person_stand_above_it(self, moderators, owner):
        assert "ask for a person" not in moderators.get(QUEUE).content.decode()
        conversation = Conversation.objects.create(user=owner, title="My secret rash")
        asked = HelpRequest.objects.create(conversation=conversation)
        page = moderators.get(QUEUE).content.decode()
        assert f"/admin/chat/conversation/{conversation.id}/read/" in page
        assert "secret" not in page
        HelpRequest.objects.filter(id=asked.id).update(closed_at=timezone.now())
        assert str(conversation.id) not in moderators.get(QUEUE).content.decode()


class TestAReview:
    def test_changes_nothing_but_itself(self, moderators, decision):
        answer = review(moderators, decision, "confirmed", severity="low", category="nothing")
        assert answer.status_code == 302
        decision.refresh_from_db()
        assert (decision.review, decision.severity, decision.category) == ("confirmed", "high", "worry")

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
    def test_goes_forward_only(self, reviewer, superuser, old, new, allowed, who):
        client = Client()
        client.force_login(superuser if who == "superuser" else reviewer)
        decision = decide(review=old, escalated_to_id=reviewer.id if old == "escalated" else None)
        more = {"escalated_to": reviewer.id} if new == "escalated" else {}
        answer = review(client, decision, new, **more)
        assert answer.status_code == (302 if allowed else 200)
        assert review_of(decision) == (new if allowed else old)
        assert AuditEvent.objects.filter(action="decision_reviewed").count() == allowed

    def test_is_on_record(self, moderators, reviewer, decision):
        before = timezone.now()
        review(moderators, decision, "dismissed", reviewed_by_id=str(uuid.uuid4()), reviewed_at_0="2020-01-01")
        decision.refresh_from_db()
        assert decision.reviewed_by_id == reviewer.id
        assert before <= decision.reviewed_at <= timezone.now()
        assert before <= decision.acknowledged_at <= timezone.now()
        event = AuditEvent.objects.get(action="decision_reviewed")
        concerned = (event.actor_id, event.subject_id, event.object_id)
        assert concerned == (reviewer.id, decision.patient_id, decision.conversation_id)
        assert event.details == {"decision": str(decision.id), "old": "open", "new": "dismissed"}

    def test_that_changes_nothing_is_none(self, moderators, decision):
        assert review(moderators, decision, "open").status_code == 302
        decision.refresh_from_db()
        assert (decision.reviewed_by_id, decision.acknowledged_at) == (None, None)
        assert not AuditEvent.objects.filter(action__startswith="decision").exists()

    def test_escalates_to_somebody_with_a_name(self, moderators, decision, owner):
        boss = UserFactory(name="Bea Boss", role=User.Role.ADMIN)
        for nobody in ("", str(owner.id), "nonsense"):
            assert review(moderators, decision, "escalated", escalated_to=nobody).status_code == 200
        assert review_of(decision) == "open"
        assert review(moderators, decision, "escalated", escalated_to=boss.id).status_code == 302
        assert "Bea Boss" in moderators.get(address_of(decision)).content.decode()
        event = AuditEvent.objects.get(action="decision_reviewed")
        assert event.details["escalated_to"] == str(boss.id)

    @pytest.mark.django_db(transaction=True)
    def test_tells_whom_it_asks_by_mail_without_a_word_of_the_patient(self, moderators, decision, settings):
        settings.PUBLIC_URL, settings.MAIL_WORKS = "https://veda.example", True
        boss = UserFactory(role=User.Role.ADMIN)
        review(moderators, decision, "escalated", escalated_to=boss.id)
        decision.refresh_from_db()
        review(moderators, decision, "escalated", note="Please hurry.")
        mail.drain()
        [message] = outbox.outbox
        assert message.to == [boss.email]
        assert f"https://veda.example{address_of(decision)}" in message.body
        assert "worry" not in message.body

    def test_names_nobody_without_escalating(self, moderators, decision, reviewer):
        assert review(moderators, decision, "open", escalated_to=reviewer.id).status_code == 200
        assert Decision.objects.get().escalated_to_id is None

    def test_goes_with_a_note_and_an_owner(self, moderators, reviewer, decision):
        answer = review(moderators, decision, "open", note="Called the desk.", assigned_to=reviewer.id)
        assert answer.status_code == 302
        decision.refresh_from_db()
        assert (decision.note, decision.assigned_to_id, decision.review) == ("Called the desk.", reviewer.id, "open")
        assert decision.acknowledged_at
        event = AuditEvent.objects.get(action="decision_handled")
        assert event.details == {
            "decision": str(decision.id), "assigned_to": str(reviewer.id), "note": "changed",
        }  # fmt: skip
        assert "desk" not in str(vars(event))

    def test_takes_notice_of_all_that_the_conversation_has(self, moderators, owner):
        conversation = Conversation.objects.create(user=owner)
        first, second = (decide(conversation_id=conversation.id) for _ in range(2))
        elsewhere = decide()
        HelpRequest.objects.create(conversation=conversation)
        review(moderators, first, "open", note="Looking.")
        assert Decision.objects.get(id=second.id).acknowledged_at
        assert HelpRequest.objects.get().acknowledged_at
        assert Decision.objects.get(id=elsewhere.id).acknowledged_at is None


class TestTwoModerators:
    @pytest.mark.parametrize(
        "change",
        [{"review": "escalated"}, {"note": "Mine."}, {"assigned_to_id": uuid.uuid4()}],
    )
    def test_who_saw_an_older_state_is_told(self, moderators, decision, change):
        page = moderators.get(address_of(decision)).content.decode()
        assert f'name="seen" value="{Standing.of(decision).mark}"' in page
        Decision.objects.update(**change)
        answer = review(moderators, decision, "dismissed")
        assert "Somebody else has reviewed it meanwhile" in answer.content.decode()
        after = Decision.objects.get()
        assert after.review == change.get("review", "open")
        assert after.note == change.get("note", "")

    def test_a_form_without_what_was_seen_isnt_taken(self, moderators, decision):
        assert moderators.post(address_of(decision), {"review": "confirmed"}).status_code == 200
        assert review_of(decision) == "open"

    def test_who_comes_second_while_it_is_saved_is_told(self, moderators, decision, monkeypatch):
        save = DecisionAdmin.save_model

        def save_late(*args: Any) -> None:
            Decision.objects.update(review="escalated")
            save(*args)

        monkeypatch.setattr(DecisionAdmin, "save_model", save_late)
        answer = review(moderators, decision, "dismissed")
        assert "Somebody else has reviewed it meanwhile" in moderators.get(answer.url).content.decode()
        assert review_of(decision) != "dismissed"
        assert not AuditEvent.objects.filter(action="decision_reviewed").exists()

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_once_one_reviews(self, at_once, reviewer, decision):
        turns = []
        for new in ("confirmed", "dismissed"):
            client = Client()
            client.force_login(reviewer)
            turns.append((client, decision, new))
        at_once(lambda: review(*turns.pop()), 2)
        event = AuditEvent.objects.get(action="decision_reviewed")
        assert event.details["new"] == review_of(decision) != "open"


class TestManyAtOnce:
    @pytest.mark.parametrize(("action", "new"), [("confirm", "confirmed"), ("dismiss", "dismissed")])
    def test_are_reviewed(self, moderators, action, new):
        decisions, another = [decide(), decide()], decide()
        assert "2 changed." in act(moderators, action, *decisions).content.decode()
        assert [review_of(one) for one in decisions] == [new, new]
        assert review_of(another) == "open"
        assert AuditEvent.objects.filter(action="decision_reviewed").count() == 2

    def test_are_taken(self, moderators, reviewer, decision):
        act(moderators, "take", decision)
        assert Decision.objects.get().assigned_to_id == reviewer.id

    def test_those_that_changed_meanwhile_are_left_out(self, moderators, decision):
        untouched = decide()
        Decision.objects.filter(id=decision.id).update(note="Wait, I know them.")
        page = act(moderators, "dismiss", decision, untouched).content.decode()
        assert "1 changed." in page
        assert "1 left out" in page
        assert (review_of(decision), review_of(untouched)) == ("open", "dismissed")

    def test_the_page_says_what_it_showed(self, moderators, decision):
        mark = Standing.of(decision).mark
        assert f'name="seen" value="{decision.id}:{mark}"' in moderators.get(QUEUE).content.decode()

    def test_not_by_who_may_only_look(self, moderators, reviewer, decision):
        from django.contrib.auth.models import Permission

        reviewer.groups.clear()
        reviewer.user_permissions.add(Permission.objects.get(codename="view_decision"))
        act(moderators, "dismiss", decision)
        assert review(moderators, decision, "dismissed").status_code == 403
        assert review_of(decision) == "open"


class TestTheFlaggedMessage:
    WORDS = "I feel <b>😀 low</b> and want the moon"

    @pytest.fixture
    def flagged(self, owner):
        conversation = Conversation.objects.create(user=owner)
        message = Message.objects.create(
            conversation=conversation, position=1, sender="user", content=self.WORDS, status="sent"
        )
        start = self.WORDS.index("the moon")
        return decide(
            patient_id=owner.id, conversation_id=conversation.id, message_id=message.id,
            spans=[[start, start + 8], [start + 4, start + 99], [2, 6]],
        )  # fmt: skip

    def test_is_shown_with_what_was_found_once_the_conversation_is_open(self, moderators, flagged):
        page = moderators.get(address_of(flagged)).content.decode()
        assert "moon</mark>" not in page
        reading = f"/admin/chat/conversation/{flagged.conversation_id}/read/?decision={flagged.id}"
        assert reading in page
        reason = {"kind": "A danger that was noted", "reason": "It was flagged as a worry."}
        answer = moderators.post(reading, reason)
        assert answer.url == address_of(flagged)
        shown = moderators.get(answer.url).content.decode()
        assert "I <mark>feel</mark> &lt;b&gt;😀 low&lt;/b&gt; and want <mark>the moon</mark>" in shown
        assert AuditEvent.objects.filter(action="staff_read").count() == 1

    def test_may_be_a_comment_on_an_answer(self, moderators, flagged, owner):
        consents.give(user=owner, version=agreement_version(), purposes=["staff_reading"])
        reply = Message.objects.create(
            conversation_id=flagged.conversation_id, position=2, sender="assistant", content="Rest.", status="done"
        )
        Feedback.objects.create(message=reply, rating=-1, comment="No, the moon")
        Decision.objects.update(message_id=reply.id, about="comment", spans=[[4, 12]])
        reading = f"/admin/chat/conversation/{flagged.conversation_id}/read/?decision={flagged.id}"
        moderators.post(reading, {"kind": "A technical problem", "reason": "They wrote to the desk."})
        assert "No, <mark>the moon</mark>" in moderators.get(address_of(flagged)).content.decode()

    def test_isnt_where_nobody_may_read_it(self, moderators, flagged, owner):
        Decision.objects.update(severity="medium")
        page = moderators.get(address_of(flagged)).content.decode()
        assert "Staff may not read it" in page
        consents.give(user=owner, version=agreement_version(), purposes=["staff_reading"])
        assert "Staff may not read it" not in moderators.get(address_of(flagged)).content.decode()

    def test_isnt_in_the_list(self, moderators, flagged):
        assert "low" not in re.sub(r'href="[^"]*"', "", moderators.get(QUEUE).content.decode().split("result_list")[1])

    def test_is_gone_with_its_conversation(self, moderators, flagged):
        Decision.objects.update(note="They called again.")
        Conversation.objects.all().delete()
        assert "The conversation is gone" in moderators.get(address_of(flagged)).content.decode()
        kept = Decision.objects.get()
        assert (kept.note, kept.spans) == ("", [])


def test_an_action_on_what_is_no_decision_does_nothing(moderators, decision):
    answer = moderators.post(
        reverse("admin:moderation_decision_changelist"), {"action": "confirm", "_selected_action": ["x"]}
    )
    assert answer.status_code == 302
    assert review_of(decision) == "open"


def test_nobody_adds_or_deletes_a_decision(client, superuser, decision):
    client.force_login(superuser)
    assert client.get(reverse("admin:moderation_decision_add")).status_code == 403
    assert client.post(reverse("admin:moderation_decision_delete", args=[decision.id])).status_code == 403
    assert Decision.objects.exists()


def test_the_pages_need_no_inline_script_or_style(moderators, decision):
    for address in (QUEUE, address_of(decision)):
        page = moderators.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
        assert not re.search(r"<style|\sstyle=|\son\w+=", page)
