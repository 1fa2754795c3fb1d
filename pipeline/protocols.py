"""What the pipeline needs of its parts. `pipeline.providers` has the parts, `pipeline.wiring` chooses among them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from pipeline.query import Query
from pipeline.types import (
    AnswererInfo,
    ChatMessage,
    Found,
    GivenAnswer,
    Hit,
    ModelUsage,
    Passage,
    Plan,
    Question,
    Recording,
    Transcript,
    Written,
)


class Embedder(Protocol):
    """Makes vectors of texts, near each other where the texts mean the like."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def fingerprint(self) -> str:
        """Other than that of any embedder whose vectors differ. Raises ProviderError."""

    def embed(self, texts: Sequence[str], *, asked: bool = False) -> np.ndarray:
        """A row of float32 for each text. `asked`: they are questions, which some models embed in a way of their own.
        Raises ProviderError."""


class PassageVectors(Protocol):
    """The vectors of one index's passages, which are known by their places in it."""

    def compare(self, asked: np.ndarray, also: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places of the passages that are nearest to `asked`, together with those of `also`, ascending; and the product
        of `asked` and the vector of each, which has length 1. Raises ProviderError."""

    def check(self) -> None:
        """Raises ProviderError where they can't be compared now."""


class VectorsWriter(Protocol):
    """Keeps the vectors of an index that is being built."""

    def add(self, passages: Sequence[Passage]) -> None:
        """The next ones, in the order of their places. Raises ProviderError where they can't be embedded."""

    def finish(self, folder: Path) -> None:
        """Writes into the index's folder by what `VectorStore.open` finds them."""

    def clean_up(self) -> None:
        """Once the index is in use: removes what only an earlier one had. Raises IncompleteIndex."""


class VectorStore(Protocol):
    """Where vectors of passages are kept: in the files of their index, or at a host."""

    @property
    def name(self) -> str:
        """By which an index names it. Of another one nothing is compared."""

    def write(self, embedder: Embedder, before: Path | None) -> VectorsWriter:
        """Of a new index. `before`: the folder of the one in use. Raises ProviderError, where the embedder does."""

    def open(self, folder: Path) -> PassageVectors:
        """Raises OSError or ValueError where the folder hasn't what it should."""


class Retriever(Protocol):
    async def understand(self, question: Question) -> Query:
        """The question with what it names, in the context of its conversation."""

    async def retrieve(self, query: Query, limit: int) -> Found:
        """The best passages, best first. Raises ProviderError."""

    async def urgent_passages(self, documents: Collection[str]) -> list[Passage]:
        """What these documents say about getting help at once. Raises ProviderError."""

    async def first_aid_passages(self, documents: Collection[str]) -> list[Passage]:
        """What these documents say to do until help is there, in their order. Raises ProviderError."""

    async def suggestions(self, query: Query | None, limit: int) -> list[str]:
        """Titles of topics that one could ask about, the nearest to the query first. Raises ProviderError."""


class Answerer(Protocol):
    @property
    def info(self) -> AnswererInfo:
        """Who would answer now."""

    async def plan(self, question: Question, query: Query, hits: Sequence[Hit], retriever: Retriever) -> Plan:
        """Chooses what to say and from which sources. Raises ProviderError."""

    def plan_plainer(self, question: Question, given: GivenAnswer) -> Plan:
        """The same in plainer words, from the same sources."""

    def write(self, plan: Plan) -> AsyncGenerator[str | Written]:
        """The text, as it comes, then who wrote it. Raises ProviderError, also in the middle."""


class ChatModel(Protocol):
    """A language model on a host. It knows no prompts: it is asked, and says."""

    provider: str
    """`ollama` or `local`"""
    model: str
    """Its name on the host"""

    def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int) -> AsyncGenerator[str | ModelUsage]:
        """What the model says, as it comes, then ModelUsage, without which no stream ends well.

        The host's own field for thinking is dropped here; thinking that leaks into the text is `pipeline.thinking`'s.
        Raises ProviderError, also in the middle.
        """


class Transcriber(Protocol):
    def transcribe(self, recording: Recording) -> Transcript:
        """Waits for the recogniser. Raises ProviderError. Nothing is made of silence: then the text is empty."""

    def check(self) -> None:
        """Makes ready what a first recording would wait for. Raises ProviderError where none could be transcribed."""
