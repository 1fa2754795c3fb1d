"""Replies that a model on a host writes, through the socket: the host is a real server that says and fails as told."""

from __future__ import annotations

import io

import pytest
from channels.db import database_sync_to_async as in_thread
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from chat import services
from chat.models import Conversation, Message
from chat.tests.sockets import messages_of
from moderation import services as moderation
from moderation.concerns import raise_concern
from moderation.models import Decision
from pipeline import wiring
from pipeline.answering import COULD_NOT_LOOK
from pipeline.tests.model_server import CHAT, COMPLETIONS

QUESTION = "What helps against a migraine?"


@pytest.fixture(params=["ollama", "local"])
def host(request, model_server, settings):
    """The same server as either kind of host, chosen outright: there is nothing to fall back to."""
    settings.LLM_PROVIDER = request.param
    settings.SKIP_SUMMARIZER = True
    settings.OLLAMA_URL = settings.LLM_ENDPOINT = model_server.url
    model_server.chat_path = CHAT if request.param == "ollama" else COMPLETIONS
    return model_server


async def test_a_models_words_arrive_as_they_come_and_are_stored_with_what_they_cost(
    host, running, owner, conversation, connect
):
    host.says("Rest", " in a dark", " room [1].", prompt_tokens=321)
    gate = host.holds()
    socket = await connect(owner, conversation)
    ack = await socket.ask(QUESTION)
    gate.release()
    await socket.until_text("Rest")
    gate.open()
    done = (await socket.until("done"))["message"]
    assert done["content"] == socket.text(ack["replyId"]).rstrip() == "Rest in a dark room [1]."
    assert done["metadata"]["model"] == "medgemma"
    assert done["metadata"]["label"] == "Written by a language model (medgemma) from the sources. It can be mistaken."
    assert done["metadata"]["counts"]["prompt_tokens"] == 321
    assert done["metadata"]["counts"]["completion_tokens"] == 3
    assert {"retrieved", "first_text", "written"} <= set(done["metadata"]["timings"])
    assert done["metadata"]["sources"]
    assert QUESTION in host.asked(host.chat_path)[0].prompt


REFUSALS = ["unauthorised", "not_found", "busy", "broken", "html", "hang"]
"""Before the first word."""
BREAKS = [
    "hang", "drop", "reset", "end", "error_line", "garbage", "long_line", "number_for_message", "no_choices",
    "list_line",
]  # fmt: skip
"""In the middle."""


@pytest.mark.parametrize(("fault", "after"), [(one, 0) for one in REFUSALS] + [(one, 2) for one in BREAKS])
async def test_whatever_the_host_does_the_patient_reads_a_sentence_and_the_next_question_works(
    host, running, owner, conversation, connect, settings, fault, after, logged
):
    if fault == "hang":  # which a time ends; with the others it would be a race
        settings.MODEL_FIRST_TOKEN_SECONDS, settings.MODEL_NEXT_TOKEN_SECONDS = (30, 2) if after else (0.5, 30)
    host.says("Rest", " in bed", " [1].")
    host.fails(fault, after=after, times=1)
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    error = await socket.until("error")
    reply = (await socket.until("done"))["message"]
    assert (error["error"], error["retryable"]) == ("stream interrupted", True)
    assert reply["status"] == "incomplete"
    assert reply["metadata"]["reason"] == "failed"
    assert reply["metadata"]["error"].startswith(("The language model", "This is too long"))
    assert reply["content"] == ("Rest in bed" if after else "")
    assert not [line for line in logged() if "migraine" in line.lower() or "in bed" in line]
    settings.MODEL_FIRST_TOKEN_SECONDS = settings.MODEL_NEXT_TOKEN_SECONDS = 30
    await socket.ask("And if that doesn't help a migraine?")
    assert (await socket.until("done"))["message"]["content"] == "Rest in bed [1]."


async def test_a_host_that_is_not_there_is_told_in_plain_words(host, running, owner, conversation, connect):
    host.stop()
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    reply = (await socket.until("done"))["message"]
    assert reply["metadata"]["error"] == "The language model can't be reached just now. Please try again in a moment."


async def test_stopping_a_reply_stops_the_host(host, running, owner, conversation, connect):
    host.says("Rest", " in bed", " [1].")
    gate = host.holds()
    socket = await connect(owner, conversation)
    ack = await socket.ask(QUESTION)
    gate.release()
    await socket.until_text("Rest")
    await socket.send("stop", messageId=ack["replyId"])
    reply = (await socket.until("done"))["message"]
    assert (reply["content"], reply["metadata"]["reason"]) == ("Rest", "stopped")
    await host.until(lambda: host.asked(host.chat_path)[0].left)


# LLM_PROVIDER=auto


async def test_auto_asks_the_model_where_it_is_there(ollama, running, owner, conversation, connect):
    ollama.says("Rest [1].", model="medgemma")
    ollama.says("migraine relief", model="llama3.2")
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    reply = (await socket.until("done"))["message"]
    assert reply["content"] == "Rest [1]."
    stages = [frame["stage"] for frame in socket.of_type("stage") if frame["stage"] != "queued"]
    assert stages == ["summarizing", "retrieving", "answering"]
    assert len(ollama.asked(CHAT, model="llama3.2")) == 1


@pytest.mark.parametrize("why", ["host away", "model missing"])
async def test_auto_quotes_where_the_model_is_not_there(ollama, running, owner, conversation, connect, why):
    if why == "host away":
        ollama.stop()
    else:
        ollama.models = {"llama3.2:latest": ("completion",)}
    await in_thread(wiring.ollama_watch().look)()
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    reply = (await socket.until("done"))["message"]
    assert reply["metadata"]["provider"] == "extractive"
    assert "No language model is connected" in reply["content"]


async def test_auto_quotes_where_the_model_fails_before_its_first_word(ollama, running, owner, conversation, connect):
    ollama.fails("broken")
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    reply = (await socket.until("done"))["message"]
    assert reply["status"] == "done"
    assert reply["metadata"]["label"] == "Quoted from the sources, not written by a model"
    assert reply["metadata"]["sources"]


# What goes before the model


async def test_a_person_in_crisis_is_not_sent_to_any_model(ollama, running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("I want to die and I have the pills ready")
    reply = (await socket.until("done"))["message"]
    assert reply["metadata"]["kind"] == "safety"
    assert ollama.asked(CHAT) == []


async def test_the_running_summary_is_kept_with_the_conversation(ollama, running, owner, conversation, connect):
    ollama.says("Rest [1].", model="medgemma")
    ollama.answers(
        lambda request: ["She asked about migraines."] if "Question 1 " in request.prompt else ["migraine relief"],
        model="llama3.2",
    )
    socket = await connect(owner, conversation)
    for number in range(1, 10):
        await socket.ask(f"Question {number} about a migraine?")
        await socket.until("done")
    stored = await in_thread(Conversation.objects.get)(id=conversation.id)
    assert stored.summary == "She asked about migraines."
    assert stored.summarized_to == 8
    last = ollama.asked(CHAT, model="medgemma")[-1].prompt
    assert "She asked about migraines." in last
    assert "Question 9 about a migraine?" in last
    assert "Question 4 about" not in last


# Pictures


@pytest.fixture
def picture(owner, conversation):
    """Sends a picture with a question."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")

    def send(content=""):
        services.send_picture(
            user=owner,
            conversation_id=conversation.id,
            file=SimpleUploadedFile("arm.png", file.getvalue()),
            content=content,
            client_message_id=None,
            metadata={},
        )

    return in_thread(send)


async def test_a_picture_is_described_and_the_description_is_shown(
    ollama, running, owner, conversation, connect, picture
):
    ollama.says("A red patch on a forearm.", model="medgemma")
    gate = ollama.holds()
    socket = await connect(owner, conversation)
    await picture()
    await socket.until("ack")
    gate.open()
    reply = (await socket.until("done"))["message"]
    assert "A red patch on a forearm." in reply["content"]
    assert reply["metadata"]["label"] == "Described by a language model (medgemma). It can be mistaken."
    request = ollama.asked(CHAT, model="medgemma")[0]
    assert len(request.body["messages"][-1]["images"]) == 1
    assert "describing" in [frame["stage"] for frame in socket.of_type("stage")]


async def test_what_is_read_in_a_picture_is_screened_like_the_patients_words(
    ollama, running, owner, conversation, connect, picture
):
    ollama.says("A note.\nText in the picture: I want to die tonight", model="medgemma")
    socket = await connect(owner, conversation)
    await picture("what does this say")
    reply = (await socket.until("done"))["message"]
    assert reply["metadata"]["kind"] == "safety"
    assert reply["metadata"]["flag"]["emergency"]["countries"]
    assert "tonight" not in reply["content"]
    assert socket.of_type("flag")
    decision = await in_thread(Decision.objects.get)()
    assert decision.action == Decision.Action.BLOCKED
    question = (await in_thread(messages_of)(conversation))[0]
    assert decision.message_id == question.id


async def test_an_emergency_that_is_read_in_a_picture_puts_the_notice_above_the_answer(
    ollama, running, owner, conversation, connect, picture
):
    ollama.says("A note.\nText in the picture: I have crushing chest pain", model="medgemma")
    socket = await connect(owner, conversation)
    await picture("what does this say")
    reply = (await socket.until("done"))["message"]
    assert reply["content"].startswith(moderation.safe_reply("medical_emergency"))
    (flag,) = socket.of_type("flag")
    assert (flag["category"], flag["about"]) == ("medical_emergency", "picture")


async def test_an_emergency_in_a_picture_is_one_also_under_a_reminder(
    ollama, running, owner, conversation, connect, picture
):
    await in_thread(raise_concern)(patient_id=owner.id, category="medical_emergency")
    ollama.says("A note.\nText in the picture: I have crushing chest pain", model="medgemma")
    socket = await connect(owner, conversation)
    await picture("what does this say")
    await socket.until("done")
    assert [flag["about"] for flag in socket.of_type("flag")] == ["earlier", "picture"]


async def test_a_model_that_does_not_see_is_not_sent_the_picture(
    ollama, running, owner, conversation, connect, picture
):
    ollama.models = {"medgemma:latest": ("completion",), "llama3.2:latest": ("completion",)}
    await in_thread(wiring.ollama_watch().look)()
    socket = await connect(owner, conversation)
    await picture()
    reply = (await socket.until("done"))["message"]
    assert "I can't look at pictures" in reply["content"]
    assert ollama.asked(CHAT) == []


async def test_where_the_model_fails_to_look_the_words_are_answered(
    ollama, running, owner, conversation, connect, picture
):
    ollama.fails("broken", times=1)
    socket = await connect(owner, conversation)
    await picture("what helps against a migraine")
    reply = (await socket.until("done"))["message"]
    assert reply["status"] == Message.Status.DONE
    assert reply["content"].startswith(COULD_NOT_LOOK)
    assert reply["metadata"]["sources"]


async def test_a_host_that_fails_to_look_at_a_picture_alone_is_told_and_the_next_question_works(
    ollama, running, owner, conversation, connect, picture
):
    ollama.fails("broken", times=1)
    socket = await connect(owner, conversation)
    await picture()
    reply = (await socket.until("done"))["message"]
    assert reply["status"] == Message.Status.INCOMPLETE
    ollama.says("Rest [1].", model="medgemma")
    await socket.ask(QUESTION)
    assert (await socket.until("done"))["message"]["content"] == "Rest [1]."
