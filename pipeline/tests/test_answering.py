from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from pipeline.answering import Pipeline, answer
from pipeline.errors import ProviderError
from pipeline.protocols import Retriever
from pipeline.providers import extractive
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.query import Query
from pipeline.tests.factories import make_index, make_lexicon
from pipeline.types import (
    AnswerEnded,
    AnswerEvent,
    Hit,
    Plan,
    Question,
    SourcesChosen,
    StageStarted,
    TextWritten,
    Written,
)  # fmt: skip


class RecordingAnswerer(ExtractiveAnswerer):
    async def plan(self, question: Question, query: Query, hits: Sequence[Hit], retriever: Retriever) -> Plan:
        self.hits = list(hits)
        return await super().plan(question, query, hits, retriever)


class FailingAnswerer(ExtractiveAnswerer):
    async def write(self, plan: Plan) -> AsyncGenerator[str | Written]:
        yield "So far "
        raise ProviderError("The model went away.", retryable=True)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractive, "_CHUNK_SECONDS", 0)


def pipeline_in(folder: Path, answerer: type[ExtractiveAnswerer] = ExtractiveAnswerer, **options: bool) -> Pipeline:
    lexicon = make_lexicon()
    return Pipeline(make_index(folder, lexicon), answerer(lexicon), **options)


async def events_of(text: str, pipeline: Pipeline) -> list[AnswerEvent]:
    return [event async for event in answer(Question(text), pipeline)]


async def test_stages_sources_text_and_end_come_in_this_order(tmp_path: Path):
    events = await events_of("what helps a migraine?", pipeline_in(tmp_path))
    kinds = [type(event) for event in events if not isinstance(event, TextWritten)]
    assert kinds == [StageStarted, SourcesChosen, StageStarted, AnswerEnded]
    assert isinstance(events[3], TextWritten)
    assert isinstance(events[-1], AnswerEnded)


async def test_the_sources_are_known_before_the_first_word_and_are_those_cited(tmp_path: Path):
    events = await events_of("what helps a migraine?", pipeline_in(tmp_path))
    chosen = next(event for event in events if isinstance(event, SourcesChosen))
    text = "".join(event.text for event in events if isinstance(event, TextWritten))
    assert chosen.sources
    assert all(f"[{source.n}]" in text for source in chosen.sources)


async def test_the_end_has_counts_and_timings(tmp_path: Path):
    *_, end = await events_of("what helps a migraine?", pipeline_in(tmp_path))
    assert isinstance(end, AnswerEnded)
    assert end.kind == "answer"
    assert end.counts["sources"] >= 2
    assert 0 <= end.timings["retrieved"] <= end.timings["first_text"] <= end.timings["written"]


async def test_nothing_found_ends_without_sources(tmp_path: Path):
    *_, end = await events_of("who won the cup?", pipeline_in(tmp_path))
    assert isinstance(end, AnswerEnded)
    assert (end.kind, end.counts["sources"]) == ("not_found", 0)


async def test_retrieval_can_be_skipped(tmp_path: Path):
    pipeline = pipeline_in(tmp_path, RecordingAnswerer, skip_retrieval=True)
    await events_of("what helps a migraine?", pipeline)
    assert isinstance(pipeline.answerer, RecordingAnswerer)
    assert pipeline.answerer.hits == []


async def test_what_was_written_before_an_error_stays(tmp_path: Path):
    written: list[str] = []

    async def read() -> None:
        async for event in answer(Question("what helps a migraine?"), pipeline_in(tmp_path, FailingAnswerer)):
            if isinstance(event, TextWritten):
                written.append(event.text)

    with pytest.raises(ProviderError):
        await read()
    assert written == ["So far "]
