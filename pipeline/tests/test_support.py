"""An answer's sentences beside the passages it was given: what isn't in them is found, what is in them isn't marked."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from pipeline import ingest, wiring
from pipeline.loaders.markdown import read_topic
from pipeline.support import Support, Supporter
from pipeline.tests.swaps import Swapped, draw, reworded
from pipeline.types import Passage

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "evaldata" / "rag" / "corpus.jsonl.gz"
SEED = 20_261_129
EACH = 34
"""Of six kinds: some two hundred sentences."""
DOCUMENTS_DRAWN = 3000
BAR_CAUGHT, BAR_FALSE = 0.8, 0.1

PASSAGES = [
    Passage(
        "p1",
        "ibuprofen",
        "Ibuprofen",
        "Dose",
        "Adults can take 400 mg every 4 to 6 hours. Do not take more than 1,200 mg in 24 hours.\n"
        "It can upset your stomach, so take it with food.",
    ),
    Passage(
        "p2",
        "ibuprofen",
        "Ibuprofen",
        "Who should not take it",
        "Do not take ibuprofen if you:\n- are pregnant\n- have had a stomach ulcer\n- are allergic to aspirin",
    ),
]  # fmt: skip


def check(answer: str) -> Support:
    return Supporter(PASSAGES, wiring.lexicon()).check(answer)


def missing(answer: str) -> set[str]:
    return {what for one in check(answer).unsupported for what in one.missing}


@pytest.mark.parametrize(
    "answer",
    [
        "Adults can take 400 mg every 4 to 6 hours [1].",
        "Adults can take 0.4 g every 4–6 hours.",
        "Take no more than 1.2 g of ibuprofen in a day.",
        "You shouldn't take ibuprofen if you are pregnant.",
        "Take ibuprofen with food, because it can upset the stomach.",
        "Don't take it if you:\n- are pregnant\n- have had an ulcer of the stomach",
        "Avoid ibuprofen if you are allergic to aspirin or have had a stomach ulcer.",
        "Advil can upset your stomach.",
    ],
)
def test_what_the_passages_say_is_supported_in_other_words_too(answer: str):
    assert not missing(answer)
    assert check(answer).score == 1


@pytest.mark.parametrize(
    ("answer", "lacks"),
    [
        ("Adults can take 800 mg every 4 to 6 hours [1].", "number"),
        ("Adults can take 400 mg every 4 to 6 days.", "number"),
        ("Children can take 400 mg every 4 to 6 hours.", "people"),
        ("You can take ibuprofen if you are pregnant.", "negation"),
        ("Do not take it with food.", "negation"),
        ("Naproxen can upset your stomach, so take it with food.", "medicine"),
        ("Drinking green tea lowers the pressure inside the eye.", "words"),
    ],
)
def test_what_they_do_not_say_is_marked_with_what_is_missing(answer: str, lacks: str):
    assert lacks in missing(answer)


def test_a_sentence_is_told_by_its_place_in_code_points():
    answer = "🩹 Take it with food [1]. Green tea lowers the pressure inside the eye. [2]\n\nIt can upset your stomach."
    (one,) = check(answer).unsupported
    assert answer[one.sentence.start : one.sentence.end] == "Green tea lowers the pressure inside the eye. [2]"
    assert check(answer).score == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "answer",
    [
        "### What to take",
        "How old are you?",
        "Please ask a pharmacist or doctor.",
        "Call your local emergency number.",
        "",
    ],
)
def test_what_states_nothing_is_not_counted(answer: str):
    assert check(answer).score is None


def test_without_passages_every_statement_is_unsupported():
    assert Supporter([], wiring.lexicon()).check("Take it with food and water.").score == 0


# The bars


def topics() -> list[list[Passage]]:
    files = sorted(file for file in wiring.KNOWLEDGE_FOLDER.glob("*.md") if file.name != "README.md")
    return [list(ingest.passages_of(read_topic(file))) for file in files]


def corpus() -> list[list[Passage]]:
    """Read in place; no row of it is in this repository."""
    if not CORPUS.exists():
        pytest.skip("the evaluation corpus isn't here")
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    drawn = random.Random(SEED).sample(rows, DOCUMENTS_DRAWN)
    return [[Passage(row["id"], row["id"], row["title"], "", row["text"])] for row in drawn]


@pytest.fixture(scope="module", params=[topics, corpus], ids=["topics", "corpus"])
def swapped(request: pytest.FixtureRequest) -> list[Swapped]:
    listed = json.loads((wiring.KNOWLEDGE_FOLDER.parent / "lexicon" / "medicines.json").read_text(encoding="utf-8"))
    medicines = [entry["name"] for entry in listed["medicines"] if entry["name"].isalpha() and len(entry["name"]) > 5]
    return draw(request.param(), wiring.lexicon(), each=EACH, seed=SEED, medicines=medicines)


@cache
def supporter_of(passages: tuple[Passage, ...]) -> Supporter:
    return Supporter(passages, wiring.lexicon())


def marked(sentences: Sequence[tuple[str, Swapped]]) -> float:
    """The share that is."""
    found = [bool(supporter_of(one.passages).check(text).unsupported) for text, one in sentences]
    return sum(found) / len(found)


def test_of_swapped_sentences_four_in_five_are_marked(swapped: list[Swapped]):
    assert len(swapped) >= 200
    share = marked([(one.changed, one) for one in swapped])
    assert share >= BAR_CAUGHT


def test_of_the_originals_one_in_ten_at_most_is_marked(swapped: list[Swapped]):
    share = marked([(one.original, one) for one in swapped])
    other_words = [(text, one) for one in swapped if (text := reworded(one.original)) != one.original]
    in_other_words = marked(other_words)
    assert share <= BAR_FALSE
    assert in_other_words <= BAR_FALSE


def test_of_sentences_from_elsewhere_four_in_five_are_marked(swapped: list[Swapped]):
    share = marked([(one.original, other) for one, other in zip(swapped, [*swapped[1:], swapped[0]], strict=True)])
    assert share >= BAR_CAUGHT
