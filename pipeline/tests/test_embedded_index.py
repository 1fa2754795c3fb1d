from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ProviderError
from pipeline.facts import facts_of
from pipeline.providers import embedded_index, index_building, index_folder
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.packaged_embedder import PackagedEmbedder
from pipeline.tests.factories import make_index, make_lexicon, make_passage
from pipeline.types import Question


async def find(index: EmbeddedIndex, text: str, limit: int = 20):
    return (await index.retrieve(await index.understand(Question(text)), limit)).hits


async def test_the_block_that_answers_comes_first(tmp_path: Path):
    hits = await find(make_index(tmp_path), "what can set off a migraine?")
    assert hits[0].passage.heading == "What sets it off"
    assert hits[0].named


async def test_a_passage_is_found_by_another_name_of_its_medicine(tmp_path: Path):
    hits = await find(make_index(tmp_path), "nurofen and asthma")
    assert hits[0].passage.text.startswith("Ibuprofen and asthma")
    assert hits[0].coverage == 1.0


async def test_what_is_urgent_is_no_hit_but_comes_with_its_document(tmp_path: Path):
    index = make_index(tmp_path)
    assert not [hit for hit in await find(index, "can't speak clearly with a migraine") if hit.passage.urgent]
    (urgent,) = await index.urgent_passages(["migraine"])
    assert urgent.urgent
    assert urgent.text.startswith("With a migraine")


async def test_references_survive_the_file(tmp_path: Path):
    (hit, *_) = await find(make_index(tmp_path), "migraine")
    (reference,) = hit.passage.references
    assert reference.publisher == "A public body"
    assert reference.read_on is not None
    assert reference.read_on.isoformat() == "2026-11-01"


async def test_words_that_no_topic_has_find_nothing(tmp_path: Path):
    assert await find(make_index(tmp_path), "quantum chromodynamics") == []


@pytest.mark.parametrize("text", ['" OR 1=1 --', "NEAR(migraine", "migraine*", "title:migraine AND", "'", "💊", "\x00"])
async def test_search_syntax_in_a_question_is_only_words(tmp_path: Path, text: str):
    assert {hit.passage.document for hit in (await find(make_index(tmp_path), text))[:1]} <= {"migraine"}


async def test_suggestions_begin_with_the_nearest_topic_and_have_no_doubles(tmp_path: Path):
    index = make_index(tmp_path)
    query = await index.understand(Question("wheezing at night"))
    assert (await index.suggestions(query, 5))[0] == "Asthma"
    assert sorted(await index.suggestions(None, 5)) == ["Asthma", "Migraine"]


async def test_no_rare_illness_is_suggested_that_nobody_asked_about(tmp_path: Path):
    own = make_passage("Asthma is worse at night.", title="Asthma", document="asthma")
    when = make_passage("Call if you can't breathe.", title="Asthma", document="asthma", urgent=True)
    outside = [
        make_passage(f"A lump is worse at night: {title}.", title=title, document=title, from_outside=True)
        for title in ("Night sarcoma", "Asthma of the night owl", "Hereditary lump")
    ]
    lexicon = make_lexicon()
    index_building.build(tmp_path / "index", [own, when, *outside], embedder=None, lexicon=lexicon)
    index = EmbeddedIndex(tmp_path / "index", lexicon)
    suggested = await index.suggestions(await index.understand(Question("asthma is worse, what to do?")), 6)
    assert suggested == ["Asthma"]
    assert await index.suggestions(None, 6) == ["Asthma"]


async def test_without_an_index_the_error_says_so_and_is_not_retried(tmp_path: Path):
    with pytest.raises(ProviderError) as error:
        await EmbeddedIndex(tmp_path, make_lexicon()).understand(Question("migraine"))
    assert not error.value.retryable
    assert "search index" in str(error.value)


async def test_a_new_index_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedded_index, "FOLLOW_SECONDS", 0.0)
    index = make_index(tmp_path)
    assert index.number_and_size()[0] == 1
    index_building.build(tmp_path / "index", [make_passage("Gout is a sore joint.", title="Gout", names=("gout",))])
    assert index.number_and_size() == (2, 1)
    assert [hit.passage.title for hit in await find(index, "gout")] == ["Gout"]


def test_a_build_leaves_the_one_before_and_removes_older_ones(tmp_path: Path):
    for _ in range(4):
        index_building.build(tmp_path, [make_passage("Rest.")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "passages-3", "passages-4"]
    assert (tmp_path / "current").read_text() == "4"


async def test_a_broken_new_index_leaves_the_old_one_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedded_index, "FOLLOW_SECONDS", 0.0)
    index = make_index(tmp_path)
    index.number_and_size()
    broken = shutil.copytree(tmp_path / "index" / "passages-1", tmp_path / "index" / "passages-2")
    (broken / "passages.sqlite3").write_bytes(b"no database at all" * 100)
    (tmp_path / "index" / "current").write_text("2")
    assert index.number_and_size()[0] == 1
    assert await find(index, "migraine")


class OtherEmbedder(PackagedEmbedder):
    """Of a dimension that no vector of the packaged one has."""

    name, dimension = "other", 3

    def fingerprint(self) -> str:
        return "f" * 64

    def embed(self, texts, *, asked=False):
        return np.ones((len(texts), 3), dtype=np.float32)


async def test_an_index_of_another_embedder_is_searched_by_words_until_it_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(embedded_index, "FOLLOW_SECONDS", 0.0)
    make_index(tmp_path)
    folder = tmp_path / "index"
    assert index_folder.is_of(folder, PackagedEmbedder())
    assert not index_folder.is_of(folder, OtherEmbedder())
    index = EmbeddedIndex(folder, make_lexicon(), OtherEmbedder())
    assert not index.searches_meaning()
    assert (await find(index, "what can set off a migraine?"))[0].passage.heading == "What sets it off"
    index_building.build(folder, [make_passage("Gout is a sore joint.", title="Gout")], embedder=OtherEmbedder())
    assert index.searches_meaning()
    assert index_folder.is_of(folder, OtherEmbedder())


async def test_an_index_keeps_the_facts_that_the_rules_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    question = "can I take ibuprofen with asthma?"
    worked_out = [facts_of(hit.passage, make_lexicon()) for hit in await find(make_index(tmp_path), question)]
    monkeypatch.setattr(embedded_index, "facts_of", None)
    kept = await find(EmbeddedIndex(tmp_path / "index", make_lexicon(), PackagedEmbedder()), question)
    assert [hit.facts for hit in kept] == worked_out != []


async def test_facts_of_other_code_are_not_used_and_the_index_is_to_be_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    make_index(tmp_path)
    monkeypatch.setattr(index_folder, "maker", lambda: "of other code")
    monkeypatch.setattr(embedded_index, "from_json", None)
    assert not index_folder.is_of(tmp_path / "index", PackagedEmbedder())
    index = EmbeddedIndex(tmp_path / "index", make_lexicon(), PackagedEmbedder())
    assert (await find(index, "what can set off a migraine?"))[0].passage.heading == "What sets it off"


def test_an_index_of_an_older_veda_is_to_be_built_anew(tmp_path: Path):
    (tmp_path / "passages-7.sqlite3").write_bytes(b"")
    (tmp_path / "current").write_text("7")
    assert not index_folder.is_of(tmp_path, None)
    assert index_building.build(tmp_path, [make_passage("Rest.")]) == 8
    assert index_folder.is_of(tmp_path, None)
    assert not (tmp_path / "passages-7.sqlite3").exists()


def test_a_build_that_fails_leaves_the_index_in_use(tmp_path: Path):
    class Broken(OtherEmbedder):
        def embed(self, texts, *, asked=False):
            raise ProviderError("away", retryable=True)

    index_building.build(tmp_path, [make_passage("Rest.")])
    with pytest.raises(ProviderError):
        index_building.build(tmp_path, [make_passage("Rest.")], embedder=Broken())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "passages-1"]


def test_of_two_builds_at_once_both_are_kept_and_the_last_counts(tmp_path: Path):
    def while_another_is_built():
        yield make_passage("Rest.")
        assert index_building.build(tmp_path / "index", [make_passage("Drink.")]) == 1

    with ThreadPoolExecutor(1) as other:
        made = other.submit(index_building.build, tmp_path / "index", while_another_is_built())
        assert made.result() == 2


async def test_another_word_for_it_finds_it_by_meaning(tmp_path: Path):
    passages = [
        make_passage("Rest the knee and cool it.", id="knee#0", document="knee", title="Swollen knee"),
        make_passage("Drink tea with honey for a cough.", id="cough#0", document="cough", title="Cough"),
    ]
    embedder = PackagedEmbedder()
    index_building.build(tmp_path, passages, embedder=embedder)
    hits = await find(EmbeddedIndex(tmp_path, make_lexicon(), embedder), "honey or a joint that is puffy")
    assert {hit.passage.document for hit in hits} == {"knee", "cough"}


async def test_what_says_the_same_is_found_once(tmp_path: Path):
    passages = [
        make_passage("Gout is a sore joint.", id="a#0", document="a", title="Gout"),
        make_passage("Gout: is a sore joint", id="b#0", document="b", title="Gout"),
        make_passage("Gout is no sore joint.", id="c#0", document="c", title="Gout"),
    ]
    index_building.build(tmp_path, passages)
    assert len(await find(EmbeddedIndex(tmp_path, make_lexicon()), "gout")) == 2


async def test_an_index_of_nothing_finds_nothing(tmp_path: Path):
    index_building.build(tmp_path, [], embedder=PackagedEmbedder())
    index = EmbeddedIndex(tmp_path, make_lexicon(), PackagedEmbedder())
    assert index.number_and_size() == (1, 0)
    assert await find(index, "migraine") == []


def test_progress_is_told_for_each_passage(tmp_path: Path):
    told: list[int] = []
    index_building.build(tmp_path, [make_passage("One."), make_passage("Two.", id="topic#1")], lambda: told.append(1))
    assert len(told) == 2
