"""Short synchronous calls to a model host: what it is and has. What it says about errors is for the operator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
import msgspec

from pipeline.errors import ProviderError
from pipeline.providers.streams import FAILED, UNAVAILABLE, UNREACHABLE, LineTooLong, shown

_ANSWER_BYTES = 16 * 1024 * 1024
_ERROR_CHARS = 300

_Shape = TypeVar("_Shape")


class HostCalls:
    """One host's address, key and patience. Follows no redirects and takes no proxy from the environment."""

    def __init__(self, name: str, address: str, api_key: str, connect_seconds: float, read_seconds: float) -> None:
        self.host = f"{name} at {shown(address)}"
        self._address = address
        self._headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {api_key}"} if api_key else {})
        self._verify = not address.startswith("http://")  # where nothing is to verify, reading all roots costs 20 ms
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds

    def get(self, path: str, shape: type[_Shape]) -> _Shape:
        """Raises ProviderError."""
        return self._json("GET", path, None, shape)

    def post(self, path: str, body: dict[str, Any], shape: type[_Shape]) -> _Shape:
        """Raises ProviderError."""
        return self._json("POST", path, body, shape)

    def _json(self, method: str, path: str, body: dict[str, Any] | None, shape: type[_Shape]) -> _Shape:
        started = time.monotonic()
        read = bytearray()
        with self.streaming(method, path, body, self._read_seconds) as pieces:
            for piece in pieces:
                read += piece
                if len(read) > _ANSWER_BYTES or time.monotonic() - started > 2 * self._read_seconds:
                    raise self.failure(FAILED, f"{path} gives too much or too slowly")
        return self.decode(bytes(read), shape, path)

    @contextmanager
    def streaming(
        self, method: str, path: str, body: dict[str, Any] | None, read_seconds: float
    ) -> Iterator[Iterator[bytes]]:
        """Pieces of the body of a good answer. Raises ProviderError."""
        timeout = httpx.Timeout(read_seconds, connect=self._connect_seconds)
        try:
            with (
                httpx.Client(timeout=timeout, trust_env=False, headers=self._headers, verify=self._verify) as client,
                client.stream(method, f"{self._address}{path}", json=body) as response,
            ):
                if response.status_code != 200:
                    raise self._refused(path, response)
                yield response.iter_raw()
        except httpx.ConnectError as error:
            raise self.failure(UNREACHABLE, f"not reached ({error})", retryable=True) from None
        except httpx.TimeoutException as error:
            raise self.failure(UNREACHABLE, f"{path} didn't answer in time ({type(error).__name__})", True) from None
        except LineTooLong:
            raise self.failure(FAILED, f"{path} gives a line without an end") from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise self.failure(FAILED, f"{path} failed ({type(error).__name__}: {error})", retryable=True) from None

    def decode(self, body: bytes, shape: type[_Shape], path: str) -> _Shape:
        """Raises ProviderError."""
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self.failure(FAILED, f"{path} gives something else than expected: is the address right?") from None

    def failure(self, message: str, what: str, retryable: bool = False) -> ProviderError:
        return ProviderError(message, retryable=retryable, detail=f"{self.host}: {what}")

    def _refused(self, path: str, response: httpx.Response) -> ProviderError:
        status = response.status_code
        if status in (401, 403):
            return self.failure(UNAVAILABLE, f"refused ({status}): is the key right?")
        if 300 <= status < 400:
            return self.failure(UNAVAILABLE, f"leads elsewhere ({status}): is the address right?")
        said = one_line(next(response.iter_raw(), b"").decode(errors="replace"))
        return self.failure(UNAVAILABLE, f"{path} failed ({status}): {said}", retryable=status == 429 or status >= 500)


def one_line(text: str) -> str:
    """A host's words, as a line of a terminal takes them."""
    return "".join(char if char.isprintable() else " " for char in text[:_ERROR_CHARS]).strip()
