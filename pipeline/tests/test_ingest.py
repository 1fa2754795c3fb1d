from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import ingest
from pipeline.loaders.markdown import InvalidTopic, read_topic
from pipeline.models import Document, Passage
from pipeline.tests.factories import MIGRAINE_TEXT, write_topic, write_two_topics

pytestmark = pytest.mark.django_db


def load(folder: Path) -> ingest.Summary:
    return ingest.load_topics([read_topic(path) for path in sorted(folder.glob("*.md"))], origin="shipped")


def test_the_rows_and_the_file_give_the_same_passages(tmp_path: Path):
    write_two_topics(tmp_path)
    load(tmp_path)
    from_files = [p for path in sorted(tmp_path.glob("*.md")) for p in ingest.passages_of(read_topic(path))]
    assert [replace(passage, created_at=None) for passage in ingest.passages()] == from_files


def test_a_passage_has_the_references_of_its_marks_only(tmp_path: Path):
    write_two_topics(tmp_path)
    load(tmp_path)
    passage = next(ingest.passages())
    assert [reference.url for reference in passage.references] == ["https://example.org/asthma"]


def test_a_retired_document_is_quoted_no_more(tmp_path: Path):
    write_two_topics(tmp_path)
    load(tmp_path)
    document = Document.objects.get(slug="asthma")
    document.retired_at = document.created_at
    document.save()
    assert {passage.document for passage in ingest.passages()} == {"migraine"}


def test_documents_of_another_origin_are_left_alone(tmp_path: Path):
    write_two_topics(tmp_path)
    Document.objects.create(slug="own", origin="admin", title="Own", category="illness", body="Rest.", content_hash="x")
    assert load(tmp_path).removed == 0
    assert Document.objects.filter(slug="own").exists()


def test_only_a_changed_topic_is_written_anew(tmp_path: Path):
    write_two_topics(tmp_path)
    load(tmp_path)
    before = set(Passage.objects.filter(document__slug="asthma").values_list("id", flat=True))
    write_topic(tmp_path, "migraine", MIGRAINE_TEXT.replace("bad headache", "strong headache"),
                title="Migraine", names="migraine")  # fmt: skip
    summary = load(tmp_path)
    assert (summary.added, summary.changed, summary.unchanged, summary.removed) == (0, 1, 1, 0)
    assert set(Passage.objects.filter(document__slug="asthma").values_list("id", flat=True)) == before
    assert Passage.objects.filter(text__contains="strong headache").count() == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"---\ntitle: [\n---\nText", "the front matter is no YAML"),
        (b"---\ntitle: X\n---\nText", "lacks category, names, sources, status"),
        (b"\xff\xfe\x00", "can't be read"),
        (b"---\ntitle: X\ncategory: y\nnames: [z]\nstatus: drafted\nsources: [{title: a}]\n---\nText",
         "each source wants"),
        (b"---\ntitle: X\ncategory: y\nnames: [z]\nstatus: drafted\nsources: [{title: a, publisher: b, url: c}]\n---\n",
         "lacks a text"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_topic_is_named_with_what_is_wrong(tmp_path: Path, content: bytes, complaint: str):
    path = tmp_path / "broken.md"
    path.write_bytes(content)
    with pytest.raises(InvalidTopic, match=complaint) as error:
        read_topic(path)
    assert str(error.value).startswith("broken.md: ")
    assert "\n" not in str(error.value)
