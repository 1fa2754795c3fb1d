"""Figures of answers: over the sample in the repository, and over files that are broken."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from chat.management.commands.evaluate_answers import words_shared
from chat.screening import Screening

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
    assert lines[0]["question"] == "What helps against a migraine?"
    assert {"n": 1, "document": "migraine", "title": "Migraine"} in lines[0]["shown_sources"]


def test_what_is_written_out_is_what_a_patient_sees(ollama, tmp_path):
    questions, answers = tmp_path / "q.jsonl", tmp_path / "answers.jsonl"
    questions.write_text(
        '{"id": "danger", "text": "I have crushing chest pain and can\'t breathe"}\n'
        '{"id": "dose", "text": "What helps against a migraine?"}\n'
    )
    ollama.says("Take 800 mg of ibuprofen.", model="medgemma")
    told = json.loads(evaluate("--questions", questions, "--answers-out", answers, "--json"))
    assert told["figures"]["withdrawn"] == 1
    danger, dose = (json.loads(line) for line in answers.read_text().splitlines())
    assert danger["text"].startswith(Screening.of(danger["question"]).opening)
    assert dose["kind"] == "withdrawn"


def test_a_seed_draws_the_same_from_files_in_any_order(tmp_path):
    many, few = tmp_path / "many.jsonl", tmp_path / "few.jsonl"
    rows = [f'{{"id": "{number:02}", "text": "How do I mend bicycle {number}?"}}\n' for number in range(20)]
    many.write_text("".join(rows[:15]))
    few.write_text("".join(rows[15:]))

    def ids(*arguments: object) -> list[str]:
        return [one["id"] for one in json.loads(evaluate(*arguments, "--sample", 5, "--json"))["questions"]]

    first = ids("--questions", many, few, "--seed", 1)
    many.write_text("".join(reversed(rows[:15])))
    assert ids("--questions", few, many, "--seed", 1) == first
    assert ids("--questions", few, many, "--seed", 2) != first
    assert len(set(first)) == 5


@pytest.mark.parametrize("size", [0, 5])
def test_a_sample_has_one_question_at_least_and_at_most_all(size: int):
    with pytest.raises(CommandError, match="--sample must be 1 to 4"):
        evaluate("--questions", QUESTIONS, "--sample", size)


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
