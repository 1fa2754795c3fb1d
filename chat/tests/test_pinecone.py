"""With vectors at Pinecone: a patient's question, what staff change, what operators see."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.core.management import call_command

from chat.tests.sockets import messages_of
from pipeline import editing, ingest, wiring
from pipeline.answering import BY_WORDS_ALONE
from pipeline.models import Document
from pipeline.providers import embedded_index, pinecone_vectors
from pipeline.tests.factories import write_two_topics
from pipeline.tests.pinecone_server import KEY, Answer, PineconeServer

WORDS = ("peculiarly", "against")
QUESTION = "What helps against a peculiarly bad migraine?"


@pytest.fixture
def at_pinecone(pinecone: PineconeServer, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Veda is set to it. Where the index will be."""
    settings.INDEX_PROVIDER, settings.PINECONE_API_KEY = "pinecone", KEY
    settings.PINECONE_CONTROLLER_HOST = pinecone.url
    folder = tmp_path / "index"
    monkeypatch.setattr(wiring, "index_folder", lambda: folder)
    monkeypatch.setattr(embedded_index, "FOLLOW_SECONDS", 0.0)
    monkeypatch.setattr(pinecone_vectors, "REST_SECONDS", 0.0)
    monkeypatch.setattr(pinecone_vectors, "CHECKED_SECONDS", 0.0)
    return folder


def seed(folder: Path) -> tuple[str, str]:
    topics = folder.parent / "topics"
    topics.mkdir(exist_ok=True)
    write_two_topics(topics)
    out, problems = StringIO(), StringIO()
    call_command("seed_vector_index", "--folder", str(topics), stdout=out, stderr=problems)
    return out.getvalue(), problems.getvalue()


def is_behind() -> bool:
    return ingest.is_behind(wiring.index_folder(), wiring.embedder(), wiring.vector_store())


def away(server: PineconeServer) -> None:
    server.fault = lambda _: Answer(dropped=True)


def back(server: PineconeServer) -> None:
    server.fault = lambda _: None


# Patients


async def test_a_question_is_answered_and_pinecone_gets_neither_its_words_nor_who_asked(
    transactional_db, at_pinecone, pinecone, running, owner, conversation, connect
):
    await in_thread(seed)(at_pinecone)
    socket = await connect(owner, conversation)
    await socket.ask(QUESTION)
    reply = (await socket.until("done"))["message"]
    assert reply["metadata"]["kind"] == "answer"
    assert "retrieval" not in reply["metadata"]
    assert "Lie down in a dark room." in reply["content"]
    assert pinecone.sent("/query")
    received = "\n".join(request.text for request in pinecone.requests).casefold()
    messages = await in_thread(messages_of)(conversation)
    ids = [owner.id, conversation.id, *(message.id for message in messages)]
    kept = [*WORDS, owner.email, owner.name, *(text for id_ in ids for text in (str(id_), id_.hex))]
    assert not [text for text in kept if text.casefold() in received]


async def test_while_pinecone_is_away_words_answer_and_the_metadata_says_so(
    transactional_db, at_pinecone, pinecone, running, owner, conversation, connect
):
    await in_thread(seed)(at_pinecone)
    socket = await connect(owner, conversation)
    away(pinecone)
    await socket.ask(QUESTION)
    reply = (await socket.until("done"))["message"]
    assert reply["metadata"]["retrieval"] == "words"
    assert reply["metadata"]["label"].endswith(BY_WORDS_ALONE)
    assert "Lie down in a dark room." in reply["content"]
    back(pinecone)
    await socket.ask(QUESTION)
    assert "retrieval" not in (await socket.until("done"))["message"]["metadata"]


# Operators


@pytest.mark.django_db
def test_seeding_sends_what_the_rows_have_with_the_day_they_came(at_pinecone, pinecone):
    assert "Index 1 holds 10 passages." in seed(at_pinecone)[0]
    (namespace,) = pinecone.namespaces("veda-index")
    found = pinecone.metadata("veda-index", namespace)
    day = Document.objects.get(slug="asthma").created_at.date().isoformat()
    assert {record["created_at"] for record in found} == {day}
    assert {record["url"] for record in found} == {"https://example.org/asthma", "https://example.org/migraine"}
    assert len(found) == 8  # what is urgent comes with its document, and isn't looked for


@pytest.mark.django_db
def test_seeding_while_it_is_away_is_one_line_and_the_next_one_sends(at_pinecone, pinecone):
    away(pinecone)
    (line,) = seed(at_pinecone)[1].splitlines()
    assert line.startswith("Pinecone, index veda-index: PineconeConnectionError")
    assert line.endswith("until this is run again, words alone find what it lacks there.")
    assert wiring.embedded_index().number_and_size() == (1, 10)
    assert is_behind()
    back(pinecone)
    assert seed(at_pinecone)[1] == ""
    assert not is_behind()
    assert list(pinecone.namespaces("veda-index").values()) == [8]


@pytest.mark.django_db
def test_documents_from_outside_go_there_too(at_pinecone, pinecone, tmp_path):
    seed(at_pinecone)
    path = tmp_path / "outside.jsonl"
    path.write_text(json.dumps({"id": "gout", "title": "Gout", "text": "Gout is a sore joint."}))
    call_command("ingest", str(path), "--source", "outside", verbosity=0)
    assert list(pinecone.namespaces("veda-index").values()) == [9]
    path.write_text(json.dumps({"id": "flu", "title": "Flu", "text": "Flu makes the body ache."}))
    away(pinecone)
    problems = StringIO()
    call_command("ingest", str(path), "--source", "outside", verbosity=0, stderr=problems)
    assert "words alone find what it lacks there" in problems.getvalue()
    assert is_behind()


@pytest.mark.django_db
def test_ready_and_doctor_say_whether_it_answers(client, at_pinecone, pinecone, capsys):
    def looked() -> tuple[dict[str, Any], dict[str, Any]]:
        answer = client.get("/health/ready")
        assert answer.status_code == 200
        capsys.readouterr()
        with pytest.raises(SystemExit):  # nobody has built the page
            call_command("doctor", "--json")
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        (found,) = [line for line in lines if line["part"] == "search index"]
        return answer.json()["parts"]["vector_index"], found

    seed(at_pinecone)
    ready, found = looked()
    assert (ready["state"], found["state"]) == ("ok", "ok")
    assert found["seen"].startswith("Pinecone, index veda-index, number 1, 10 passages, by words and meaning")
    away(pinecone)
    ready, found = looked()
    assert (ready["state"], found["state"]) == ("failed", "failed")
    assert "searched by words alone: Pinecone, index veda-index" in found["seen"]
    back(pinecone)
    assert looked()[0]["state"] == "ok"


@pytest.mark.django_db
def test_a_key_without_the_setting_that_uses_it_is_noted(settings, capsys):
    settings.PINECONE_API_KEY = KEY
    with pytest.raises(SystemExit):
        call_command("doctor", "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (noted,) = [line for line in lines if line["part"] == "Pinecone"]
    assert (noted["state"], noted["mend"]) == ("note", "INDEX_PROVIDER=pinecone, or remove the key")
    assert KEY not in json.dumps(lines)


# Staff


def test_what_staff_retire_while_it_is_away_is_quoted_no_more(keeper, at_pinecone, pinecone):
    seed(at_pinecone)
    away(pinecone)
    editing.set_retired(document_id=Document.objects.get(slug="asthma").id, retired=True)
    keeper.wait()
    assert wiring.embedded_index().number_and_size() == (2, 6)
    assert is_behind()
    back(pinecone)
    keeper.wake()
    keeper.wait()
    assert not is_behind()
    assert list(pinecone.namespaces("veda-index").values()) == [5]
