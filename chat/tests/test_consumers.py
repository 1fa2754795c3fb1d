from __future__ import annotations

import json
import uuid

from channels.testing import WebsocketCommunicator

from veda.asgi import application


async def test_a_question_is_acknowledged_answered_and_stored(running, owner, conversation, tokens_of):
    access = (await _in_thread(tokens_of, owner)).access
    socket = WebsocketCommunicator(application, f"/ws/conversations/{conversation.id}?token={access}")
    assert (await socket.connect())[0]
    await socket.send_to(
        text_data=json.dumps(
            {"type": "message", "client_message_id": str(uuid.uuid4()), "content": "what helps against a migraine?"}
        )
    )
    frames = []
    while not frames or frames[-1]["type"] != "done":
        frames.append(json.loads(await socket.receive_from(timeout=10)))
    assert frames[0]["type"] == "ack"
    text = "".join(frame["data"] for frame in frames if frame["type"] == "chunk")
    assert frames[-1]["message"]["content"] == text.rstrip()
    assert "[1]" in text
    await socket.disconnect()


async def _in_thread(function, *args):
    from channels.db import database_sync_to_async

    return await database_sync_to_async(function)(*args)
