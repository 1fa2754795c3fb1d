"""Ollama: a model that speaks (`OllamaChat`), and the host with its models (`OllamaHost`)."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from pipeline.errors import ProviderError
from pipeline.providers.calls import HostCalls, one_line
from pipeline.providers.streams import FAILED, TEMPERATURE, UNAVAILABLE, Asked, Lines, Timeouts, open_stream, shown
from pipeline.types import ChatMessage, HostState, ModelUsage, with_tag

logger = logging.getLogger(__name__)


class _Said(msgspec.Struct):
    content: str = ""
    thinking: str = ""


class _Part(msgspec.Struct):
    """One line of the stream."""

    message: _Said | None = None
    done: bool = False
    done_reason: str = ""
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    error: Any = None


_parts = msgspec.json.Decoder(_Part)


class OllamaChat:
    provider = "ollama"

    def __init__(
        self,
        url: str,
        api_key: str,
        model: str,
        *,
        context_tokens: int,
        keep_alive: str,
        timeouts: Timeouts,
        thinks: bool = False,
    ) -> None:
        """`keep_alive`: how long the model stays loaded afterwards, as `30m`; `-1` for ever, `0` not at all.

        `thinks`: the model would think before it speaks, and is asked not to: its thoughts would use up the tokens.
        Asking that of a model that can't think may be refused.
        """
        self.model = model
        self._thinks = thinks
        self._url = url
        self._api_key = api_key
        self._context_tokens = context_tokens
        self._keep_alive = int(keep_alive) if re.fullmatch(r"-?\d+", keep_alive) else keep_alive
        self._timeouts = timeouts
        self._asked = Asked(
            host=f"Ollama at {shown(url)}",
            model=model,
            address_setting="OLLAMA_URL",
            key_setting="OLLAMA_API_KEY",
            if_missing=f"manage.py pull_models {model}",
        )

    async def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int) -> AsyncGenerator[str | ModelUsage]:
        body = self._body(messages, max_tokens)
        last: _Part | None = None
        said = ""
        """What waits to be given: lines that came together are one piece, so that a busy process catches up."""
        async with open_stream(self._asked, f"{self._url}/api/chat", self._api_key, body, self._timeouts) as stream:
            try:
                while last is None and (lines := await stream.next_lines()):
                    for line in lines:
                        part = stream.decode(line, _parts)
                        if part.error:
                            raise self._asked.reported(part.error)
                        if part.message:
                            said += part.message.content
                        elif not part.done:
                            raise self._asked.unlike("an answer of another shape")
                        if part.done:
                            last = part
                            break
                    stream.patience = self._timeouts.next_token_seconds
                    if said:
                        yield said
                        said = ""
            except ProviderError:
                if said:
                    yield said
                raise
        if last is None:
            raise self._asked.broken_off()
        self._warn_where_cut(last.prompt_eval_count)
        yield ModelUsage(last.prompt_eval_count, last.eval_count, cut_off=last.done_reason == "length")

    def _body(self, messages: Sequence[ChatMessage], max_tokens: int) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": [_as_json(message) for message in messages],
            "stream": True,
            "keep_alive": self._keep_alive,
            **({"think": False} if self._thinks else {}),
            "options": {
                "num_ctx": self._context_tokens,  # the host's own default may be smaller than the prompt
                "num_predict": max_tokens,
                "temperature": TEMPERATURE,
            },
        }

    def _warn_where_cut(self, prompt_tokens: int | None) -> None:
        """The host cuts what doesn't fit the context without an error, the system prompt first in some versions."""
        if prompt_tokens is not None and prompt_tokens >= self._context_tokens - 1:
            logger.warning(
                "%s, model %s: the prompt filled the context (%d of %d tokens) and was cut; see MODEL_CONTEXT_TOKENS",
                self._asked.host,
                self.model,
                prompt_tokens,
                self._context_tokens,
            )


def _as_json(message: ChatMessage) -> dict[str, Any]:
    images = [base64.b64encode(picture.data).decode() for picture in message.images]
    return {"role": message.role, "content": message.content, **({"images": images} if images else {})}


class _Version(msgspec.Struct):
    version: str


class _Tag(msgspec.Struct):
    name: str


class _Tags(msgspec.Struct):
    models: list[_Tag] | None = None


class _Shown(msgspec.Struct):
    capabilities: list[str] | None = None
    model_info: dict[str, Any] | None = None


class _Pulled(msgspec.Struct):
    status: str = ""
    total: int | None = None
    completed: int | None = None
    error: Any = None


@dataclass(frozen=True, slots=True)
class ModelDetails:
    capabilities: frozenset[str]
    context_tokens: int | None
    """The most that the model was made for."""


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One file after the other is pulled; `total` and `completed` are bytes of the one that `status` names."""

    status: str
    total: int | None
    completed: int | None


class OllamaHost:
    def __init__(
        self,
        url: str,
        api_key: str = "",
        *,
        connect_seconds: float = 2.0,
        read_seconds: float = 5.0,
        pull_seconds: float = 60.0,
    ) -> None:
        """`pull_seconds`: the longest silence while a model is pulled."""
        self._calls = HostCalls("Ollama", url, api_key, connect_seconds, read_seconds)
        self._pull_seconds = pull_seconds

    def state(self, models: Collection[str]) -> HostState:
        """With the capabilities of those of the models that are there. Raises nothing."""
        try:
            version = self._calls.get("/api/version", _Version).version
            names = frozenset(tag.name for tag in self._calls.get("/api/tags", _Tags).models or [])
        except ProviderError as error:
            return HostState(reachable=False, problem=error.detail)
        capabilities: dict[str, frozenset[str]] = {}
        problem = ""
        for name in sorted({with_tag(model) for model in models} & names):
            try:
                capabilities[name] = self.show(name).capabilities
            except ProviderError as error:
                problem = error.detail
        return HostState(True, version, names, capabilities, problem)

    def show(self, model: str) -> ModelDetails:
        """Raises ProviderError."""
        seen = self._calls.post("/api/show", {"model": model}, _Shown)
        info = seen.model_info or {}
        context = info.get(f"{info.get('general.architecture')}.context_length")
        return ModelDetails(frozenset(seen.capabilities or []), context if isinstance(context, int) else None)

    def pull(self, model: str) -> Iterator[PullProgress]:
        """Fetches a model from Ollama's library; ends once it is there. Raises ProviderError, also in the middle."""
        body = {"model": model, "stream": True}
        with self._calls.streaming("POST", "/api/pull", body, self._pull_seconds) as pieces:
            for line in _lines(pieces):
                part = self._calls.decode(line, _Pulled, "/api/pull")
                if part.error:
                    raise self._calls.failure(UNAVAILABLE, f"{model} wasn't pulled: {one_line(str(part.error))}")
                yield PullProgress(part.status, part.total, part.completed)
                if part.status == "success":
                    return
        raise self._calls.failure(FAILED, f"{model} wasn't pulled: the host stopped before the end", retryable=True)


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Raises LineTooLong."""
    lines = Lines()
    for piece in pieces:
        yield from lines.feed(piece)
    if rest := lines.rest():
        yield rest
