"""The WebSocket of a conversation: authenticates, parses, calls services. It decides nothing."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError

from accounts.clients import client_of_scope
from accounts.models import User
from accounts.tokens import AccountChanged, family_of, is_current, redeem_ticket, user_of_family
from chat import protocol, selectors, services, stopping
from chat.news import sockets_group, user_group
from chat.open_sockets import COME_BACK, open_sockets
from chat.refusals import help_for, words_in
from chat.sends import Sent
from chat.subscription import Subscription
from chat.threads import aside, in_thread
from veda.errors import AccountDisabled, InvalidToken, NotFound, TooManyRequests, TryLater, Unavailable, VedaError

logger = logging.getLogger(__name__)

JOIN_SECONDS = 1.0
MOST_TURNS, TURNS_A_SECOND = 100.0, 10.0
"""Frames that aren't messages: so many at once, and so many in the long run."""
NOT_SIGNED_IN, NO_SUCH_CONVERSATION, ACCOUNT_DISABLED, TOO_MANY_SOCKETS = 4401, 4404, 4423, 4429


class ConversationConsumer(AsyncWebsocketConsumer):
    user: User | None = None
    family_id: uuid.UUID
    conversation_id: uuid.UUID
    subscription: Subscription

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Whatever ends the socket, `disconnect` called or not, its readers and its place are given back."""
        self._turns, self._turn_at = MOST_TURNS, time.monotonic()
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.user:
                self.subscription.stop()
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
            user, position, attended = await self._authenticate()
            self.user_id = user.id
            self.subscription = Subscription(
                self.conversation_id, position, send=self._send, as_user=self._as_user, broke=self._send_back
            )
            if not open_sockets.add(self):
                await self.close(TOO_MANY_SOCKETS)
                return
            self.user = user
            await self._join()
            if attended:
                await self.subscription.staff_changed()
            await self.subscription.read_along_what_runs()
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
        return self.subscription.is_reading

    async def _shut_out(self, error: InvalidToken | AccountDisabled | NotFound) -> None:
        if self.user:
            self.subscription.stop()
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
        self.client = client_of_scope(self.scope)  # here: the first of all reads what is known of browsers
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
                sent = await in_thread(self._send_message)(frame)
                await self.subscription.tell_sent(sent.message, sent.reply)
            case protocol.Resume():
                if frame.conversationId != self.conversation_id:
                    raise NotFound
                await self.subscription.resume(frame)
            case protocol.Stop():
                await self._as_user(stopping.stop_reply, conversation_id=self.conversation_id, reply_id=frame.messageId)
            case protocol.Ping():
                await self.subscription.catch_up()
                await self._send(protocol.Pong())
                await self._join()

    def _send_message(self, frame: protocol.SendMessage) -> Sent:
        """As with `_as_user`; whether they are is asked along with what else a send has to know."""
        assert self.user
        send = partial(
            services.send_message,
            conversation_id=self.conversation_id,
            content=frame.content,
            client_message_id=frame.client_message_id,
            attachment_ids=frame.attachments,
            simplifies=frame.simplifies,
            repeats=frame.repeats,
            client=self.client,
            channel=self.channel_name,
        )
        try:
            return send(user=self.user, family_id=self.family_id)
        except AccountChanged:
            self.user = user_of_family(self.family_id)
            return send(user=self.user)

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

    # What happens elsewhere: events of the channel layer

    async def message_sent(self, event: dict[str, Any]) -> None:
        await self.subscription.message_sent(event["message_id"])

    async def staff_wrote(self, event: dict[str, Any]) -> None:
        await self.subscription.staff_wrote(event["message_id"])

    async def staff_changed(self, event: dict[str, Any]) -> None:
        await self.subscription.staff_changed()

    async def staff_typing(self, event: dict[str, Any]) -> None:
        await self.subscription.staff_typing()

    async def reply_ended(self, event: dict[str, Any]) -> None:
        await self.subscription.reply_ended(event["reply_id"])

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

    def _send(self, frame: protocol.Frame) -> Awaitable[None]:
        sent: Awaitable[None] = self.base_send({"type": "websocket.send", "text": protocol.encode(frame)})
        return sent

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
