"""Migrations go back as well as forth, for the operator who returns to the version before."""

from __future__ import annotations

import sqlite3

import pytest

from veda.tests.serving import manage

USED = """
from accounts.tests.factories import UserFactory
from chat.models import Conversation, Message
conversation = Conversation.objects.create(user=UserFactory())
"""
COUNTED = """
from chat.models import Conversation, Message
conversation = Conversation.objects.get()
for position in (1, 2):
    Message.objects.create(conversation=conversation, position=position, sender="user", status="sent")
conversation.messages.first().delete()
conversation.refresh_from_db()
print(conversation.messages_count)
"""


@pytest.mark.timeout(240)
def test_on_sqlite_they_go_back_and_forth_with_rows_and_the_triggers_stay(tmp_path):
    def run(*arguments):
        done = manage(tmp_path, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    def triggers():
        database = sqlite3.connect(tmp_path / "veda.sqlite3")
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        database.close()
        return names

    run("migrate", "--verbosity", "0")
    before = triggers()
    assert {"chat_message_counted", "chat_message_uncounted", "accounts_auditevent_unchanged"} <= before
    run("shell", "--no-imports", "--command", USED)
    run("migrate", "chat", "0002", "--verbosity", "0")
    assert triggers() == before
    run("migrate", "--verbosity", "0")
    assert triggers() == before
    assert run("shell", "--no-imports", "--command", COUNTED) == "1"
    for app in ("chat", "moderation", "pipeline", "accounts"):
        run("migrate", app, "zero", "--verbosity", "0")
