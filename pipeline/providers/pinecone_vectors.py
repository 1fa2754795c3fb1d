"""Vectors at Pinecone. It gets those of passages with their text, which is public, and those of questions without.

A namespace is an embedder's: its vectors are never among another's. A passage's id is a hash of all that is sent of it,
so that an index that is built anew sends what changed and removes what is gone; and what it doesn't know isn't found.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np

from pipeline.errors import IncompleteIndex, ProviderError
from pipeline.hybrid import text_to_embed, unit
from pipeline.postings import mapped
from pipeline.protocols import Embedder
from pipeline.providers.pinecone_host import PineconeHost
from pipeline.types import Passage

ASK_SECONDS = 2.0
"""That a question waits."""
REST_SECONDS = 20.0
"""That nothing is asked after a failure: words find meanwhile, and no question waits."""
VISIBLE_SECONDS = 60.0
"""That a build waits until all that was sent is seen."""
CHECKED_SECONDS = 10.0
_NEAREST = 1_000
_ASKED_AT_ONCE = 16
_DIGITS = 6
_IDS, _PLACES, _NAMESPACE = (Path("vectors", name) for name in ("ids.npy", "places.npy", "namespace"))

_Answer = TypeVar("_Answer")


class PineconeVectors:
    def __init__(self, host: PineconeHost) -> None:
        self.name = f"Pinecone, index {host.index}"
        self._host = host
        self._breaker = _CircuitBreaker(host)

    def write(self, embedder: Embedder, before: Path | None) -> _Writer:
        return _Writer(self._host, embedder, before)

    def open(self, folder: Path) -> _Reader:
        return _Reader(self._host, self._breaker, folder)


def namespace_of(embedder: Embedder) -> str:
    """Raises ProviderError."""
    name = re.sub(r"[^a-z0-9]+", "-", embedder.name.lower()).strip("-")[:60]
    made_by = f"{embedder.name}\0{embedder.dimension}\0{embedder.fingerprint()}"
    return f"veda-{name}-{hashlib.sha256(made_by.encode()).hexdigest()[:16]}"


def metadata_of(passage: Passage) -> dict[str, str]:
    reference = passage.references[0] if passage.references else None
    return {
        "id": passage.id,
        "text": passage.text,
        "source": reference.publisher if reference else "",
        "title": passage.title,
        "url": reference.url if reference else "",
        "created_at": passage.created_at.isoformat() if passage.created_at else "",
    }


def id_of(passage: Passage) -> str:
    sent = json.dumps([text_to_embed(passage), metadata_of(passage)])
    return hashlib.sha256(sent.encode()).hexdigest()[:32]


class _Writer:
    """Pinecone being away stops no build: what it lacks is found by words, and the next build sends it."""

    def __init__(self, host: PineconeHost, embedder: Embedder, before: Path | None) -> None:
        """Looks what is there, before any passage is read: what another process sends meanwhile isn't removed."""
        self._host = host
        self._embedder = embedder
        self._namespace = namespace_of(embedder)
        self._namespace_before = _read(before) if before else ""
        self._ids: list[str] = []
        self._sent: set[str] = set()
        self._there: set[str] = set()
        self._problem: ProviderError | None = None
        self._try(self._look)

    def _look(self) -> None:
        self._host.make_ready(self._embedder.dimension)
        self._there = self._host.ids(self._namespace)

    def add(self, passages: Sequence[Passage]) -> None:
        ids = [id_of(passage) for passage in passages]
        self._ids += ids
        new = [(id_, passage) for id_, passage in zip(ids, passages, strict=True) if id_ not in self._there]
        if self._problem or not new:
            return
        rows = unit(self._embedder.embed([text_to_embed(passage) for _, passage in new])).astype(np.float64)
        records = [
            (id_, row.round(_DIGITS).tolist(), metadata_of(passage))
            for (id_, passage), row in zip(new, rows, strict=True)
            if row.any()  # Pinecone takes no vector of zeros
        ]
        self._sent.update(id_ for id_, _, _ in records)
        self._try(lambda: self._host.upsert(self._namespace, records))

    def finish(self, folder: Path) -> None:
        self._try(self._wait_until_seen)
        ids = np.array(self._ids, dtype="S32")
        order = np.argsort(ids)
        (folder / _IDS).parent.mkdir()
        np.save(folder / _IDS, ids[order])
        np.save(folder / _PLACES, order.astype(np.int32))
        (folder / _NAMESPACE).write_text(self._namespace)

    def clean_up(self) -> None:
        self._try(self._remove_gone)
        if problem := self._problem:
            raise IncompleteIndex(problem.message, retryable=problem.retryable, detail=problem.detail)

    def _remove_gone(self) -> None:
        self._host.delete(self._namespace, sorted(self._there - set(self._ids)))
        if self._namespace_before not in ("", self._namespace):
            self._host.delete_namespace(self._namespace_before)

    def _wait_until_seen(self) -> None:
        deadline = time.monotonic() + VISIBLE_SECONDS
        pause = 0.25
        while self._sent and not self._sent <= self._host.ids(self._namespace):
            if time.monotonic() + pause > deadline:
                what = f"took all vectors, but doesn't show them after {VISIBLE_SECONDS:.0f} s"
                raise self._host.failure(what, retryable=True)
            time.sleep(pause)
            pause = min(2 * pause, 8.0)

    def _try(self, step: Callable[[], None]) -> None:
        """After a first problem nothing more is tried."""
        if self._problem is None:
            try:
                step()
            except ProviderError as problem:
                self._problem = problem


def _read(folder: Path) -> str:
    """The namespace of an index's vectors; empty where it has none."""
    try:
        return (folder / _NAMESPACE).read_text()
    except OSError:
        return ""


class _CircuitBreaker:
    """Lets a question wait for a short while; after a failure none asks for a longer one."""

    def __init__(self, host: PineconeHost) -> None:
        self._host = host
        self._rests_until = 0.0
        self._problem = ""
        self._threads = ThreadPoolExecutor(_ASKED_AT_ONCE, thread_name_prefix="pinecone")

    def ask(self, call: Callable[[], _Answer]) -> _Answer:
        """Raises ProviderError."""
        if time.monotonic() < self._rests_until:
            raise self._host.failure(f"not asked for a while: {self._problem}", retryable=True)
        try:
            return self._threads.submit(call).result(timeout=ASK_SECONDS)
        except TimeoutError:
            problem = self._host.failure(f"didn't answer within {ASK_SECONDS:.0f} s", retryable=True)
        except ProviderError as error:
            problem = error
        self._problem = problem.detail
        self._rests_until = time.monotonic() + REST_SECONDS
        raise problem


class _Reader:
    def __init__(self, host: PineconeHost, breaker: _CircuitBreaker, folder: Path) -> None:
        self._host = host
        self._breaker = breaker
        self._ids, self._places = mapped(folder / _IDS), mapped(folder / _PLACES)
        self._namespace = (folder / _NAMESPACE).read_text()
        self._checked_at = -CHECKED_SECONDS
        self._checking = threading.Lock()

    def compare(self, asked: np.ndarray, also: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A passage that isn't among the nearest counts as near as the last of these: it is no nearer."""
        length = float(np.linalg.norm(asked))
        if not length:
            return also, np.zeros(len(also))
        vector = (asked / length).astype(np.float64).round(_DIGITS).tolist()
        found = dict(self._breaker.ask(lambda: self._host.nearest(self._namespace, vector, _NEAREST, ASK_SECONDS)))
        if not found:
            raise self._host.failure("has no vectors: manage.py seed_vector_index --rebuild", retryable=False)
        near = self._by_place(found)
        places = np.union1d(also, np.fromiter(near, dtype=np.int64, count=len(near))).astype(np.int64)
        least = min(found.values())
        return places, length * np.array([near.get(place, least) for place in places.tolist()])

    def _by_place(self, found: dict[str, float]) -> dict[int, float]:
        """Without those that this index doesn't know: an older one's, or a newer's."""
        ids = np.array(list(found), dtype=self._ids.dtype)
        rows = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        known = self._ids[rows] == ids
        scores = np.fromiter(found.values(), dtype=np.float64, count=len(found))
        return dict(zip(self._places[rows[known]].tolist(), scores[known].tolist(), strict=True))

    def check(self) -> None:
        with self._checking:
            if time.monotonic() - self._checked_at < CHECKED_SECONDS:
                return
            if not self._breaker.ask(lambda: self._host.size(self._namespace, ASK_SECONDS)):
                raise self._host.failure("has no vectors: manage.py seed_vector_index --rebuild", retryable=False)
            self._checked_at = time.monotonic()
