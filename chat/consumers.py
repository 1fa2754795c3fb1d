"""The WebSocket of a conversation: authenticates, parses, calls services, forwards what happens. It decides nothing."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError

from accounts.clients import client_of_scope
from accounts.models import User
from accounts.tokens import family_of, redeem_ticket, user_of_family
from chat import protocol, selectors, services
from chat.models import Message
from chat.serializers import message_as_json
from chat.services import sockets_group, user_group
from chat.stream_log import stream_log
from veda.errors import AccountDisabled, InvalidToken, NotFound, TooManyRequests, VedaError

logger = logging.getLogger(__name__)

NOT_SIGNED_IN, NO_SUCH_CONVERSATION, ACCOUNT_DISABLED, TOO_MANY_SOCKETS = 4401, 4404, 4423, 4429

_open_sockets: Counter[uuid.UUID] = Counter()

_RUNNING = (Message.Status.QUEUED, Message.Status.STREAMING)


class ConversationConsumer(AsyncWebsocketConsumer):
    user: User | None = None
    family_id: uuid.UUID
    conversation_id: uuid.UUID

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Whatever ends the socket, `disconnect` called or not, its readers and its place are given back."""
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._acknowledged: set[str] = set()
        try:
            await super().__call__(scope, receive, send)
        finally:
            for reader in self._readers.values():
                reader.cancel()
            if self.user:
                _open_sockets[self.user.id] -= 1
                if _open_sockets[self.user.id] <= 0:
                    del _open_sockets[self.user.id]

    async def connect(self) -> None:
        """Every refusal is accepted first: a browser sees no code from a refused handshake."""
        await self.accept()
        try:
            user = await self._authenticate()
            if _open_sockets[user.id] >= settings.MAX_SOCKETS_PER_USER:
                await self.close(TOO_MANY_SOCKETS)
                return
            _open_sockets[user.id] += 1
            self.user = user
            await self._join()
            await self._read_along_what_runs()
        except (InvalidToken, AccountDisabled, NotFound) as error:
            await self._shut_out(error)

    async def disconnect(self, code: int) -> None:
        if self.user:
            for group in self._groups():
                await self.channel_layer.group_discard(group, self.channel_name)

    def _groups(self) -> tuple[str, str]:
        assert self.user
        return sockets_group(self.conversation_id), user_group(self.user.id)

    async def _join(self) -> None:
        """Again with each ping: the layer forgets members after a day or a flush."""
        for group in self._groups():
            await self.channel_layer.group_add(group, self.channel_name)

    async def _shut_out(self, error: InvalidToken | AccountDisabled | NotFound) -> None:
        """Not a word more of what is being written."""
        for reply_id in list(self._readers):
            self._stop_reading(reply_id)
        codes = {AccountDisabled: ACCOUNT_DISABLED, NotFound: NO_SUCH_CONVERSATION}
        await self.close(codes.get(type(error), NOT_SIGNED_IN))

    async def _authenticate(self) -> User:
        """Raises InvalidToken, AccountDisabled, NotFound."""
        token = parse_qs(self.scope["query_string"].decode("latin-1")).get("token", [""])[0]
        raw_id = self.scope["url_route"]["kwargs"]["conversation_id"]
        user: User = await database_sync_to_async(self._authenticate_now)(token, raw_id)
        return user

    def _authenticate_now(self, token: str, raw_id: str) -> User:
        is_ticket = ":" in token
        self.family_id = redeem_ticket(token, conversation_id=raw_id) if is_ticket else family_of(token)
        user = user_of_family(self.family_id)
        try:
            self.conversation_id = uuid.UUID(raw_id)
        except ValueError:
            raise NotFound from None
        selectors.conversation_of(user, self.conversation_id)
        return user

    # What the client sends

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.user is None:
            return
        client_message_id = None
        try:
            frame = self._parse(text_data)
            client_message_id = str(frame.client_message_id) if isinstance(frame, protocol.SendMessage) else None
            await self._handle(frame)
        except (InvalidToken, AccountDisabled) as error:
            await self._shut_out(error)
        except TooManyRequests as error:
            await self._refuse(
                error.code, error.message, client_message_id, retryable=True, retry_after=error.details["retry_after"]
            )
        except VedaError as error:
            logger.info("Frame refused: %s (conversation %s)", error.code, self.conversation_id)
            await self._refuse(error.code, error.message, client_message_id)
        except DatabaseError as error:
            logger.error("Frame failed: %s (conversation %s)", type(error).__name__, self.conversation_id)
            await self._refuse(
                "unavailable", "Veda can't reach its database just now.", client_message_id, retryable=True
            )

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
        match frame:
            case protocol.SendMessage():
                sent = await self._as_user(
                    services.send_message,
                    conversation_id=self.conversation_id,
                    content=frame.content,
                    client_message_id=frame.client_message_id,
                    attachment_ids=frame.attachments,
                    client=client_of_scope(self.scope),
                )
                await self._tell_sent(sent.message, sent.reply)
            case protocol.Resume():
                await self._resume(frame)
            case protocol.Stop():
                await self._as_user(services.stop_reply, conversation_id=self.conversation_id, reply_id=frame.messageId)
            case protocol.Ping():
                await self._as_user(lambda user: None)  # is it somebody still?
                await self._join()
                await self._send(protocol.Pong())

    async def _as_user(self, service: Callable[..., Any], **arguments: Any) -> Any:
        """Calls it as the socket's user, who is looked up anew: signed out, disabled, or agreed to the terms since."""

        def call() -> Any:
            self.user = user_of_family(self.family_id)
            return service(user=self.user, **arguments)

        return await database_sync_to_async(call)()

    async def _resume(self, frame: protocol.Resume) -> None:
        if frame.conversationId != self.conversation_id:
            raise NotFound
        messages = await self._as_user(lambda user: selectors.messages_after(self.conversation_id, frame.lastMessageId))
        held = messages[0] if messages and messages[0].id == frame.lastMessageId else None
        await self._send(_resume_ack(held, frame))
        for message in messages:
            offset = frame.offset if message is held else 0
            if message.status in _RUNNING:
                self._read_along(str(message.id), offset)
            elif held is None or message is not held or held.sender != Message.Sender.USER:
                self._stop_reading(str(message.id))
                await self._send(protocol.Done(message=message_as_json(message)))

    # What happens elsewhere: events of the channel layer

    async def message_sent(self, event: dict[str, Any]) -> None:
        if event["message_id"] not in self._acknowledged:
            message = await database_sync_to_async(selectors.message_with_reply)(event["message_id"])
            if message:
                await self._tell_sent(message, message.reply)

    async def reply_ended(self, event: dict[str, Any]) -> None:
        """A reply that nobody was writing came to its end."""
        self._stop_reading(event["reply_id"])
        reply = await database_sync_to_async(Message.objects.filter(id=event["reply_id"]).first)()
        if reply:
            await self._send(protocol.Done(message=message_as_json(reply)))

    async def conversation_deleted(self, event: dict[str, Any]) -> None:
        await self.close(NO_SUCH_CONVERSATION)

    async def sessions_ended(self, event: dict[str, Any]) -> None:
        """A device of this person was signed out, or the account is disabled or gone. Is it this one?"""
        try:
            await self._as_user(lambda user: None)
        except (InvalidToken, AccountDisabled) as error:
            await self._shut_out(error)
        except DatabaseError as error:
            logger.error("Not known whether still signed in: %s", type(error).__name__)

    # Frames out

    async def _tell_sent(self, message: Message, reply: Message) -> None:
        self._acknowledged.add(str(message.id))
        client_message_id = str(message.client_message_id) if message.client_message_id else None
        reply_id = str(reply.id)
        await self._send(
            protocol.Ack(client_message_id=client_message_id, message=message_as_json(message), replyId=reply_id)
        )
        if reply.status in _RUNNING:
            self._read_along(reply_id, 0)
            return
        if reply.metadata.get("kind") == "safety":
            await self._send(protocol.Flag(messageId=reply_id, **reply.metadata["flag"]))
            await self._send(protocol.Error(error="unsafe", messageId=reply_id, retryable=False))
        await self._send(protocol.Done(message=message_as_json(reply)))

    async def _read_along_what_runs(self) -> None:
        """A socket that opens in the middle of a reply gets what comes from now on; `resume` brings the rest."""
        # As the user: who was signed out before the socket could hear of it is noticed here.
        for reply in await self._as_user(lambda user: selectors.running_replies(self.conversation_id)):
            self._read_along(str(reply.id), stream_log.length(str(reply.id)) or 0)

    def _read_along(self, reply_id: str, offset: int) -> None:
        self._stop_reading(reply_id)
        stream_log.open(reply_id)
        self._readers[reply_id] = asyncio.create_task(self._forward(reply_id, offset))

    def _stop_reading(self, reply_id: str) -> None:
        if reader := self._readers.pop(reply_id, None):
            reader.cancel()

    async def _forward(self, reply_id: str, offset: int) -> None:
        async for frames in stream_log.follow(reply_id, offset):
            for frame in frames:
                await self._send(frame)

    async def _send(self, frame: protocol.Frame) -> None:
        await self.send(text_data=protocol.encode(frame))

    async def _refuse(
        self,
        code: str,
        message: str,
        client_message_id: str | None,
        *,
        retryable: bool = False,
        retry_after: int | None = None,
    ) -> None:
        await self._send(
            protocol.Error(
                error=code,
                message=message,
                client_message_id=client_message_id,
                retryable=retryable,
                retry_after=retry_after,
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
