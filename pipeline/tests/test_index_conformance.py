"""What every index does alike, wherever its vectors are kept: the same documents, questions and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline import ingest, wiring
from pipeline.errors import ProviderError
from pipeline.loaders.markdown import read_topic
from pipeline.protocols import VectorStore
from pipeline.providers import embedded_index, index_building, index_folder, pinecone_vectors
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.embedded_vectors import EMBEDDED
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.providers.packaged_embedder import PackagedEmbedder
from pipeline.providers.pinecone_host import PineconeHost
from pipeline.providers.pinecone_vectors import PineconeVectors
from pipeline.tests.factories import make_lexicon, make_passage, write_two_topics
from pipeline.tests.pinecone_server import KEY, PineconeServer
from pipeline.types import Found, Hit, Passage, Question

KNEE = make_passage("Rest the knee and cool it.", id="knee#0", document="knee", title="Swollen knee")
COUGH = make_passage("Drink tea with honey for a cough.", id="cough#0", document="cough", title="Cough")
URGENT = make_passage("Call now.", id="knee#1", document="knee", title="Swollen knee", urgent=True)
BY_MEANING = "honey or a joint that is puffy"
"""Has a word of the cough's, and none of the knee's."""


@pytest.fixture(params=["embedded", "pinecone"])
def store(request: pytest.FixtureRequest) -> VectorStore:
    if request.param == "embedded":
        return EMBEDDED
    server: PineconeServer = request.getfixturevalue("pinecone")
    return PineconeVectors(PineconeHost(KEY, "veda-index", None, server.url))


@pytest.fixture(autouse=True)
def _followed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_index, "FOLLOW_SECONDS", 0.0)


class Index:
    """One folder and one store, built and searched as often as a test likes."""

    def __init__(self, folder: Path, store: VectorStore) -> None:
        self.folder, self.store = folder, store
        self.embedder = wiring.packaged_embedder()
        self.reader = self.read_with(self.embedder)

    def read_with(self, embedder: PackagedEmbedder) -> EmbeddedIndex:
        return EmbeddedIndex(self.folder, make_lexicon(), embedder, self.store)

    def build(self, *passages: Passage, embedder: PackagedEmbedder | None = None) -> int:
        return index_building.build(self.folder, passages, embedder=embedder or self.embedder, store=self.store)

    async def found(self, text: str, reader: EmbeddedIndex | None = None) -> Found:
        reader = reader or self.reader
        return await reader.retrieve(await reader.understand(Question(text)), 60)

    async def documents(self, text: str) -> set[str]:
        return {hit.passage.document for hit in (await self.found(text)).hits}


@pytest.fixture
def index(tmp_path: Path, store: VectorStore) -> Index:
    return Index(tmp_path / "index", store)


@pytest.fixture
def topics(tmp_path: Path) -> list[Passage]:
    folder = tmp_path / "topics"
    folder.mkdir()
    return [passage for path in write_two_topics(folder) for passage in ingest.passages_of(read_topic(path))]


async def test_words_and_meaning_find(index: Index):
    index.build(KNEE, COUGH)
    found = await index.found(BY_MEANING)
    assert {hit.passage for hit in found.hits} == {KNEE, COUGH}
    assert not found.by_words_alone
    assert index.reader.searches_meaning()


async def test_words_that_nothing_has_find_nothing(index: Index):
    index.build(KNEE, COUGH)
    assert (await index.found("quantum chromodynamics")).hits == []


async def test_what_is_urgent_is_no_hit_and_comes_with_its_document(index: Index):
    index.build(KNEE, URGENT)
    assert {hit.passage for hit in (await index.found("call about the knee")).hits} == {KNEE}
    assert await index.reader.urgent_passages(["knee"]) == [URGENT]


async def test_first_aid_comes_with_its_document_in_order_and_from_outside_only_once_reviewed(index: Index):
    first = replace(KNEE, id="knee#5", heading="First aid for a knee", text="Sit down.")
    second = replace(first, id="knee#6", text="Cool it.")
    outside = replace(first, id="knee#7", text="Hop.", from_outside=True)
    reviewed = replace(outside, id="knee#8", text="Raise it.", clinically_reviewed=True)
    index.build(KNEE, first, second, outside, reviewed, URGENT)
    assert await index.reader.first_aid_passages(["knee"]) == [first, second, reviewed]


async def test_an_index_of_nothing_finds_nothing(index: Index):
    index.build()
    assert (await index.found("knee")).hits == []
    assert index.reader.number_and_size() == (1, 0)


async def test_a_question_that_has_no_vector_is_searched_by_words(index: Index):
    index.build(KNEE, COUGH)
    assert (await index.found("💊")).hits == []


async def test_a_passage_that_is_gone_is_not_found_any_more(index: Index):
    index.build(KNEE, COUGH)
    assert await index.documents(BY_MEANING) == {"knee", "cough"}
    index.build(COUGH)
    assert await index.documents(BY_MEANING) == {"cough"}
    index.build()
    assert await index.documents(BY_MEANING) == set()


async def test_a_passage_that_is_new_or_changed_is_found_as_it_is_now(index: Index):
    index.build(COUGH)
    assert await index.documents(BY_MEANING) == {"cough"}
    changed = replace(COUGH, text="Drink tea with honey and lemon for a cough.")
    index.build(changed, KNEE)
    assert {hit.passage for hit in (await index.found(BY_MEANING)).hits} == {KNEE, changed}


async def test_the_same_again_is_another_number_and_finds_the_same(index: Index):
    index.build(KNEE, COUGH)
    before = await index.found(BY_MEANING)
    assert index.build(KNEE, COUGH) == 2
    assert await index.found(BY_MEANING) == before


async def test_while_another_is_built_the_one_in_use_answers(index: Index):
    index.build(COUGH)

    def half() -> Iterator[Passage]:
        yield from (make_passage(f"Rest {n}.", id=f"rest#{n}", document="rest") for n in range(600))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_building.build(index.folder, half(), embedder=index.embedder, store=index.store)
    assert await index.documents(BY_MEANING) == {"cough"}
    assert await index.documents("rest") == set()
    index.build(COUGH, KNEE)
    assert await index.documents(BY_MEANING) == {"cough", "knee"}


class Turned(PackagedEmbedder):
    """Of the same dimension, and of other vectors."""

    name = "turned"

    def fingerprint(self) -> str:
        return "f" * 64

    def embed(self, texts, *, asked=False):
        return np.roll(super().embed(texts), 100, axis=1)


async def test_vectors_of_two_embedders_are_never_compared(index: Index):
    index.build(KNEE, COUGH)
    turned = Turned()
    other = index.read_with(turned)
    assert not other.searches_meaning()
    found = await index.found(BY_MEANING, other)
    assert found.by_words_alone
    assert {hit.passage for hit in found.hits} == {COUGH}
    assert not index_folder.is_of(index.folder, turned, index.store)
    index.build(KNEE, COUGH, embedder=turned)
    assert index_folder.is_of(index.folder, turned, index.store)
    found = await index.found(BY_MEANING, other)
    assert not found.by_words_alone
    assert {hit.passage for hit in found.hits} == {KNEE, COUGH}
    assert not index.reader.searches_meaning()


async def test_an_embedder_that_fails_leaves_the_index_in_use(index: Index):
    class Away(PackagedEmbedder):
        def embed(self, texts, *, asked=False):
            raise ProviderError("away", retryable=True)

    index.build(COUGH)
    with pytest.raises(ProviderError):
        index.build(COUGH, KNEE, embedder=Away())
    assert index.reader.number_and_size() == (1, 1)
    assert await index.documents(BY_MEANING) == {"cough"}


async def test_the_other_store_is_not_searched_until_the_index_is_built_there(index: Index, pinecone: PineconeServer):
    index.build(KNEE, COUGH)
    at_pinecone = PineconeVectors(PineconeHost(KEY, "another", None, pinecone.url))
    other = at_pinecone if index.store is EMBEDDED else EMBEDDED
    assert not index_folder.is_of(index.folder, index.embedder, other)
    reader = EmbeddedIndex(index.folder, make_lexicon(), index.embedder, other)
    assert not reader.searches_meaning()
    assert (await index.found(BY_MEANING, reader)).by_words_alone
    index_building.build(index.folder, [KNEE, COUGH], embedder=index.embedder, store=other)
    assert reader.searches_meaning()
    assert not (await index.found(BY_MEANING, reader)).by_words_alone


@pytest.mark.parametrize(
    ("question", "kind", "quoted"),
    [
        ("what can set off a migraine?", "answer", "Stress and too little sleep"),
        ("ibuprofen and asthma", "answer", "ibuprofen can set off asthma"),
        ("ibuprofen for a migraine when I am pregnant", "answer", "do not take ibuprofen for a migraine"),
        ("warfarin and asthma", "not_found", ""),
        ("what helps my child's migraine?", "not_found", ""),
        ("migraine and kidney disease", "not_found", ""),
    ],
    ids=["cause", "pair", "pregnant", "unnamed pair", "child", "two illnesses"],
)
async def test_the_same_rules_decide_what_may_be_quoted(
    index: Index, topics: list[Passage], question: str, kind: str, quoted: str
):
    index.build(*topics)
    asked = Question(question)
    query = await index.reader.understand(asked)
    hits = (await index.reader.retrieve(query, 60)).hits
    plan = await ExtractiveAnswerer(make_lexicon()).plan(asked, query, hits, index.reader)
    assert plan.kind == kind
    assert quoted in plan.text


@pytest.fixture
def both(
    tmp_path: Path, pinecone: PineconeServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], tuple[Index, Index]]:
    """The shipped topics in both, of which Pinecone is asked for so many."""

    def make(nearest: int) -> tuple[Index, Index]:
        monkeypatch.setattr(pinecone_vectors, "_NEAREST", nearest)
        files = sorted(file for file in wiring.KNOWLEDGE_FOLDER.glob("*.md") if file.name != "README.md")
        passages = [passage for file in files for passage in ingest.passages_of(read_topic(file))]
        stores: tuple[VectorStore, VectorStore] = (
            EMBEDDED, PineconeVectors(PineconeHost(KEY, "veda-index", None, pinecone.url)),
        )  # fmt: skip
        made = tuple(Index(tmp_path / f"{n}", store) for n, store in enumerate(stores))
        for index in made:
            index.build(*passages)
        return made[0], made[1]

    return make


QUESTIONS = ("what can set off a migraine?", "my joint is puffy and hot", "how do I bring a fever down", "sore throat")


async def test_what_ships_is_found_alike(both: Callable[[int], tuple[Index, Index]]):
    embedded, at_pinecone = both(1_000)
    for question in QUESTIONS:
        ours, theirs = (await embedded.found(question)).hits, (await at_pinecone.found(question)).hits
        assert {hit.passage.id: round(hit.score, 3) for hit in ours[:20]} == {
            hit.passage.id: round(hit.score, 3) for hit in theirs[:20]
        }


async def test_where_pinecone_gives_few_of_many_the_best_are_still_found(both: Callable[[int], tuple[Index, Index]]):
    embedded, at_pinecone = both(30)
    for question in QUESTIONS:
        ours, theirs = (await embedded.found(question)).hits, (await at_pinecone.found(question)).hits
        assert ours[0].passage == theirs[0].passage
        assert len(_ids(ours[:5]) & _ids(theirs[:8])) >= 4


def _ids(hits: list[Hit]) -> set[str]:
    return {hit.passage.id for hit in hits}
