"""Figures of answers: over the sample in the repository, and over files that are broken."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from chat.management.commands.evaluate_answers import words_shared

SAMPLES = Path(__file__).parent / "samples"
QUESTIONS, REFERENCES = SAMPLES / "questions.jsonl", SAMPLES / "references.jsonl"


def evaluate(*arguments: object) -> str:
    out = io.StringIO()
    call_command("evaluate_answers", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_sample_is_answered_abstained_from_and_refused(tmp_path):
    answers = tmp_path / "answers.jsonl"
    told = json.loads(
        evaluate("--questions", QUESTIONS, "--references", REFERENCES, "--answers-out", answers, "--json")
    )
    figures = told["figures"]
    assert told["answered_by"]["provider"] == "extractive"
    assert {kind: figures[kind] for kind in ("answer", "not_found", "refused", "failed")} == {
        "answer": 2, "not_found": 1, "refused": 1, "failed": 0,
    }  # fmt: skip
    assert (figures["support"], figures["unsupported"]) == (1, 0)
    assert figures["answers_that_cite"] == figures["sources_cited"] == 1
    assert 2 < figures["reading_grade"] < 10
    assert 0.3 < figures["reference_words"] <= 1
    assert 0 <= figures["first_text_ms"]["p50"] <= figures["whole_answer_ms"]["p95"]
    lines = [json.loads(line) for line in answers.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["migraine", "heartburn", "bicycle", "crisis"]
    assert "[1]" in lines[0]["text"]


def test_what_a_model_adds_is_counted_by_what_is_missing(ollama, tmp_path):
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "a", "text": "What helps against a migraine?"}\n')
    ollama.says("Green tea lowers the pressure inside your eye [1].", model="medgemma")
    said = evaluate("--questions", questions)
    assert "1 of 1 unsupported {'words': 1}" in said
    assert "answers that cite a source:        100.0%" in said
    assert "medgemma" in said


def test_a_host_that_fails_is_told_with_an_exit_code_of_its_own(ollama, settings, tmp_path):
    settings.LLM_PROVIDER = "ollama"
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "a", "text": "What helps against a migraine?"}\n')
    ollama.fails("broken")
    with pytest.raises(CommandError, match="1 failed") as error:
        evaluate("--questions", questions)
    assert error.value.returncode == 3


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "no question in it"),
        ("\n\n", "no question in it"),
        ("no json", "line 1: not JSON"),
        ("[1]", "line 1: not an object"),
        ('{"id": "a", "text": "b"}\n{"id": "a"}', "line 2: a question needs"),
        ('{"id": 1, "text": "b"}', "line 1: a question needs"),
        ('{"id": "a", "text": " "}', "line 1: a question needs"),
    ],
)
def test_what_is_no_question_is_named_with_its_line(tmp_path, lines: str, says: str):
    path = tmp_path / "q.jsonl"
    path.write_text(lines)
    with pytest.raises(CommandError, match=says):
        evaluate("--questions", path)


def test_files_that_cannot_be_read_are_named(tmp_path):
    packed = tmp_path / "q.jsonl.gz"
    packed.write_bytes(b"\x1f\x8bnot packed")
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes('{"id": "a", "text": "caf\xe9"}'.encode("latin-1"))
    for path in (tmp_path / "absent.jsonl", tmp_path, packed, latin):
        with pytest.raises(CommandError, match=path.name):
            evaluate("--questions", path)


def test_references_to_other_questions_are_no_references(tmp_path):
    path = tmp_path / "r.jsonl"
    path.write_text('{"id": "other", "references": ["Rest."]}')
    with pytest.raises(CommandError, match="none of its ids"):
        evaluate("--questions", QUESTIONS, "--references", path)
    path.write_text('{"id": "migraine", "references": []}')
    with pytest.raises(CommandError, match="line 1: a reference needs"):
        evaluate("--questions", QUESTIONS, "--references", path)


def test_words_are_shared_in_other_forms():
    assert words_shared("You can rest in dark rooms.", "Rest in a dark room.") == 1
    assert words_shared("Drink.", "Rest in a dark room.") == 0
    assert words_shared("Drink.", "") == 0
