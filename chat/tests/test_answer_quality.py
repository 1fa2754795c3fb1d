"""What is measured of a finished reply: in its metadata, at the places of its content, and counted for staff."""

from __future__ import annotations

from channels.db import database_sync_to_async as in_thread

from chat import day_counts, generation

WORDS = "peculiar" + "words"
QUESTION = "What helps against a migraine?"


def marked(reply: dict) -> list[str]:
    return [reply["content"][place["start"] : place["end"]] for place in reply["metadata"]["unsupported"]]


async def answered(socket, question: str = QUESTION) -> dict:
    await socket.ask(question)
    return (await socket.until("done"))["message"]


async def test_what_is_quoted_is_supported_and_has_a_reading_grade(running, owner, conversation, connect):
    reply = await answered(await connect(owner, conversation))
    assert reply["metadata"]["support"]["score"] == 1
    assert reply["metadata"]["support"]["sentences"] >= 3
    assert marked(reply) == []
    assert 2 < reply["metadata"]["reading_grade"] < 10


async def test_what_a_model_adds_to_its_sources_is_marked_and_counted(running, script, owner, conversation, connect):
    script.say("🌙 Rest in a dark room [1]. ", "Green tea lowers the pressure inside your eye [1].")
    script.end()
    reply = await answered(await connect(owner, conversation))
    assert marked(reply) == ["Green tea lowers the pressure inside your eye [1]."]
    assert reply["metadata"]["unsupported"][0]["missing"] == ["words"]
    assert reply["metadata"]["support"] == {"score": 0.5, "sentences": 2}
    counted = await in_thread(day_counts.count)(day_counts.today())
    assert (counted.checked, counted.unsupported) == (1, 1)


async def test_the_notice_above_an_answer_is_not_measured(running, owner, conversation, connect):
    reply = await answered(await connect(owner, conversation), "I have chest pain and can't breathe")
    assert "emergency" in reply["metadata"]["flag"]
    assert marked(reply) == []


async def test_an_answer_that_was_not_found_is_not_checked(running, owner, conversation, connect):
    reply = await answered(await connect(owner, conversation), "How do I mend a bicycle chain?")
    assert reply["metadata"]["kind"] == "not_found"
    assert "unsupported" not in reply["metadata"]


async def test_a_fault_in_measuring_costs_no_answer(running, script, owner, conversation, connect, monkeypatch, caplog):
    def broken(*_: object, **__: object) -> None:
        raise ValueError(WORDS)

    monkeypatch.setattr(generation, "measure", broken)
    script.say("Rest in a dark room [1].")
    script.end()
    reply = await answered(await connect(owner, conversation))
    assert (reply["status"], reply["content"]) == ("done", "Rest in a dark room [1].")
    assert "couldn't be measured" in caplog.text
    assert WORDS not in caplog.text
