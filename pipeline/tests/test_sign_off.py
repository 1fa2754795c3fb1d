"""Past the day until which a topic was signed off, its doses aren't quoted; all else of it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipeline import ingest, wiring
from pipeline.loaders.markdown import read_topic
from pipeline.models import Document
from pipeline.providers import index_building
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.sign_off import TextChanged, sign_off
from pipeline.tests.factories import MIGRAINE_TEXT, make_lexicon, write_topic
from pipeline.types import Question

DUE = date(2026, 12, 1)
DOSE = "Ibuprofen can ease a migraine in adults. Take 400 mg up to three times a day. [^1]"
TEXT = MIGRAINE_TEXT.replace(
    "Ibuprofen can ease a migraine in adults. Do not take more than the label says. [^1]", DOSE
)


@pytest.fixture
def topic(tmp_path):
    path = write_topic(tmp_path, "migraine", TEXT, title="Migraine", names="migraine")
    path.write_text(path.read_text().replace("reviewed_on:", f"reviewed_on:\nreview_due: {DUE}"))
    return read_topic(path)


@pytest.fixture
def answer(tmp_path, topic):
    lexicon = make_lexicon()
    index_building.build(tmp_path / "index", ingest.passages_of(topic))
    index = EmbeddedIndex(tmp_path / "index", lexicon)

    async def ask(text: str, today: date, **about: bool) -> str:
        query = await index.understand(question := Question(text, **about))
        answerer = ExtractiveAnswerer(lexicon, today=lambda: today)
        return (await answerer.plan(question, query, (await index.retrieve(query, 60)).hits, index)).text

    return ask


ASKED = "which medicines help against a migraine in adults?"


@pytest.mark.parametrize(("days", "quoted"), [(-1, True), (0, True), (1, False), (900, False)])
async def test_doses_are_quoted_until_the_review_is_due(answer, days, quoted):
    text = await answer(ASKED, DUE + timedelta(days=days))
    assert ("400 mg" in text) is quoted
    assert ("was to be reviewed by now" in text) is not quoted


@pytest.mark.parametrize("reviewed", [True, False])
async def test_doses_from_outside_are_quoted_once_a_clinician_has_read_them(tmp_path, topic, reviewed):
    passages = [
        replace(passage, from_outside=True, clinically_reviewed=reviewed, review_due=None)
        for passage in ingest.passages_of(topic)
    ]
    index_building.build(tmp_path / "index", passages)
    index = EmbeddedIndex(tmp_path / "index", lexicon := make_lexicon())
    query = await index.understand(question := Question(ASKED))
    text = (await ExtractiveAnswerer(lexicon).plan(question, query, (await index.retrieve(query, 60)).hits, index)).text
    assert ("400 mg" in text) is reviewed
    assert ("No clinician has reviewed" in text) is not reviewed


async def test_what_is_no_dose_is_quoted_all_the_same(answer):
    text = await answer("what helps against a migraine?", DUE + timedelta(days=900))
    assert "Lie down in a dark room." in text


async def test_in_an_emergency_nothing_is_left_out(answer):
    text = await answer("I have a migraine and can't drink water", DUE + timedelta(days=900), urgent=True)
    assert "call your emergency number if" in text


class TestTheSignature:
    @pytest.fixture
    def document(self, topic, keeper):
        ingest.load_topics([topic], origin="shipped")
        return Document.objects.get()

    def sign(self, document, **more):
        values = {"content_hash": document.content_hash, "name": "Dr Clara", "review_due": date(2027, 6, 1), **more}
        return sign_off(document_id=document.id, **values)

    def test_stands_in_the_rows_and_in_the_index(self, document, keeper):
        self.sign(document)
        keeper.wait()
        document.refresh_from_db()
        assert (document.status, document.clinically_reviewed) == ("reviewed", True)
        index = EmbeddedIndex(wiring.index_folder(), make_lexicon())._index()
        for passages in (ingest.passages(), index.urgent(["migraine"])):
            for passage in passages:
                assert (passage.clinically_reviewed, passage.review_due) == (True, date(2027, 6, 1))

    def test_is_for_the_text_that_was_read(self, document):
        with pytest.raises(TextChanged):
            self.sign(document, content_hash="of another text")
        document.refresh_from_db()
        assert not document.clinically_reviewed

    def test_goes_where_the_text_changes(self, document, topic):
        from dataclasses import replace

        self.sign(document)
        ingest.load_topics([replace(topic, body=topic.body + "\n\nMore. [^1]", content_hash="new")], origin="shipped")
        document.refresh_from_db()
        assert not document.clinically_reviewed
