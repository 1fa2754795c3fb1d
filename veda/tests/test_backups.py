"""`backup` and `restore`: what comes back is what was there, less what was deleted since; anything else is refused."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import time
import uuid

import psycopg
import pytest

from veda import backup_file
from veda.tests.serving import PATIENCE, Server, free_port, manage

pytestmark = pytest.mark.timeout(240)

FILL = """
import uuid
from accounts.tests.factories import UserFactory
from accounts.models import AuditEvent
from chat.attachments import attach, store_picture
from chat.models import Conversation, Message
from chat.tests.hostile_pictures import plain
from moderation.models import Decision, RuleBook
for number in range(3):
    user = UserFactory(email=f"person{number}@veda.example", name=f"Ünal {number}")
    conversation = Conversation.objects.create(user=user, title="Kopfschmerz")
    asked = Message.objects.create(conversation=conversation, position=1, sender="user", status="sent", type="image",
                                   content="peculiarwords\\n\\x0b")
    Message.objects.create(conversation=conversation, position=2, sender="assistant", status="done", reply_to=asked,
                           content="An answer", metadata={"sources": [{"n": 1}], "none": None})
    attach(asked, [store_picture(conversation, plain(), name="a.png", metadata={}).id])
    Decision.objects.create(patient_id=user.id, conversation_id=conversation.id, message_id=asked.id, severity="low")
    AuditEvent.objects.create(action="signed_in", actor_id=user.id)
RuleBook.objects.create(text="{}", note="a note")
Message.objects.create(conversation=conversation, position=3, sender="user", status="sent", content="more")
"""
DELETE = """
from accounts.models import User
from chat import deletion
from chat.models import Conversation
deletion.delete_conversation(conversation=Conversation.objects.get(user__email="person0@veda.example"))
deletion.delete_account(user=User.objects.get(email="person1@veda.example"))
"""


def shell(folder, code):
    done = manage(folder, "shell", "--no-imports", "--command", code)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory, prepare):
    """A folder with patients, its backup and the key; and what was deleted after the backup."""
    folder = tmp_path_factory.mktemp("before")
    prepare(folder)
    shell(folder, FILL)
    made = manage(folder, "backup", str(folder / "key.txt"), "--make-key")
    recipient = made.stdout.strip().partition("=")[2]
    done = manage(folder, "backup", str(folder / "veda.age"), BACKUP_RECIPIENT=recipient)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 files" in done.stdout
    return folder


def restore(backed_up, folder, *more, file="veda.age"):
    return manage(folder, "restore", str(backed_up / file), "--key", str(backed_up / "key.txt"), *more)


def state(folder):
    """Each table's rows and each file, as hashes."""
    database = sqlite3.connect(folder / "veda.sqlite3")
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    left_out = {"django_session", "django_migrations", "sqlite_sequence"}
    tables = {}
    for name in names:
        if name not in left_out:
            rows = sorted(map(repr, database.execute(f"SELECT * FROM {name}")))
            tables[name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    database.close()
    files = {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((folder / "uploads").rglob("*"))
        if file.is_file()
    }
    return tables, files


def count(folder, table):
    database = sqlite3.connect(folder / "veda.sqlite3")
    [[rows]] = database.execute(f"SELECT count(*) FROM {table}")
    database.close()
    return rows


def until(condition):
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_what_comes_back_is_what_was_there(backed_up, tmp_path):
    before = state(backed_up)
    done = restore(backed_up, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert state(tmp_path) == before
    assert len(before[1]) == 3
    counted = "from chat.models import *; print(sorted(c.messages_count for c in Conversation.objects.all()))"
    assert shell(tmp_path, counted).strip() == "[2, 2, 3]"
    changing = "from accounts.models import *; AuditEvent.objects.update(reason='changed')"
    assert "audit events are never changed" in manage(tmp_path, "shell", "--no-imports", "--command", changing).stderr
    shell(tmp_path, "from accounts.models import *; AuditEvent.objects.create(action='signed_in')")  # the next number
    assert b"peculiarwords" not in (backed_up / "veda.age").read_bytes()


def test_what_was_deleted_since_is_deleted_again(backed_up, tmp_path):
    since = tmp_path / "since"
    since.mkdir()
    assert restore(backed_up, since).returncode == 0
    shell(since, DELETE)
    target = tmp_path / "target"
    target.mkdir()
    done = restore(backed_up, target, "--deletions", str(since / "deletions.jsonl"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 deletions done again" in done.stdout
    assert count(target, "chat_conversation") == count(target, "chat_attachment") == 1
    assert count(target, "accounts_user") == 2
    assert len(state(target)[1]) == 1


def test_a_deletion_whose_process_was_killed_behind_the_commit_is_in_the_ledger_once_another_runs(backed_up, tmp_path):
    since, target = tmp_path / "since", tmp_path / "target"
    since.mkdir()
    target.mkdir()
    assert restore(backed_up, since).returncode == 0
    killed = "import os, signal; from chat import deletion_ledger\n"
    killed += "deletion_ledger._append = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
    assert manage(since, "shell", "--no-imports", "--command", killed + DELETE).returncode == -signal.SIGKILL
    assert count(since, "chat_conversation") == 2
    ledger = since / "deletions.jsonl"
    assert not ledger.exists()
    server = Server(since, free_port())
    try:
        until(lambda: ledger.exists() and count(since, "chat_deletion") == 0)
    finally:
        server.end(signal.SIGKILL)
    done = restore(backed_up, target, "--deletions", str(ledger))
    assert "1 deletion done again" in done.stdout
    assert count(target, "chat_conversation") == 2


@pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="needs PostgreSQL: TEST_DATABASE_URL")
def test_it_goes_to_postgresql_and_back(backed_up, tmp_path):
    url = os.environ["TEST_DATABASE_URL"]
    name = f"veda_restore_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            there = {"DATABASE_URL": f"{url.rpartition('/')[0]}/{name}"}
            key = ("--key", str(backed_up / "key.txt"))
            done = manage(tmp_path, "restore", str(backed_up / "veda.age"), *key, **there)
            assert (done.returncode, done.stderr) == (0, "")
            numbered = "from accounts.models import *; print(AuditEvent.objects.create(action='signed_in').id)"
            assert manage(tmp_path, "shell", "--no-imports", "-c", numbered, **there).stdout.strip() == "4"
            recipient = str(backup_file.identity(backed_up / "key.txt").to_public())
            made = manage(tmp_path, "backup", str(tmp_path / "veda.age"), **there, BACKUP_RECIPIENT=recipient)
            assert made.returncode == 0, made.stderr
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    back = tmp_path / "back"
    back.mkdir()
    assert manage(back, "restore", str(tmp_path / "veda.age"), *key).returncode == 0
    (tables, files), (before, before_files) = state(back), state(backed_up)
    assert tables.pop("accounts_auditevent")[0] == before.pop("accounts_auditevent")[0] + 1
    assert files == before_files
    assert {name: rows for name, (rows, _) in tables.items()} == {name: rows for name, (rows, _) in before.items()}
    assert count(back, "chat_message WHERE content LIKE 'peculiarwords%'") == 3


def refused(done, words):
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert words in line


def test_what_cant_be_restored_is_refused_with_one_line_and_nothing_is_touched(backed_up, tmp_path):
    whole = (backed_up / "veda.age").read_bytes()
    (backed_up / "short.age").write_bytes(whole[:-100])
    (backed_up / "half.age").write_bytes(whole[: len(whole) // 2])
    (backed_up / "changed.age").write_bytes(whole[:5000] + b"x" + whole[5001:])
    (backed_up / "other.age").write_bytes(b"no backup at all")
    for file in ("short.age", "half.age", "changed.age"):
        refused(restore(backed_up, tmp_path, file=file), "broken off or damaged")
    refused(restore(backed_up, tmp_path, file="other.age"), "no backup")
    refused(restore(backed_up, tmp_path, file="nowhere.age"), "can't be read")
    refused(restore(backed_up, tmp_path, "--deletions", str(tmp_path / "nowhere.jsonl")), "nowhere.jsonl: there is no")
    manage(backed_up, "backup", str(tmp_path / "other.txt"), "--make-key")
    wrong = manage(tmp_path, "restore", str(backed_up / "veda.age"), "--key", str(tmp_path / "other.txt"))
    refused(wrong, "key doesn't open")
    refused(manage(tmp_path, "restore", str(backed_up / "veda.age"), "--key", str(backed_up / "veda.age")), "no key")
    assert not (tmp_path / "veda.sqlite3").exists()
    refused(restore(backed_up, backed_up), "isn't empty")


def test_one_that_was_killed_leaves_a_target_that_is_refused_and_can_be_restored_again(backed_up, tmp_path):
    """Killed where all rows are in and nothing is committed yet."""
    code = (
        "import os, signal; from veda import backups, backup_file; from pathlib import Path;"
        "backups._set_sequences = lambda: os.kill(os.getpid(), signal.SIGKILL);"
        "from django.core.management import call_command;"
        f"call_command('restore', Path({str(backed_up / 'veda.age')!r}), key=Path({str(backed_up / 'key.txt')!r}))"
    )
    assert manage(tmp_path, "shell", "--no-imports", "--command", code).returncode == -signal.SIGKILL
    assert count(tmp_path, "chat_message") == 0
    refused(manage(tmp_path, "serve", "--port", "1"), "broken off")
    assert restore(backed_up, tmp_path).returncode == 0
    assert state(tmp_path) == state(backed_up)


def test_a_backup_wants_a_recipient_and_a_new_name(backed_up, tmp_path):
    refused(manage(tmp_path, "backup", str(tmp_path / "x.age")), "public key like age1")
    refused(manage(backed_up, "backup", str(backed_up / "veda.age"), BACKUP_RECIPIENT="age1"), "exists already")
    assert not list(tmp_path.glob("*.age*"))
