"""A worry that was raised stays with its patient for a day, or until a moderator closes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, User
from chat.models import Conversation, Message
from chat.tests.dangers import CRISIS, EMERGENCY, QUESTION, THREAT, last_reply
from chat.tests.sockets import eventually
from moderation import concerns
from moderation import services as moderation
from moderation.models import Concern, Decision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("made_up_rules")]


# Concerns


@pytest.mark.parametrize(
    ("content", "category"),
    [(CRISIS, "self_harm_crisis"), (EMERGENCY, "medical_emergency"), (THREAT, "violence")],
)
def test_a_concern_stays_with_the_patient_in_whatever_conversation(say, content, category):
    say(content)
    for words in ("just joking", QUESTION):
        assert say(words).status_code == 201
        reply = last_reply()
        assert reply.content == moderation.reminder(category) != ""
        assert reply.metadata["care"] == {"concern": True}
        whom_to_call = moderation.resources("")
        flag = {"severity": "high", "category": category, "about": "earlier", "emergency": whom_to_call}
        assert reply.metadata["flag"] == flag


def test_it_is_over_after_a_day(say):
    say(CRISIS)
    Concern.objects.update(until=timezone.now() - timedelta(seconds=1))
    say(QUESTION)
    assert (last_reply().content, last_reply().metadata) == ("", {})


def test_it_is_anothers_for_nobody(say, client_of, outsider):
    say(CRISIS)
    theirs = Conversation.objects.create(user=outsider)
    client_of(outsider).post(f"/api/conversations/{theirs.id}/messages", {"content": QUESTION}, format="json")
    assert last_reply().content == ""


def test_a_moderator_closes_it(say, colleague):
    say(CRISIS)
    assert concerns.close_concern(Concern.objects.get(), by_id=colleague.id)
    assert not concerns.close_concern(Concern.objects.get(), by_id=colleague.id)
    say(QUESTION)
    assert last_reply().content == ""
    assert Concern.objects.get().closed_by_id == colleague.id


def test_they_do_so_in_the_admin_where_it_is_on_record(say, client, colleague, outsider):
    say(CRISIS)
    concern = Concern.objects.get()
    page = "/admin/moderation/concern/"
    close = {"action": "close", "_selected_action": [str(concern.id)]}
    client.force_login(outsider)
    assert client.post(page, close).status_code == 302  # to the sign-in
    assert Concern.objects.get().closed_at is None
    client.force_login(colleague)
    assert "self_harm_crisis" in client.get(page).content.decode()
    assert "1 of 1 closed" in client.post(page, close, follow=True).content.decode()
    assert "0 of 1 closed" in client.post(page, close, follow=True).content.decode()
    assert Concern.objects.get().closed_by_id == colleague.id
    event = AuditEvent.objects.get(actor_id=colleague.id, action="decision_handled")
    assert (event.subject_id, event.details["concern"]) == (concern.patient_id, "self_harm_crisis closed")


def test_a_false_alarm_leaves_none_unless_there_was_another(say):
    say(CRISIS)
    say(CRISIS)
    first, second = Decision.objects.order_by("created_at")
    first.review = "dismissed"
    first.save()
    say(QUESTION)
    assert last_reply().content != ""
    second.review = "dismissed"
    second.save()
    say(QUESTION)
    assert last_reply().content == ""


def test_raised_again_it_is_one_and_stands_longer(say):
    say(CRISIS)
    Concern.objects.update(until=timezone.now() + timedelta(minutes=1))
    say(CRISIS)
    assert Concern.objects.get().until > timezone.now() + timedelta(hours=23)


def test_another_emergency_gets_its_whole_notice(say):
    say(EMERGENCY)
    say(EMERGENCY)
    reply = last_reply()
    assert reply.content.split("\n")[0] == moderation.safe_reply("medical_emergency").split("\n")[0]
    assert reply.metadata["flag"]["emergency"]


def test_a_refused_message_leaves_one_only_with_those_who_agreed_to_the_terms(say, settings):
    User.objects.update(consent_version="")
    say(CRISIS)
    assert not Concern.objects.exists()


def test_a_paused_patients_danger_is_seen_by_staff_once(say, owner):
    User.objects.update(paused_at=timezone.now())
    conversation = Conversation.objects.create(user=owner)
    for _ in range(2):
        assert say(CRISIS, conversation).status_code == 403
    decision = Decision.objects.get()
    assert (decision.conversation_id, decision.severity) == (conversation.id, "high")
    assert say(QUESTION, conversation).status_code == 403
    assert Decision.objects.count() == 1


def test_who_is_paused_and_agreed_to_no_terms_leaves_nothing(say):
    User.objects.update(paused_at=timezone.now(), consent_version="")
    assert say(CRISIS).json()["emergency"]
    assert not Concern.objects.exists()
    assert not Decision.objects.exists()


def test_a_paused_patients_danger_leaves_one(say):
    User.objects.update(paused_at=timezone.now())
    assert say(CRISIS).status_code == 403
    assert Concern.objects.get().category == "self_harm_crisis"


@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_is_split_over_sends_is_read_together(say, conversation, elsewhere):
    assert say("I want to", conversation).status_code == 201
    assert say("die", None if elsewhere else conversation).status_code == 422


def test_what_was_said_yesterday_isnt(say, conversation):
    say("I want to", conversation)
    Message.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert say("die", conversation).status_code == 201


def test_a_bare_reply_means_what_it_answers(say, conversation):
    assert say("tonight", conversation).status_code == 201
    say(CRISIS, conversation)
    assert say("tonight", conversation).status_code == 422


def test_where_nothing_stands_a_send_asks_nothing_more(say, conversation):
    """What a send has to know comes with the conversation."""
    say(QUESTION * 4, conversation)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        say(QUESTION * 4, conversation)
    about_concerns = [query["sql"] for query in queries if "moderation_concern" in query["sql"]]
    assert len(about_concerns) == 1
    assert "chat_conversation" in about_concerns[0]


async def test_while_it_stands_the_answerer_is_told_to_be_careful(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask(CRISIS)
    await socket.until("done")
    await socket.ask("I'm 15. How much ibuprofen may I take?")
    await eventually(lambda: script.questions)
    assert (script.questions[0].careful, script.questions[0].under_age) == (True, True)
    script.end()
    await socket.until("done")
    await socket.ask("And a cough?")  # their age was said before
    await eventually(lambda: len(script.questions) == 2)
    assert script.questions[1].under_age
    script.end()
