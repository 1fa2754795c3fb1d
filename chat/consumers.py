"""The WebSocket of a conversation: authenticates, parses, calls services, forwards what happens. It decides nothing."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError

from accounts.clients import client_of_scope
from accounts.models import User
from accounts.tokens import family_of, is_current, redeem_ticket, user_of_family
from chat import metrics, protocol, selectors, services, stopping
from chat.models import Message
from chat.news import sockets_group, user_group
from chat.open_sockets import COME_BACK, open_sockets
from chat.refusals import help_for, words_in
from chat.serializers import message_as_json
from chat.stream_log import stream_log
from chat.threads import aside, in_thread
from veda.errors import AccountDisabled, InvalidToken, NotFound, TooManyRequests, TryLater, Unavailable, VedaError

logger = logging.getLogger(__name__)

JOIN_SECONDS = 1.0
MOST_TURNS, TURNS_A_SECOND = 100.0, 10.0
"""Frames that aren't messages: so many at once, and so many in the long run."""
NOT_SIGNED_IN, NO_SUCH_CONVERSATION, ACCOUNT_DISABLED, TOO_MANY_SOCKETS = 4401, 4404, 4423, 4429

_RUNNING = (Message.Status.QUEUED, Message.Status.STREAMING)


class ConversationConsumer(AsyncWebsocketConsumer):
    user: User | None = None
    family_id: uuid.UUID
    conversation_id: uuid.UUID

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Whatever ends the socket, `disconnect` called or not, its readers and its place are given back."""
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._acknowledged: set[str] = set()
        self._ended: set[str] = set()
        """Replies whose end this socket was told."""
        self._turns, self._turn_at = MOST_TURNS, time.monotonic()
        self._told_to = 0
        """Position up to which this socket knows of every message."""
        self._resumed_to = 0
        """Position up to which the client itself does: news of what it was told so may still be on their way."""
        self._staff: str | None = None
        """Who of the staff is there, as this socket was told."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            for reader in self._readers.values():
                reader.cancel()
            open_sockets.remove(self)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without Channels' look for old connections, a trip to a thread for every frame: each service looks itself."""
        try:
            await getattr(self, get_handler_name(message))(message)
        except DatabaseError as error:
            await self._send_back(error)

    async def _send_back(self, error: DatabaseError) -> None:
        """Whoever comes back hears what this socket couldn't be told."""
        logger.error("A socket is closed, without the database: %s", type(error).__name__)
        await self.close(COME_BACK)

    async def connect(self) -> None:
        """Every refusal is accepted first: a browser sees no code from a refused handshake."""
        await self.accept()
        try:
            user, self._told_to, attended = await self._authenticate()
            self.user_id = user.id
            self.client = client_of_scope(self.scope)
            if not open_sockets.add(self):
                await self.close(TOO_MANY_SOCKETS)
                return
            self.user = user
            await self._join()
            if attended:
                await self.staff_changed({})
            await self._read_along_what_runs()
        except (InvalidToken, AccountDisabled, NotFound) as error:
            await self._shut_out(error)

    async def disconnect(self, code: int) -> None:
        if self.user:
            try:
                for group in self._groups():
                    await self.channel_layer.group_discard(group, self.channel_name)
            except Exception as error:  # whatever a layer raises
                logger.info("A socket stays in its groups until they forget it: %s", type(error).__name__)

    def _groups(self) -> tuple[str, str]:
        assert self.user
        return sockets_group(self.conversation_id), user_group(self.user.id)

    async def _join(self) -> None:
        """Again with each ping: the layer forgets members after a day or a flush, or was away."""
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                for group in self._groups():
                    await self.channel_layer.group_add(group, self.channel_name)
        except Exception as error:  # whatever a layer raises
            logger.warning("A socket can't hear of what happens elsewhere: %s", type(error).__name__)

    @property
    def is_reading(self) -> bool:
        return any(not reader.done() for reader in self._readers.values())

    async def _shut_out(self, error: InvalidToken | AccountDisabled | NotFound) -> None:
        """Not a word more of what is being written."""
        for reply_id in list(self._readers):
            self._stop_reading(reply_id)
        codes = {AccountDisabled: ACCOUNT_DISABLED, NotFound: NO_SUCH_CONVERSATION}
        await self.close(codes.get(type(error), NOT_SIGNED_IN))

    async def _authenticate(self) -> tuple[User, int, bool]:
        """Who it is, where the conversation ends, and whether staff are in it.

        Raises InvalidToken, AccountDisabled, NotFound.
        """
        token = parse_qs(self.scope["query_string"].decode("latin-1")).get("token", [""])[0]
        raw_id = self.scope["url_route"]["kwargs"]["conversation_id"]
        found: tuple[User, int, bool] = await in_thread(self._authenticate_now)(token, raw_id)
        return found

    def _authenticate_now(self, token: str, raw_id: str) -> tuple[User, int, bool]:
        is_ticket = ":" in token
        self.family_id = redeem_ticket(token, conversation_id=raw_id) if is_ticket else family_of(token)
        user = user_of_family(self.family_id)
        try:
            self.conversation_id = uuid.UUID(raw_id)
        except ValueError:
            raise NotFound from None
        conversation = selectors.conversation_of(user, self.conversation_id)
        return user, conversation.last_position, conversation.is_attended

    # What the client sends

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.user is None:
            return
        client_message_id, written = None, text_data
        try:
            frame = self._parse(text_data)
            if isinstance(frame, protocol.SendMessage):
                client_message_id = str(frame.client_message_id)
            else:
                written = None
            await self._handle(frame)
        except (InvalidToken, AccountDisabled) as error:
            await self._shut_out(error)
        except TryLater as error:
            await self._refuse(error, written, client_message_id, retryable=True, retry_after=error.retry_after)
        except VedaError as error:
            logger.info("Frame refused: %s (conversation %s)", error.code, self.conversation_id)
            await self._refuse(error, written, client_message_id)
        except DatabaseError as error:
            logger.error("Frame failed: %s (conversation %s)", type(error).__name__, self.conversation_id)
            await self._refuse(Unavailable(), written, client_message_id, retryable=True)

    def _parse(self, text: str | None) -> protocol.ClientFrame:
        """Raises VedaError."""
        if text is None:
            raise _InvalidFrame("Binary frames aren't part of this protocol.")
        if len(text) > protocol.MAX_FRAME_BYTES:
            raise _FrameTooLarge
        try:
            return protocol.parse(text)
        except protocol.InvalidFrame as error:
            raise _InvalidFrame(str(error)) from None

    async def _handle(self, frame: protocol.ClientFrame) -> None:
        if not isinstance(frame, protocol.SendMessage):
            self._take_turn()
        match frame:
            case protocol.SendMessage():
                sent = await self._as_user(
                    services.send_message,
                    conversation_id=self.conversation_id,
                    content=frame.content,
                    client_message_id=frame.client_message_id,
                    attachment_ids=frame.attachments,
                    simplifies=frame.simplifies,
                    repeats=frame.repeats,
                    client=self.client,
                )
                await self._tell_sent(sent.message, sent.reply)
            case protocol.Resume():
                await self._resume(frame)
            case protocol.Stop():
                await self._as_user(stopping.stop_reply, conversation_id=self.conversation_id, reply_id=frame.messageId)
            case protocol.Ping():
                await self._catch_up()
                await self._send(protocol.Pong())
                await self._join()

    async def _as_user(self, service: Callable[..., Any], **arguments: Any) -> Any:
        """Calls it as the socket's user, if they are: signed out, disabled, or agreed to the terms since?"""

        def call() -> Any:
            if self.user is None or not is_current(self.user, self.family_id):
                self.user = user_of_family(self.family_id)
            return service(user=self.user, **arguments)

        return await in_thread(call)()

    def _take_turn(self) -> None:
        """Of what costs the database something and no model; what a patient writes has limits of its own.

        Raises TooManyRequests.
        """
        now = time.monotonic()
        self._turns = min(MOST_TURNS, self._turns + (now - self._turn_at) * TURNS_A_SECOND)
        self._turn_at = now
        if self._turns < 1:
            raise TooManyRequests(1)
        self._turns -= 1

    async def _catch_up(self) -> None:
        """Tells what the channel layer may have lost. Is it somebody still?"""

        def read(user: User) -> tuple[list[Message], str | None]:
            position, staff = selectors.whereabouts(self.conversation_id)
            if position <= self._told_to:  # as nearly always
                return [], staff
            return selectors.messages_behind(self.conversation_id, self._told_to), staff

        messages, staff = await self._as_user(read)
        await self._tell_staff(staff)
        for message in messages:
            if message.sender == Message.Sender.USER and str(message.id) not in self._acknowledged:
                await self._tell_sent(message, selectors.reply_to(message))
            elif message.sender == Message.Sender.STAFF:
                await self._tell_written(message)
            self._told_to = max(self._told_to, message.position)

    async def _resume(self, frame: protocol.Resume) -> None:
        if frame.conversationId != self.conversation_id:
            raise NotFound
        messages = await self._as_user(lambda user: selectors.messages_after(self.conversation_id, frame.lastMessageId))
        held = messages[0] if messages and messages[0].id == frame.lastMessageId else None
        for message in messages:
            self._stop_reading(str(message.id))  # what comes now says all of it
        await self._send(_resume_ack(held, frame))
        metrics.resumed()
        for message in messages:
            if message.status in _RUNNING:
                await self._tell_running(message, frame.offset if message is held else 0)
            elif held is None or message is not held or held.sender != Message.Sender.USER:
                if message.sender == Message.Sender.STAFF:
                    self._acknowledged.add(str(message.id))
                await self._tell_done(message)
            self._told_to = max(self._told_to, message.position)
            self._resumed_to = max(self._resumed_to, message.position)

    # What happens elsewhere: events of the channel layer

    async def message_sent(self, event: dict[str, Any]) -> None:
        if event["message_id"] not in self._acknowledged:
            message = await in_thread(selectors.message_with_reply)(event["message_id"])
            if message and message.position > self._resumed_to:
                await self._tell_sent(message, selectors.reply_to(message))

    async def staff_wrote(self, event: dict[str, Any]) -> None:
        message = await in_thread(selectors.message_with_reply)(event["message_id"])
        if message:
            await self._tell_written(message)

    async def staff_changed(self, event: dict[str, Any]) -> None:
        """Somebody of the staff joined or left: the row says who is there."""
        _, staff = await in_thread(selectors.whereabouts)(self.conversation_id)
        await self._tell_staff(staff)

    async def staff_typing(self, event: dict[str, Any]) -> None:
        if self._staff:
            await self._send(protocol.Presence(who="staff", state="typing", name=self._staff))

    async def reply_ended(self, event: dict[str, Any]) -> None:
        """A reply that nobody was writing came to its end."""
        if event["reply_id"] in self._readers:  # else it was told already
            self._stop_reading(event["reply_id"])
            await self._tell_end(event["reply_id"])

    async def conversation_deleted(self, event: dict[str, Any]) -> None:
        await self.close(NO_SUCH_CONVERSATION)

    async def sessions_ended(self, event: dict[str, Any]) -> None:
        """A device of this person was signed out, or the account is disabled or gone. Is it this one?"""
        await self.look_who_it_is()

    async def look_who_it_is(self) -> None:
        try:
            await self._as_user(lambda user: None)
        except (InvalidToken, AccountDisabled) as error:
            await self._shut_out(error)
        except DatabaseError as error:
            logger.error("Not known whether still signed in: %s", type(error).__name__)

    # Frames out

    async def _tell_staff(self, name: str | None) -> None:
        """Who of the staff is there, where that changed."""
        was, self._staff = self._staff, name
        if was == name:
            return
        if was:
            await self._send(protocol.Presence(who="staff", state="left", name=was))
        if name:
            await self._send(protocol.Presence(who="staff", state="joined", name=name))

    async def _tell_written(self, message: Message) -> None:
        """A message of the staff, once."""
        if str(message.id) in self._acknowledged:
            return
        self._acknowledged.add(str(message.id))
        if message.position == self._told_to + 1:  # else as with `_tell_sent`
            self._told_to = message.position
        await self._tell_done(message)

    async def _tell_sent(self, message: Message, reply: Message | None) -> None:
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

    async def _read_along_what_runs(self) -> None:
        """A socket that opens in the middle of a reply gets what comes from now on; `resume` brings the rest."""
        # As the user: who was signed out before the socket could hear of it is noticed here.
        for reply_id in await self._as_user(lambda user: selectors.running_replies(self.conversation_id)):
            self._read_along(reply_id, stream_log.length(reply_id) or 0)

    def _read_along(self, reply_id: str, offset: int) -> None:
        self._stop_reading(reply_id)
        stream_log.open(reply_id)
        self._readers[reply_id] = asyncio.create_task(self._forward(reply_id, offset))

    def _stop_reading(self, reply_id: str) -> None:
        if reader := self._readers.pop(reply_id, None):
            reader.cancel()

    async def _forward(self, reply_id: str, offset: int) -> None:
        frame: protocol.Frame | None = None
        async with aclosing(stream_log.follow(reply_id, offset)) as published:
            async for frames in published:
                for frame in frames:
                    if isinstance(frame, protocol.Done):
                        self._ended.add(reply_id)
                    if not isinstance(frame, protocol.Withdrawn):
                        await self._send(frame)
        if not isinstance(frame, protocol.Done):  # nobody wrote it: it was stopped in the queue, or is gone
            try:
                await self._tell_end(reply_id)
            except DatabaseError as error:
                await self._send_back(error)
        self._readers.pop(reply_id, None)

    async def _send(self, frame: protocol.Frame) -> None:
        await self.base_send({"type": "websocket.send", "text": protocol.encode(frame)})

    async def _refuse(
        self,
        error: VedaError,
        written: str | None,
        client_message_id: str | None,
        *,
        retryable: bool = False,
        retry_after: int | None = None,
    ) -> None:
        """With whom to call, where what was refused tells of a danger; services have looked, if it came to them."""
        flag = error.details.get("flag")
        if flag is None and written:
            flag = (await aside(help_for)(words_in(written), self.user, self.conversation_id)).get("flag")
        await self._send(
            protocol.Error(
                error=error.code,
                message=error.message,
                client_message_id=client_message_id,
                retryable=retryable,
                retry_after=retry_after,
                flag=flag,
            )
        )


class UnknownAddressConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        await self.close(NO_SUCH_CONVERSATION)


class _InvalidFrame(VedaError):
    code = "invalid_frame"


class _FrameTooLarge(VedaError):
    code = "frame_too_large"
    message = "The frame is too large."


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
