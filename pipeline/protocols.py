"""What the pipeline needs of its parts. `pipeline.providers` has the parts, `pipeline.wiring` chooses among them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Protocol

from pipeline.types import AnswererInfo, Hit, Passage, Plan, Question
from pipeline.understanding import Query


class Retriever(Protocol):
    async def understand(self, question: Question) -> Query:
        """The question with what it names, in the context of its conversation."""

    async def retrieve(self, query: Query, limit: int) -> list[Hit]:
        """The best passages, best first. Raises ProviderError."""

    async def urgent_passages(self, documents: Collection[str]) -> list[Passage]:
        """What these documents say about getting help at once. Raises ProviderError."""

    async def suggestions(self, query: Query | None, limit: int) -> list[str]:
        """Titles of topics that one could ask about, the nearest to the query first. Raises ProviderError."""


class Answerer(Protocol):
    info: AnswererInfo

    async def plan(self, query: Query, hits: Sequence[Hit], retriever: Retriever) -> Plan:
        """Chooses what to say and from which sources. Raises ProviderError."""

    def write(self, plan: Plan) -> AsyncIterator[str]:
        """The text, as it comes. Raises ProviderError, also in the middle."""
