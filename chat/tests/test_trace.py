"""Lines of the log know their request and their conversation, in whichever task or thread they are written."""

from __future__ import annotations

import asyncio
import logging

import pytest

from chat.threads import in_thread
from chat.trace import trace, traced


@pytest.fixture
def told():
    """What each line of chat's log belonged to as it was written: (its words, the ids)."""
    found = []

    class Handler(logging.Handler):
        def emit(self, record):
            found.append((record.getMessage(), dict(trace())))

    handler = Handler()
    logger = logging.getLogger("chat")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


async def test_a_line_about_a_reply_names_its_conversation(running, script, owner, conversation, connect, told):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.fail(KeyError())
    await socket.until("done")
    ((_, ids),) = [line for line in told if "failed: KeyError" in line[0]]
    assert ids["conversation_id"] == str(conversation.id)


async def test_a_reply_keeps_the_request_that_it_was_asked_by(running, script, owner, conversation, rest, told):
    with traced(request_id="the-request"):
        sent = await rest(owner, "post", f"/api/conversations/{conversation.id}/messages", {"content": "What helps?"})
    assert sent.status_code == 201
    script.fail(KeyError())
    async with asyncio.timeout(20):
        while not [line for line in told if "failed: KeyError" in line[0]]:  # noqa: ASYNC110 - a log tells nobody
            await asyncio.sleep(0.02)
    ((_, ids),) = [line for line in told if "failed: KeyError" in line[0]]
    assert ids == {"request_id": "the-request", "conversation_id": str(conversation.id)}


async def test_a_thread_writes_for_whom_it_works(transactional_db):
    with traced(request_id="one"):
        one = in_thread(trace)()
    with traced(request_id="two", conversation_id="c"):
        two = in_thread(trace)()
    assert (dict(await one), dict(await two)) == ({"request_id": "one"}, {"request_id": "two", "conversation_id": "c"})
    assert dict(await in_thread(trace)()) == {}


def test_ids_hold_within_only():
    with traced(request_id="a"):
        with traced(conversation_id="b"):
            assert trace() == {"request_id": "a", "conversation_id": "b"}
        assert trace() == {"request_id": "a"}
    assert trace() == {}
