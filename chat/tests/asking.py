"""Sends that tests of the queue and the runner share, beside any socket."""

from __future__ import annotations

from channels.db import database_sync_to_async as in_thread

from accounts.tests.factories import UserFactory
from chat import services
from chat.models import Conversation
from chat.tests.sockets import eventually


async def ask(conversation, content="What helps?"):
    """Sends a message as its owner and gives the reply that is to be written."""
    owner = await in_thread(lambda: conversation.user)()
    sent = await in_thread(services.send_message)(user=owner, conversation_id=conversation.id, content=content)
    return sent.reply


async def reload(reply):
    await in_thread(reply.refresh_from_db)()
    return reply


async def until_status(reply, status):
    async def has_it():
        return (await reload(reply)).status == status

    await eventually(has_it)
    return reply


def conversations(count, user=None):
    """So many conversations, of one user or of as many users."""
    return [Conversation.objects.create(user=user or UserFactory()) for _ in range(count)]
