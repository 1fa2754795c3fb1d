"""`manage.py ask`, as a developer uses it."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from pipeline.tests.model_server import CHAT

QUESTION = "what helps against a migraine?"


@pytest.fixture
def ask(capsys):
    def run(*arguments):
        call_command("ask", *map(str, arguments), no_color=True)
        return capsys.readouterr()

    return run


def test_it_quotes_with_stages_and_sources(ask):
    printed = ask(QUESTION)
    assert "### " in printed.out
    assert "[1] Migraine" in printed.out
    assert "stage: retrieving" in printed.err
    assert printed.out.count("No language model is connected") == 1
    assert "Quoted from the sources" in printed.err
    assert "no language model" not in printed.err


def test_a_models_words_are_printed_with_what_they_cost(ask, ollama):
    ollama.says("Rest", " [1].", model="medgemma", prompt_tokens=300)
    printed = ask(QUESTION)
    assert "Rest [1]." in printed.out
    assert "stage: summarizing" in printed.err
    assert "Written by a language model (medgemma) from the sources. It can be mistaken." in printed.err
    assert "300 prompt tokens" in printed.err


def test_events_as_json_lines(ask, ollama):
    ollama.says("Rest", " [1].", model="medgemma")
    events = [json.loads(line) for line in ask(QUESTION, "--json").out.splitlines()]
    assert "".join(event["text"] for event in events if "text" in event) == "Rest [1]."
    done = events[-1]["done"]
    assert (done["kind"], done["answered_by"]["model"]) == ("answer", "medgemma")
    assert next(event for event in events if "sources" in event)["sources"][0]["n"] == 1


def test_a_question_is_read_from_standard_input(ask, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(QUESTION))
    assert "Migraine" in ask("-").out


def test_a_person_in_crisis_gets_the_fixed_words_and_no_model_is_asked(ask, ollama):
    printed = ask("I want to die and have the pills here")
    assert "self_harm_crisis" in printed.err
    assert printed.out.strip()
    assert ollama.asked(CHAT) == []


def test_a_picture_is_described(ask, ollama, tmp_path):
    picture = tmp_path / "arm.png"
    Image.new("RGB", (20, 20), "red").save(picture)
    ollama.says("A red patch.", model="medgemma")
    assert "What I can see: A red patch." in ask("--picture", picture).out
    assert ollama.asked(CHAT)[0].body["messages"][-1]["images"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "There is no question"),
        (["--picture", "nowhere.png"], "nowhere.png: No such file"),
        (["--picture", __file__], "picture"),
        (["--speech", __file__], "recording"),
    ],
)
def test_what_it_cannot_ask_is_one_clear_line(ask, arguments, says):
    with pytest.raises(CommandError, match=says):
        ask(*arguments)


def test_an_answer_that_nobody_reads_on_is_one_clear_line():
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(CommandError, match=r"^Broken pipe$"):
        call_command("ask", QUESTION, stdout=Closed())


def test_a_model_that_fails_is_told_with_the_detail_for_the_operator(ask, ollama, settings):
    settings.LLM_PROVIDER = "ollama"
    ollama.fails("not_found", model="medgemma")
    with pytest.raises(CommandError, match=r"manage\.py pull_models medgemma"):
        ask(QUESTION)
