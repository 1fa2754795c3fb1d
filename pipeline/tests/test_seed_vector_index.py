from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pipeline import wiring
from pipeline.models import Document, Passage
from pipeline.tests.factories import MIGRAINE_TEXT, write_topic, write_two_topics

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics(tmp_path: Path) -> Path:
    folder = tmp_path / "topics"
    folder.mkdir()
    write_two_topics(folder)
    return folder


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    monkeypatch.setattr(wiring, "index_folder", lambda: folder)
    return folder


def seed(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("seed_vector_index", "--folder", str(folder), *options, stdout=out)
    return out.getvalue()


def sign(slug: str) -> None:
    Document.objects.filter(slug=slug).update(
        status=Document.Status.REVIEWED, clinically_reviewed_by="Dr Who", reviewed_on=date(2026, 11, 20)
    )


def change_migraine(folder: Path) -> None:
    text = MIGRAINE_TEXT.replace("bad headache", "strong headache")
    write_topic(folder, "migraine", text, title="Migraine", names="migraine")


def test_topics_are_loaded_and_the_index_is_built(topics: Path, index: Path):
    assert seed(topics).startswith("Topics: 2 added, 0 changed, 0 removed, 0 unchanged. Index 1 holds 10 passages.")
    assert (index / "current").read_text() == "1"


def test_again_changes_nothing_and_doubles_nothing(topics: Path, index: Path):
    seed(topics)
    before = list(Passage.objects.order_by("id").values_list("id", "text"))
    assert seed(topics) == "Topics: 0 added, 0 changed, 0 removed, 2 unchanged.\n"
    assert list(Passage.objects.order_by("id").values_list("id", "text")) == before
    assert (index / "current").read_text() == "1"


def test_only_what_changed_is_loaded(topics: Path, index: Path):
    seed(topics)
    change_migraine(topics)
    assert "0 added, 1 changed, 0 removed, 1 unchanged. Index 2" in seed(topics)


def test_a_topic_whose_file_is_gone_is_removed(topics: Path, index: Path):
    seed(topics)
    (topics / "asthma.md").unlink()
    assert "1 removed" in seed(topics)
    assert list(Document.objects.values_list("slug", flat=True)) == ["migraine"]


def test_a_broken_file_is_one_clear_line_and_changes_nothing(topics: Path, index: Path):
    seed(topics)
    change_migraine(topics)
    (topics / "zz-broken.md").write_text("---\ntitle: Z\n---\nText")
    with pytest.raises(CommandError) as error:
        seed(topics)
    assert str(error.value) == (
        "zz-broken.md: lacks category, names, sources, status. Nothing was changed in the index."
    )
    assert not Passage.objects.filter(text__contains="strong headache").exists()
    assert (index / "current").read_text() == "1"


def test_a_changed_text_loses_its_sign_off_and_an_unchanged_one_keeps_it(topics: Path, index: Path):
    seed(topics)
    sign("migraine")
    sign("asthma")
    change_migraine(topics)
    seed(topics)
    assert Document.objects.get(slug="asthma").clinically_reviewed
    changed = Document.objects.get(slug="migraine")
    assert not changed.clinically_reviewed
    assert changed.status == Document.Status.DRAFTED


def test_a_topic_that_staff_edited_stays_as_they_left_it(topics: Path, index: Path):
    seed(topics)
    Document.objects.filter(slug="migraine").update(edited_at=timezone.now(), body="Our words.")
    assert seed(topics) == "Topics: 0 added, 0 changed, 0 removed, 2 unchanged.\n"
    change_migraine(topics)
    assert "0 changed, 0 removed, 1 unchanged. 1 stayed as staff had edited them." in seed(topics)
    assert Document.objects.get(slug="migraine").body == "Our words."


def test_the_index_can_be_built_anew_though_nothing_changed(topics: Path, index: Path):
    seed(topics)
    sign("migraine")
    assert "Index 2 holds 10 passages" in seed(topics, "--rebuild")


def test_a_missing_index_is_built_though_no_topic_changed(topics: Path, index: Path):
    seed(topics)
    (index / "current").unlink()
    assert "holds 10 passages" in seed(topics)


def test_a_folder_without_topics_is_an_error(tmp_path: Path, index: Path):
    with pytest.raises(CommandError, match="No topics"):
        seed(tmp_path)
