"""The search index that ships with Veda: BM25 by SQLite's FTS5, in a file that is built anew and swapped.

`folder` holds `passages-<number>.sqlite3` and `current`, which names the number. A reader looks at `current` every two
seconds and follows it; a file that a reader still has open is left to the next build to remove (Windows can't sooner).
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.concepts import Lexicon
from pipeline.errors import ProviderError
from pipeline.retrieval import Prepared, fit, prepare
from pipeline.types import Hit, Passage, Question, Reference
from pipeline.understanding import Query, TopicNames, understand
from pipeline.words import stems

FOLLOW_SECONDS = 2.0
_WEIGHTS = "4.0, 3.0, 2.5, 1.0"  # title, lay names, heading, text
_BM25_SHARE = 0.15
"""Of a score, for the best passage that BM25 found."""
_MOST_PREPARED = 20_000

_SCHEMA = """
CREATE TABLE passage (id INTEGER PRIMARY KEY, document TEXT NOT NULL, urgent INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX passage_document ON passage (document);
CREATE TABLE document (slug TEXT PRIMARY KEY, title TEXT NOT NULL, names TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(title, names, heading, text, content='', tokenize='unicode61');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row');
CREATE VIRTUAL TABLE column_vocabulary USING fts5vocab(words, 'col');
"""


def build(folder: Path, passages: Iterable[Passage], progress: Callable[[], Any] = lambda: None) -> int:
    """Writes a new index beside the one in use, makes it the current one and returns its number."""
    folder.mkdir(parents=True, exist_ok=True)
    number = (_current(folder) or 0) + 1
    path = _file(folder, number)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_SCHEMA)
        for row, passage in enumerate(passages, 1):
            database.execute(
                "INSERT INTO passage VALUES (?, ?, ?, ?)",
                (row, passage.document, passage.urgent, json.dumps(asdict(passage), default=date.isoformat)),
            )
            database.execute(
                "INSERT OR IGNORE INTO document VALUES (?, ?, ?)",
                (passage.document, passage.title, json.dumps(passage.names)),
            )
            if not passage.urgent:
                parts = passage.title, " ".join(passage.names), passage.heading, passage.text
                stemmed = [" ".join(stems(part)) for part in parts]
                database.execute(
                    "INSERT INTO words (rowid, title, names, heading, text) VALUES (?, ?, ?, ?, ?)",
                    (row, *stemmed),
                )
            progress()
    fresh = folder / "current.new"
    fresh.write_text(str(number))
    os.replace(fresh, folder / "current")
    for old in folder.glob("passages-*.sqlite3"):
        if old not in (path, _file(folder, number - 1)):
            try:
                old.unlink()
            except PermissionError:
                continue  # a reader on Windows has it open
    return number


def _file(folder: Path, number: int) -> Path:
    return folder / f"passages-{number}.sqlite3"


def _current(folder: Path) -> int | None:
    try:
        return int((folder / "current").read_text())
    except (OSError, ValueError):
        return None


class _OpenIndex:
    """One index file. Its connection is used by one thread at a time."""

    def __init__(self, path: Path, number: int, lexicon: Lexicon) -> None:
        self.number = number
        self._lexicon = lexicon
        self._prepared = lru_cache(maxsize=_MOST_PREPARED)(self._read)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False)
        vocabulary = dict(self._database.execute("SELECT term, doc FROM vocabulary"))
        # Lay names hold misspelt words too, which are no words to rely on.
        written = (t for (t,) in self._database.execute("SELECT term FROM column_vocabulary WHERE col != 'names'"))
        self.size = self._database.execute("SELECT count(*) FROM passage").fetchone()[0]
        self._weights = {term: _inverse_frequency(found, self.size) for term, found in vocabulary.items()}
        self._unknown_weight = _inverse_frequency(0, self.size)
        self.topics = TopicNames.of(
            (
                (slug, title, json.loads(names))
                for slug, title, names in self._database.execute("SELECT * FROM document")
            ),
            frozenset(written),
        )

    def search(self, query: Query, limit: int) -> list[Hit]:
        wanted = self._wanted(query)
        if not wanted:
            return []
        with self._lock:
            rows = self._database.execute(
                f"SELECT rowid, -bm25(words, {_WEIGHTS}) FROM words WHERE words MATCH ? ORDER BY 2 DESC LIMIT ?",  # noqa: S608
                (" OR ".join(f'"{term}"' for term in wanted), limit),
            ).fetchall()
        best = max((score for _, score in rows), default=0.0) or 1.0
        hits = [self._hit(query, self._prepared(row), score / best) for row, score in rows]
        return sorted(hits, key=lambda hit: -hit.score)

    def _wanted(self, query: Query) -> list[str]:
        """The question's words, and what its medicines and illnesses are called in the topics."""
        names = (concept.name for concept in sorted(query.concepts))
        return [term for term in dict.fromkeys((*query.terms, *stems(" ".join(names)))) if term in self._weights]

    def _hit(self, query: Query, prepared: Prepared, share: float) -> Hit:
        fits = fit(query, prepared, self._weights, self._unknown_weight, self._lexicon)
        named = prepared.passage.document in query.documents
        return Hit(prepared.passage, fits.score + _BM25_SHARE * share, round(fits.coverage, 4), named)

    def _read(self, row: int) -> Prepared:
        with self._lock:
            (body,) = self._database.execute("SELECT body FROM passage WHERE id = ?", (row,)).fetchone()
        return prepare(_passage(body), self._lexicon)

    def urgent(self, documents: Collection[str]) -> list[Passage]:
        marks = ", ".join("?" * len(documents))
        with self._lock:
            rows = self._database.execute(
                f"SELECT body FROM passage WHERE urgent AND document IN ({marks}) ORDER BY id",  # noqa: S608
                tuple(documents),
            ).fetchall()
        return [_passage(body) for (body,) in rows]

    def close(self) -> None:
        with self._lock:
            self._database.close()


class EmbeddedIndex:
    def __init__(self, folder: Path, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._folder = folder
        self._lock = threading.Lock()
        self._open: _OpenIndex | None = None
        self._looked_at = 0.0

    async def understand(self, question: Question) -> Query:
        return await asyncio.to_thread(lambda: understand(question, self.lexicon, self._index().topics))

    async def retrieve(self, query: Query, limit: int) -> list[Hit]:
        return await asyncio.to_thread(lambda: self._index().search(query, limit))

    async def urgent_passages(self, documents: Collection[str]) -> list[Passage]:
        return await asyncio.to_thread(lambda: self._index().urgent(documents))

    async def suggestions(self, query: Query | None, limit: int) -> list[str]:
        return await asyncio.to_thread(self._suggestions, query, limit)

    def number_and_size(self) -> tuple[int, int]:
        """Number of the index in use and its passages. Raises ProviderError."""
        index = self._index()
        return index.number, index.size

    def _suggestions(self, query: Query | None, limit: int) -> list[str]:
        index = self._index()
        near = [hit.passage.title for hit in index.search(query, 20)] if query else []
        titles = sorted(index.topics.titles.values())
        spread = titles[:: max(1, len(titles) // limit)]
        return list(dict.fromkeys((*near, *spread)))[:limit]

    def _index(self) -> _OpenIndex:
        """The current index, opened anew where the number has moved on. Raises ProviderError."""
        with self._lock:
            now = time.monotonic()
            if self._open and now - self._looked_at < FOLLOW_SECONDS:
                return self._open
            self._looked_at = now
            number = _current(self._folder)
            if self._open and number in (None, self._open.number):
                return self._open
            if number is None:
                raise ProviderError(
                    "Veda has no search index yet, so it can't look anything up.",
                    retryable=False,
                    detail="no search index: manage.py seed_vector_index",
                )
            try:
                self._open = _OpenIndex(_file(self._folder, number), number, self.lexicon)
            except sqlite3.Error as error:
                if self._open is None:
                    raise ProviderError("Veda can't read its search index just now.", retryable=True) from error
            return self._open


def _inverse_frequency(found: int, size: int) -> float:
    return math.log(1 + (size - found + 0.5) / (found + 0.5))


def _passage(body: str) -> Passage:
    data = json.loads(body)
    data["names"] = tuple(data["names"])
    data["references"] = tuple(
        Reference(r["title"], r["publisher"], r["url"], date.fromisoformat(r["read_on"]) if r["read_on"] else None)
        for r in data["references"]
    )
    due = data.pop("review_due", None)  # an index that an older Veda built has none
    return Passage(**data, review_due=date.fromisoformat(due) if due else None)
