"""What must be so after every fault."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from chat.tests.faults import model
from chat.tests.faults.patient import Patient
from chat.tests.faults.site import Site
from chat.tests.faults.tab import PATIENCE, RARE_WORD

UNFINISHED = "SELECT count(*) FROM chat_message WHERE status IN ('queued', 'streaming')"
NOT_FOR_LOGS = (RARE_WORD, model.RARE_WORD, "token=", "Bearer ", "@veda.example")


async def everything_ended_well(site: Site, *patients: Patient, at: int = 0) -> None:
    """Nothing doubled, nothing lost, nothing eternal, every open tab told, and logs without tracebacks or words.

    Asks the server `at`, and closes the tabs.
    """
    await _until_nothing_runs(site)
    for one in patients:
        stored: dict[str, Any] = {}
        for conversation in one.conversations:
            messages = await one.messages(conversation, at=at)
            whole = await one.insist("GET", f"/api/conversations/{conversation}", at=at)
            assert whole.body["messages_count"] == len(messages)
            _nothing_is_doubled(messages)
            stored |= {message["id"]: message for message in messages}
        _nothing_is_lost(one, stored)
        await _every_tab_was_told(one, stored)
        await one.leave()
    _logs_are_clean(site.new_lines())


async def _until_nothing_runs(site: Site) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await asyncio.to_thread(site.rows, UNFINISHED) == [(0,)]:
                return
            await asyncio.sleep(0.05)


def _nothing_is_doubled(messages: list[dict[str, Any]]) -> None:
    questions = [message for message in messages if message["sender"] == "user"]
    replies = [message for message in messages if message["sender"] == "assistant"]
    sent = Counter(message["client_message_id"] for message in questions)
    assert max(sent.values(), default=1) == 1, f"stored more than once: {sent}"
    assert sorted(reply["reply_to"] for reply in replies) == sorted(question["id"] for question in questions)


def _nothing_is_lost(one: Patient, stored: dict[str, Any]) -> None:
    for client_message_id, asked in one.asked.items():
        assert asked.message_id in stored, f"acknowledged and lost: {asked}"
        assert stored[asked.message_id]["client_message_id"] == client_message_id
        assert stored[asked.reply_id]["reply_to"] == asked.message_id
    for tab in one.tabs:
        for reply_id, shown in tab.texts.items():
            assert one.was_kept(shown, stored[reply_id]["content"]), f"shown and lost, of {reply_id}: {tab}"


async def _every_tab_was_told(one: Patient, stored: dict[str, Any]) -> None:
    for tab in one.tabs:
        if not tab.is_open:
            continue
        for reply in stored.values():
            if reply["conversation"] == tab.conversation and reply["sender"] == "assistant":
                end = await tab.until_end(reply["id"])
                assert (end["content"], end["status"]) == (reply["content"], reply["status"])


def _logs_are_clean(lines: list[str]) -> None:
    for number, line in enumerate(lines):
        assert "Traceback" not in line, "".join(lines[max(0, number - 3) : number + 80])
        assert not any(words in line for words in NOT_FOR_LOGS), line
