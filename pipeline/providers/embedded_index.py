"""The search index as it is searched: by words and, where its vectors are of the embedder that is set, by meaning.

It looks every two seconds whether another was built, and follows it. An index names the embedder that its vectors are
from, and the store that keeps them. Where those aren't what is set, it is searched by words alone until it is built
anew: vectors of two embedders are never compared.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.concepts import Kind, Lexicon
from pipeline.errors import ProviderError, note_failure
from pipeline.facts import facts_of, from_json
from pipeline.hybrid import Asked, Meaning, rank
from pipeline.postings import Postings, inverse_frequency, mapped
from pipeline.protocols import Embedder, VectorStore
from pipeline.providers.embedded_vectors import EMBEDDED
from pipeline.providers.index_folder import TITLES, About, about, current_number, place_of, signature
from pipeline.query import Query
from pipeline.ranking import fit, without_repeats
from pipeline.topic_names import TopicNames
from pipeline.types import Facts, Found, Hit, Passage, Question, Reference
from pipeline.understanding import understand
from pipeline.words import content_stems, stems

logger = logging.getLogger(__name__)

FOLLOW_SECONDS = 2.0
_MOST_OF_OURS = 20
"""Passages of topics written for Veda that are looked at for a plain question, however many from outside are nearer:
those may seldom be quoted."""
_PLAIN_QUESTION = 8
"""Terms: a long story names much in passing."""
_FOUND_SHARE = 0.15
"""Of a score, for the best passage that words and meaning found."""
_MOST_READ = 1_000
"""Passages kept in memory."""
_BATCH = 512
"""Passages whose documents are read at a time."""


class _OpenIndex:
    """One index. Its connection is used by one thread at a time."""

    def __init__(
        self, folder: Path, found: About, lexicon: Lexicon, embedder: Embedder | None, store: VectorStore
    ) -> None:
        self.about = found
        self._lexicon = lexicon
        self._keeps_facts = found.keeps_facts
        self._read = lru_cache(maxsize=_MOST_READ)(self._read_row)
        self._lock = threading.Lock()
        self._words, self._titles = Postings.load(folder / "words"), Postings.load(folder / "titles")
        self._title_of, self._ours = mapped(folder / "title_of.npy"), np.load(folder / "ours.npy")
        self._embedder = embedder
        self._is_same: bool | None = None
        self._is_of_store = found.store == store.name
        self._meaning: Meaning | None = None
        if self._is_of_store and (folder / TITLES).exists():
            self._meaning = Meaning(store.open(folder), mapped(folder / TITLES))
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
        return self._of(documents, "place IS NULL")

    def first_aid(self, documents: Collection[str]) -> list[Passage]:
        return [passage for passage in self._of(documents, "place IS NOT NULL") if passage.first_aid]

    def _of(self, documents: Collection[str], which: str) -> list[Passage]:
        marks = ", ".join("?" * len(documents))
        with self._lock:
            rows = self._database.execute(
                f"SELECT body FROM passage WHERE {which} AND document IN ({marks}) ORDER BY rowid",  # noqa: S608
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

    async def first_aid_passages(self, documents: Collection[str]) -> list[Passage]:
        return await asyncio.to_thread(lambda: self._index().first_aid(documents))

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
            number = current_number(self._folder)
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
                    place_of(self._folder, found.number), found, self.lexicon, self._embedder, self._store
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
