"""Pinecone by its publisher's client, which is imported when it is first asked: who doesn't use it doesn't pay for it.

Batches are sent by our own code: after a few failures the client's batched upsert sends that host nothing any more, nor
the failed items that are handed to it again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import httpx

from pipeline.errors import ProviderError
from pipeline.providers.calls import one_line

if TYPE_CHECKING:
    from pinecone import Index, Pinecone
    from pinecone.models.indexes.index import IndexModel

_UPSERTED_AT_ONCE, _NUMBERS_AT_ONCE, _DELETED_AT_ONCE = 100, 100_000, 1_000
"""Vectors and their numbers, and ids: a call may have 2 MB and 1,000 ids."""
_SENT_AT_ONCE = 4
_CALL_SECONDS, _LOOK_UP_SECONDS = 20.0, 5.0
_MAKING_SECONDS = 120
RETRY_AFTER = (1.0, 4.0, 15.0)
"""Seconds before what failed is sent again."""
_AWAY = "The index for finding by meaning doesn't answer."

_Answer = TypeVar("_Answer")
_Item = TypeVar("_Item")
Record = tuple[str, list[float], dict[str, str]]
"""Id, vector and metadata."""


class PineconeHost:
    """One index of Pinecone's. All its calls raise ProviderError."""

    def __init__(self, api_key: str, index: str, region: tuple[str, str] | None, controller: str = "") -> None:
        """`region`: a cloud and a region of it, where a missing index is made. `controller`: another address than
        Pinecone's own, which tells where indexes are."""
        self.index = index
        self._api_key = api_key
        self._region = region
        self._controller = controller
        self._connected: Index | None = None
        self._connecting = threading.Lock()

    def make_ready(self, dimension: int) -> None:
        """Makes the index, if there is none of its name."""
        from pinecone.errors.exceptions import NotFoundError

        with self._told(), self._client() as client:
            try:
                found = client.indexes.describe(self.index)
            except NotFoundError:
                found = self._make(client, dimension)
        fields = found.schema.fields.values()
        shapes = [(getattr(field, "dimension", None), getattr(field, "metric", None)) for field in fields]
        if (dimension, "cosine") not in shapes and (dimension, "dotproduct") not in shapes:
            what = f"isn't for vectors of {dimension} numbers and their cosine: set PINECONE_INDEX to a new name"
            raise self.failure(what, retryable=False)

    def ids(self, namespace: str) -> set[str]:
        """Of an index that is there."""
        from pinecone.errors.exceptions import NotFoundError

        def listed(index: Index) -> set[str]:
            pages = index.list(namespace=namespace, timeout=_CALL_SECONDS)
            try:
                return {str(item.id) for page in pages for item in page.vectors}
            except NotFoundError:  # a namespace is there once something was sent
                return set()

        return self._ask(listed)

    def upsert(self, namespace: str, records: Sequence[Record]) -> None:
        """In batches; those that fail are sent again. What was taken before it gives up stays."""
        if not records:
            return
        batches = _cut(records, max(1, min(_UPSERTED_AT_ONCE, _NUMBERS_AT_ONCE // len(records[0][1]))))
        with ThreadPoolExecutor(_SENT_AT_ONCE) as threads:
            for wait in (*RETRY_AFTER, None):
                problems = list(threads.map(lambda batch: self._upsert_batch(namespace, batch), batches))
                problem = next((problem for problem in problems if problem), None)
                if problem is None:
                    return
                if wait is None or not problem.retryable:
                    raise problem
                batches = [batch for batch, failed in zip(batches, problems, strict=True) if failed]
                time.sleep(wait)

    def _upsert_batch(self, namespace: str, batch: Sequence[Record]) -> ProviderError | None:
        try:
            answer = self._ask(
                lambda index: index.upsert(vectors=list(batch), namespace=namespace, timeout=_CALL_SECONDS)
            )
        except ProviderError as error:
            return error
        if answer.upserted_count < len(batch):
            return self.failure(f"took only {answer.upserted_count} of {len(batch)} vectors", retryable=True)
        return None

    def delete(self, namespace: str, ids: Sequence[str]) -> None:
        for batch in _cut(ids, _DELETED_AT_ONCE):
            self._delete_batch(namespace, batch)

    def _delete_batch(self, namespace: str, batch: Sequence[str]) -> None:
        self._ask(lambda index: index.delete(ids=batch, namespace=namespace, timeout=_CALL_SECONDS))

    def delete_namespace(self, namespace: str) -> None:
        """All that is in it; also where it isn't there any more."""
        if self.size(namespace, _CALL_SECONDS):
            self._ask(lambda index: index.delete(delete_all=True, namespace=namespace, timeout=_CALL_SECONDS))

    def nearest(self, namespace: str, vector: Sequence[float], count: int, seconds: float) -> list[tuple[str, float]]:
        """Ids and cosines. A vector is all that it is told."""
        found = self._ask(
            lambda index: index.query(vector=list(vector), top_k=count, namespace=namespace, timeout=seconds)
        )
        return [(str(match.id), float(match.score)) for match in found.matches]

    def size(self, namespace: str, seconds: float) -> int:
        """Vectors in it."""
        stats = self._ask(lambda index: index.describe_index_stats(timeout=seconds))
        found = stats.namespaces.get(namespace)
        return found.vector_count if found else 0

    def failure(self, what: str, *, retryable: bool) -> ProviderError:
        detail = f"Pinecone, index {self.index}: {what}".replace(self._api_key, "…")
        return ProviderError(_AWAY, retryable=retryable, detail=detail)

    def _ask(self, call: Callable[[Index], _Answer]) -> _Answer:
        with self._told():
            with self._connecting:
                if self._connected is None:
                    with self._client() as client:
                        self._connected = client.index(name=self.index)
                index = self._connected
            return call(index)

    def _client(self) -> Pinecone:
        """Of what tells where indexes are. It gives up soon, as a question or the process's end may wait for it."""
        from pinecone import Pinecone, RetryConfig

        return Pinecone(
            api_key=self._api_key,
            host=self._controller or None,
            timeout=_LOOK_UP_SECONDS,
            retry_config=RetryConfig(max_retries=1),
        )

    def _make(self, client: Pinecone, dimension: int) -> IndexModel:
        cloud, region = self._region or ("aws", "us-east-1")
        return client.indexes.create(
            name=self.index,
            # `_values` is the field that the calls for vectors speak of.
            schema={"fields": {"_values": {"type": "dense_vector", "dimension": dimension, "metric": "cosine"}}},
            deployment={"deployment_type": "managed", "cloud": cloud, "region": region},
            timeout=_MAKING_SECONDS,
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the client raises, as ProviderError."""
        from pinecone.errors import exceptions as raised

        away = (raised.PineconeTimeoutError, raised.PineconeConnectionError, httpx.HTTPError, OSError)
        busy = (raised.RateLimitError, raised.ServiceError)
        try:
            yield
        except (raised.UnauthorizedError, raised.ForbiddenError):
            raise self.failure("refused: check PINECONE_API_KEY", retryable=False) from None
        except raised.NotFoundError:
            self._connected = None  # it may be made anew, elsewhere
            raise self.failure("isn't there: manage.py seed_vector_index makes it", retryable=False) from None
        except (raised.PineconeError, httpx.InvalidURL, *away) as error:
            if isinstance(error, away):
                self._connected = None
            what = f"{type(error).__name__}: {one_line(str(error))}"
            raise self.failure(what, retryable=isinstance(error, (*away, *busy))) from None


def _cut(items: Sequence[_Item], most: int) -> list[Sequence[_Item]]:
    return [items[start : start + most] for start in range(0, len(items), most)]
