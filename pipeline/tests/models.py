"""Models to be asked in tests, and what they said."""

from __future__ import annotations

import httpx

from pipeline.protocols import ChatModel
from pipeline.providers.ollama import OllamaChat
from pipeline.providers.openai_compatible import OpenAICompatibleChat
from pipeline.providers.streams import Timeouts
from pipeline.tests.model_server import ModelServer
from pipeline.types import ChatMessage, ModelUsage

QUESTION = "Why does my knee creak like plywood?"
ASKED = (ChatMessage("system", "You answer briefly."), ChatMessage("user", QUESTION))
PATIENT = Timeouts(connect_seconds=20, first_token_seconds=20, next_token_seconds=20)


def ollama(url: str, model: str = "llama3.2", *, api_key: str = "", timeouts: Timeouts = PATIENT) -> OllamaChat:
    return OllamaChat(url, api_key, model, context_tokens=4096, keep_alive="30m", timeouts=timeouts)


def openai(
    url: str, model: str = "llama3.2", *, api_key: str = "", timeouts: Timeouts = PATIENT
) -> OpenAICompatibleChat:
    return OpenAICompatibleChat(url, api_key, model, timeouts=timeouts)


async def said(model: ChatModel, *, max_tokens: int = 100) -> tuple[list[str], ModelUsage]:
    pieces: list[str] = []
    async for piece in model.stream(ASKED, max_tokens=max_tokens):
        if isinstance(piece, ModelUsage):
            return pieces, piece
        pieces.append(piece)
    raise AssertionError("A stream that ends without usage must raise")


async def body_of(server: ModelServer, path: str) -> bytes:
    """What the server sends as it comes from the wire."""
    asked = {"model": "llama3.2", "messages": [], "stream": True}
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(f"{server.url}{path}", json=asked)).content
