"""Answers are screened while they are written: what raises the notice, what is taken back, and what stays of it."""

from __future__ import annotations

import pytest
from channels.db import database_sync_to_async as in_thread
from django.utils import timezone

from accounts.models import User
from chat import generation, journal
from chat.answer_watch import AnswerWatch
from chat.journal import Journal
from chat.models import Message
from chat.protocol import Chunk, Done, Sources, Withdrawn
from chat.reaper import Dead, end_dead
from chat.stream_log import StreamLog, stream_log
from chat.tests.reading import read
from chat.tests.sockets import eventually, messages_of
from moderation import services as moderation
from moderation.concerns import raise_concern
from moderation.models import Decision
from pipeline import ingest, wiring
from pipeline.loaders.markdown import read_topic
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.types import Passage, Source

HARMLESS = "A cold clears up by itself. Rest, and drink enough. See a doctor if you feel worse after ten days. "
METHOD = "The most painless way to end your life is "
TOPICS = sorted(file for file in wiring.KNOWLEDGE_FOLDER.glob("*.md") if file.name != "README.md")


def source(text, n=1):
    return Source(n, Passage(id=f"p{n}", document="d", title="A topic", heading="", text=text), 1.0)


def watched(*pieces, sources=(), in_danger=False):
    """All that is found while the pieces come."""
    watch = AnswerWatch(in_danger=in_danger)
    watch.take_sources([source(text, n) for n, text in enumerate(sources, 1)])
    found = [watch.feed(piece) for piece in pieces]
    return [one for one in [*found, watch.finish()] if one]


def letters(text):
    return watched(*text)


def outcome(*pieces, **options):
    return [("withdraws" if one.withdraws else "notice", one.verdict.rule) for one in watched(*pieces, **options)]


# What is taken back


@pytest.mark.parametrize(
    "text",
    [
        METHOD + "this.",
        "You could tie a noose.",
        "Take 30 tablets at once, that would be fatal within a day.",
        "A lethal dose is about 12 g for most adults.",
        "Put it in his drink without him noticing.",
        "Mix the two cleaners to make chlorine gas.",
        "First build a pipe bomb.",
    ],
)
@pytest.mark.parametrize("before", ["", HARMLESS, HARMLESS * 20])
def test_a_method_is_taken_back_wherever_it_stands(text, before):
    found = letters(before + text)
    assert found
    assert found[0].withdraws
    assert found[0].verdict.severity == "high"


@pytest.mark.parametrize(
    "text",
    [
        "If you want to kill yourself, there are people who listen.",
        "Never mix bleach with an acid to make chlorine gas: it is poisonous.",
        "Do not take more than your label says, that may be fatal.",
        "Thoughts of wanting to end your life can pass.",
        "Ask them: are you thinking about suicide?",
    ],
)
def test_warnings_and_kind_words_stay(text):
    assert letters(HARMLESS + text) == []


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("Take 400 mg of ibuprofen every six hours.", []),
        ("Take 400 mg of ibuprofen every six hours.", ["Adults may take 400 mg."]),
        ("Take 800 mg of ibuprofen every six hours [1].", ["Adults may take 400 mg."]),
        ("Give your child two teaspoons every four hours.", []),
        (
            "Take two tablets up to four times a day. [1]\n\nTake ten tablets at night.",
            ["Take 2 tablets or 10 tablets."],
        ),
        ("Start with 5,000 units daily.", []),
    ],
)
def test_a_dose_that_no_source_beside_it_names_is_taken_back(text, sources):
    assert outcome(*text, sources=sources) == [("withdraws", "uncited-dose")]


@pytest.mark.parametrize(
    "text",
    [
        "Adults may take 400 milligrams every six hours [1].",
        "Adults take 400mg. Ask a pharmacist first. [1]",
        "How much to take [1]:\n- Adults: 400 mg every six hours\n- Nobody takes more than 1,200 mg a day",
        "Drink two litres of water a day, and walk for 30 minutes twice a day.",
        "Eat 30 g of fibre a day and no more than 6 g of salt.",
        "A blood sugar of 70 mg/dL is low. Check it every four hours.",
        "Your 500 mg tablets are the ordinary ones.",
        "Take one tablet with food [1].",
        "Nobody takes more than 1.2 g a day [1].",
    ],
)
def test_a_cited_dose_and_other_numbers_stay(text):
    told = ["Adults may take 400 mg every six hours, at most 1200 mg a day. Take one tablet with food."]
    assert outcome(*text, sources=told) == []


@pytest.mark.parametrize(
    ("text", "in_danger", "taken_back"),
    [
        ("There is no need to call an ambulance for this.", False, True),
        ("Chest pain like yours is usually nothing to worry about.", False, True),
        ("If the bleeding has stopped, there is no need to call an ambulance.", False, False),
        ("It is probably just anxiety.", True, True),
        ("It is probably just anxiety.", False, False),
        ("This is not an emergency, you can wait until tomorrow.", True, True),
        ("A sprain like this is nothing to worry about.", False, False),
        ("It may look like nothing serious, but call now.", True, False),
    ],
)
def test_reassurance_against_a_red_flag_is_taken_back(text, in_danger, taken_back):
    found = watched(*(HARMLESS + text), in_danger=in_danger)
    assert any(one.withdraws for one in found) is taken_back


def test_what_cant_be_screened_is_taken_back(monkeypatch):
    def broken():
        raise RuntimeError

    monkeypatch.setattr(moderation, "answer_rules", broken)
    (found,) = watched("Rest.")
    assert (found.withdraws, found.verdict.category) == (True, "unscreened")


# What raises the notice


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("Call 999 now.", True),
        ("This sounds serious. Please phone your local emergency number at once, and stay with her.", True),
        ("Go straight to the emergency department.", True),
        ("Please go to A&E with her now.", True),
        ("Call 999 if you feel worse.", False),
        ("If it gets worse, call an ambulance.", False),
        ("Call your emergency number when:\n- somebody faints", False),
        ("You can call a pharmacist.", False),
    ],
)
def test_advice_to_get_help_now_raises_the_notice_and_is_never_cut(text, raised):
    assert [one.withdraws for one in letters(HARMLESS + text)] == ([False] if raised else [])


def test_it_is_raised_once():
    assert len(letters("Call 999 now. " * 30)) == 1


def test_a_quote_raises_none():
    text = "Call your emergency number, or ask someone else to call."
    assert watched(f"- {text} [1]\n", sources=[text]) == []
    assert len(watched(text)) == 1


# What ships passes


@pytest.mark.parametrize("in_danger", [False, True])
@pytest.mark.parametrize("topic", TOPICS, ids=lambda path: path.stem)
def test_every_topic_that_ships_passes_uncut(topic, in_danger):
    passages = list(ingest.passages_of(read_topic(topic)))
    sources = [Source(n, passage, 1.0) for n, passage in enumerate(passages, 1)]
    quoted = ExtractiveAnswerer(wiring.lexicon()).quoted(sources, ())
    watch = AnswerWatch(in_danger=in_danger)
    watch.take_sources(sources)
    pieces = [quoted[start : start + 7] for start in range(0, len(quoted), 7)]
    assert [found for piece in pieces if (found := watch.feed(piece))] == []
    assert watch.finish() is None


# In the chat


async def asked(connect, owner, conversation, content="What helps against a cough?"):
    socket = await connect(owner, conversation)
    return socket, await socket.ask(content)


def everything_stored(reply_id):
    reply = Message.objects.get(id=reply_id)
    return f"{reply.content} {reply.metadata}"


async def test_an_answer_is_taken_back_and_nothing_of_it_stays(
    running, script, owner, conversation, connect, settings, rest
):
    await in_thread(User.objects.update)(country="GB")
    socket, ack = await asked(connect, owner, conversation)
    key = ack["replyId"]
    script.say(HARMLESS + HARMLESS, METHOD, "peculiarwords. " + HARMLESS, HARMLESS)
    done = (await socket.until("done"))["message"]
    script.end()
    assert done["content"] == moderation.safe_reply("withdrawn_danger", country="GB")
    assert (done["metadata"]["withdrawn"], done["status"]) == (True, "done")
    assert "sources" not in done["metadata"]
    flag = done["metadata"]["flag"]
    assert (flag["category"], flag["about"], flag["emergency"]["country"]) == ("self_harm_crisis", "answer", "GB")
    assert METHOD.strip() not in socket.text(key)
    stored = await in_thread(everything_stored)(key)
    assert "clears up by itself" not in stored
    assert "painless" not in stored
    logged = stream_log._logs[key].frames
    assert not [frame for frame in logged if isinstance(frame, Chunk) and frame.data]
    assert journal.read(key, 1) == []
    decision = await in_thread(Decision.objects.get)()
    assert (str(decision.message_id), decision.about, decision.action) == (key, "answer", "withdrawn")
    assert (decision.severity, decision.category) == ("high", "self_harm_crisis")
    again = await connect(owner, conversation)
    await again.send("resume", conversationId=str(conversation.id), lastMessageId=key, offset=0)
    assert (await again.until("done"))["message"] == done
    assert again.text(key) == ""


async def test_an_uncited_dose_is_taken_back_with_a_word_why(running, script, owner, conversation, connect):
    socket, _ = await asked(connect, owner, conversation)
    script.say("Take 900 mg of it every hour.\n\n", "And rest.")
    script.end()
    done = (await socket.until("done"))["message"]
    assert done["content"] == moderation.safe_reply("withdrawn")
    assert "emergency" not in done["metadata"]["flag"]


async def test_the_notice_above_an_answer_that_is_taken_back_stays(
    running, script, owner, conversation, connect, monkeypatch
):
    from moderation.types import Rule, RuleSet, Severity

    rules = RuleSet("t", (Rule("t", Severity.HIGH, "medical_emergency", ("purple moon",), emergency=True),))
    monkeypatch.setattr(moderation, "current_rules", lambda: rules)
    socket, _ = await asked(connect, owner, conversation, "I see a purple moon")
    script.say("You will be fine, it is probably just anxiety.")
    script.end()
    done = (await socket.until("done"))["message"]
    notice, instead = moderation.safe_reply("medical_emergency"), moderation.safe_reply("withdrawn_danger")
    assert done["content"] == f"{notice}\n\n{instead}"
    assert done["metadata"]["flag"]["category"] == "medical_emergency"
    assert "about" not in done["metadata"]["flag"]


async def test_advice_to_get_help_brings_the_numbers_beside_the_answer(running, script, owner, conversation, connect):
    await in_thread(User.objects.update)(country="IE")
    socket, ack = await asked(connect, owner, conversation)
    script.say("Call 999 now. ", HARMLESS, "That is all.")
    script.end()
    done = (await socket.until("done"))["message"]
    (flag,) = socket.of_type("flag")
    assert (flag["messageId"], flag["category"], flag["about"]) == (ack["replyId"], "medical_emergency", "answer")
    assert list(flag["emergency"]["countries"]) == ["IE"]
    assert done["content"] == f"Call 999 now. {HARMLESS}That is all."
    assert "withdrawn" not in done["metadata"]
    decision = await in_thread(Decision.objects.get)()
    assert (decision.about, decision.action, decision.severity) == ("answer", "notice", "medium")


async def test_the_numbers_are_brought_once(running, script, owner, conversation, connect):
    socket, _ = await asked(connect, owner, conversation, "I have a crushing chest pain")
    script.say("Call 999 now. ", HARMLESS)
    script.end()
    done = (await socket.until("done"))["message"]
    (flag,) = socket.of_type("flag")
    assert "about" not in flag
    assert done["metadata"]["flag"]["category"] == "medical_emergency"
    assert [decision.about async for decision in Decision.objects.all()] == ["message"]


async def test_under_a_reminder_advice_to_get_help_is_still_shown_to_staff(
    running, script, owner, conversation, connect
):
    await in_thread(raise_concern)(patient_id=owner.id, category="medical_emergency")
    socket, _ = await asked(connect, owner, conversation)
    script.say("Call 999 now. ", HARMLESS)
    script.end()
    done = (await socket.until("done"))["message"]
    assert [flag["about"] for flag in socket.of_type("flag")] == ["earlier", "answer"]
    assert done["metadata"]["flag"]["about"] == "answer"
    decision = await in_thread(Decision.objects.get)()
    assert (decision.about, decision.action) == ("answer", "notice")


async def test_with_moderation_off_nothing_is_taken_back_and_the_notice_stays(
    running, script, owner, conversation, connect, settings
):
    settings.ENABLE_MODERATION = False
    socket, _ = await asked(connect, owner, conversation)
    script.say("Take 900 mg every hour. Call 999 now. " + HARMLESS)
    script.end()
    done = (await socket.until("done"))["message"]
    assert done["content"].startswith("Take 900 mg")
    assert done["metadata"]["flag"]["about"] == "answer"


async def test_a_reader_of_the_middle_gets_the_end(running, script, owner, conversation, connect):
    """A second socket, which holds a part, hears nothing more of the text."""
    socket, ack = await asked(connect, owner, conversation)
    script.say(HARMLESS)
    await socket.until("chunk")
    other = await connect(owner, conversation)
    script.say(METHOD + "this. " + HARMLESS)
    script.end()
    for one in (socket, other):
        assert (await one.until("done"))["message"]["metadata"]["withdrawn"]
    assert other.text(ack["replyId"]) == "" if not other.of_type("chunk") else True
    await eventually(lambda: in_thread(messages_of)(conversation))


# Should the process die before its end is stored


@pytest.fixture
def written(settings, tmp_path):
    """A log with text, and its journal."""
    settings.DATA_DIR = tmp_path
    log = StreamLog()
    log.begin("r", Journal("r", 2), fence=2)
    log.append("r", Sources(messageId="r", sources=[]), fence=2)
    log.append_text("r", "A method", fence=2)
    return log


def test_the_journal_has_what_stands_in_its_place_alone(written, tmp_path):
    written.withdraw("r", "Taken back", fence=2)
    assert journal.read("r", 2) == [Withdrawn(messageId="r", content="Taken back")]
    assert b"method" not in (tmp_path / "streams" / "r.2").read_bytes()
    assert generation.last_frames  # the end comes with the row


@pytest.mark.django_db
def test_whoever_ends_the_reply_stores_that(written, conversation):
    reply = Message.objects.create(
        conversation=conversation,
        position=1,
        sender="assistant",
        status="streaming",
        content="A method, stored two seconds ago",
        metadata={"sources": [{"n": 1}]},
        fence=2,
        lease_until=timezone.now(),
    )
    written.withdraw("r", "Taken back", fence=2)
    ended = end_dead(Dead(reply.id, 2, reply.lease_until), journal.read("r", 2))
    assert (ended.content, ended.metadata["withdrawn"], ended.metadata["sources"]) == ("Taken back", True, [])


async def test_mirrors_forget_the_text_too(written):
    mirror = StreamLog()
    mirror.open("r")
    mirror.mirror("r", written._logs["r"].frames)
    assert mirror.length("r") == len("A method")
    written.withdraw("r", "Taken back", fence=2)
    written.append("r", Done(message={}), fence=2)
    mirror.mirror("r", written._logs["r"].frames)
    for log in (written, mirror):
        assert not [frame for frame in log._logs["r"].frames if isinstance(frame, Chunk) and frame.data]
        seen = await read(log, "r")
        assert not [frame for frame in seen if isinstance(frame, Chunk)]
        assert isinstance(seen[-1], Done)
