"""One client's view of a conversation: what it was told, and what it is told next.

News of the channel layer may be lost, come twice, or be overtaken by what a client asked for: positions of messages
say what is missing, and nothing is told twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from django.db import Error as DatabaseError

from chat import metrics, protocol, selectors
from chat.models import Message
from chat.serializers import message_as_json
from chat.stream_log import Reader, stream_log
from chat.threads import in_thread

_RUNNING = (Message.Status.QUEUED, Message.Status.STREAMING)


class Subscription:
    def __init__(
        self,
        conversation_id: uuid.UUID,
        position: int,
        *,
        send: Callable[[protocol.Frame], Awaitable[None]],
        as_user: Callable[..., Awaitable[Any]],
        broke: Callable[[DatabaseError], Awaitable[None]],
    ) -> None:
        """Of a client who holds everything up to `position`. `as_user` calls what it is given, with the client's user,
        where that is still who may read; `broke` is told where an end can't be read."""
        self.conversation_id = conversation_id
        self._send, self._as_user, self._broke = send, as_user, broke
        self._readers: dict[str, Reader] = {}
        self._acknowledged: set[str] = set()
        self._ended: set[str] = set()
        """Replies whose end the client was told."""
        self._told_to = position
        """Position up to which every message was told."""
        self._resumed_to = 0
        """Position up to which the client asked itself: news of what it was told so may still be on their way."""
        self._staff: str | None = None
        """Who of the staff is there, as the client was told."""

    @property
    def is_reading(self) -> bool:
        return any(not reader.done for reader in self._readers.values())

    def stop(self) -> None:
        """Not a word more of what is being written."""
        for reply_id in list(self._readers):
            self._stop_reading(reply_id)

    # What the client asks for

    async def read_along_what_runs(self) -> None:
        """Who comes in the middle of a reply gets what is written from now on; `resume` brings the rest."""
        # As the user: who was signed out before news of it could arrive is noticed here.
        for reply_id in await self._as_user(lambda user: selectors.running_replies(self.conversation_id)):
            self._read_along(reply_id, stream_log.length(reply_id) or 0)

    async def catch_up(self) -> None:
        """Tells what the channel layer may have lost."""

        def read(user: object) -> tuple[list[Message], str | None]:
            position, staff = selectors.whereabouts(self.conversation_id)
            if position <= self._told_to:  # as nearly always
                return [], staff
            return selectors.messages_behind(self.conversation_id, self._told_to), staff

        messages, staff = await self._as_user(read)
        await self._tell_staff(staff)
        for message in messages:
            if message.sender == Message.Sender.USER and str(message.id) not in self._acknowledged:
                await self.tell_sent(message, selectors.reply_to(message))
            elif message.sender == Message.Sender.STAFF:
                await self._tell_written(message)
            self._told_to = max(self._told_to, message.position)

    async def resume(self, frame: protocol.Resume) -> None:
        messages = await self._as_user(lambda user: selectors.messages_after(self.conversation_id, frame.lastMessageId))
        held = messages[0] if messages and messages[0].id == frame.lastMessageId else None
        for message in messages:
            self._stop_reading(str(message.id))  # what comes now says all of it
        await self._send(_resume_ack(held, frame))
        metrics.resumed()
        running = []
        for message in messages:
            if message.status in _RUNNING:
                running.append(message)
            elif held is None or message is not held or held.sender != Message.Sender.USER:
                if message.sender == Message.Sender.STAFF:
                    self._acknowledged.add(str(message.id))
                await self._tell_done(message)
            self._told_to = max(self._told_to, message.position)
            self._resumed_to = max(self._resumed_to, message.position)
        for message in running:  # last: what is written goes on for long
            await self._tell_running(message, frame.offset if message is held else 0)

    # What happens elsewhere

    async def message_sent(self, message_id: str) -> None:
        if message_id not in self._acknowledged:
            message = await in_thread(selectors.message_with_reply)(message_id)
            if message and message.position > self._resumed_to:
                await self.tell_sent(message, selectors.reply_to(message))

    async def staff_wrote(self, message_id: str) -> None:
        message = await in_thread(selectors.message_with_reply)(message_id)
        if message:
            await self._tell_written(message)

    async def staff_changed(self) -> None:
        """Somebody of the staff joined or left: the row says who is there."""
        _, staff = await in_thread(selectors.whereabouts)(self.conversation_id)
        await self._tell_staff(staff)

    async def staff_typing(self) -> None:
        if self._staff:
            await self._send(protocol.Presence(who="staff", state="typing", name=self._staff))

    async def reply_ended(self, reply_id: str) -> None:
        """A reply that nobody was writing came to its end."""
        if reply_id in self._readers:  # else it was told already
            self._stop_reading(reply_id)
            await self._tell_end(reply_id)

    # Frames out

    async def tell_sent(self, message: Message, reply: Message | None) -> None:
        self._acknowledged.add(str(message.id))
        if message.position == self._told_to + 1:  # else the news of one before it were lost: the next ping looks
            self._told_to = (reply or message).position
        client_message_id = str(message.client_message_id) if message.client_message_id else None
        if reply is None:
            await self._send(
                protocol.Ack(client_message_id=client_message_id, message=message_as_json(message), replyId=None)
            )
            return
        reply_id = str(reply.id)
        self._stop_reading(reply_id)  # what comes now says all of it
        await self._send(
            protocol.Ack(client_message_id=client_message_id, message=message_as_json(message), replyId=reply_id)
        )
        if reply.status in _RUNNING:
            await self._tell_running(reply, 0)
            return
        if flag := reply.metadata.get("flag"):
            await self._send(protocol.Flag(messageId=reply_id, **flag))
        if reply.metadata.get("kind") == "safety":
            await self._send(protocol.Error(error="unsafe", messageId=reply_id, retryable=False))
        await self._tell_done(reply)

    async def _tell_written(self, message: Message) -> None:
        """A message of the staff, once."""
        if str(message.id) in self._acknowledged:
            return
        self._acknowledged.add(str(message.id))
        if message.position == self._told_to + 1:  # else as with `tell_sent`
            self._told_to = message.position
        await self._tell_done(message)

    async def _tell_staff(self, name: str | None) -> None:
        """Who of the staff is there, where that changed."""
        was, self._staff = self._staff, name
        if was == name:
            return
        if was:
            await self._send(protocol.Presence(who="staff", state="left", name=was))
        if name:
            await self._send(protocol.Presence(who="staff", state="joined", name=name))

    async def _tell_running(self, reply: Message, offset: int) -> None:
        """What is there from `offset` on, and what comes; its end alone where that was told since its row was read."""
        reply_id = str(reply.id)
        if reply_id in self._ended:
            await self._tell_end(reply_id)
            return
        flag = reply.metadata.get("flag")
        if flag and reply.status == Message.Status.QUEUED:  # else whoever writes it tells
            await self._send(protocol.Flag(messageId=reply_id, **flag))
        self._read_along(reply_id, offset)

    async def _tell_end(self, reply_id: str) -> None:
        """Where its row says that it is over."""
        reply = (await in_thread(selectors.replies_by_id)([reply_id])).get(reply_id)
        if reply and reply.status not in _RUNNING:
            await self._tell_done(reply)

    async def _tell_done(self, message: Message) -> None:
        self._ended.add(str(message.id))
        await self._send(protocol.Done(message=message_as_json(message)))

    def _read_along(self, reply_id: str, offset: int) -> None:
        self._stop_reading(reply_id)
        self._readers[reply_id] = reader = stream_log.follow(
            reply_id, offset, take=partial(self._forward, reply_id), at_end=partial(self._end, reply_id)
        )
        reader.wake()

    def _stop_reading(self, reply_id: str) -> None:
        if reader := self._readers.pop(reply_id, None):
            reader.stop()

    def _forward(self, reply_id: str, frame: protocol.Frame) -> Awaitable[None]:
        if isinstance(frame, protocol.Done):
            self._ended.add(reply_id)
        return self._send(frame)

    async def _end(self, reply_id: str) -> None:
        if reply_id not in self._ended:  # nobody wrote it: it was stopped in the queue, or is gone
            try:
                await self._tell_end(reply_id)
            except DatabaseError as error:
                await self._broke(error)
        self._readers.pop(reply_id, None)


def _resume_ack(held: Message | None, frame: protocol.Resume) -> protocol.ResumeAck:
    message_id = str(frame.lastMessageId) if frame.lastMessageId else None
    if held is None:
        return protocol.ResumeAck(messageId=message_id, offset=0, status="unknown")
    if held.status in _RUNNING:
        return protocol.ResumeAck(messageId=message_id, offset=frame.offset, status="streaming")
    ended_well = held.status != Message.Status.INCOMPLETE
    return protocol.ResumeAck(
        messageId=message_id, offset=len(held.content), status="done" if ended_well else "incomplete"
    )
