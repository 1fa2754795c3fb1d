from __future__ import annotations

from pipeline import wiring
from pipeline.quality import Quality, measure
from pipeline.tests.test_support import PASSAGES
from pipeline.types import Source

SOURCES = [Source(n, passage, 1.0) for n, passage in enumerate(PASSAGES, 1)]


def measured(answer: str, *, sources: list[Source] = SOURCES, own_words: tuple[str, ...] = ()) -> Quality:
    return measure(answer, sources, wiring.lexicon(), own_words=own_words)


def test_vedas_own_words_are_not_measured_and_move_no_place():
    note, remark = "I read “ibuprophen” as “ibuprofen”.", "*Quoted from health topics about green tea.*"
    answer = f"{note}\n\nTake it with food. Green tea is good for the eyes.\n\n{remark}"
    told = measured(answer, own_words=(note, f"\n\n{remark}")).as_json()
    assert told["support"] == {"score": 0.5, "sentences": 2}
    (place,) = told["unsupported"]
    assert answer[place["start"] : place["end"]] == "Green tea is good for the eyes."
    assert place["missing"] == ["words"]


def test_without_sources_nothing_is_compared():
    told = measured("Rest in a quiet room. " * 6, sources=[]).as_json()
    assert told.keys() == {"reading_grade"}


def test_an_answer_that_states_nothing_is_no_checked_answer():
    assert measured("Please ask a pharmacist.").as_json() == {}


def test_a_note_that_a_regular_expression_would_misread_is_found():
    note = "I read “a+b (c” as “a.b*”."
    assert measured(note, own_words=(note,)).as_json() == {}
