"""`manage.py ingest`: what an operator sees of it, run again, broken off, and with what can't be read."""

from __future__ import annotations

import asyncio
import json
import os
import select
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from pipeline import intake, wiring
from pipeline.models import Document, Passage
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.tests.factories import make_lexicon, write_two_topics
from pipeline.tests.outside_files import MEDQUAD, entry, pdf, write_jsonl
from pipeline.types import Hit, Question

TOTAL = 4000


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    monkeypatch.setattr(wiring, "index_folder", lambda: folder)
    return folder


def run(*arguments: Any, status: int = 0, **options: Any) -> tuple[str, str]:
    """What it says of the whole, and the lines of what it refused."""
    out, err = StringIO(), StringIO()
    try:
        call_command("ingest", *map(str, arguments), stdout=out, stderr=err, **options)
        ended = 0
    except SystemExit as exit:
        ended = exit.code
    assert ended == status, (out.getvalue(), err.getvalue())
    return out.getvalue(), err.getvalue()


def rows() -> list[tuple[str, str]]:
    return list(Document.objects.order_by("title").values_list("title", "body"))


# Adding, changing, removing


@pytest.mark.django_db
def test_documents_go_in_and_are_found(tmp_path: Path, index: Path):
    path = write_jsonl(tmp_path / "pages.jsonl", entry("gout", "Gout makes joints swell."), entry("mumps"))
    out, _ = run(path, source="nih")
    assert out == (
        "nih: 2 added, 0 changed, 0 removed, 0 unchanged, 0 kept as edited, 0 refused. Index 1 holds 2 passages.\n"
    )
    document = Document.objects.get(title="About gout")
    assert (document.origin, document.status, document.clinically_reviewed) == ("nih", "drafted", False)
    [passage] = document.passages.all()
    assert (passage.text, passage.marks, passage.urgent) == ("Gout makes joints swell.", [1], False)
    assert document.references[0] == {
        "title": "About gout", "publisher": "A public body", "url": "https://example.org/gout",
        "read_on": timezone.now().date().isoformat(),
    }  # fmt: skip


@pytest.mark.django_db
def test_what_went_in_is_found_with_its_page(tmp_path: Path, index: Path):
    run(write_jsonl(tmp_path / "a.jsonl", entry("gout", "Gout makes joints swell and hurt.", title="Gout")))

    async def ask(found: EmbeddedIndex) -> list[Hit]:
        return (await found.retrieve(await found.understand(Question("Why does gout make joints swell?")), 5)).hits

    [hit] = asyncio.run(ask(EmbeddedIndex(index, make_lexicon())))
    assert [reference.url for reference in hit.passage.references] == ["https://example.org/gout"]
    assert hit.passage.from_outside


@pytest.mark.django_db
def test_again_passes_over_what_is_there(tmp_path: Path, index: Path):
    path = write_jsonl(tmp_path / "pages.jsonl", entry("gout"), entry("mumps"))
    run(path)
    before = list(Passage.objects.order_by("id").values_list("id", "text"))
    out, _ = run(path)
    assert out == "pages: 0 added, 0 changed, 0 removed, 2 unchanged, 0 kept as edited, 0 refused.\n"
    assert list(Passage.objects.order_by("id").values_list("id", "text")) == before
    assert (index / "current").read_text() == "1"


@pytest.mark.django_db
def test_what_changed_is_replaced_and_loses_its_sign_off(tmp_path: Path):
    run(write_jsonl(tmp_path / "a.jsonl", entry("gout"), entry("mumps")))
    Document.objects.update(clinically_reviewed_by="Dr Who", reviewed_on=timezone.now().date(), status="reviewed")
    out, _ = run(write_jsonl(tmp_path / "a.jsonl", entry("gout", "New words."), entry("mumps")))
    assert "0 added, 1 changed, 0 removed, 1 unchanged" in out
    gout, mumps = Document.objects.order_by("title")
    assert (gout.body, gout.clinically_reviewed, mumps.clinically_reviewed) == ("New words.", False, True)
    assert [passage.text for passage in gout.passages.all()] == ["New words."]


@pytest.mark.django_db
def test_what_is_gone_is_removed_where_that_is_asked_and_of_the_same_source_only(tmp_path: Path):
    run(write_jsonl(tmp_path / "a.jsonl", entry("gout"), entry("mumps")), source="one")
    run(write_jsonl(tmp_path / "b.jsonl", entry("flu")), source="two")
    fewer = write_jsonl(tmp_path / "a.jsonl", entry("gout"))
    assert "0 removed" in run(fewer, source="one")[0]
    assert "1 removed" in run(fewer, source="one", remove_missing=True)[0]
    assert [title for title, _ in rows()] == ["About flu", "About gout"]


@pytest.mark.django_db
def test_nothing_is_removed_where_something_could_not_be_read(tmp_path: Path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "gout.pdf").write_bytes(pdf("Gout hurts."))
    (folder / "mumps.txt").write_text("Mumps swell.")
    run(folder)
    (folder / "gout.pdf").write_bytes(b"%PDF-1.7 broken")
    out, err = run(folder, remove_missing=True, status=3)
    assert "0 removed, 1 unchanged, 0 kept as edited, 1 refused. Nothing was removed, as not all could be read." in out
    assert "gout.pdf: it is broken" in err
    assert len(rows()) == 2


@pytest.mark.django_db
def test_the_same_id_of_two_sources_is_two_documents(tmp_path: Path):
    path = write_jsonl(tmp_path / "a.jsonl", entry("gout"))
    run(path, source="one")
    run(path, source="two")
    assert Document.objects.count() == 2


@pytest.mark.django_db
def test_topics_that_ship_stay_and_are_not_touched(tmp_path: Path, index: Path):
    topics = tmp_path / "topics"
    topics.mkdir()
    write_two_topics(topics)
    call_command("seed_vector_index", folder=topics, verbosity=0)
    path = write_jsonl(tmp_path / "a.jsonl", entry("migraine"))
    assert "1 added" in run(path, source="nih", remove_missing=True)[0]
    call_command("seed_vector_index", folder=topics, verbosity=0)
    assert Document.objects.count() == 3
    assert not Document.objects.get(slug="migraine").from_outside


@pytest.mark.django_db
def test_what_staff_edited_or_retired_stays_so(tmp_path: Path):
    run(write_jsonl(tmp_path / "a.jsonl", entry("gout"), entry("mumps")))
    Document.objects.filter(title="About gout").update(edited_at=timezone.now(), body="Our words.")
    Document.objects.filter(title="About mumps").update(retired_at=timezone.now())
    changed = write_jsonl(tmp_path / "a.jsonl", entry("gout", "Theirs."), entry("mumps", "Theirs."))
    out, err = run(changed)
    assert "0 added, 1 changed, 0 removed, 0 unchanged, 1 kept as edited" in out
    assert "“About gout” has changed at its source, but stays as staff edited it." in err
    assert rows() == [("About gout", "Our words."), ("About mumps", "Theirs.")]
    assert Document.objects.get(title="About mumps").retired_at
    (tmp_path / "a.jsonl").write_bytes((tmp_path / "a.jsonl").read_bytes().splitlines(True)[1])
    assert "0 removed" in run(changed, remove_missing=True)[0]
    run(write_jsonl(tmp_path / "a.jsonl", entry("gout", "Theirs.")), replace_edited=True)
    assert rows()[0] == ("About gout", "Theirs.")


@pytest.mark.django_db
def test_a_dry_run_changes_nothing(tmp_path: Path, index: Path):
    out, _ = run(write_jsonl(tmp_path / "a.jsonl", entry("gout")), dry_run=True, remove_missing=True)
    assert out.startswith("a: 1 added, 0 changed")
    assert "Nothing was changed, as this was a dry run." in out
    assert not Document.objects.exists()
    assert not index.exists()


@pytest.mark.django_db
def test_no_block_from_outside_passes_for_an_urgent_one(tmp_path: Path):
    path = tmp_path / "gout.md"
    path.write_text("# Gout\n\n## Get help now if\n\nSend money.\n")
    run(path)
    assert not Passage.objects.get().urgent


# What can't be read


@pytest.mark.django_db
def test_each_refusal_is_one_line_and_the_rest_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(pdf("Text", password="secret"))
    (folder / "b.pdf").write_bytes(pdf("Gout makes joints swell."))
    (folder / "c.xml").write_bytes(MEDQUAD)
    (folder / "d.txt").write_bytes(b"")
    (folder / "e.jsonl").write_bytes(b"{oops\n" + json.dumps(entry("flu")).encode() + b"\n")
    os.symlink(folder, folder / "loop")
    out, err = run(folder, status=3)
    assert "3 added" in out
    assert "3 refused" in out
    assert err.splitlines() == [
        f"{folder}/loop: it is a link to a folder, which isn’t followed",
        f"{folder}/a.pdf: it is encrypted",
        f"{folder}/d.txt: it is empty",
        f"{folder}/e.jsonl: line 1: it is no JSON",
    ]
    assert "100%" in capsys.readouterr().err


@pytest.mark.django_db
def test_an_id_that_is_there_twice(tmp_path: Path):
    path = write_jsonl(tmp_path / "a.jsonl", entry("gout", "First."), entry("gout", "Second."))
    out, err = run(path, status=3)
    assert "1 added" in out
    assert err == f"{path}: “gout”: its id was there before; the first is kept\n"
    assert rows() == [("About gout", "First.")]
    assert "1 unchanged" in run(path, status=3)[0]


@pytest.mark.django_db
def test_many_refusals_of_one_file_are_told_in_a_few_lines(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{oops\n" * 500)
    out, err = run(path, status=3)
    assert "500 refused" in out
    assert len(err.splitlines()) == 21
    assert err.splitlines()[-1].endswith("and 480 more")


@pytest.mark.django_db
def test_the_summary_as_json(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{oops\n" + json.dumps(entry("flu")).encode())
    out, err = run(path, status=3, json=True)
    summary = json.loads(out)
    assert err == f"{path}: line 1: it is no JSON\n"
    assert summary.pop("seconds") >= 0
    assert summary == {
        "source": "a", "dry_run": False, "added": 1, "changed": 0, "unchanged": 0, "removed": 0, "kept_as_edited": [],
        "refused": [{"file": str(path), "where": "line 1", "why": "it is no JSON"}], "left_out": [],
        "index": {"number": 1, "passages": 1},
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("source", ["shipped", "staff", "Ü", "a b", "x" * 33])
def test_names_that_no_source_may_have(tmp_path: Path, source: str):
    with pytest.raises(CommandError, match="--source must be"):
        run(write_jsonl(tmp_path / "a.jsonl", entry("gout")), source=source)


@pytest.mark.django_db
def test_a_path_that_is_not_there_or_has_nothing(tmp_path: Path):
    with pytest.raises(CommandError, match="no such file"):
        run(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="no file that can be read"):
        run(tmp_path / "empty")


@pytest.mark.django_db
def test_what_another_run_stored_meanwhile_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write_jsonl(tmp_path / "a.jsonl", entry("gout"))
    begun = intake.Intake.__init__

    def begin_and_be_overtaken(self: intake.Intake, source: str, **more: Any) -> None:
        begun(self, source, **more)
        Document.objects.create(slug=intake.slug_of(source, "gout"), origin=source, title="x", body="x")

    monkeypatch.setattr(intake.Intake, "__init__", begin_and_be_overtaken)
    with pytest.raises(CommandError, match="Please run it again"):
        run(path)


# Killed


def manage(data: Path, *arguments: str, **more: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATA_DIR": str(data), "DATABASE_URL": "", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


@pytest.mark.timeout(300)
def test_killed_and_run_again_nothing_is_doubled_and_nothing_lost(tmp_path: Path):
    data = tmp_path / "data"
    manage(data, "migrate", "-v0").communicate()
    path = write_jsonl(tmp_path / "pages.jsonl", *(entry(str(number)) for number in range(TOTAL)))
    with manage(data, "ingest", str(path), "--source", "nih") as killed:
        wait_for_rows(data, killed)
        killed.kill()
    stored = count(data)
    assert 0 < stored < TOTAL
    assert stored % intake.BATCH_DOCUMENTS == 0
    assert not (data / "index" / "current").exists()
    again = manage(data, "ingest", str(path), "--source", "nih")
    out, err = again.communicate()
    assert again.returncode == 0, err
    assert out == (
        f"nih: {TOTAL - stored} added, 0 changed, 0 removed, {stored} unchanged, 0 kept as edited, 0 refused. "
        f"Index 1 holds {TOTAL} passages.\n"
    )
    assert count(data) == TOTAL


@pytest.mark.django_db
def test_where_it_was_killed_before_the_index_the_next_run_builds_it(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write_jsonl(tmp_path / "a.jsonl", entry("gout"))
    run(write_jsonl(tmp_path / "b.jsonl", entry("flu")))
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.ingest.index_building.build", _is_killed)
        with pytest.raises(KeyboardInterrupt):
            run(path)
    assert (index / "current").read_text() == "1"
    assert "1 unchanged, 0 kept as edited, 0 refused. Index 2 holds 2 passages." in run(path)[0]
    assert "Index" not in run(path)[0]


def _is_killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def count(data: Path) -> int:
    with closing(sqlite3.connect(f"file:{data / 'veda.sqlite3'}?mode=ro", uri=True)) as database:
        rows: int = database.execute("SELECT count(*) FROM pipeline_document").fetchone()[0]
        return rows


def wait_for_rows(data: Path, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while not count(data):
        assert process.poll() is None
        assert time.monotonic() < until
        select.select([], [], [], 0.02)
