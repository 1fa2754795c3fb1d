"""Each sign for which a health topic says to get help now, told in a question: the urgency stands before all else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chat.screening import Screening
from pipeline import wiring
from pipeline.answering import Pipeline, answer
from pipeline.chunking import cut
from pipeline.loaders.markdown import Topic, read_topic
from pipeline.types import Question, SourcesChosen, TextWritten

pytestmark = pytest.mark.django_db

TOPICS = sorted(path for path in wiring.KNOWLEDGE_FOLDER.glob("*.md") if path.name != "README.md")
ASKED = (
    "I have {topic} and {sign}, what can I do?",
    "I have {topic} and {sign}. What causes it?",
    "{topic}: {sign}. Which medicine helps?",
    "With {topic}, {sign}. How long does that last?",
)
FIRST_PERSON = {"you are": "I am", "yourself": "myself", "your": "my", "you": "I"}


def signs_of(topic: Topic) -> list[str]:
    """As somebody who has them tells them."""
    signs = []
    for block in cut(topic.body):
        lead, *items = block.text.split("\n")
        if block.urgent:
            signs += [item.removeprefix("- ") for item in items] or re.split(r"(?<=\.)\s+", lead)
    return [re.sub(r"\b(?:you are|yourself|your|you)\b", _first_person, sign.rstrip("."), flags=re.I) for sign in signs]


def _first_person(found: re.Match[str]) -> str:
    return FIRST_PERSON[found[0].casefold()]


async def first_source(text: str):
    pipeline = Pipeline(wiring.embedded_index(), wiring.quoting(beside_a_model=False, at_once=True))
    events = [event async for event in answer(Question(text), pipeline)]
    (sources,) = [event.sources for event in events if isinstance(event, SourcesChosen)]
    shown = "".join(event.text for event in events if isinstance(event, TextWritten))
    return (sources[0].passage, shown) if sources else (None, shown)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("path", TOPICS, ids=lambda path: path.stem)
async def test_a_sign_that_is_told_is_answered_with_its_urgency_first(path: Path, asked: str):
    topic = read_topic(path)
    missed = []
    for sign in signs_of(topic):
        text = asked.format(topic=topic.title.lower(), sign=sign)
        if Screening.of(text).urgent:
            continue
        first, shown = await first_source(text)
        if first is None or not (first.urgent or first.first_aid):
            missed.append((sign, shown))
    assert not missed


@pytest.mark.django_db(transaction=True)
async def test_where_nothing_else_is_found_a_sign_that_is_told_stands_above_that(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("I have back pain after a bad accident, a car crash, what can I do?")
    reply = (await socket.until("done"))["message"]
    assert reply["content"].startswith("### Get help now if")
    assert "I found nothing about that" in reply["content"]
    assert "You could ask about" not in reply["content"]
    assert [card["title"] for card in reply["metadata"]["sources"]] == ["Back pain"]
    assert reply["metadata"]["kind"] == "not_found"
    assert reply["metadata"]["unsupported"] == []


@pytest.mark.parametrize(
    "text",
    [
        # of a long story, words of one sign in two sentences
        "Osteoarthritis of the knee. My mother has had it for many years, and her knee is often swollen when she comes "
        "home from the garden in the evening. She has a red chair there that she likes to sit on with the neighbours. "
        "What helps with osteoarthritis at home?",
        # words of the line above the signs
        "Should I take extra care of the water tank because of diabetes?",
    ],
)
async def test_words_that_tell_of_no_sign_put_none_first(text: str):
    first, _ = await first_source(text)
    assert first is None or not first.urgent
