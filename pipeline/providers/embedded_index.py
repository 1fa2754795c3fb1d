"""The search index: passages, words and titles in a folder that is built anew and swapped; vectors in a store.

`folder` holds `passages-<number>/` and `current`, which names the number. A reader looks at `current` every two
seconds and follows it; files that a reader still has open are left to the next build to remove (Windows can't sooner).
An index names the embedder that its vectors are from, and the store that keeps them. Where those aren't what is set, it
is searched by words alone until it is built anew: vectors of two embedders are never compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.concepts import Kind, Lexicon
from pipeline.errors import ProviderError, note_failure
from pipeline.facts import facts_of, from_json, maker, to_json
from pipeline.hybrid import Asked, Meaning, rank, unit
from pipeline.postings import Postings, PostingsBuilder, inverse_frequency, mapped
from pipeline.protocols import Embedder, VectorStore, VectorsWriter
from pipeline.providers.embedded_vectors import EmbeddedVectors
from pipeline.query import Query
from pipeline.retrieval import fit, without_repeats
from pipeline.topic_names import TopicNames
from pipeline.types import Facts, Found, Hit, Passage, Question, Reference
from pipeline.understanding import understand
from pipeline.words import content_stems, stems

logger = logging.getLogger(__name__)

FOLLOW_SECONDS = 2.0
FORMAT = 4
_MOST_OF_OURS = 20
"""Passages of topics written for Veda that are looked at for a plain question, however many from outside are nearer:
those may seldom be quoted."""
_PLAIN_QUESTION = 8
"""Terms: a long story names much in passing."""
_TITLE, _NAMES, _HEADING, _TEXT = 4.0, 3.0, 2.5, 1.0
"""What a word counts in each field."""
_FOUND_SHARE = 0.15
"""Of a score, for the best passage that words and meaning found."""
_MOST_READ = 1_000
"""Passages kept in memory."""
_LEFT_SECONDS = 86_400
_BATCH = 512
"""Passages that are embedded at a time."""
_TITLES = Path("vectors", "titles.npy")
EMBEDDED = EmbeddedVectors()

_SCHEMA = """
CREATE TABLE passage (place INTEGER UNIQUE, document TEXT NOT NULL, body TEXT NOT NULL, facts TEXT NOT NULL);
CREATE INDEX passage_document ON passage (document) WHERE place IS NULL;
CREATE TABLE document (slug TEXT PRIMARY KEY, title TEXT NOT NULL, names TEXT NOT NULL);
"""
# `place` is a passage's row in postings and vectors; what is urgent has none: it comes with its document.
# `facts`: empty where they are to be worked out when the passage is read.


@dataclass(frozen=True, slots=True)
class About:
    """What an index is made of."""

    number: int
    size: int
    """Passages."""
    embedder: str
    """Name, dimension and fingerprint; empty: it has no vectors."""
    facts: str
    """The maker of the facts that it keeps; empty: it keeps none."""
    store: str
    """Where the vectors are."""


# Building


def build(
    folder: Path,
    passages: Iterable[Passage],
    progress: Callable[[], Any] = lambda: None,
    *,
    embedder: Embedder | None = None,
    lexicon: Lexicon | None = None,
    store: VectorStore = EMBEDDED,
) -> int:
    """Writes a new index beside the one in use, makes it the current one and returns its number.

    With a lexicon it keeps the facts of each passage; without, they are worked out as passages are read.
    Raises ProviderError, where the embedder does: the index in use stays. Raises IncompleteIndex, where the store
    doesn't keep all vectors: then the new one is in use all the same, as what was retired must not be found any more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("making-*"):  # by a build that was killed
        if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=folder))
    try:
        used = _current(folder)
        vectors = store.write(embedder, _place(folder, used) if used else None) if embedder else None
        _write(making, passages, progress, embedder, lexicon, store.name, vectors)
        number = _publish(folder, making)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    for old in folder.glob("passages-*"):
        if old not in (_place(folder, number), _place(folder, number - 1)):
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)  # a reader on Windows has it open
            else:
                with contextlib.suppress(PermissionError):
                    old.unlink()  # an older Veda's
    if vectors:
        vectors.clean_up()
    return number


def _publish(folder: Path, made: Path) -> int:
    """Another process may publish at the same time: whoever comes second takes the next number."""
    number = (_current(folder) or 0) + 1
    while True:
        try:
            made.rename(_place(folder, number))
            break
        except OSError:
            if not _place(folder, number).exists():
                raise
            number += 1
    fresh = folder / f"current.{number}"
    fresh.write_text(str(number))
    os.replace(fresh, folder / "current")
    return number


def _write(
    folder: Path,
    passages: Iterable[Passage],
    progress: Callable[[], Any],
    embedder: Embedder | None,
    lexicon: Lexicon | None,
    store: str,
    vectors: VectorsWriter | None,
) -> None:
    words, titles = PostingsBuilder(), PostingsBuilder()
    written: set[str] = set()
    title_rows: dict[str, int] = {}
    title_of: list[int] = []
    ours: list[int] = []
    size = 0
    with closing(sqlite3.connect(folder / "passages.sqlite3")) as database, database:
        database.executescript(_SCHEMA)
        for batch in _batches(passages):
            found = []
            for passage in batch:
                place = None if passage.urgent else len(title_of)
                body = json.dumps(asdict(passage), default=date.isoformat)
                facts = to_json(facts_of(passage, lexicon)) if lexicon and place is not None else ""
                database.execute("INSERT INTO passage VALUES (?, ?, ?, ?)", (place, passage.document, body, facts))
                database.execute(
                    "INSERT OR IGNORE INTO document VALUES (?, ?, ?)",
                    (passage.document, passage.title, json.dumps(passage.names)),
                )
                if place is not None:
                    found.append(passage)
                    if passage.title not in title_rows:
                        title_rows[passage.title] = len(title_rows)
                        titles.add([(1.0, list(dict.fromkeys(stems(passage.title))))])
                    if not passage.from_outside:
                        ours.append(len(title_of))
                    title_of.append(title_rows[passage.title])
                    own = [
                        (_TITLE, stems(passage.title)),
                        (_HEADING, stems(passage.heading)),
                        (_TEXT, stems(passage.text)),
                    ]
                    written.update(word for _, field in own for word in field)
                    words.add([*own, (_NAMES, stems(" ".join(passage.names)))])
                size += 1
            if vectors and found:
                vectors.add(found)
            for _ in batch:
                progress()
    words.by_frequency().save(folder / "words")
    titles.by_share().save(folder / "titles")
    np.save(folder / "title_of.npy", np.array(title_of, dtype=np.int32))
    np.save(folder / "ours.npy", np.array(ours, dtype=np.int32))
    (folder / "written.json").write_text(json.dumps(sorted(written)))
    if embedder and vectors and title_of:
        vectors.finish(folder)
        of_titles = [unit(embedder.embed(batch)).astype(np.float16) for batch in _batches(title_rows)]
        np.save(folder / _TITLES, np.concatenate(of_titles))
    about = {
        "format": FORMAT, "size": size, "embedder": signature(embedder), "facts": maker() if lexicon else "",
        "store": store,
    }  # fmt: skip
    (folder / "about.json").write_text(json.dumps(about))


def signature(embedder: Embedder | None) -> str:
    return f"{embedder.name}, {embedder.dimension} dimensions, {embedder.fingerprint()[:16]}" if embedder else ""


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch


# Reading


def _place(folder: Path, number: int) -> Path:
    return folder / f"passages-{number}"


def _current(folder: Path) -> int | None:
    try:
        return int((folder / "current").read_text())
    except (OSError, ValueError):
        return None


def about(folder: Path) -> About | None:
    """Of the current index; None: there is none that this Veda can read."""
    number = _current(folder)
    try:
        data = json.loads((_place(folder, number or 0) / "about.json").read_text())
    except (OSError, ValueError):
        return None
    if data["format"] != FORMAT:
        return None
    return About(number or 0, data["size"], data["embedder"], data["facts"], data.get("store", EMBEDDED.name))


def is_of(folder: Path, embedder: Embedder | None, store: VectorStore = EMBEDDED) -> bool:
    """Whether the current index can be read, has this embedder's vectors, kept there, and, if it keeps facts, those
    that this code makes: else it is to be built anew."""
    found = about(folder)
    if found is None or found.facts not in ("", maker()):
        return False
    return found.embedder == signature(embedder) and found.store == store.name


class _OpenIndex:
    """One index. Its connection is used by one thread at a time."""

    def __init__(
        self, folder: Path, found: About, lexicon: Lexicon, embedder: Embedder | None, store: VectorStore
    ) -> None:
        self.about = found
        self._lexicon = lexicon
        self._keeps_facts = found.facts == maker()
        self._read = lru_cache(maxsize=_MOST_READ)(self._read_row)
        self._lock = threading.Lock()
        self._words, self._titles = Postings.load(folder / "words"), Postings.load(folder / "titles")
        self._title_of, self._ours = mapped(folder / "title_of.npy"), np.load(folder / "ours.npy")
        self._embedder = embedder
        self._is_same: bool | None = None
        self._is_of_store = found.store == store.name
        self._meaning: Meaning | None = None
        if self._is_of_store and (folder / _TITLES).exists():
            self._meaning = Meaning(store.open(folder), mapped(folder / _TITLES))
        self._weights = {t: inverse_frequency(self._words.rows_with(t), found.size) for t in self._words.terms}
        self._unknown_weight = inverse_frequency(0, found.size)
        database = f"{(folder / 'passages.sqlite3').as_uri()}?mode=ro"
        self._database = sqlite3.connect(database, uri=True, check_same_thread=False)
        # Lay names hold misspelt words too, which are no words to rely on.
        written = frozenset(json.loads((folder / "written.json").read_text()))
        self.topics = TopicNames.of(
            (
                (slug, title, json.loads(names))
                for slug, title, names in self._database.execute("SELECT * FROM document")
            ),
            written,
        )

    def searches_meaning(self) -> bool:
        """False: its vectors aren't of the embedder and the store that are set. Raises ProviderError."""
        if not self._is_of_embedder() or not self._is_of_store:
            return False
        if self._meaning:
            self._meaning.passages.check()
        return True

    def _is_of_embedder(self) -> bool:
        """Asked of a model host once it can be asked. Raises ProviderError."""
        if self._is_same is None:
            self._is_same = bool(self._embedder) and self.about.embedder == signature(self._embedder)
        return self._is_same

    def search(self, query: Query, limit: int) -> Found:
        if not any(term in self._weights for term in self._names_and_terms(query)):
            return Found([])
        places, scores, by_words_alone = self.rank(query)
        best = float(scores[0]) if len(scores) else 1.0
        looked_at = np.arange(min(limit, len(places)))
        if len(query.terms) <= _PLAIN_QUESTION:
            looked_at = np.union1d(looked_at, np.flatnonzero(np.isin(places, self._ours))[:_MOST_OF_OURS])
        places, scores = places[looked_at], scores[looked_at]
        hits = [
            self._hit(query, *self._read(int(place)), float(score) / best)
            for place, score in zip(places, scores, strict=True)
        ]
        return Found(without_repeats(sorted(hits, key=lambda hit: -hit.score)), by_words_alone)

    def _names_and_terms(self, query: Query) -> Iterator[str]:
        yield from query.terms
        yield from stems(" ".join(concept.name for concept in query.concepts))

    def rank(self, query: Query) -> tuple[np.ndarray, np.ndarray, bool]:
        """Places and scores, best first; and whether by words alone, which is better than nothing."""
        asked = Asked.of(query)
        try:
            if self._embedder and self._meaning and self._is_of_embedder():
                vectors = self._embedder.embed(asked.texts, asked=True)
                return (*rank(asked, self._words, self._titles, self._title_of, self._meaning, vectors), False)
        except ProviderError as error:
            note_failure("embedding")
            logger.warning("passages are found by words alone: %s", error.detail or error)
        return (*rank(asked, self._words, self._titles, self._title_of, None, None), True)

    def _hit(self, query: Query, passage: Passage, facts: Facts, share: float) -> Hit:
        fits = fit(query, passage, facts, self._weights, self._unknown_weight, self._lexicon)
        named = passage.document in query.documents
        score = fits.score + _FOUND_SHARE * share
        return Hit(passage, score, round(fits.coverage, 4), named, round(fits.said, 4), facts)

    def documents(self, query: Query, limit: int) -> list[str]:
        """The best first, each by its best passage."""
        found: dict[str, None] = {}
        places, _, _ = self.rank(query)
        for start in range(0, len(places), _BATCH):
            batch = [int(place) for place in places[start : start + _BATCH]]
            marks = ", ".join("?" * len(batch))
            with self._lock:
                rows = dict(
                    self._database.execute(
                        f"SELECT place, document FROM passage WHERE place IN ({marks})",  # noqa: S608
                        batch,
                    )
                )
            found.update(dict.fromkeys(rows[place] for place in batch))
            if len(found) >= limit:
                break
        return list(found)[:limit]

    def _read_row(self, place: int) -> tuple[Passage, Facts]:
        with self._lock:
            body, facts = self._database.execute("SELECT body, facts FROM passage WHERE place = ?", (place,)).fetchone()
        passage = _passage(body)
        return passage, from_json(facts) if self._keeps_facts else facts_of(passage, self._lexicon)

    def with_urgent(self) -> list[str]:
        """Documents that say when to get help at once: those written for Veda."""
        with self._lock:
            rows = self._database.execute("SELECT DISTINCT document FROM passage WHERE place IS NULL").fetchall()
        return [document for (document,) in rows]

    def urgent(self, documents: Collection[str]) -> list[Passage]:
        marks = ", ".join("?" * len(documents))
        with self._lock:
            rows = self._database.execute(
                f"SELECT body FROM passage WHERE place IS NULL AND document IN ({marks}) ORDER BY rowid",  # noqa: S608
                tuple(documents),
            ).fetchall()
        return [_passage(body) for (body,) in rows]


def _is_near(hit: Hit, query: Query, lexicon: Lexicon) -> bool:
    """Its title must name what is asked about: a word or two in common may be those of a rare and grave illness. From
    outside, nothing but that."""
    if hit.named:
        return True
    words, facts = set(content_stems(hit.passage.title)), hit.facts
    assert facts is not None  # of every hit of this index
    if hit.passage.from_outside:
        return bool(words) and words <= {*query.terms, *(term for c in query.concepts for term in stems(c.name))}
    about = facts.in_title | facts.about
    asked = {known for c in query.concepts for known in (c, *lexicon.classes_of(c)) if c.kind is not Kind.POPULATION}
    return not about.isdisjoint(asked) or not words.isdisjoint(query.terms)


class EmbeddedIndex:
    def __init__(
        self, folder: Path, lexicon: Lexicon, embedder: Embedder | None = None, store: VectorStore = EMBEDDED
    ) -> None:
        """Without an embedder, or with another one than the index is of, it is searched by words alone."""
        self.lexicon = lexicon
        self._embedder = embedder
        self._store = store
        self._folder = folder
        self._lock = threading.Lock()
        self._open: _OpenIndex | None = None
        self._looked_at = 0.0

    async def understand(self, question: Question) -> Query:
        return await asyncio.to_thread(lambda: understand(question, self.lexicon, self._index().topics))

    async def retrieve(self, query: Query, limit: int) -> Found:
        return await asyncio.to_thread(lambda: self._index().search(query, limit))

    def documents(self, text: str, limit: int) -> list[str]:
        """Documents as words and meaning find them, before any rule: what is measured. Raises ProviderError."""
        index = self._index()
        return index.documents(understand(Question(text), self.lexicon, index.topics), limit)

    async def urgent_passages(self, documents: Collection[str]) -> list[Passage]:
        return await asyncio.to_thread(lambda: self._index().urgent(documents))

    async def suggestions(self, query: Query | None, limit: int) -> list[str]:
        return await asyncio.to_thread(self._suggestions, query, limit)

    def number_and_size(self) -> tuple[int, int]:
        """Number of the index in use and its passages. Raises ProviderError."""
        about = self._index().about
        return about.number, about.size

    def searches_meaning(self) -> bool:
        """False: its vectors aren't of the embedder and the store that are set. Raises ProviderError."""
        return self._index().searches_meaning()

    def _suggestions(self, query: Query | None, limit: int) -> list[str]:
        index = self._index()
        hits = index.search(query, 20).hits if query else []
        near = [hit.passage.title for hit in hits if query and _is_near(hit, query, self.lexicon)]
        titles = sorted(index.topics.titles[document] for document in index.with_urgent() or index.topics.titles)
        spread = titles[:: max(1, len(titles) // limit)]
        return list(dict.fromkeys(near or spread))[:limit]

    def _index(self) -> _OpenIndex:
        """The current index, opened anew where the number has moved on. Raises ProviderError."""
        with self._lock:
            now = time.monotonic()
            if self._open and now - self._looked_at < FOLLOW_SECONDS:
                return self._open
            self._looked_at = now
            number = _current(self._folder)
            if self._open and number in (None, self._open.about.number):
                return self._open
            if number is None:
                raise ProviderError(
                    "Veda has no search index yet, so it can't look anything up.",
                    retryable=False,
                    detail="no search index: manage.py seed_vector_index",
                )
            found = about(self._folder)
            try:
                if found is None:
                    raise ValueError("not of this format")
                self._open = _OpenIndex(
                    _place(self._folder, found.number), found, self.lexicon, self._embedder, self._store
                )
            except (sqlite3.Error, OSError, ValueError) as error:
                if self._open is None:
                    raise ProviderError(
                        "Veda can't read its search index just now.",
                        retryable=True,
                        detail="the search index can't be read: manage.py seed_vector_index",
                    ) from error
            return self._open


def _passage(body: str) -> Passage:
    data = json.loads(body)
    data["names"] = tuple(data["names"])
    data["references"] = tuple(
        Reference(r["title"], r["publisher"], r["url"], date.fromisoformat(r["read_on"]) if r["read_on"] else None)
        for r in data["references"]
    )
    for name in ("review_due", "created_at"):
        data[name] = date.fromisoformat(data[name]) if data.get(name) else None
    return Passage(**data)
