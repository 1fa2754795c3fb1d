"""What one could ask next comes with an answer, and pressing it leads to no refusal and no alarm."""

from __future__ import annotations

import asyncio

import pytest

from chat.screening import Screening
from pipeline import ingest, wiring
from pipeline.answering import PASSAGES_LOOKED_AT
from pipeline.loaders.markdown import read_topic
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.suggesting import suggest
from pipeline.types import Hit, Plan, Question, Source, Turn

QUESTION = "What helps against a migraine?"


async def answered(socket, question: str) -> dict:
    await socket.ask(question)
    return (await socket.until("done"))["message"]


async def test_they_come_with_an_answer_and_are_answered(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    reply = await answered(socket, QUESTION)
    first, *others = reply["metadata"]["suggestions"]
    assert len(others) < 3
    next_reply = await answered(socket, first)
    assert next_reply["metadata"]["kind"] == "answer"
    assert first not in next_reply["metadata"]["suggestions"]


@pytest.mark.parametrize(
    "question",
    [
        "How do I mend a bicycle chain?",
        "I have chest pain and can't breathe",
        "I have a migraine and want to kill myself",
    ],
)
async def test_none_where_nothing_was_found_or_somebody_may_be_in_danger(
    running, owner, conversation, connect, question
):
    reply = await answered(await connect(owner, conversation), question)
    assert "suggestions" not in reply["metadata"]


async def _plan(text: str) -> Plan:
    question, index = Question(text), wiring.embedded_index()
    query = await index.understand(question)
    found = await index.retrieve(query, PASSAGES_LOOKED_AT)
    return await ExtractiveAnswerer(wiring.lexicon()).plan(question, query, found.hits, index)


def _all_of(path) -> list[str]:
    """Each that a topic may ever give, by asking on."""
    passages = [passage for passage in ingest.passages_of(read_topic(path)) if not passage.urgent]
    hits = [Hit(passage, 1.0, 1.0) for passage in passages]
    asked: list[str] = []
    while True:
        question = Question("?", tuple(Turn(text, "") for text in asked))
        more = suggest(question, hits, [Source(1, passages[0], 1.0)], wiring.lexicon())
        if not more:
            return asked
        asked.extend(more)


TOPICS = sorted(path for path in wiring.KNOWLEDGE_FOLDER.glob("*.md") if path.name != "README.md")


@pytest.mark.parametrize("path", TOPICS, ids=lambda path: path.stem)
def test_each_that_the_topics_give_is_answered_from_them_and_calls_for_no_help(db, path):
    slug = path.stem
    for text in _all_of(path):
        assert Screening.of(text).flag is None, text
        plan = asyncio.run(_plan(text))
        assert any(source.passage.document == slug for source in plan.sources), text
