"""A person from staff in a conversation: asked for, announced, answering in the model's place, and gone again."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_thread
from django.utils import timezone

from accounts import pausing
from accounts.models import AuditEvent, User
from accounts.tests.factories import UserFactory
from chat import attendance, services
from chat.models import Conversation, HelpRequest, Message
from chat.tests.sockets import dones_until_pong, messages_of, resume
from moderation.models import Decision
from veda.errors import MessageEmpty, MessageTooLong, NotFound

CRISIS = "I want to die"
EMERGENCY = "I have crushing chest pain and can't breathe"


def join(conversation: Conversation, staff: User) -> None:
    attendance.join(conversation_id=conversation.id, staff=staff)


def leave(conversation: Conversation, staff: User) -> None:
    attendance.leave(conversation_id=conversation.id, staff=staff)


def write(conversation: Conversation, staff: User, content: str, message_id: uuid.UUID | None = None) -> Message:
    return attendance.write(
        conversation_id=conversation.id, staff=staff, content=content, message_id=message_id or uuid.uuid4()
    )


def let_them_go(conversation: Conversation) -> None:
    Conversation.objects.filter(id=conversation.id).update(attended_until=timezone.now() - timedelta(seconds=1))


def presences(socket):
    return [(frame["state"], frame["name"]) for frame in socket.of_type("presence")]


class TestAskingForAPerson:
    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def address(self, conversation):
        return f"/api/conversations/{conversation.id}/help"

    def test_is_told_once_and_seen_again(self, owners, address, conversation, owner):
        first = owners.post(address)
        assert first.status_code == 201
        told = first.json()
        assert set(told) == {"asked_at", "on_duty", "message", "emergency"}
        assert told["emergency"]["countries"]
        again = owners.post(address)
        assert (again.status_code, again.json()["asked_at"]) == (200, told["asked_at"])
        shown = owners.get(f"/api/conversations/{conversation.id}").json()
        assert (shown["help"]["asked_at"], shown["staff"]) == (told["asked_at"], None)
        listed = owners.get("/api/conversations").json()["results"]
        assert listed[0]["help"]["asked_at"] == told["asked_at"]
        event = AuditEvent.objects.get(action="help_asked")
        assert (event.actor_id, event.object_id) == (owner.id, conversation.id)

    def test_can_be_taken_back(self, owners, address, conversation):
        owners.post(address)
        for _ in range(2):
            assert owners.delete(address).status_code == 204
        assert owners.get(f"/api/conversations/{conversation.id}").json()["help"] is None
        assert owners.post(address).status_code == 201
        assert HelpRequest.objects.count() == 2
        assert AuditEvent.objects.filter(action="help_closed").count() == 1

    def test_is_nobody_elses(self, client_of, colleague, outsider, address, error_of):
        for other in (colleague, outsider):
            for method in ("post", "delete"):
                answer = getattr(client_of(other), method)(address)
                assert (answer.status_code, error_of(answer)) == (404, "not_found")
        assert client_of(None).post(address).status_code == 401
        assert not HelpRequest.objects.exists()

    def test_needs_no_consent_and_isnt_paused(self, owners, owner, address):
        User.objects.filter(id=owner.id).update(consent_version="", paused_at=timezone.now())
        assert owners.post(address).status_code == 201

    def test_has_a_limit(self, owners, address, settings, error_of):
        settings.RATES = {**settings.RATES, "help": ("1/hour", "")}
        owners.post(address)
        owners.delete(address)
        answer = owners.post(address)
        assert (answer.status_code, error_of(answer)) == (429, "too_many_requests")


class TestWhileStaffAreThere:
    async def test_both_tabs_hear_who_came_and_went(self, running, conversation, owner, colleague, connect):
        tabs = [await connect(owner, conversation) for _ in range(2)]
        await in_thread(join)(conversation, colleague)
        for tab in tabs:
            frame = await tab.until("presence")
            assert frame == {"type": "presence", "who": "staff", "state": "joined", "name": colleague.name}
        await in_thread(leave)(conversation, colleague)
        for tab in tabs:
            assert (await tab.until("presence"))["state"] == "left"

    async def test_no_model_is_asked_and_both_talk(
        self, running, script, conversation, owner, colleague, connect, rest
    ):
        tabs = [await connect(owner, conversation) for _ in range(2)]
        await in_thread(join)(conversation, colleague)
        ack = await tabs[0].ask("Are you a person?")
        assert ack["replyId"] is None
        assert (await tabs[1].until("ack"))["message"]["content"] == "Are you a person?"
        answer = await in_thread(write)(conversation, colleague, " Yes, I am. ")
        for tab in tabs:
            told = (await tab.until("done"))["message"]
            assert (told["id"], told["sender"], told["content"]) == (str(answer.id), "staff", "Yes, I am.")
            assert (told["metadata"], told["disclaimer"], told["status"]) == ({"name": colleague.name}, None, "done")
        sent = await rest(owner, "post", f"/api/conversations/{conversation.id}/messages", {"content": "Good."})
        assert (sent.status_code, sent.json()["replyId"]) == (201, None)
        assert script.questions == []
        rows = await in_thread(messages_of)(conversation)
        assert [(row.position, row.sender) for row in rows] == [(1, "user"), (2, "staff"), (3, "user")]

    async def test_the_patient_who_takes_the_request_back_hears_that_they_left(
        self, running, script, conversation, owner, colleague, connect, rest
    ):
        await rest(owner, "post", f"/api/conversations/{conversation.id}/help")
        socket = await connect(owner, conversation)
        await in_thread(join)(conversation, colleague)
        await socket.until("presence")
        await rest(owner, "delete", f"/api/conversations/{conversation.id}/help")
        assert (await socket.until("presence"))["state"] == "left"
        script.say("Rest.")
        script.end()
        assert (await socket.ask("What helps?"))["replyId"]
        assert (await socket.until("done"))["message"]["content"] == "Rest."

    async def test_a_reply_that_is_written_stops(self, running, script, conversation, owner, colleague, connect):
        socket = await connect(owner, conversation)
        await socket.ask("What helps?")
        script.say("Rest and ")
        await socket.until("chunk")
        await in_thread(join)(conversation, colleague)
        done = (await socket.until("done"))["message"]
        assert (done["status"], done["metadata"]["reason"]) == ("incomplete", "stopped")

    @pytest.mark.parametrize("content", [CRISIS, EMERGENCY])
    async def test_who_is_in_danger_has_the_numbers_at_once(
        self, running, script, conversation, owner, colleague, connect, content
    ):
        socket = await connect(owner, conversation)
        await in_thread(join)(conversation, colleague)
        ack = await socket.ask(content)
        assert ack["replyId"]
        assert (await socket.until("flag"))["emergency"]
        done = (await socket.until("done"))["message"]
        assert (done["id"], done["metadata"]["kind"]) == (ack["replyId"], "safety")
        assert done["content"]
        assert script.questions == []
        assert await Decision.objects.acount() == 1

    async def test_the_model_answers_again_once_they_left(
        self, running, script, conversation, owner, colleague, connect
    ):
        socket = await connect(owner, conversation)
        await in_thread(join)(conversation, colleague)
        await socket.ask("Are you a person?")
        await in_thread(leave)(conversation, colleague)
        ack = await socket.ask("What helps?")
        script.say("Rest.")
        script.end()
        done = await socket.until("done")
        assert done["message"]["id"] == ack["replyId"]

    async def test_who_comes_back_hears_who_is_there(self, running, conversation, owner, colleague, connect):
        await in_thread(join)(conversation, colleague)
        socket = await connect(owner, conversation)
        assert presences(socket) == [("joined", colleague.name)]

    async def test_what_news_were_lost_the_next_ping_brings(
        self, running, conversation, owner, colleague, connect, monkeypatch
    ):
        socket = await connect(owner, conversation)
        monkeypatch.setattr(attendance, "tell_sockets", lambda *_, **__: None)
        monkeypatch.setattr(services, "tell_sockets", lambda *_, **__: None)
        await in_thread(join)(conversation, colleague)
        first = await in_thread(write)(conversation, colleague, "Hello.")
        await in_thread(services.send_message)(user=owner, conversation_id=conversation.id, content="Who is it?")
        second = await in_thread(write)(conversation, colleague, "A person.")
        assert await dones_until_pong(socket) == [str(first.id), str(second.id)]
        assert presences(socket) == [("joined", colleague.name)]
        assert [frame["message"]["content"] for frame in socket.of_type("ack")] == ["Who is it?"]
        await in_thread(leave)(conversation, colleague)
        assert await dones_until_pong(socket) == [str(first.id), str(second.id)], "each is told once"
        assert presences(socket)[1:] == [("left", colleague.name)]

    async def test_who_resumes_gets_what_was_said_meanwhile(self, running, conversation, owner, colleague, connect):
        await in_thread(join)(conversation, colleague)
        sent = await in_thread(services.send_message)(user=owner, conversation_id=conversation.id, content="Who is it?")
        written = await in_thread(write)(conversation, colleague, "A person.")
        socket = await connect(owner, conversation)
        await resume(socket, conversation, sent.message.id)
        assert (await socket.until("done"))["message"]["id"] == str(written.id)

    async def test_typing_is_told(self, running, conversation, owner, colleague, connect):
        socket = await connect(owner, conversation)
        await in_thread(join)(conversation, colleague)
        await socket.until("presence")
        await in_thread(attendance.tell_typing)(conversation)
        assert (await socket.until("presence"))["state"] == "typing"

    async def test_who_went_without_leaving_is_gone_after_a_while(
        self, running, script, conversation, owner, colleague, connect
    ):
        await in_thread(HelpRequest.objects.create)(conversation=conversation)
        socket = await connect(owner, conversation)
        await in_thread(join)(conversation, colleague)
        await socket.until("presence")
        await in_thread(let_them_go)(conversation)
        ack = await socket.ask("What helps?")
        assert ack["replyId"], "nobody is met with silence"
        script.end()
        assert await in_thread(attendance.release_unattended)() == 1
        await socket.until(lambda frame: frame["type"] == "presence" and frame["state"] == "left")
        event = await AuditEvent.objects.aget(action="staff_left")
        assert (event.actor_id, event.details) == (colleague.id, {"went_without_leaving": True})
        request = await HelpRequest.objects.aget()
        assert (request.closed_at, request.acknowledged_at) == (None, None), "somebody is to look again"
        assert await in_thread(attendance.release_unattended)() == 0


class TestTheRow:
    pytestmark = pytest.mark.django_db

    def test_one_at_a_time(self, conversation, colleague):
        another = UserFactory(role=User.Role.MODERATOR)
        join(conversation, colleague)
        join(conversation, colleague)
        with pytest.raises(attendance.AttendedByAnother):
            join(conversation, another)
        with pytest.raises(attendance.NotThere):
            write(conversation, another, "Hello.")
        with pytest.raises(attendance.NotThere):
            leave(conversation, another)
        with pytest.raises(NotFound):
            write(conversation, colleague, "Hello.", Message.objects.create(conversation=conversation, position=9).id)
        assert AuditEvent.objects.filter(action="staff_joined").count() == 1
        let_them_go(conversation)
        join(conversation, another)
        write(conversation, another, "Hello.")

    def test_joining_takes_notice_and_leaving_closes_the_request(self, conversation, colleague):
        HelpRequest.objects.create(conversation=conversation)
        join(conversation, colleague)
        assert HelpRequest.objects.get().acknowledged_at
        leave(conversation, colleague)
        assert HelpRequest.objects.get().closed_at
        left, closed = AuditEvent.objects.filter(action__in=["staff_left", "help_closed"]).order_by("id")
        assert (left.action, closed.action) == ("staff_left", "help_closed")

    def test_whoever_joins_looks_after_what_is_under_review_there(self, conversation, colleague, outsider):
        def decide(**more):
            ids = {"patient_id": conversation.user_id, "conversation_id": conversation.id, "message_id": uuid.uuid4()}
            return Decision.objects.create(
                **{**ids, "severity": "high", "category": "worry", "action": "blocked", **more}
            )

        free, over, anothers = decide(), decide(review="dismissed"), decide(assigned_to_id=outsider.id)
        elsewhere = decide(conversation_id=uuid.uuid4())
        join(conversation, colleague)
        owners = {one.id: one for one in Decision.objects.all()}
        assert owners[free.id].assigned_to_id == colleague.id
        assert owners[free.id].acknowledged_at
        assert owners[over.id].assigned_to_id is None
        assert owners[anothers.id].assigned_to_id == outsider.id
        assert owners[elsewhere.id].assigned_to_id is None
        event = AuditEvent.objects.get(action="decision_handled")
        assert (event.actor_id, event.object_id) == (colleague.id, conversation.id)
        assert event.details == {"decision": str(free.id), "assigned_to": str(colleague.id)}

    def test_the_same_message_is_stored_once(self, conversation, colleague):
        join(conversation, colleague)
        one = uuid.uuid4()
        assert write(conversation, colleague, "Hello.", one) == write(conversation, colleague, "Hello.", one)
        assert Message.objects.count() == 1

    def test_of_a_send_that_is_repeated_the_same_is_told(self, conversation, colleague):
        join(conversation, colleague)
        given = uuid.uuid4()
        send = {"user": conversation.user, "conversation_id": conversation.id, "client_message_id": given}
        first, again = (services.send_message(content="Hello?", **send) for _ in range(2))
        assert (first.message, first.reply, first.created) == (again.message, None, True)
        assert (again.reply, again.created) == (None, False)

    def test_empty_and_endless_messages_arent_taken(self, conversation, colleague, settings):
        settings.MAX_MESSAGE_CHARS = 5
        join(conversation, colleague)
        with pytest.raises(MessageEmpty):
            write(conversation, colleague, " \x00 ")
        with pytest.raises(MessageTooLong):
            write(conversation, colleague, "123456")

    def test_what_its_patient_deleted_nobody_joins(self, conversation, colleague):
        join(conversation, colleague)
        Conversation.objects.update(deleted_at=timezone.now())
        for step in (join, leave):
            with pytest.raises(NotFound):
                step(conversation, colleague)

    def test_looking_keeps_them_there(self, conversation, colleague):
        join(conversation, colleague)
        soon = timezone.now() + timedelta(seconds=1)
        Conversation.objects.update(attended_until=soon)
        attendance.renew(conversation, colleague)
        assert Conversation.objects.get().attended_until > soon
        let_them_go(conversation)
        attendance.renew(conversation, colleague)
        assert not Conversation.objects.get().is_attended, "who was away joins anew"

    def test_an_account_that_goes_leaves_the_conversation(self, conversation, colleague):
        join(conversation, colleague)
        colleague.delete()
        assert Conversation.objects.get().attended_by is None


async def test_pausing_an_account_stops_what_is_written_for_it_and_keeps_the_text(
    running, script, conversation, owner, outsider, colleague, connect
):
    other = await in_thread(Conversation.objects.create)(user=outsider)
    socket, others = await connect(owner, conversation), await connect(outsider, other)
    await socket.ask("What helps?")
    script.say("Rest and ")
    await socket.until("chunk")
    await in_thread(pausing.pause_account)(user=outsider, actor=colleague, reason="They flood the desk.")
    await socket.still_answers()
    assert (await in_thread(messages_of)(conversation))[1].status == "streaming", "it is another's account"
    await in_thread(pausing.pause_account)(user=owner, actor=colleague, reason="They flood the desk.")
    done = (await socket.until("done"))["message"]
    assert (done["status"], done["content"], done["metadata"]["reason"]) == ("incomplete", "Rest and ", "stopped")
    assert not others.of_type("done")
