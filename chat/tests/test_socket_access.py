"""Who may open the WebSocket of a conversation, and with what."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial
from urllib.parse import quote

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.testing import WebsocketCommunicator
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import RefreshFamily, User
from accounts.tests.forgeries import ENDED, FORGERIES
from accounts.tokens import end_session
from chat.models import Conversation
from chat.tests.sockets import eventually, messages_of, ticket_for
from veda.asgi import application

# Who may come in


async def test_the_owner_may_and_the_outsider_the_colleague_and_nobody_may_not(
    owner, outsider, colleague, conversation, connect
):
    assert await (await connect(owner, conversation)).still_answers()
    assert await (await connect(outsider, conversation, refused=True)).closed() == 4404
    assert await (await connect(colleague, conversation, refused=True)).closed() == 4404
    assert await (await connect(None, conversation, refused=True)).closed() == 4401


def expired_access(pair):
    token = AccessToken(pair.access)
    token.set_exp(lifetime=timedelta(seconds=-1))
    return str(token)


@pytest.mark.parametrize(
    "token",
    [
        lambda pair: "",
        lambda pair: "garbage",
        lambda pair: "a:b:c",
        lambda pair: "%C3%A9%00",
        lambda pair: "%FF%FE",
        lambda pair: pair.refresh,
        lambda pair: pair.access[:-3],
        expired_access,
    ],
    ids=["none", "garbage", "no ticket", "not ASCII", "no UTF-8", "refresh", "cut", "expired"],
)
async def test_a_token_that_is_none_is_not_signed_in(owner, conversation, connect, tokens_of, token):
    given = token(await in_thread(tokens_of)(owner))
    assert await (await connect(None, conversation, token=given, refused=True)).closed() == 4401


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_access_token_opens_no_socket(owner, conversation, connect, tokens_of, forgery):
    given = quote(FORGERIES[forgery](await in_thread(tokens_of)(owner)))
    assert await (await connect(None, conversation, token=given, refused=True)).closed() == 4401


@pytest.mark.parametrize("ended", ENDED)
async def test_a_token_whose_ground_is_gone_opens_no_socket(owner, conversation, connect, tokens_of, ended):
    end, _, code = ENDED[ended]
    access = (await in_thread(tokens_of)(owner)).access
    await in_thread(end)(owner)
    assert await (await connect(None, conversation, token=access, refused=True)).closed() == code


async def test_a_token_of_a_device_that_signed_out_is_not_signed_in(owner, conversation, connect, tokens_of):
    access = (await in_thread(tokens_of)(owner)).access
    await in_thread(RefreshFamily.objects.all().delete)()
    assert await (await connect(None, conversation, token=access, refused=True)).closed() == 4401


async def test_a_ticket_opens_its_conversation_once(owner, conversation, connect, rest):
    ticket = await ticket_for(rest, owner, conversation.id)
    assert await (await connect(None, conversation, token=ticket)).still_answers()
    assert await (await connect(None, conversation, token=ticket, refused=True)).closed() == 4401


async def test_a_ticket_opens_no_other_conversation(owner, conversation, connect, rest):
    other = await in_thread(Conversation.objects.create)(user=owner)
    ticket = await ticket_for(rest, owner, other.id)
    assert await (await connect(None, conversation, token=ticket, refused=True)).closed() == 4401


async def test_a_ticket_for_another_persons_conversation_opens_nothing(outsider, conversation, connect, rest):
    ticket = await ticket_for(rest, outsider, conversation.id)
    assert await (await connect(None, conversation, token=ticket, refused=True)).closed() == 4404


@pytest.mark.parametrize("conversation_id", ["0b0b0b0b-0000-4000-8000-000000000000", "five", "%00", "é", "0" * 5000])
async def test_a_conversation_that_is_none_is_not_found(owner, connect, conversation_id):
    assert await (await connect(owner, conversation_id, refused=True)).closed() == 4404


@pytest.mark.parametrize("path", ["/ws", "/ws/", "/ws/conversations/", "/ws/other/{id}", "/ws/conversations/{id}/"])
async def test_an_unknown_address_is_not_found(owner, conversation, connect, path):
    path = path.format(id=conversation.id)
    assert await (await connect(owner, conversation, path=path, refused=True)).closed() == 4404


async def test_a_disabled_account_is_told_so(owner, conversation, connect, tokens_of):
    access = (await in_thread(tokens_of)(owner)).access
    await in_thread(User.objects.filter(id=owner.id).update)(is_active=False)
    assert await (await connect(None, conversation, token=access, refused=True)).closed() == 4423


# What a send finds that no news told of


def as_it_is_now(owner, conversation, **changes):
    User.objects.filter(id=owner.id).update(**changes)


def signed_out(owner, conversation):
    RefreshFamily.objects.filter(user=owner).update(revoked_at=timezone.now())


def signed_out_of_a_conversation_that_is_gone(owner, conversation):
    signed_out(owner, conversation)
    Conversation.objects.filter(id=conversation.id).update(deleted_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (partial(as_it_is_now, is_active=False), 4423),
        (signed_out, 4401),
        (signed_out_of_a_conversation_that_is_gone, 4401),
    ],
    ids=["disabled", "signed out", "signed out, and the conversation is gone"],
)
async def test_who_may_not_any_more_sends_nothing_over_an_open_socket(
    running, owner, conversation, connect, change, code
):
    socket = await connect(owner, conversation)
    await in_thread(change)(owner, conversation)
    await socket.send("message", client_message_id=str(uuid.uuid4()), content="What helps?")
    assert await socket.closed() == code
    assert await in_thread(messages_of)(conversation) == []


async def test_a_conversation_that_is_gone_takes_no_message(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await in_thread(Conversation.objects.filter(id=conversation.id).update)(deleted_at=timezone.now())
    await socket.send("message", client_message_id=str(uuid.uuid4()), content="What helps?")
    assert (await socket.until("error"))["error"] == "not_found"
    assert await in_thread(messages_of)(conversation) == []


async def test_who_is_paused_sends_nothing_until_they_are_not_any_more(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await in_thread(as_it_is_now)(owner, conversation, paused_at=timezone.now())
    await socket.send("message", client_message_id=str(uuid.uuid4()), content="What helps?")
    assert (await socket.until("error"))["error"] == "account_paused"
    assert await in_thread(messages_of)(conversation) == []
    await in_thread(as_it_is_now)(owner, conversation, paused_at=None)
    await socket.ask("What helps?")


async def test_whom_to_call_is_told_for_the_country_that_was_chosen_since(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    for country in ("GB", "US"):
        await in_thread(as_it_is_now)(owner, conversation, country=country)
        await socket.send("message", client_message_id=str(uuid.uuid4()), content="I want to kill myself")
        assert (await socket.until("flag"))["emergency"]["country"] == country


# What ends an open one


async def begin_a_reply(socket, script):
    await socket.ask("What helps?")
    script.say("Rest in the dark, ")
    await socket.until("chunk")


@pytest.mark.parametrize("streaming", [False, True], ids=["idle", "in mid-stream"])
@pytest.mark.parametrize("ended", ENDED)
async def test_an_open_socket_closes_with_what_its_token_stands_on(
    running, script, owner, outsider, conversation, connect, ended, streaming
):
    end, _, code = ENDED[ended]
    socket = await connect(owner, conversation)
    theirs = await in_thread(Conversation.objects.create)(user=outsider)
    other_person = await connect(outsider, theirs)
    if streaming:
        await begin_a_reply(socket, script)
    await in_thread(end)(await in_thread(User.objects.get)(id=owner.id))
    assert await socket.closed() == code
    assert await other_person.still_answers()


async def test_signing_out_one_device_closes_its_sockets_and_no_others(owner, conversation, connect, tokens_of, rest):
    here, there = [await in_thread(tokens_of)(owner) for _ in range(2)]
    stays = await connect(None, conversation, token=here.access)
    first, second = [await connect(None, conversation, token=there.access) for _ in range(2)]
    answer = await rest(owner, "delete", f"/api/auth/devices/{there.family_id}")
    assert answer.status_code == 204
    assert [await socket.closed() for socket in (first, second)] == [4401, 4401]
    assert await stays.still_answers()


async def test_signing_out_everywhere_closes_all_sockets(owner, conversation, connect, rest):
    sockets = [await connect(owner, conversation) for _ in range(2)]
    await rest(owner, "delete", "/api/auth/devices")
    assert [await socket.closed() for socket in sockets] == [4401, 4401]


async def test_a_device_that_is_signed_out_gets_not_a_word_more(
    running, script, owner, conversation, connect, tokens_of
):
    pair = await in_thread(tokens_of)(owner)
    socket = await connect(None, conversation, token=pair.access)
    await begin_a_reply(socket, script)
    await in_thread(end_session)(pair.refresh)
    assert await socket.closed() == 4401
    script.say("and plenty of water.")
    script.end()
    await eventually(lambda: in_thread(is_answered)(conversation))
    assert await socket.communicator.receive_nothing()
    assert "water" not in str(socket.frames)


def is_answered(conversation):
    return any(message.status == "done" for message in messages_of(conversation))


async def test_a_user_has_so_many_sockets_and_no_more(owner, outsider, conversation, connect, settings):
    settings.MAX_SOCKETS_PER_USER = 2
    first = await connect(owner, conversation)
    await connect(owner, conversation)
    assert await (await connect(owner, conversation, refused=True)).closed() == 4429
    theirs = await in_thread(Conversation.objects.create)(user=outsider)
    assert await (await connect(outsider, theirs)).still_answers()
    await first.leave()
    assert await (await connect(owner, conversation)).still_answers()


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (b"http://testserver", True),
        (b"http://localhost:8000", True),
        (b"http://localhost:5173", True),
        (b"https://evil.example", False),
        (b"https://testserver.evil.example", False),
        (b"null", False),
        (b"garbage", False),
    ],
)
async def test_the_origin_of_a_page_is_checked(transactional_db, owner, conversation, tokens_of, origin, welcome):
    access = (await in_thread(tokens_of)(owner)).access
    address = f"/ws/conversations/{conversation.id}?token={access}"
    communicator = WebsocketCommunicator(application, address, headers=[(b"origin", origin)])
    accepted, _ = await communicator.connect(timeout=15)
    assert accepted is welcome  # not accepted: the server answers the handshake with HTTP 403
    await communicator.disconnect()
