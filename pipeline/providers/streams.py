"""What the model hosts share: a streamed answer is opened, read in lines within bounds, and its failures named.

A host's own words about an error are never passed on, since some hosts quote the prompt in them: what is known in them
is said again in ours.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec

from pipeline.errors import ProviderError

LINE_BYTES = 1024 * 1024
_COMMENT = ord(":")
_EMPTY = len(b"\r")
_ERROR_BYTES = 8 * 1024
_ERROR_SECONDS = 5.0
_END_SECONDS = 0.25
KEPT_SECONDS = 2.0
"""Less than hosts keep a connection that nothing comes by, and so short that one which died unseen is hardly met."""
LONGEST_PAUSE = 1.0
"""Seconds between two looks whether a host is late."""

TEMPERATURE = 0.2
"""Low, since sources are to be retold and not varied; above 0, where small models fall into repeating themselves."""

UNREACHABLE = "The language model can't be reached just now. Please try again in a moment."
UNAVAILABLE = "The language model can't be used just now. Please try again later."
BUSY = "The language model is busy just now. Please try again in a moment."
SLOW = "The language model took too long to answer. Please try again in a moment."
BROKEN_OFF = "The language model stopped before its answer was finished. Please try again."
FAILED = "The language model couldn't answer just now. Please try again in a moment."
TOO_LONG = "This is too long for the language model. Please ask in fewer words or start a new conversation."

_TOO_LONG_SIGNS = ("context size", "context length", "context window", "context_length", "context_size")
_KNOWN_SIGNS = (
    ("memory", "it has too little memory for the model"),
    ("does not support", "the model can't do what was asked of it"),
    ("loading model", "it is still loading the model"),
    ("load model", "it couldn't load the model"),
    ("terminated", "the model's process died"),
)

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Timeouts:
    connect_seconds: float
    first_token_seconds: float
    """From the request on: loading the model and reading the prompt take their time."""
    next_token_seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Which host was asked for which model; names what went wrong for the operator."""

    host: str
    """As `Ollama at http://localhost:11434`."""
    model: str
    address_setting: str
    key_setting: str
    if_missing: str
    """How a model that isn't there is got."""

    def failure(self, message: str, what: str, *, retryable: bool) -> ProviderError:
        return ProviderError(message, retryable=retryable, detail=f"{self.host}, model {self.model}: {what}")

    def broken_off(self, what: str = "the stream ended before the answer did") -> ProviderError:
        return self.failure(BROKEN_OFF, what, retryable=True)

    def unlike(self, what: str) -> ProviderError:
        return self.failure(FAILED, f"{what}; check {self.address_setting}", retryable=False)

    def reported(self, error: Any, where: str = "in the stream") -> ProviderError:
        """Of an error that the host tells of."""
        told = str(error).lower()
        if any(sign in told for sign in _TOO_LONG_SIGNS):
            return self.failure(TOO_LONG, f"the prompt is longer than the context ({where})", retryable=False)
        known = [meaning for sign, meaning in _KNOWN_SIGNS if sign in told]
        what = known[0] if known else "its own log says why"
        return self.failure(FAILED, f"the host reported an error {where}: {what}", retryable=True)

    def refused(self, status: int, body: str) -> ProviderError:
        if status in (401, 403):
            return self.failure(UNAVAILABLE, f"refused ({status}); check {self.key_setting}", retryable=False)
        if status == 404 and "model" in body.lower():
            return self.failure(UNAVAILABLE, f"the model isn't there (404); {self.if_missing}", retryable=False)
        if status in (429, 503):
            return self.failure(BUSY, f"it has too much to do or isn't ready ({status})", retryable=True)
        if status == 404 or 300 <= status < 400:
            return self.unlike(f"no chat at this address ({status})")
        error = self.reported(body, f"({status})")
        error.retryable &= status >= 500
        return error


@lru_cache(maxsize=16)
def shown(address: str) -> str:
    """An address without the name and password that it may hold."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


class LineTooLong(Exception):
    pass


class Lines:
    """Puts together lines that arrive in pieces, and never holds more than LINE_BYTES and a piece."""

    def __init__(self) -> None:
        self._begun = bytearray()
        """Of a line whose end is still to come."""

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that are whole with it and aren't blank. Raises LineTooLong."""
        if not self._begun and _EMPTY < piece.find(b"\n") == len(piece) - 1 < LINE_BYTES:  # one line, as nearly always
            return [piece[:-1]]
        ended = piece.split(b"\n")
        begun = ended.pop()
        if begun or self._begun:  # hardly ever: hosts send whole lines
            if ended:
                ended[0] = bytes(self._begun) + ended[0]
                self._begun.clear()
            self._begun += begun
        if len(self._begun) > LINE_BYTES or (ended and max(map(len, ended)) > LINE_BYTES):
            raise LineTooLong
        return [line for line in ended if line and line != b"\r"]

    def rest(self) -> bytes:
        """What came after the last line's end."""
        rest = bytes(self._begun)
        self._begun.clear()
        return rest


class LineStream:
    """A host's answer, as many lines at once as came together, each within its time."""

    def __init__(self, asked: Asked, content: aiohttp.StreamReader, first_by: float, timeouts: Timeouts) -> None:
        """`first_by`: on the loop's clock, when the first token must be there."""
        self._asked = asked
        self._content = content
        self._lines = Lines()
        self._loop = asyncio.get_running_loop()
        self.patience: float | None = None
        """Seconds to wait for a line; None before the first token, whose time runs from the request on."""
        self._due = first_by
        """When what is waited for must be there."""
        self._pause = min(LONGEST_PAUSE, timeouts.first_token_seconds / 8, timeouts.next_token_seconds / 8)
        self._watch = self._loop.call_later(self._pause, self._look)

    def close(self) -> None:
        self._watch.cancel()

    def _look(self) -> None:
        """Now and then, since a timer for each line would cost as much as reading it."""
        if self._loop.time() > self._due:
            self._content.set_exception(TimeoutError())
        else:
            self._watch = self._loop.call_later(self._pause, self._look)

    async def next_lines(self) -> list[bytes]:
        """At least one; none at the end. What only keeps the connection alive is passed over. Raises ProviderError."""
        try:
            while True:
                if self.patience is not None:
                    self._due = self._loop.time() + self.patience
                piece = await self._content.readany()
                if self.patience is not None:
                    self._due = math.inf  # whoever reads may take as long as they like
                if not piece:
                    rest = self._lines.rest()
                    return [rest] if rest else []
                lines = self._lines.feed(piece)
                if len(lines) > 1 or (lines and lines[0][0] == _COMMENT):
                    lines = [line for line in lines if line[0] != _COMMENT]
                if lines:
                    return lines
        except TimeoutError:
            if self.patience is None:
                raise self._asked.failure(SLOW, "no first token within its time", retryable=True) from None
            raise self._asked.broken_off("no next token within its time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise self._asked.broken_off(f"the connection broke ({type(error).__name__})") from None
        except LineTooLong:
            raise self._asked.unlike(f"a line of more than {LINE_BYTES} bytes") from None

    def decode(self, line: bytes, decoder: msgspec.json.Decoder[_Shape]) -> _Shape:
        """Raises ProviderError."""
        try:
            return decoder.decode(line)
        except msgspec.ValidationError:
            raise self._asked.unlike("an answer of another shape") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._asked.unlike("an answer that is no JSON") from None


@asynccontextmanager
async def open_stream(
    asked: Asked, address: str, api_key: str, body: dict[str, Any], timeouts: Timeouts
) -> AsyncIterator[LineStream]:
    """Leaving it before the answer's end closes the connection at once, by which the host knows to stop.

    Raises ProviderError.
    """
    loop = asyncio.get_running_loop()
    first_by = loop.time() + timeouts.first_token_seconds
    patience = aiohttp.ClientTimeout(
        total=None, connect=timeouts.connect_seconds, sock_connect=timeouts.connect_seconds
    )
    async with _session() as session:
        try:
            async with asyncio.timeout_at(first_by):
                response = await _post(session, address, json=body, headers=_headers(api_key), timeout=patience)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise asked.failure(UNREACHABLE, f"not reached ({_reason(error)})", retryable=True) from None
        except TimeoutError:
            raise asked.failure(SLOW, "no first token within its time", retryable=True) from None
        except (aiohttp.InvalidURL, ValueError):
            raise asked.unlike("the address can't be used") from None
        except (aiohttp.ClientError, OSError) as error:
            raise asked.failure(FAILED, f"no answer ({type(error).__name__})", retryable=True) from None
        try:
            if response.status != 200:
                raise asked.refused(response.status, await _beginning(response.content))
            stream = LineStream(asked, response.content, first_by, timeouts)
            try:
                yield stream
            finally:
                stream.close()
            if _kept:
                await _read_to_end(response.content)
        finally:
            response.close()


_kept: aiohttp.ClientSession | None = None
"""Of a server, whose connections outlive their answers for a moment; elsewhere each answer has one of its own."""


def keep_connections() -> None:
    """For the loop of a server that answers: a new connection for each answer costs as much as a dozen words."""
    global _kept
    _kept = _new_session(aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS))


async def close_connections() -> None:
    global _kept
    kept, _kept = _kept, None
    if kept:
        await kept.close()


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    if _kept:
        yield _kept
        return
    async with _new_session(aiohttp.TCPConnector(limit=0, force_close=True)) as session:
        yield session


def _new_session(connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
    )


async def _post(session: aiohttp.ClientSession, address: str, **options: Any) -> aiohttp.ClientResponse:
    """Asks once more where a kept connection broke: its host closed it in the moment in which it was taken."""
    try:
        return await session.post(address, allow_redirects=False, **options)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        if session is not _kept or isinstance(error, aiohttp.ClientConnectorError):
            raise
        return await session.post(address, allow_redirects=False, **options)


async def _read_to_end(content: aiohttp.StreamReader) -> None:
    """What follows the last line says that the answer is over; only then can another use its connection.

    What goes wrong here costs the connection alone: the answer is whole.
    """
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(_END_SECONDS):
            while await content.readany():
                pass


def _headers(api_key: str) -> dict[str, str]:
    identity = {"Accept-Encoding": "identity"}  # what is unpacked has no bound
    return {**identity, "Authorization": f"Bearer {api_key}"} if api_key else identity


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


async def _beginning(content: aiohttp.StreamReader) -> str:
    """Of an error's body, as far as it comes in time; without it the status alone is told."""
    body = bytearray()
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(_ERROR_SECONDS):
            while len(body) < _ERROR_BYTES and (piece := await content.read(_ERROR_BYTES - len(body))):
                body += piece
    return body.decode(errors="replace")
