"""Journals of running replies: what a killed process leaves for whoever ends its replies."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from pathlib import Path

import pytest

from chat import journal
from chat.journal import Journal
from chat.protocol import Chunk, Done, Stage
from chat.stream_log import StreamLog


@pytest.fixture
def reply():
    return str(uuid.uuid4())


@pytest.fixture
def log(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    journal.remove_spare()
    return StreamLog()


def files(tmp_path):
    return sorted(path.name for path in (tmp_path / "streams").glob("*"))


def test_what_was_published_is_there_before_anybody_reads_it_and_goes_with_the_end(log, reply, tmp_path):
    log.begin(reply, Journal(reply, 3), fence=3)
    log.append(reply, Stage(messageId=reply, stage="answering"), fence=3)
    log.append_text(reply, "Rest 🌙\n", fence=3)
    assert files(tmp_path) == [f"{reply}.3"]
    assert journal.read(reply, 3) == [
        Stage(messageId=reply, stage="answering"), Chunk(messageId=reply, data="Rest 🌙\n", offset=0),
    ]  # fmt: skip
    assert journal.read(reply, 2) == []
    log.append(reply, Done(message={}), fence=3)
    assert files(tmp_path) == []


def test_another_reply_writes_into_the_file_of_one_that_ended_and_finds_nothing_in_it(log, reply, tmp_path):
    log.begin(reply, Journal(reply, 1), fence=1)
    log.append_text(reply, "Rest, and drink plenty of water", fence=1)
    written = (tmp_path / "streams" / f"{reply}.1").stat().st_ino
    log.append(reply, Done(message={}), fence=1)
    spare = tmp_path / "spare-streams" / f"{reply}.1"
    assert spare.stat().st_ino == written
    assert not spare.read_bytes().strip(b"\0")
    following = str(uuid.uuid4())
    log.begin(following, Journal(following, 1), fence=1)
    assert (tmp_path / "streams" / f"{following}.1").stat().st_ino == written
    log.append_text(following, "Eat", fence=1)
    assert [frame.data for frame in journal.read(following, 1)] == ["Eat"]
    log.append(following, Done(message={}), fence=1)
    journal.remove_spare()
    assert not list((tmp_path / "spare-streams").iterdir())


def test_a_spare_file_that_somebody_removed_is_made_anew(log, reply, tmp_path):
    log.begin(reply, Journal(reply, 1), fence=1)
    log.append(reply, Done(message={}), fence=1)
    shutil.rmtree(tmp_path / "spare-streams")
    following = str(uuid.uuid4())
    log.begin(following, Journal(following, 1), fence=1)
    log.append_text(following, "Eat", fence=1)
    assert [frame.data for frame in journal.read(following, 1)] == ["Eat"]
    log.append(following, Done(message={}), fence=1)
    assert files(tmp_path) == []


def test_nobody_else_on_the_machine_may_read_it(log, reply, tmp_path):
    log.begin(reply, Journal(reply, 1), fence=1)
    assert (tmp_path / "streams").stat().st_mode & 0o077 == 0
    assert (tmp_path / "streams" / f"{reply}.1").stat().st_mode & 0o077 == 0


def test_a_line_that_was_cut_off_is_left_out(log, reply, tmp_path):
    log.begin(reply, Journal(reply, 1), fence=1)
    log.append_text(reply, "Rest", fence=1)
    with (tmp_path / "streams" / f"{reply}.1").open("ab") as file:
        file.write(b'{"type":"chunk","messageId":"x","da')
    assert [frame.data for frame in journal.read(reply, 1)] == ["Rest"]


def test_a_long_reply_is_kept_whole(log, reply):
    log.begin(reply, Journal(reply, 1), fence=1)
    pieces = [f"piece {number} " * 50 for number in range(300)]
    for piece in pieces:
        log.append_text(reply, piece, fence=1)
    assert [frame.data for frame in journal.read(reply, 1)] == pieces


def test_what_is_deleted_or_lost_leaves_nothing_or_all(log, reply, tmp_path):
    other = str(uuid.uuid4())
    for name in (reply, other):
        log.begin(name, Journal(name, 1), fence=1)
        log.append_text(name, "Rest", fence=1)
    log.discard([reply])
    log.give_up(other)  # another process has ended it, and may need what was shown here
    assert files(tmp_path) == [f"{other}.1"]
    journal.remove(other, 1)
    assert files(tmp_path) == []


def test_a_disk_that_takes_nothing_costs_the_journal_and_not_the_reply(log, reply, tmp_path, logged):
    (tmp_path / "streams").write_text("no folder")
    log.begin(reply, Journal(reply, 1), fence=1)
    assert log.append_text(reply, "peculiarwords", fence=1) == len("peculiarwords")
    log.append(reply, Done(message={}), fence=1)
    lines = "\n".join(logged())
    assert "without its journal" in lines
    assert "peculiarwords" not in lines


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_gets_full_costs_the_journal_and_not_the_reply(log, reply, tmp_path, logged):
    (tmp_path / "streams").mkdir()
    (tmp_path / "streams" / f"{reply}.1").symlink_to("/dev/full")
    log.begin(reply, Journal(reply, 1), fence=1)
    for word in ("Rest", " in bed"):
        log.append_text(reply, word, fence=1)
    assert log.length(reply) == len("Rest in bed")
    assert sum("without its journal" in line for line in logged()) == 1


def test_what_nobody_came_back_for_goes_after_a_day(log, reply, tmp_path):
    log.begin(reply, Journal(reply, 1), fence=1)
    other = tmp_path / "streams" / "old.1"
    other.write_text("{}")
    day_ago = time.time() - journal.KEPT_SECONDS - 1
    os.utime(other, (day_ago, day_ago))
    assert journal.remove_old() == 1
    assert files(tmp_path) == [f"{reply}.1"]
