"""A model host for tests: a real HTTP server on loopback that says what a test tells it, and fails as told.

    with ModelServer() as server:
        server.says("Rest", " well.")
        gate = server.holds()           # tokens wait until the test lets them go
        server.fails("error_line", after=1)

It runs in a thread of its own, so it serves async and sync tests alike. It answers as Ollama 0.13 was seen to answer,
and on `/v1` as OpenAI-compatible servers do.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self

from aiohttp import web

from pipeline.types import with_tag

CHAT = "/api/chat"
PULL = "/api/pull"
COMPLETIONS = "/v1/chat/completions"
TRANSCRIPTIONS = "/v1/audio/transcriptions"
GENERATING = (CHAT, COMPLETIONS, TRANSCRIPTIONS)

Fault = Literal[
    "unauthorised",  # 401
    "forbidden",  # 403
    "not_found",  # 404, the model's
    "busy",  # 429
    "broken",  # 500
    "unavailable",  # 503
    "bad_request",  # 400
    "redirect",  # 307, to this server's own version route
    "long_error",  # 500 with 10 MB of body
    "hang",  # says no more; before the first token not even headers, as Ollama does
    "hang_after_headers",
    "drop",  # the connection closes in the middle of the body
    "reset",  # the same, rudely
    "end",  # the body ends well, the answer doesn't
    "error_line",  # 200, then a line that tells of an error
    "garbage",  # a line that is no JSON
    "html",  # 200 with a page, as a proxy gives
    "long_line",  # 10 MB without an end of line, and no end
    "number_for_message",
    "null_content",
    "no_choices",  # an object that has nothing of what is expected
    "list_line",  # JSON, but no object
]

_STATUS: dict[str, tuple[int, str]] = {
    "unauthorised": (401, "unauthorized"),
    "forbidden": (403, "forbidden"),
    "busy": (429, "too many requests"),
    "broken": (500, "llama runner process has terminated: exit status 2"),
    "unavailable": (503, "server busy, please try again. maximum pending requests exceeded"),
    "bad_request": (400, "unexpected EOF"),
    "long_error": (500, "x" * 10_000_000),
}
_LONG_LINE_BYTES = 10_000_000
_ERROR_IN_STREAM = "an error was encountered while running the model: unexpected EOF"


_Handler = Callable[[web.Request, "Request"], Awaitable[web.StreamResponse]]


class Gate:
    """Tokens wait before it. A test lets them through one by one, or all."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tokens = asyncio.Semaphore(0)
        self._open = asyncio.Event()

    def release(self, tokens: int = 1) -> None:
        for _ in range(tokens):
            self._loop.call_soon_threadsafe(self._tokens.release)

    def open(self) -> None:
        self._loop.call_soon_threadsafe(self._open.set)

    async def passed(self) -> None:
        waits = [asyncio.ensure_future(self._tokens.acquire()), asyncio.ensure_future(self._open.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


@dataclass
class Request:
    """What a client asked, and how it went on."""

    path: str
    method: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    """JSON, or the fields of a form."""
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    connection: int = 0
    """By the client's port."""
    said: int = 0
    """Tokens that went out."""
    ended: bool = False
    """Answered to the end."""
    left: bool = False
    """The client closed the connection before the end."""
    failing: _Failing | None = field(default=None, repr=False)

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def prompt(self) -> str:
        """All text of the messages, a line each."""
        return "\n".join(_text_of(message["content"]) for message in self.body.get("messages", []))


def _text_of(content: str | list[dict[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if part["type"] == "text")


@dataclass
class _Said:
    """By a model, in answer to one request."""

    model: str
    tokens: Sequence[str]
    thinking: Sequence[str]
    cut_off: bool
    prompt_tokens: int


@dataclass
class _Script:
    """What is said where nothing fails."""

    tokens: Callable[[Request], Sequence[str]]
    thinking: Sequence[str] = ()
    cut_off: bool = False
    prompt_tokens: int | None = None


@dataclass
class _Failing:
    fault: Fault
    after: int
    model: str | None
    paths: Collection[str]
    times: int | None


class ModelServer:
    """`with ModelServer() as server:`; all of it may be called from any thread, before and while a model speaks."""

    def __init__(self) -> None:
        self.vectors_too_many = 0
        self.models: dict[str, Collection[str]] = {
            "medgemma:latest": ("completion", "vision"),
            "llama3.2:latest": ("completion", "tools"),
            "gemma4:e2b": ("completion", "vision", "audio", "thinking"),
            "nomic-embed-text:latest": ("embedding",),
        }
        """The capabilities of what is there."""
        self.registry: dict[str, int] | None = None
        """Bytes of what can be pulled; None: everything can."""
        self.version = "0.13.5"
        self.context_length = 8192
        """Of every model, as `/api/show` tells it."""
        self.api_key = ""
        """Where it is given, requests without it get 401."""
        self.sends_usage = True
        """Whether `/v1` counts tokens when asked to; some servers don't."""
        self.pace = 0.0
        """Seconds before each token."""
        self.requests: list[Request] = []
        self._scripts: dict[str | None, _Script] = {None: _Script(lambda request: ("Rest", " well", "."))}
        self._gates: dict[str | None, Gate] = {}
        self._raw: tuple[bytes, ...] | None = None
        self._heard: tuple[str, str] = ("I have had a headache since yesterday.", "en")
        self._failing: list[_Failing] = []
        self._changed = threading.Condition()

    # What a test says beforehand

    def says(
        self,
        *tokens: str,
        model: str | None = None,
        thinking: Sequence[str] = (),
        cut_off: bool = False,
        prompt_tokens: int | None = None,
    ) -> None:
        """From now on, and for one model where it is named. Without `prompt_tokens` the prompt is counted."""
        self.answers(
            lambda request: tokens, model=model, thinking=thinking, cut_off=cut_off, prompt_tokens=prompt_tokens
        )

    def answers(
        self,
        tokens: Callable[[Request], Sequence[str]],
        *,
        model: str | None = None,
        thinking: Sequence[str] = (),
        cut_off: bool = False,
        prompt_tokens: int | None = None,
    ) -> None:
        """As `says`, with tokens that depend on the request."""
        self._scripts[_key(model)] = _Script(tokens, thinking, cut_off, prompt_tokens)

    def hears(self, text: str, language: str = "en") -> None:
        """In every recording."""
        self._heard = (text, language)

    def sends(self, *chunks: bytes) -> None:
        """As the whole body of what a model says, each chunk written by itself; gates hold chunks as they do tokens."""
        self._raw = chunks

    def holds(self, model: str | None = None) -> Gate:
        """From now on tokens wait, of one model where it is named."""
        gate = self._gates[_key(model)] = Gate(self._loop)
        return gate

    def fails(
        self,
        fault: Fault,
        *,
        after: int = 0,
        model: str | None = None,
        on: str | Collection[str] = GENERATING,
        times: int | None = None,
    ) -> None:
        """After so many tokens (of a pull: lines), so many times or always."""
        paths = (on,) if isinstance(on, str) else tuple(on)
        self._failing.append(_Failing(fault, after, _key(model), paths, times))

    def heals(self) -> None:
        """Nothing fails any more, and raw bytes are no longer sent."""
        self._failing.clear()
        self._raw = None

    # What a test asks afterwards

    def asked(self, path: str | None = None, *, model: str | None = None) -> list[Request]:
        """The requests of one path, or of one model."""
        return [
            request
            for request in list(self.requests)
            if path in (None, request.path) and (model is None or with_tag(request.model) == with_tag(model))
        ]

    def wait_until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        """Blocks; in async tests await `until`. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise TimeoutError(f"It didn't come to that in {seconds} s; asked: {self.requests}")

    async def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        await asyncio.to_thread(self.wait_until, condition, seconds)

    # Its life

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="model server", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    def stop(self) -> None:
        """Nothing listens at its port any more."""
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(20)

    def disconnects(self) -> None:
        """Closes its connections, and says so to nobody."""

        async def close() -> None:
            assert self._runner.server
            for connection in self._runner.server.connections:
                assert connection.transport
                connection.transport.abort()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(20)

    async def _start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/", self._root)
        for method, path, handler in (
            ("GET", "/api/version", self._version),
            ("GET", "/api/tags", self._tags),
            ("POST", "/api/show", self._show),
            ("POST", PULL, self._pull),
            ("POST", "/api/embed", self._embed),
            ("POST", CHAT, self._chat),
            ("GET", "/v1/models", self._list_models),
            ("POST", COMPLETIONS, self._chat),
            ("POST", TRANSCRIPTIONS, self._transcribe),
        ):
            app.router.add_route(method, path, self._recording(handler))
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]

    # Requests

    def _recording(self, handler: _Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(http: web.Request) -> web.StreamResponse:
            request = await _read(http)
            self._change(lambda: self.requests.append(request))
            try:
                response = await self._answer(handler, http, request)
                if response.prepared:
                    await response.write_eof()
            except (ConnectionError, asyncio.CancelledError) as error:
                if not (request.failing and request.failing.fault in {"drop", "reset"}):
                    self._change(lambda: setattr(request, "left", True))
                if isinstance(error, asyncio.CancelledError):
                    raise
                return web.Response()
            self._change(lambda: setattr(request, "ended", True))
            return response

        return handle

    def _change(self, change: Callable[[], object]) -> None:
        """Makes a change that a test may be waiting for."""
        with self._changed:
            change()
            self._changed.notify_all()

    async def _answer(self, handler: _Handler, http: web.Request, request: Request) -> web.StreamResponse:
        dialect = _dialect(request)
        if self.api_key and request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return dialect.refusal(401, "unauthorized")
        request.failing = self._fault_of(request)
        fault = request.failing.fault if request.failing else None
        if fault == "redirect":
            return web.Response(status=307, headers={"Location": f"{self.url}/api/version"})
        if fault == "not_found":
            return dialect.missing()
        if fault in _STATUS:
            return dialect.refusal(*_STATUS[fault])
        if fault == "html":
            return web.Response(text="<!doctype html>\n<title>Sign in</title>\n", content_type="text/html")
        if fault == "hang" and request.failing and not request.failing.after:
            await asyncio.Event().wait()
        return await handler(http, request)

    def _fault_of(self, request: Request) -> _Failing | None:
        for failing in self._failing:
            if failing.times == 0 or request.path not in failing.paths:
                continue
            if failing.model in (None, with_tag(request.model)):
                if failing.times:
                    failing.times -= 1
                return failing
        return None

    # What a model says

    async def _chat(self, http: web.Request, request: Request) -> web.StreamResponse:
        dialect = _dialect(request)
        if not request.model:
            return dialect.refusal(400, "model is required")
        if with_tag(request.model) not in self.models:
            return dialect.missing()
        said = self._said(request)
        if not request.body.get("stream", dialect.streams_unasked):
            await self._pass(request)
            return _json(dialect.whole(said))
        lines = [dialect.thought(said, text) for text in said.thinking] + [dialect.token(said, t) for t in said.tokens]
        wants_usage = self.sends_usage and bool(request.body.get("stream_options", {}).get("include_usage"))
        return await self._stream(http, request, dialect, lines, dialect.last(said, wants_usage))

    def _said(self, request: Request) -> _Said:
        script = self._scripts.get(with_tag(request.model)) or self._scripts[None]
        tokens = list(script.tokens(request))
        options = request.body.get("options", {})
        limit = request.body.get("max_tokens") or options.get("num_predict") or len(tokens)
        counted = min(len(request.prompt) // 4 + 10, options.get("num_ctx", self.context_length))
        return _Said(
            request.model,
            tokens[:limit],
            script.thinking,
            script.cut_off or len(tokens) > limit,
            counted if script.prompt_tokens is None else script.prompt_tokens,
        )

    async def _pass(self, request: Request) -> None:
        if self.pace:
            await asyncio.sleep(self.pace)
        gate = self._gates.get(with_tag(request.model)) or self._gates.get(None)
        if gate:
            await gate.passed()

    async def _stream(
        self, http: web.Request, request: Request, dialect: _Dialect, lines: Sequence[bytes], last: bytes
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": dialect.content_type})
        if self._raw is not None:
            lines, last = self._raw, b""
        failing = request.failing
        for line in lines[: failing.after] if failing else lines:
            await self._pass(request)
            await _write(http, response, line)
            self._change(lambda: setattr(request, "said", request.said + 1))
        if failing:
            await _fail(http, response, dialect, failing.fault)
        else:
            await _write(http, response, last)
        return response

    # The other routes

    async def _root(self, http: web.Request) -> web.StreamResponse:
        return web.Response(text="Ollama is running")

    async def _version(self, http: web.Request, request: Request) -> web.StreamResponse:
        return _json({"version": self.version})

    async def _tags(self, http: web.Request, request: Request) -> web.StreamResponse:
        return _json({"models": [_tag(name) for name in self.models]})

    async def _show(self, http: web.Request, request: Request) -> web.StreamResponse:
        name = with_tag(request.model)
        if name not in self.models:
            return _dialect(request).missing()
        return _json(_shown(name, sorted(self.models[name]), self.context_length))

    async def _embed(self, http: web.Request, request: Request) -> web.StreamResponse:
        """How often each text has a, e and i; one vector more where `vectors_too_many`."""
        if with_tag(request.model) not in self.models:
            return _dialect(request).missing()
        vectors = [[float(text.count(letter)) for letter in "aei"] for text in request.body["input"]]
        return _json({"model": request.model, "embeddings": vectors + vectors[: self.vectors_too_many]})

    async def _pull(self, http: web.Request, request: Request) -> web.StreamResponse:
        name = with_tag(request.model)
        size = 2_000_000 if self.registry is None else self.registry.get(request.model, self.registry.get(name))
        said = [{"status": "pulling manifest"}]
        if size is None:
            last = {"error": "pull model manifest: file does not exist"}
        else:
            said += _pulling(name, size)
            last = {"status": "success"}
        lines = [_line(part) for part in said]
        response = await self._stream(http, request, _Ollama(request), lines, _line(last))
        if size is not None and not request.failing:
            self.models = {**self.models, name: ("completion",)}
        return response

    async def _list_models(self, http: web.Request, request: Request) -> web.StreamResponse:
        listed = [{"id": name, "object": "model", "created": 1795340660, "owned_by": "library"} for name in self.models]
        return _json({"object": "list", "data": listed})

    async def _transcribe(self, http: web.Request, request: Request) -> web.StreamResponse:
        if with_tag(request.model) not in self.models:
            return _dialect(request).missing()
        await self._pass(request)
        if request.failing:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await _fail(http, response, _dialect(request), request.failing.fault)
            return response
        text, language = self._heard
        if request.body.get("response_format") == "text":
            return web.Response(text=f"{text}\n")
        if request.body.get("response_format") == "verbose_json":
            return _json({"task": "transcribe", "language": language, "duration": 3.2, "text": text, "segments": []})
        return _json({"text": text})


def _key(model: str | None) -> str | None:
    """None stands for every model."""
    return model and with_tag(model)


async def _read(http: web.Request) -> Request:
    body: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    if http.content_type == "multipart/form-data":
        for name, value in (await http.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
            else:
                body[name] = value
    elif raw := await http.read():
        body = json.loads(raw)
    assert http.transport
    connection = http.transport.get_extra_info("peername")[1]
    return Request(http.path, http.method, http.headers.copy(), body, files, connection)


async def _write(http: web.Request, response: web.StreamResponse, line: bytes) -> None:
    """Headers go with the first line, not before."""
    if not response.prepared:
        await response.prepare(http)
    await response.write(line)


async def _fail(http: web.Request, response: web.StreamResponse, dialect: _Dialect, fault: Fault) -> None:
    if not response.prepared:
        await response.prepare(http)
    transport = http.transport
    assert transport
    if fault in {"hang", "hang_after_headers"}:
        await asyncio.Event().wait()
    elif fault == "drop":
        transport.close()
    elif fault == "reset":
        transport.abort()
    elif fault == "long_line":
        await response.write(dialect.prefix + b'{"' + b"x" * _LONG_LINE_BYTES)
    elif fault != "end":
        await response.write(dialect.fault_line(fault))


class _Dialect(ABC):
    """How one kind of server words what a model says."""

    content_type: str
    prefix = b""
    streams_unasked: bool

    def __init__(self, request: Request) -> None:
        self.model = request.model

    @abstractmethod
    def refusal(self, status: int, text: str) -> web.Response: ...

    @abstractmethod
    def missing(self) -> web.Response: ...

    @abstractmethod
    def thought(self, said: _Said, text: str) -> bytes: ...

    @abstractmethod
    def token(self, said: _Said, text: str) -> bytes: ...

    @abstractmethod
    def last(self, said: _Said, wants_usage: bool) -> bytes: ...

    @abstractmethod
    def whole(self, said: _Said) -> dict[str, Any]: ...

    @abstractmethod
    def fault_line(self, fault: Fault) -> bytes: ...


class _Ollama(_Dialect):
    content_type = "application/x-ndjson"
    streams_unasked = True

    def refusal(self, status: int, text: str) -> web.Response:
        return _json({"error": text}, status)

    def missing(self) -> web.Response:
        return self.refusal(404, f"model '{self.model}' not found")

    def thought(self, said: _Said, text: str) -> bytes:
        return _line(self._part({"role": "assistant", "content": "", "thinking": text}))

    def token(self, said: _Said, text: str) -> bytes:
        return _line(self._part({"role": "assistant", "content": text}))

    def last(self, said: _Said, wants_usage: bool) -> bytes:
        return _line(self._ended(said, ""))

    def whole(self, said: _Said) -> dict[str, Any]:
        return self._ended(said, "".join(said.tokens))

    def fault_line(self, fault: Fault) -> bytes:
        if fault == "garbage":
            return b'{"model":"\x00\xff nonsense\n'
        return _line(
            {
                "error_line": {"error": _ERROR_IN_STREAM},
                "number_for_message": {**self._part({}), "message": 42},
                "null_content": self._part({"role": "assistant", "content": None}),
                "no_choices": {"model": self.model, "created_at": _now()},
                "list_line": ["nonsense"],
            }[fault]
        )

    def _part(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return {"model": self.model, "created_at": _now(), "message": message, "done": False}

    def _ended(self, said: _Said, content: str) -> dict[str, Any]:
        return {
            **self._part({"role": "assistant", "content": content}),
            "done": True,
            "done_reason": "length" if said.cut_off else "stop",
            "total_duration": 9480785621,
            "load_duration": 37404934,
            "prompt_eval_count": said.prompt_tokens,
            "prompt_eval_duration": 928928195,
            "eval_count": len(said.tokens) + len(said.thinking),
            "eval_duration": 8489450795,
        }


class _OpenAI(_Dialect):
    content_type = "text/event-stream"
    prefix = b"data: "
    streams_unasked = False

    def refusal(self, status: int, text: str) -> web.Response:
        return _json(self._error(text), status)

    def missing(self) -> web.Response:
        return _json(self._error(f"model '{self.model}' not found", "not_found_error"), 404)

    def thought(self, said: _Said, text: str) -> bytes:
        return self._event(self._chunk({"role": "assistant", "content": "", "reasoning": text}))

    def token(self, said: _Said, text: str) -> bytes:
        return self._event(self._chunk({"role": "assistant", "content": text}))

    def last(self, said: _Said, wants_usage: bool) -> bytes:
        finish = self._event(self._chunk({"role": "assistant", "content": ""}, "length" if said.cut_off else "stop"))
        usage = self._event({**self._chunk({}), "choices": [], "usage": _usage(said)}) if wants_usage else b""
        return finish + usage + b"data: [DONE]\n\n"

    def whole(self, said: _Said) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(said.tokens)}
        choice = {"index": 0, "message": message, "finish_reason": "length" if said.cut_off else "stop"}
        return {**self._chunk({}), "object": "chat.completion", "choices": [choice], "usage": _usage(said)}

    def fault_line(self, fault: Fault) -> bytes:
        if fault == "garbage":
            return b'data: {"id":"\x00\xff nonsense\n\n'
        return self._event(
            {
                "error_line": {
                    "error": {"message": _ERROR_IN_STREAM, "type": "api_error", "param": None, "code": None}
                },
                "number_for_message": {**self._chunk({}), "choices": [{"index": 0, "delta": 42}]},
                "null_content": {**self._chunk({}), "choices": None},
                "no_choices": {"id": "chatcmpl-122", "object": "chat.completion.chunk"},
                "list_line": ["nonsense"],
            }[fault]
        )

    def _error(self, text: str, kind: str = "api_error") -> dict[str, Any]:
        return {"error": {"message": text, "type": kind, "param": None, "code": None}}

    def _event(self, data: Any) -> bytes:
        return self.prefix + _line(data) + b"\n"

    def _chunk(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        return {
            "id": "chatcmpl-122",
            "object": "chat.completion.chunk",
            "created": 1795341809,
            "model": self.model,
            "system_fingerprint": "fp_ollama",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        }


def _dialect(request: Request) -> _Dialect:
    return _OpenAI(request) if request.path.startswith("/v1/") else _Ollama(request)


def _usage(said: _Said) -> dict[str, int]:
    total = said.prompt_tokens + len(said.tokens)
    return {"prompt_tokens": said.prompt_tokens, "completion_tokens": len(said.tokens), "total_tokens": total}


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, dumps=_dumps)


def _line(body: Any) -> bytes:
    return (_dumps(body) + "\n").encode()


def _dumps(body: Any) -> str:
    """As Go writes JSON."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "089Z"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _details(parent: str) -> dict[str, Any]:
    return {
        "parent_model": parent,
        "format": "gguf",
        "family": "llama",
        "families": ["llama"],
        "parameter_size": "134.52M",
        "quantization_level": "Q4_1",
    }


def _tag(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "model": name,
        "modified_at": _now(),
        "size": 98363038,
        "digest": _digest(name),
        "details": _details(""),
    }


def _shown(name: str, capabilities: Sequence[str], context_length: int) -> dict[str, Any]:
    return {
        "modelfile": f"# FROM {name}\n",
        "parameters": "temperature                    0",
        "template": "{{ .Prompt }}",
        "details": _details("/var/lib/ollama/blob"),
        "model_info": {
            "general.architecture": "llama",
            "general.parameter_count": 134515008,
            "llama.block_count": 30,
            "llama.context_length": context_length,
            "llama.embedding_length": 576,
            "tokenizer.ggml.tokens": None,
        },
        "tensors": [{"name": "token_embd.weight", "type": "Q8_0", "shape": [576, 49152]}],
        "capabilities": capabilities,
        "modified_at": _now(),
    }


def _pulling(name: str, size: int) -> list[dict[str, Any]]:
    digest = _digest(name)
    part = {"status": f"pulling {digest[:12]}", "digest": f"sha256:{digest}", "total": size}
    return [
        part,
        {**part, "completed": size // 2},
        {**part, "completed": size},
        {"status": "verifying sha256 digest"},
        {"status": "writing manifest"},
    ]
