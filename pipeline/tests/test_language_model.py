"""What a patient reads where a language model is connected. The model is a script; the prompts and filters are real."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pipeline.answering import CANT_SEE, Pipeline, answer
from pipeline.errors import ProviderError
from pipeline.fixed_words import QUOTED
from pipeline.pictures import NO_JUDGEMENT
from pipeline.providers import extractive
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.providers.language_model import CUT_OFF, SILENT, UNCITED, LanguageModelAnswerer
from pipeline.tests.factories import make_index, make_lexicon
from pipeline.tests.scripted_model import ScriptedModel
from pipeline.types import (
    AnswerEnded,
    Description,
    ModelUsage,
    Picture,
    Question,
    Source,
    SourcesChosen,
    StageStarted,
    SummaryWritten,
    TextWritten,
    Turn,
)

UNREACHABLE = ProviderError("The language model can't be reached just now.", retryable=True, detail="refused")
MIGRAINE = "what helps against a migraine?"


class Reply:
    def __init__(self) -> None:
        self.text = ""
        self.sources: tuple[Source, ...] = ()
        self.stages: list[str] = []
        self.ended: AnswerEnded | None = None


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractive, "_CHUNK_SECONDS", 0)


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., Awaitable[Reply]]:
    lexicon = make_lexicon()
    index = make_index(tmp_path, lexicon)

    async def asked(question: Question | str, model: ScriptedModel, **options: object) -> Reply:
        parts = {name: options.pop(name) for name in ("summarizer", "vision", "skip_retrieval") if name in options}
        answerer = LanguageModelAnswerer(
            model,
            ExtractiveAnswerer(lexicon, beside_a_model=True),
            **{"context_tokens": 4096, "max_tokens": 512, **options},  # type: ignore[arg-type]
        )
        pipeline = Pipeline(index, answerer, **parts)  # type: ignore[arg-type]
        reply = Reply()
        async for event in answer(Question(question) if isinstance(question, str) else question, pipeline):
            match event:
                case TextWritten(text):
                    reply.text += text
                case SourcesChosen(sources):
                    reply.sources = sources
                case StageStarted(stage):
                    reply.stages.append(stage)
                case AnswerEnded():
                    reply.ended = event
        return reply

    return asked


async def test_the_models_words_are_the_answer_and_its_sources_those_in_the_prompt(ask):
    model = ScriptedModel("Lie down ", "in a dark ", "room [1].", ModelUsage(210, 9))
    reply = await ask(MIGRAINE, model)
    assert reply.text == "Lie down in a dark room [1]."
    assert reply.sources
    assert all(source.passage.text.split("\n")[-1].lstrip("- ") in model.last_prompt for source in reply.sources)
    assert (
        reply.ended.answered_by.label == "Written by a language model (medgemma) from the sources. It can be mistaken."
    )
    assert reply.ended.counts["prompt_tokens"] == 210
    assert reply.ended.counts["completion_tokens"] == 9
    assert set(reply.ended.timings) == {"retrieved", "first_text", "written"}


async def test_the_patients_own_words_reach_the_prompt_also_where_the_summarizer_asked_in_others(ask):
    model = ScriptedModel("Rest [1].")
    summarizer = ScriptedModel("migraine treatment at home", model="llama3.2")
    reply = await ask("my head is killing me, migraine again!!", model, summarizer=summarizer)
    assert "my head is killing me, migraine again!!" in model.last_prompt
    assert reply.stages == ["summarizing", "retrieving", "answering"]
    assert "summarized" in reply.ended.timings


async def test_the_summarizers_query_finds_what_the_patients_words_did_not(ask):
    model = ScriptedModel("Use the blue inhaler [1].")
    summarizer = ScriptedModel("whistling chest: what helps against asthma?", model="llama3.2")
    reply = await ask("whistling noises in my chest whenever I run after the bus", model, summarizer=summarizer)
    assert {source.passage.document for source in reply.sources} == {"asthma"}


async def test_the_summarizers_query_does_not_lead_past_a_combination_that_no_source_names(ask):
    model = ScriptedModel("Take it [1].")
    summarizer = ScriptedModel("Which medicines ease a migraine?", model="llama3.2")
    reply = await ask("can I take ibuprofen with warfarin?", model, summarizer=summarizer)
    assert "I found nothing on that combination" in reply.text
    assert not model.asked


@pytest.mark.parametrize("failure", [UNREACHABLE, None], ids=["fails", "says nothing"])
async def test_an_answer_does_without_its_summarizer(ask, failure):
    summarizer = ScriptedModel(*([failure] if failure else []), model="llama3.2")
    reply = await ask(MIGRAINE, ScriptedModel("Rest [1]."), summarizer=summarizer)
    assert reply.text == "Rest [1]."


async def test_a_number_that_names_no_source_and_a_foreign_link_do_not_reach_the_patient(ask):
    model = ScriptedModel("Rest [1] [9]. See [this](http://evil.example/x) or ht", "tp://evil.example/y", " now.")
    reply = await ask(MIGRAINE, model)
    assert "[1]" in reply.text
    assert "[9]" not in reply.text
    assert "evil" not in reply.text


async def test_thinking_and_leaked_control_tokens_do_not_reach_the_patient(ask):
    model = ScriptedModel("<unus", "ed94>thought\nThe patient is dy", "ing<unused95>", "Rest [1].<end_of_turn>")
    assert (await ask(MIGRAINE, model)).text == "Rest [1]."


async def test_an_answer_without_any_citation_says_so(ask):
    assert (await ask(MIGRAINE, ScriptedModel("Rest."))).text == "Rest." + UNCITED


async def test_an_answer_at_its_greatest_length_says_so(ask):
    assert (await ask(MIGRAINE, ScriptedModel("Rest [1]", ModelUsage(cut_off=True)))).text == "Rest [1]" + CUT_OFF


async def test_an_answer_without_an_end_is_ended(ask):
    model = ScriptedModel(*(["Rest [1]. "] * 5000))
    reply = await ask(MIGRAINE, model, max_tokens=100)
    assert len(reply.text) < 100 * 16 + 200
    assert reply.text.endswith(CUT_OFF)
    assert model.closed == 1


async def test_blanks_without_an_end_are_ended(ask):
    model = ScriptedModel(*([" \n"] * 100_000))
    with pytest.raises(ProviderError, match="gave no answer"):
        await ask(MIGRAINE, model, max_tokens=100)
    assert model.closed == 1


async def test_numbers_alone_are_an_answer_where_there_are_many(ask):
    reply = await ask("what helps against a migrainee?", ScriptedModel(*(["140/90 "] * 10)))
    assert reply.text.startswith("I read “migrainee” as “migraine”.\n\n140/90 140/90 ")


async def test_a_summarizer_without_an_end_is_ended(ask):
    summarizer = ScriptedModel(*(["migraine "] * 100_000), model="llama3.2")
    assert (await ask(MIGRAINE, ScriptedModel("Rest [1]."), summarizer=summarizer)).text == "Rest [1]."
    assert summarizer.closed == 1


async def test_what_was_written_before_a_failure_stays_and_the_failure_is_told(ask):
    model = ScriptedModel("Rest [1] and ", UNREACHABLE)
    with pytest.raises(ProviderError, match="can't be reached"):
        await ask(MIGRAINE, model, falls_back=True)


@pytest.mark.parametrize(
    "answer",
    [(UNREACHABLE,), (), ("<think>hm</think>",), ("**", "1. ", "\n", "2. ")],
    ids=["refused", "silent", "thinks only", "no word"],
)
async def test_a_model_that_fails_before_its_first_word_is_an_error_or_replaced_by_quotes(ask, answer):
    with pytest.raises(ProviderError) as failure:
        await ask(MIGRAINE, ScriptedModel(*answer))
    assert failure.value.message in (SILENT, UNREACHABLE.message)
    reply = await ask(MIGRAINE, ScriptedModel(*answer), falls_back=True)
    assert "Lie down in a dark room." in reply.text
    assert QUOTED in reply.text
    assert reply.ended.answered_by.label == "Quoted from the sources, not written by a model"


async def test_what_was_not_found_is_not_made_up_by_the_model(ask):
    model = ScriptedModel("Gout is cured by cherries.")
    reply = await ask("what helps against gout?", model)
    assert reply.ended.kind == "not_found"
    assert "I found nothing about that" in reply.text
    assert not model.asked


async def test_an_emergency_is_answered_by_quotes_not_by_the_model(ask):
    model = ScriptedModel("Drink tea [1].")
    reply = await ask(Question("migraine and I can't speak clearly", urgent=True), model)
    assert "call your emergency number if" in reply.text
    assert not model.asked


async def test_notes_stand_above_the_models_words(ask):
    reply = await ask("what helps against a migrainee?", ScriptedModel("Rest [1]."))
    assert reply.text == "I read “migrainee” as “migraine”.\n\nRest [1]."


async def test_without_retrieval_the_model_answers_alone_and_is_labelled_so(ask):
    model = ScriptedModel("Rest.")
    reply = await ask(MIGRAINE, model, uses_sources=False, skip_retrieval=True)
    assert reply.text == "Rest."
    assert reply.sources == ()
    assert "without sources" in reply.ended.answered_by.label


async def test_closing_the_answer_closes_the_models_stream(tmp_path: Path):
    lexicon = make_lexicon()
    model = ScriptedModel("Rest ", "in ", "bed [1].")
    answerer = LanguageModelAnswerer(model, ExtractiveAnswerer(lexicon), context_tokens=4096, max_tokens=512)
    events = answer(Question(MIGRAINE), Pipeline(make_index(tmp_path, lexicon), answerer))
    async for event in events:
        if isinstance(event, TextWritten):
            break
    assert model.closed == 0
    await events.aclose()
    assert model.closed == 1


async def test_a_prompt_that_was_longer_than_reckoned_is_told_to_the_operator(ask, caplog):
    await ask(MIGRAINE, ScriptedModel("Rest [1].", ModelUsage(prompt_tokens=4000)))
    assert "it may have cut off the beginning" in caplog.text
    assert MIGRAINE not in caplog.text


# Long conversations


def long_conversation(turns: int, summary: str = "") -> Question:
    history = tuple(Turn(f"question {n}", f"answer {n} " * 80, position=2 * n) for n in range(1, turns + 1))
    return Question(MIGRAINE, history, summary=summary)


async def test_older_turns_are_folded_into_a_summary_which_is_handed_on(tmp_path: Path):
    lexicon = make_lexicon()
    summarizer = ScriptedModel(model="llama3.2")
    summarizer.decides = lambda messages: (
        ["She takes warfarin."] if "question 1" in messages[-1].content else ["migraine relief"]
    )
    model = ScriptedModel("Rest [1].")
    answerer = LanguageModelAnswerer(model, ExtractiveAnswerer(lexicon), context_tokens=4096, max_tokens=512)
    pipeline = Pipeline(make_index(tmp_path, lexicon), answerer, summarizer)
    events = [event async for event in answer(long_conversation(8), pipeline)]
    summary = next(event for event in events if type(event).__name__ == "SummaryWritten")
    assert summary.text == "She takes warfarin."
    assert summary.up_to == 8
    assert "She takes warfarin." in model.last_prompt
    assert "question 8" in model.last_prompt
    assert "question 4" not in model.last_prompt


async def test_the_hundredth_turn_costs_no_more_prompt_than_the_tenth(tmp_path: Path):
    """A conversation as chat keeps it: what a summary tells is no longer handed on turn by turn."""
    lexicon = make_lexicon()
    model = ScriptedModel("Rest [1]. " + "Then rest more. " * 40)
    summarizer = ScriptedModel("She takes warfarin. " * 10, model="llama3.2")
    answerer = LanguageModelAnswerer(model, ExtractiveAnswerer(lexicon), context_tokens=4096, max_tokens=512)
    pipeline = Pipeline(make_index(tmp_path, lexicon), answerer, summarizer)
    turns: list[Turn] = []
    summary, told = "", 0
    costs = []
    for number in range(1, 101):
        model.asked.clear()
        summarizer.asked.clear()
        history = tuple(turn for turn in turns if turn.position > told)
        async for event in answer(Question(MIGRAINE, history, summary=summary), pipeline):
            if isinstance(event, SummaryWritten):
                summary, told = event.text, event.up_to
        prompts = [*model.asked, *summarizer.asked]
        costs.append(sum(len(message.content) for prompt in prompts for message in prompt))
        turns.append(Turn(MIGRAINE, model.answer[0], position=2 * number))
    assert max(costs[90:]) <= max(costs[9:19])
    assert len(history) < 8


# Pictures

SEEN = Description("A red patch on a forearm, about 3 cm wide.\nText in the picture: Keep out of reach", "medgemma")
PICTURE = Picture(b"jpeg", "image/jpeg")


async def test_a_picture_is_told_of_in_the_models_description_under_fixed_words(ask):
    model = ScriptedModel("It is a melanoma.")
    reply = await ask(Question("", pictures=(PICTURE,), description=SEEN), model)
    assert "A red patch on a forearm" in reply.text
    assert "“Keep out of reach”" in reply.text
    assert NO_JUDGEMENT in reply.text
    assert not model.asked
    assert reply.ended.answered_by.label == "Described by a language model (medgemma). It can be mistaken."


async def test_a_question_beside_a_picture_is_answered_by_quotes(ask):
    model = ScriptedModel("It is a melanoma [1].")
    reply = await ask(Question(MIGRAINE, pictures=(PICTURE,), description=SEEN), model)
    assert NO_JUDGEMENT in reply.text
    assert "Lie down in a dark room." in reply.text
    assert not model.asked


@pytest.mark.parametrize("text", ["what pill is this?", "is this cancer?", "how many of these can I take"])
async def test_what_a_picture_may_not_decide_is_not_looked_up(ask, text):
    reply = await ask(Question(text, pictures=(PICTURE,), description=SEEN), ScriptedModel("400 mg."))
    assert reply.sources == ()
    assert NO_JUDGEMENT in reply.text


async def test_without_a_model_that_sees_the_patient_is_told_and_the_words_are_answered(ask):
    reply = await ask(Question(MIGRAINE, pictures=(PICTURE,)), ScriptedModel("Rest [1]."))
    assert reply.text.startswith(CANT_SEE)
    assert "Lie down in a dark room." in reply.text
