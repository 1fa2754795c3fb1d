"""An answer is asked for in plainer words: a message like any other, answered from the same sources."""

from __future__ import annotations

import uuid

from channels.db import database_sync_to_async as in_thread

from chat.models import Message
from pipeline.fixed_words import NO_PLAINER_WORDS

QUESTION = "What helps against a migraine?"
ASKED = "Please explain that more simply."
HARD = (
    "Recuperating in a darkened environment may alleviate migraine-associated photosensitivity considerably, and "
    "adequate hydration is additionally recommended for affected individuals [1]."
)
EASY = "Rest in a dark and quiet room. Light can hurt when you have a migraine. Drink some water. It may help you. [1]"


async def simplify(socket, reply_id: str, client_message_id: str | None = None) -> dict:
    given = client_message_id or str(uuid.uuid4())
    await socket.send("message", client_message_id=given, content=ASKED, simplifies=reply_id)
    return await socket.until(lambda frame: given == frame.get("client_message_id"))


async def test_the_same_answer_comes_again_from_the_same_sources(host, running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    host.says(HARD)
    await socket.ask(QUESTION)
    first = (await socket.until("done"))["message"]
    host.says(EASY)
    ack = await simplify(socket, first["id"])
    again = (await socket.until("done"))["message"]
    assert (again["id"], again["content"]) == (ack["replyId"], EASY)
    assert again["metadata"]["simplifies"] == {
        "id": first["id"],
        "reading_grade": first["metadata"]["reading_grade"],
    }
    assert again["metadata"]["reading_grade"] < first["metadata"]["reading_grade"] - 5
    assert [card["excerpt"] for card in again["metadata"]["sources"]] == [
        card["excerpt"] for card in first["metadata"]["sources"]
    ]
    prompt = host.asked(host.chat_path)[-1].prompt
    assert HARD.removesuffix(" [1].") in prompt
    assert first["metadata"]["sources"][0]["excerpt"][:40] in prompt


async def test_the_same_wish_sent_twice_gets_one_reply(host, running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    host.says(HARD)
    await socket.ask(QUESTION)
    first = (await socket.until("done"))["message"]
    host.says(EASY)
    wish = str(uuid.uuid4())
    ack = await simplify(socket, first["id"], wish)
    await socket.until("done")
    assert (await simplify(socket, first["id"], wish))["replyId"] == ack["replyId"]
    assert await in_thread(Message.objects.filter(conversation=conversation).count)() == 4


async def test_without_a_model_it_says_so(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    first = (await socket.until("done"))["message"]
    await simplify(socket, first["id"])
    again = (await socket.until("done"))["message"]
    assert again["content"] == NO_PLAINER_WORDS
    assert again["metadata"]["kind"] == "not_found"
    assert "unsupported" not in again["metadata"]


async def test_what_is_no_answer_of_this_conversation_cannot_be_simplified(running, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    ack = await socket.ask("How do I mend a bicycle chain?")
    not_found = (await socket.until("done"))["message"]
    for reply_id in (not_found["id"], ack["message"]["id"], str(uuid.uuid4())):
        refused = await simplify(socket, reply_id)
        assert refused["error"] == "not_found"
    assert await in_thread(Message.objects.filter(conversation=conversation).count)() == 2


async def test_a_danger_told_with_it_is_answered_as_ever(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    first = (await socket.until("done"))["message"]
    await socket.send(
        "message", client_message_id=str(uuid.uuid4()), content="I want to kill myself", simplifies=first["id"]
    )
    assert (await socket.until("done"))["message"]["metadata"]["kind"] == "safety"
