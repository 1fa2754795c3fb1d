"""News for open sockets and for the runners of all processes, over the channel layer: rare events, never text.

The layer may lose some and keeps no order, so each names a row and the row is read. Nobody waits until it has taken
one: what was stored stays stored, and readers find it when they ask again.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from chat.memory_layer import MemoryLayer

logger = logging.getLogger(__name__)

RUNNERS_GROUP = "runners"
"""What concerns replies of any process: `stop`, and `forget` where no more will be written or read."""
REPLIES_TOLD_AT_ONCE = 500
TAKEN_WITHIN_SECONDS = 10.0

_loop: asyncio.AbstractEventLoop | None = None
_sending: set[asyncio.Task[None]] = set()


def send_on(loop: asyncio.AbstractEventLoop | None) -> None:
    """The loop on which this process sends its news; None: it has none, as a command."""
    global _loop
    _loop = loop


def sockets_group(conversation_id: uuid.UUID) -> str:
    """Of a conversation's open sockets."""
    return f"conversation.{conversation_id.hex}"


def user_group(user_id: uuid.UUID) -> str:
    """Of all open sockets of a person."""
    return f"user.{user_id.hex}"


def tell_sockets(conversation_id: uuid.UUID, event: dict[str, str], *, told: str = "") -> None:
    """`told`: the channel of a socket that hears of it anyway. Where it is known to be the only one, nothing is sent:
    the event loop would be woken for nobody."""
    group, layer = sockets_group(conversation_id), get_channel_layer()
    if not (isinstance(layer, MemoryLayer) and layer.has_alone(group, told)):
        _tell(group, event)


def tell_sockets_of(user_id: uuid.UUID, event: dict[str, str]) -> None:
    _tell(user_group(user_id), event)


def tell_runners(what: str, reply_ids: Sequence[uuid.UUID]) -> None:
    """`stop`: end them with their text kept. `forget`: they are gone, or over."""
    ids = [str(reply_id) for reply_id in reply_ids]
    for start in range(0, len(ids), REPLIES_TOLD_AT_ONCE):
        _tell(RUNNERS_GROUP, {"type": what, "reply_ids": ids[start : start + REPLIES_TOLD_AT_ONCE]})


def _tell(group: str, event: dict[str, Any]) -> None:
    """From any thread but that of the loop."""
    if _loop and _loop.is_running():
        _loop.call_soon_threadsafe(_send_soon, group, event)
    else:
        async_to_sync(_send)(group, event)


def _send_soon(group: str, event: dict[str, Any]) -> None:
    task = asyncio.create_task(_send(group, event))
    _sending.add(task)
    task.add_done_callback(_sending.discard)


async def _send(group: str, event: dict[str, Any]) -> None:
    try:
        async with asyncio.timeout(TAKEN_WITHIN_SECONDS):
            await get_channel_layer().group_send(group, event)
    except Exception as error:  # whatever a layer raises
        logger.error("The channel layer didn't take %s: %s", event["type"], type(error).__name__)
