"""What Pinecone gets, and what becomes of an index and its answers where Pinecone fails."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import wiring
from pipeline.errors import IncompleteIndex, ProviderError
from pipeline.providers import embedded_index, index_building, pinecone_host, pinecone_vectors
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.pinecone_host import PineconeHost
from pipeline.providers.pinecone_vectors import PineconeVectors
from pipeline.tests.factories import make_lexicon, make_passage
from pipeline.tests.pinecone_server import KEY, Answer, Fault, PineconeServer, Received
from pipeline.types import Found, Passage, Question, Reference

KNEE = make_passage("Rest the knee and cool it.", id="knee#0", document="knee", title="Swollen knee")
COUGH = make_passage("Drink tea with honey for a cough.", id="cough#0", document="cough", title="Cough")
MANY = [make_passage(f"Take rest number {n}.", id=f"rest#{n}", document="rest") for n in range(250)]
BY_MEANING = "honey or a joint that is puffy"
ROOT = Path(__file__).resolve().parents[2]


def make_store(server: PineconeServer, index: str = "veda-index") -> PineconeVectors:
    return PineconeVectors(PineconeHost(KEY, index, None, server.url))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(embedded_index, "FOLLOW_SECONDS", 0.0)
    return tmp_path / "index"


def build(folder: Path, store: PineconeVectors, *passages: Passage) -> int:
    return index_building.build(folder, passages, embedder=wiring.packaged_embedder(), store=store)


def reader(folder: Path, store: PineconeVectors) -> EmbeddedIndex:
    return EmbeddedIndex(folder, make_lexicon(), wiring.packaged_embedder(), store)


async def found(index: EmbeddedIndex, text: str = BY_MEANING) -> Found:
    return await index.retrieve(await index.understand(Question(text)), 60)


def documents(found: Found) -> set[str]:
    return {hit.passage.document for hit in found.hits}


def at(path: str, answer: Answer, times: float = float("inf"), *, only: str = "") -> Fault:
    """So many times, this is answered there; where `only` is given, to what has it."""
    left = times
    lock = threading.Lock()

    def fault(received: Received) -> Answer | None:
        nonlocal left
        with lock:
            if received.path != path or only not in received.text or left <= 0:
                return None
            left -= 1
        return answer

    return fault


def refusal(status: int, message: str = "no") -> Answer:
    return Answer(status, {"error": {"code": "FAILED", "message": message}, "status": status})


FAILURES = {
    "too many requests": refusal(429),
    "internal error": refusal(500),
    "unavailable": refusal(503),
    "dropped": Answer(dropped=True),
}
failing = pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)


# What it gets


def test_of_a_passage_it_gets_text_and_source_and_nothing_else(folder: Path, pinecone: PineconeServer):
    reference = Reference("Knees", "A public body", "https://example.org/knee")
    build(folder, make_store(pinecone), replace(KNEE, references=(reference,), names=("knees",), category="illness"))
    (namespace,) = pinecone.namespaces("veda-index")
    assert pinecone.metadata("veda-index", namespace) == [
        {
            "id": "knee#0",
            "text": "Rest the knee and cool it.",
            "source": "A public body",
            "title": "Swollen knee",
            "url": "https://example.org/knee",
            "created_at": "",
        }
    ]


async def test_of_a_question_it_gets_a_vector(folder: Path, pinecone: PineconeServer):
    store = make_store(pinecone)
    build(folder, store, KNEE, COUGH)
    await found(reader(folder, store))
    (query,) = pinecone.sent("/query")
    assert set(query.body) <= {"vector", "topK", "namespace", "includeValues", "includeMetadata"}
    assert not any(word in query.text for word in ("honey", "joint", "puffy"))


def test_only_what_changed_is_sent_and_what_is_gone_is_removed(folder: Path, pinecone: PineconeServer):
    store = make_store(pinecone)
    build(folder, store, *MANY, KNEE)
    assert pinecone.upserted() == 251
    build(folder, store, *MANY, replace(KNEE, text="Rest the knee."), COUGH)
    assert pinecone.upserted() == 253
    assert list(pinecone.namespaces("veda-index").values()) == [252]
    build(folder, make_store(pinecone), *MANY)  # another process
    assert pinecone.upserted() == 253
    assert list(pinecone.namespaces("veda-index").values()) == [250]


def test_the_namespace_of_the_embedder_before_is_removed(folder: Path, pinecone: PineconeServer):
    class Newer(type(wiring.packaged_embedder())):  # type: ignore[misc]
        def fingerprint(self) -> str:
            return "e" * 64

    store = make_store(pinecone)
    build(folder, store, KNEE)
    before = pinecone.namespaces("veda-index")
    index_building.build(folder, [KNEE], embedder=Newer(), store=store)
    after = pinecone.namespaces("veda-index")
    assert len(after) == 1
    assert not before.keys() & after.keys()


def test_a_missing_index_is_made_where_the_setting_says(folder: Path, pinecone: PineconeServer):
    host = PineconeHost(KEY, "fresh", ("gcp", "us-central1"), pinecone.url)
    build(folder, PineconeVectors(host), KNEE)
    (made,) = pinecone.sent("/indexes")
    assert made.body["deployment"] == {"deployment_type": "managed", "cloud": "gcp", "region": "us-central1"}
    assert list(pinecone.namespaces("fresh").values()) == [1]


@pytest.mark.parametrize(("dimension", "metric"), [(384, "cosine"), (256, "euclidean")])
def test_an_index_for_other_vectors_is_refused_by_name(
    folder: Path, pinecone: PineconeServer, dimension: int, metric: str
):
    pinecone.make("veda-index", dimension, metric)
    with pytest.raises(IncompleteIndex) as error:
        build(folder, make_store(pinecone), KNEE)
    assert error.value.detail == (
        "Pinecone, index veda-index: isn't for vectors of 256 numbers and their cosine: "
        "set PINECONE_INDEX to a new name"
    )
    assert not pinecone.sent("/vectors/upsert")


def test_who_keeps_vectors_in_files_never_loads_the_client():
    run = (
        "import django; django.setup()\n"
        "from pipeline import wiring\n"
        "wiring.warm_up()\n"
        "import sys; print('pinecone' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "veda.settings"}
    done = subprocess.run(
        [sys.executable, "-c", run],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


# Failures while it is built


@failing
def test_batches_that_failed_are_sent_again_and_others_are_not(folder: Path, pinecone: PineconeServer, answer: Answer):
    pinecone.fault = at("/vectors/upsert", answer, 6, only='"rest#120"')  # more often than the client tries by itself
    build(folder, make_store(pinecone), *MANY)
    assert list(pinecone.namespaces("veda-index").values()) == [250]
    sent = pinecone.sent("/vectors/upsert")
    assert sum('"rest#120"' in request.text for request in sent) == 7
    assert len(sent) == 9  # the two others once


def test_a_batch_that_is_not_answered_is_sent_again(
    folder: Path, pinecone: PineconeServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pinecone_host, "_CALL_SECONDS", 0.3)
    pinecone.fault = at("/vectors/upsert", Answer(hangs=True), 6, only='"rest#120"')
    build(folder, make_store(pinecone), *MANY)
    assert list(pinecone.namespaces("veda-index").values()) == [250]


def test_a_namespace_that_is_not_there_yet_is_an_empty_one(folder: Path, pinecone: PineconeServer):
    pinecone.fault = at("/vectors/list", refusal(404, "Namespace not found"), 1)
    build(folder, make_store(pinecone), KNEE)
    assert list(pinecone.namespaces("veda-index").values()) == [1]


def test_half_a_batch_is_sent_again(folder: Path, pinecone: PineconeServer):
    pinecone.half = 2
    build(folder, make_store(pinecone), *MANY)
    assert list(pinecone.namespaces("veda-index").values()) == [250]


@failing
async def test_where_it_stays_away_the_index_is_built_for_words_and_the_next_build_sends_the_rest(
    folder: Path, pinecone: PineconeServer, answer: Answer
):
    store = make_store(pinecone)
    build(folder, store, COUGH)
    pinecone.fault = at("/vectors/upsert", answer)
    index = reader(folder, store)
    with pytest.raises(IncompleteIndex):
        build(folder, store, KNEE, *MANY)
    assert index.number_and_size() == (2, 251)
    assert documents(await found(index, "knee")) == {"knee"}
    assert documents(await found(index, "cough")) == set()  # what is gone isn't found, wherever its vector is
    pinecone.fault = lambda _: None
    build(folder, store, KNEE, *MANY)
    assert list(pinecone.namespaces("veda-index").values()) == [251]
    again = await found(index, "rest for a joint that is puffy")
    assert not again.by_words_alone
    assert again.hits[0].passage == KNEE


def test_what_was_taken_before_a_kill_is_not_sent_again(folder: Path, pinecone: PineconeServer):
    def killed():
        yield from MANY
        yield from (make_passage(f"Sleep {n}.", id=f"sleep#{n}", document="sleep") for n in range(300))
        raise KeyboardInterrupt

    store = make_store(pinecone)
    with pytest.raises(KeyboardInterrupt):
        index_building.build(folder, killed(), embedder=wiring.packaged_embedder(), store=store)
    before = pinecone.upserted()
    assert before > len(MANY)
    build(folder, store, *MANY)
    assert pinecone.upserted() == before
    assert list(pinecone.namespaces("veda-index").values()) == [250]


def test_a_refused_key_is_told_and_never_shown(folder: Path, pinecone: PineconeServer, logged: Callable[[], list[str]]):
    pinecone.fault = lambda _: refusal(401, f"Invalid API key {KEY}")
    with pytest.raises(IncompleteIndex) as error:
        build(folder, make_store(pinecone), KNEE)
    assert "check PINECONE_API_KEY" in error.value.detail
    pinecone.fault = lambda _: refusal(400, f"Bad request by {KEY}")
    with pytest.raises(IncompleteIndex) as error:
        build(folder, make_store(pinecone), KNEE)
    assert "Bad request by …" in error.value.detail
    assert not any(KEY in line for line in [*logged(), error.value.detail, str(error.value)])


def test_what_is_seen_late_is_waited_for(folder: Path, pinecone: PineconeServer):
    pinecone.fault = at("/vectors/list", Answer(200, {"vectors": [], "namespace": ""}), 3)
    build(folder, make_store(pinecone), KNEE)
    assert len(pinecone.sent("/vectors/list")) == 4


def test_what_is_never_seen_is_waited_for_no_longer_than_that(
    folder: Path, pinecone: PineconeServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pinecone_vectors, "VISIBLE_SECONDS", 0.3)
    pinecone.fault = at("/vectors/list", Answer(200, {"vectors": [], "namespace": ""}))
    with pytest.raises(IncompleteIndex) as error:
        build(folder, make_store(pinecone), KNEE)
    assert "doesn't show them" in error.value.detail
    pinecone.fault = lambda _: None
    build(folder, make_store(pinecone), KNEE)
    assert pinecone.upserted() == 1


# Failures while it is asked


@pytest.fixture
def asked(folder: Path, pinecone: PineconeServer) -> EmbeddedIndex:
    store = make_store(pinecone)
    build(folder, store, KNEE, COUGH)
    return reader(folder, store)


ASKED = {
    **FAILURES,
    "refused": refusal(401),
    "gone": refusal(404),
    "bad request": refusal(400),
    "another answer": Answer(200, {"matches": 7}),
}


@pytest.mark.parametrize("answer", ASKED.values(), ids=ASKED)
async def test_while_it_fails_words_find_and_afterwards_meaning_again(
    asked: EmbeddedIndex, pinecone: PineconeServer, monkeypatch: pytest.MonkeyPatch, answer: Answer
):
    monkeypatch.setattr(pinecone_vectors, "REST_SECONDS", 0.0)
    pinecone.fault = at("/query", answer)
    without = await found(asked)
    assert without.by_words_alone
    assert documents(without) == {"cough"}
    pinecone.fault = lambda _: None
    again = await found(asked)
    assert not again.by_words_alone
    assert documents(again) == {"knee", "cough"}


async def test_a_question_waits_a_moment_and_then_nobody_asks_for_a_while(
    asked: EmbeddedIndex, pinecone: PineconeServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pinecone_vectors, "ASK_SECONDS", 0.3)
    pinecone.fault = at("/query", Answer(hangs=True))
    begin = time.monotonic()
    assert (await found(asked)).by_words_alone
    assert time.monotonic() - begin < 5
    pinecone.fault = lambda _: None
    before = len(pinecone.sent("/query"))
    assert (await found(asked)).by_words_alone
    assert len(pinecone.sent("/query")) == before
    with pytest.raises(ProviderError) as error:
        asked.searches_meaning()
    assert "not asked for a while" in error.value.detail


async def test_vectors_that_somebody_removed_are_told_with_their_remedy(asked: EmbeddedIndex, pinecone: PineconeServer):
    pinecone.fault = at("/query", Answer(200, {"matches": [], "namespace": ""}))
    assert (await found(asked)).by_words_alone
    pinecone.fault = at("/describe_index_stats", Answer(200, {"namespaces": {}, "dimension": 256}))
    with pytest.raises(ProviderError) as error:
        asked.searches_meaning()
    assert "seed_vector_index --rebuild" in error.value.detail


async def test_what_another_build_has_sent_is_not_found_before_its_index_is_in_use(
    asked: EmbeddedIndex, folder: Path, pinecone: PineconeServer
):
    other = make_passage("Ice for a puffy joint.", id="joint#0", document="joint")
    build(folder.parent / "other", make_store(pinecone), KNEE, COUGH, other)
    assert documents(await found(asked)) == {"knee", "cough"}
