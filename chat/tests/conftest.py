from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from accounts.models import User
from accounts.tokens import TokenPair
from chat.models import Conversation
from chat.tests.dangers import RULES
from chat.tests.scripted import Script
from chat.tests.sockets import Socket, messages_of
from moderation import services as moderation
from pipeline import wiring
from pipeline.tests.model_server import CHAT, ModelServer
from veda.asgi import application


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """The runner's pipeline is a script that the test gives the words."""
    script = Script()
    monkeypatch.setattr(wiring, "pipeline", script.as_pipeline)
    return script


@pytest.fixture
async def connect(
    transactional_db: None, tokens_of: Callable[[User], TokenPair]
) -> AsyncIterator[Callable[..., Awaitable[Socket]]]:
    """Opens the socket of a conversation, as a user or with a token as given; closes all at the end."""
    opened: list[Socket] = []

    async def open(
        user: User | None,
        conversation: Conversation | str,
        *,
        token: str | None = None,
        path: str | None = None,
        refused: bool = False,
    ) -> Socket:
        if user and token is None:
            token = (await database_sync_to_async(tokens_of)(user)).access
        conversation_id = conversation.id if isinstance(conversation, Conversation) else conversation
        address = path or f"/ws/conversations/{conversation_id}"
        socket = Socket(WebsocketCommunicator(application, address + (f"?token={token}" if token else "")))
        accepted, _ = await socket.communicator.connect(timeout=15)
        assert accepted, "every refusal but a foreign origin's is accepted first"
        opened.append(socket)
        if not refused:
            await socket.still_answers()  # from here on it hears what happens
            socket.frames.remove({"type": "pong"})
        return socket

    yield open
    for socket in opened:
        await socket.leave()


@pytest.fixture
def rest(client_of: Callable[[User | None], Any]) -> Callable[..., Awaitable[Any]]:
    """A REST call from an async test: `await rest(user, "get", "/api/…", body)`."""

    def call(user: User | None, method: str, address: str, body: Any = None) -> Any:
        return getattr(client_of(user), method)(address, body, **({} if body is None else {"format": "json"}))

    return database_sync_to_async(call)


@pytest.fixture
def owners(client_of, owner):
    """The owner's client."""
    return client_of(owner)


@pytest.fixture
def messages_at(conversation):
    return f"/api/conversations/{conversation.id}/messages"


@pytest.fixture
async def answered(running, script, owner, conversation, connect):
    """A conversation with one question and its reply, both over."""
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest 🌙 in the dark.")
    script.end()
    await socket.until("done")
    question, reply = await database_sync_to_async(messages_of)(conversation)
    return question, reply


@pytest.fixture
def host(model_server: ModelServer, settings: Any) -> ModelServer:
    """A model host in place of quotes."""
    settings.LLM_PROVIDER = "ollama"
    settings.SKIP_SUMMARIZER = True
    settings.OLLAMA_URL = model_server.url
    model_server.chat_path = CHAT
    return model_server


@pytest.fixture
def made_up_rules(monkeypatch):
    """Those of `dangers`, in the place of what ships."""
    monkeypatch.setattr(moderation, "current_rules", lambda: RULES)


@pytest.fixture
def say(client_of, owner):
    """The owner says something, in a conversation of theirs."""

    def send(content, conversation=None, **body):
        conversation = conversation or Conversation.objects.create(user=owner)
        address = f"/api/conversations/{conversation.id}/messages"
        return client_of(owner).post(address, {"content": content, **body}, format="json")

    return send
