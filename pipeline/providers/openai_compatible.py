"""Servers that speak OpenAI's chat protocol: llama.cpp, vLLM, LM Studio and many more. They differ in the details."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from pipeline.errors import ProviderError
from pipeline.providers.calls import HostCalls
from pipeline.providers.streams import TEMPERATURE, Asked, LineStream, Timeouts, open_stream, shown
from pipeline.types import ChatMessage, HostState, ModelUsage

_USAGE_SECONDS = 2.0
"""The answer is whole by then: only the count of tokens may still come, and doesn't from every server."""


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: Any = None
    reasoning: Any = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | msgspec.UnsetType = msgspec.UNSET
    usage: _Usage | None = None
    error: Any = None


_chunks = msgspec.json.Decoder(_Chunk)


class OpenAICompatibleChat:
    provider = "local"

    def __init__(self, endpoint: str, api_key: str, model: str, *, timeouts: Timeouts) -> None:
        """`endpoint`: the server's address, with `/v1` or without."""
        self.model = model
        self._address = f"{_base(endpoint)}/v1/chat/completions"
        self._api_key = api_key
        self._timeouts = timeouts
        self._asked = Asked(
            host=f"The model server at {shown(endpoint)}",
            model=model,
            address_setting="LLM_ENDPOINT",
            key_setting="LLM_API_KEY",
            if_missing="the names that it knows are listed at /v1/models",
        )

    async def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int) -> AsyncGenerator[str | ModelUsage]:
        usage = _Usage()
        finish_reason: str | None = None
        body = self._body(messages, max_tokens)
        async with open_stream(self._asked, self._address, self._api_key, body, self._timeouts) as stream:
            try:
                async with aclosing(self._chunks(stream)) as chunks:
                    async for chunk in chunks:
                        usage = chunk.usage or usage
                        for choice in chunk.choices or []:
                            delta = choice.delta or _Delta()
                            if delta.content or delta.reasoning_content or delta.reasoning:
                                stream.patience = self._timeouts.next_token_seconds
                            if delta.content:
                                yield delta.content
                            if choice.finish_reason:
                                finish_reason = choice.finish_reason
                                stream.patience = min(_USAGE_SECONDS, self._timeouts.next_token_seconds)
            except ProviderError:
                if finish_reason is None:
                    raise
        yield ModelUsage(usage.prompt_tokens, usage.completion_tokens, cut_off=finish_reason == "length")

    def _body(self, messages: Sequence[ChatMessage], max_tokens: int) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": [{"role": message.role, "content": _content(message)} for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": max_tokens,
            "temperature": TEMPERATURE,
        }

    async def _chunks(self, stream: LineStream) -> AsyncGenerator[_Chunk]:
        """Until the server says that it is done. Raises ProviderError, also where it just ends."""
        while lines := await stream.next_lines():
            for line in lines:
                name, _, value = line.partition(b":")
                value = value.strip()
                if name == b"error":  # llama.cpp's own way
                    raise self._asked.reported(value)
                if name in (b"event", b"id", b"retry"):
                    continue
                if name != b"data":
                    raise self._asked.unlike("an answer that is no stream of events")
                if value == b"[DONE]":
                    return
                chunk = stream.decode(value, _chunks)
                if chunk.error:
                    raise self._asked.reported(chunk.error)
                if chunk.choices is msgspec.UNSET and chunk.usage is None:
                    raise self._asked.unlike("an answer of another shape")
                yield chunk
        raise self._asked.broken_off()


def _base(endpoint: str) -> str:
    return endpoint.rstrip("/").removesuffix("/v1")


def _content(message: ChatMessage) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.content
    text = {"type": "text", "text": message.content}
    urls = [f"data:{picture.mime_type};base64,{base64.b64encode(picture.data).decode()}" for picture in message.images]
    return [text, *({"type": "image_url", "image_url": {"url": url}} for url in urls)]


class _Listed(msgspec.Struct):
    id: str


class _List(msgspec.Struct):
    data: list[_Listed]


class OpenAICompatibleHost:
    def __init__(
        self, endpoint: str, api_key: str = "", *, connect_seconds: float = 2.0, read_seconds: float = 5.0
    ) -> None:
        name = "The model server"
        self._calls = HostCalls(name, _base(endpoint), api_key, connect_seconds, read_seconds)

    def state(self, models: Collection[str]) -> HostState:
        """What a model can do isn't told, and a server of one model may answer under any name. Raises nothing."""
        try:
            listed = self._calls.get("/v1/models", _List).data
        except ProviderError as error:
            return HostState(reachable=False, problem=error.detail)
        return HostState(reachable=True, models=frozenset(model.id for model in listed))
