"""A pipeline whose words the test gives, one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence

from chat.tests.sockets import eventually
from pipeline.answering import Pipeline
from pipeline.query import Query
from pipeline.types import AnswererInfo, Found, GivenAnswer, Hit, Passage, Plan, Question, Reference, Source, Written

PASSAGE = Passage(
    id="headache-1",
    document="headache",
    title="Headache",
    heading="What helps",
    text="Rest in a dark room.",
    references=(Reference("Headache", "A publisher", "https://pages.example/headache"),),
)


class Script:
    """Retriever and answerer in one. `say`, `end` and `fail` go to whichever reply is being written."""

    info = AnswererInfo(
        provider="scripted", model="script-1", language_model=True, label="A script", label_nothing_found="A script"
    )

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.writing = 0
        self.most_at_once = 0
        self.fails_first: Exception | None = None
        self._lines: asyncio.Queue[str | BaseException | None] = asyncio.Queue()

    # What the test says

    def say(self, *texts: str) -> None:
        for text in texts:
            self._lines.put_nowait(text)

    def end(self) -> None:
        self._lines.put_nowait(None)

    def fail(self, error: BaseException) -> None:
        self._lines.put_nowait(error)

    async def until_asked(self, count: int = 1) -> None:
        await eventually(lambda: len(self.questions) >= count)

    def as_pipeline(self) -> Pipeline:
        return Pipeline(self, self)

    # What the pipeline asks

    async def understand(self, question: Question) -> Query:
        self.questions.append(question)
        if self.fails_first:
            raise self.fails_first
        return Query(question.text, (), frozenset())

    async def retrieve(self, query: Query, limit: int) -> Found:
        return Found([Hit(PASSAGE, 1.0, 1.0)])

    async def urgent_passages(self, documents: Collection[str]) -> list[Passage]:
        return []

    async def first_aid_passages(self, documents: Collection[str]) -> list[Passage]:
        return []

    async def suggestions(self, query: Query | None, limit: int) -> list[str]:
        return []

    async def plan(self, question: Question, query: Query, hits: Sequence[Hit], retriever: object) -> Plan:
        return Plan("answer", (Source(1, PASSAGE, 0.5),))

    def plan_plainer(self, question: Question, given: GivenAnswer) -> Plan:
        self.questions.append(question)
        return Plan("answer", given.sources)

    async def write(self, plan: Plan) -> AsyncGenerator[str | Written]:
        self.writing += 1
        self.most_at_once = max(self.most_at_once, self.writing)
        try:
            while (line := await self._lines.get()) is not None:
                if isinstance(line, BaseException):
                    raise line
                yield line
            yield Written(self.info)
        finally:
            self.writing -= 1
