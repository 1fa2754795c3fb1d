"""The same is asked once more: another answer beside the first, which stays."""

from __future__ import annotations

import uuid

from channels.db import database_sync_to_async as in_thread

from chat.models import Message

QUESTION = "What helps against a migraine?"
FIRST = "Lie down in a dark room, and drink some water. [1]"


async def ask(socket, reply_id: str, content: str = QUESTION) -> dict:
    given = str(uuid.uuid4())
    await socket.send("message", client_message_id=given, content=content, repeats=reply_id)
    return await socket.until(lambda frame: given == frame.get("client_message_id"))


async def ended(socket) -> dict:
    return (await socket.until("done"))["message"]


async def test_every_answer_names_the_first_and_the_first_stays(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    first = await ended(socket)
    second_ack = await ask(socket, first["id"])
    second = await ended(socket)
    await ask(socket, second["id"])
    third = await ended(socket)
    for told in (second_ack["message"], second, third):
        assert told["metadata"]["repeats"] == {"id": first["id"]}
    assert "repeats" not in first["metadata"]
    stored = await in_thread(Message.objects.get)(id=first["id"])
    assert stored.content == first["content"]
    assert await in_thread(conversation.messages.count)() == 6


async def test_who_answers_anew_is_told_what_was_said_before_and_not_the_answer(
    host, running, owner, conversation, connect
):
    socket = await connect(owner, conversation)
    host.says("A cough mostly goes away by itself. [1]")
    await socket.ask("How long does a cough last?")
    await ended(socket)
    host.says(FIRST)
    await socket.ask(QUESTION)
    first = await ended(socket)
    await ask(socket, first["id"])
    await ended(socket)
    prompt = host.asked(host.chat_path)[-1].prompt
    assert "How long does a cough last?" in prompt
    assert "Lie down in a dark room, and drink some water." not in prompt


async def test_only_a_reply_of_this_conversation_to_the_same_words_is_repeated(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    ack = await socket.ask(QUESTION)
    first = await ended(socket)
    for reply_id, content in (
        (first["id"], "What helps against a cough?"),
        (ack["message"]["id"], QUESTION),
        (str(uuid.uuid4()), QUESTION),
    ):
        assert (await ask(socket, reply_id, content))["error"] == "not_found"
    assert await in_thread(conversation.messages.count)() == 2


async def test_over_rest_too(running, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    first = await ended(socket)
    body = {"content": QUESTION, "repeats": first["id"]}
    response = await rest(owner, "post", f"/api/conversations/{conversation.id}/messages", body)
    assert response.status_code == 201
    assert response.json()["metadata"]["repeats"] == {"id": first["id"]}
