"""Answers without a language model: quotes the best passages whole, each with its source. It never invents."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import date

from pipeline import fixed_words
from pipeline.concepts import Kind, Lexicon
from pipeline.doses import amounts, doses, tells_schedule
from pipeline.facts import facts_of
from pipeline.first_aid import OF_SOME_PEOPLE, nearest_sections
from pipeline.protocols import Retriever
from pipeline.query import Query
from pipeline.retrieval import Judgement, judge
from pipeline.suggesting import suggest
from pipeline.types import AnswererInfo, GivenAnswer, Hit, Passage, Plan, Question, Source, Written
from pipeline.words import content_stems, stem, stems

_MOST_PASSAGES = 4
_NEAR_THE_BEST = 0.85
"""A further passage of the best document scores at least this much of the best one's."""
_SECOND_DOCUMENT = 0.92
"""The same, of another document."""
_MOST_OF_A_SECOND_DOCUMENT = 2
_WORDS_OF_A_SIGN = 2
_MOST_SUGGESTED = 6

_WORDS_A_CHUNK, _CHUNK_SECONDS = 3, 0.02

_AT_ONCE = re.compile(r"\bat once\b|\bemergency number\b|\bright away\b", re.IGNORECASE)


class ExtractiveAnswerer:
    def __init__(
        self,
        lexicon: Lexicon,
        *,
        beside_a_model: bool = False,
        at_once: bool = False,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`beside_a_model`: it quotes what the model that is connected should not or could not put in its own words.

        `at_once`: nobody reads along.
        """
        self._lexicon = lexicon
        self._at_once = at_once
        self._today = today
        self._under_quotes = fixed_words.QUOTED if beside_a_model else fixed_words.NO_MODEL
        self._under_nothing = [] if beside_a_model else [fixed_words.NO_MODEL_NOTHING_QUOTED]
        # That no model is connected stands below the text itself: once is enough.
        self.info = AnswererInfo(
            provider="extractive",
            model=None,
            language_model=False,
            label="Quoted from the sources" + (", not written by a model" if beside_a_model else ""),
            label_nothing_found="Searched the health topics",
        )

    async def plan(self, question: Question, query: Query, hits: Sequence[Hit], retriever: Retriever) -> Plan:
        if said := fixed_words.small_talk(query.text):
            text = "\n\n".join([said, *await _topics(question, None, retriever)])
            return Plan("not_found", (), text, closed=True)
        judgement = judge(query, hits, self._lexicon)
        if query.urgent:
            return await self._plan_urgent(question, query, judgement, hits, retriever)
        withheld = {hit.passage.id: _withheld(hit.passage, question, query, self._today()) for hit in judgement.hits}
        fitting = [hit for hit in judgement.hits if not withheld[hit.passage.id]]
        left_out = tuple(dict.fromkeys(reason for reason in withheld.values() if reason))
        signs = await _signs_told(query, retriever)
        if left_out and not fitting:
            return self._nothing_found([*fixed_words.readings(query), *left_out], signs, closed=True)
        if not fitting:
            return await self._plan_not_found(question, query, judgement, signs, retriever)
        chosen = choose(fitting)
        documents = list(dict.fromkeys(hit.passage.document for hit in chosen))
        urgent = await retriever.urgent_passages(documents)
        urgent.sort(key=lambda passage: documents.index(passage.document))
        at_once = [
            passage
            for passage in urgent
            if passage.document not in query.past and (passage.category == "urgent" or _told_of(passage, query))
        ]
        at_once += [passage for passage in signs if passage.document not in documents]
        lead = [hit.passage for hit in hits if hit.passage.document in documents and _says_at_once(hit.passage)]
        chosen = [hit for hit in chosen if hit.passage not in lead]
        passages = [
            *at_once,
            *lead[:1],
            *(hit.passage for hit in chosen),
            *(passage for passage in urgent if passage not in at_once),
        ]
        sources = _cited(passages, chosen)
        notes = (
            *fixed_words.readings(query),
            *fixed_words.allergies(question.profile, query, passages, self._lexicon),
            *fixed_words.limits(judgement),
            *left_out,
        )
        quotable = (hit for hit in hits if not _withheld(hit.passage, question, query, self._today()))
        more = suggest(question, quotable, sources, self._lexicon)
        return Plan("answer", sources, self.quoted(sources, notes), notes, suggestions=more)

    def quoted(self, sources: Sequence[Source], notes: Sequence[str]) -> str:
        """An answer of quotes."""
        return "\n\n".join([*notes, *_quotes(sources), self._under_quotes])

    def plan_plainer(self, question: Question, given: GivenAnswer) -> Plan:
        return Plan("not_found", (), fixed_words.NO_PLAINER_WORDS, closed=True)

    async def _plan_urgent(
        self, question: Question, query: Query, judgement: Judgement, hits: Sequence[Hit], retriever: Retriever
    ) -> Plan:
        """Under the notice of an emergency, a short answer: first aid until help is there, then when to get help. No
        causes, no home care, and nothing that leads away from the call."""
        chosen = [hit.passage for hit in choose(judgement.hits)] if judgement.hits else []
        found = [passage.document for passage in chosen]
        documents = list(dict.fromkeys((*found, *sorted(query.documents - query.past))))
        candidates = await retriever.first_aid_passages(documents)
        if chosen and chosen[0].category in OF_SOME_PEOPLE:  # bleeding in pregnancy is no wound's
            candidates = [passage for passage in candidates if passage.category != "first_aid"]
        first_aid = nearest_sections(candidates, query, hits, self._lexicon)
        shown = list(dict.fromkeys((*(passage.document for passage in first_aid), *found)))
        lead = [hit.passage for hit in hits if hit.passage.document in shown and _says_at_once(hit.passage)]
        urgent = await retriever.urgent_passages(shown) or await retriever.urgent_passages(documents)
        people = set(query.of_kind(Kind.POPULATION))
        order = list(dict.fromkeys((*shown, *documents)))
        urgent.sort(key=lambda p: (not people <= facts_of(p, self._lexicon).populations, order.index(p.document)))
        passages = [*first_aid, *lead[:1], *urgent]
        if not passages:
            return Plan("not_found", (), "\n\n".join([fixed_words.NOTHING_MORE, *self._under_nothing]), closed=True)
        sources = _cited(passages, hits)
        notes = (*fixed_words.readings(query), *fixed_words.allergies(question.profile, query, passages, self._lexicon))
        return Plan("answer", sources, self.quoted(sources, notes), notes)

    async def _plan_not_found(
        self, question: Question, query: Query, judgement: Judgement, signs: Sequence[Passage], retriever: Retriever
    ) -> Plan:
        parts = [
            *fixed_words.readings(query),
            *fixed_words.allergies(question.profile, query, (), self._lexicon),
            *fixed_words.missing(judgement),
        ]
        if judgement.not_for:
            parts.append(fixed_words.nothing_for(judgement.not_for))
        elif not judgement.missing:
            parts.append(fixed_words.NOTHING_FOUND)
        if not judgement.missing:
            parts += [] if signs else await _topics(question, query, retriever)
            parts.append(fixed_words.ASK_A_PERSON)
        return self._nothing_found(parts, signs, closed=bool(judgement.missing or judgement.not_for))

    def _nothing_found(self, parts: Sequence[str], signs: Sequence[Passage], *, closed: bool) -> Plan:
        """Below the signs that were told of: that nothing was found takes no urgency from them."""
        sources = _cited(signs, ())
        notes = (*parts, fixed_words.URGENT, *self._under_nothing)
        text = "\n\n".join([*_quotes(sources), *notes])
        return Plan("not_found", sources, text, notes, closed=closed)

    async def write(self, plan: Plan) -> AsyncGenerator[str | Written]:
        """A few words at a time, as a model does."""
        words = re.findall(r"\S+\s*|\s+", plan.text)
        words_a_chunk = (len(words) or 1) if self._at_once else _WORDS_A_CHUNK
        for place in range(0, len(words), words_a_chunk):
            if place:
                await asyncio.sleep(_CHUNK_SECONDS)
            yield "".join(words[place : place + words_a_chunk])
        yield Written(self.info, remarks=(self._under_quotes, fixed_words.NO_PLAINER_WORDS))


def _withheld(passage: Passage, question: Question, query: Query, today: date) -> str:
    """Why a block isn't quoted, as the patient is told; empty: it is.

    Amounts aren't for everybody, nor doses for ever; what to do in an emergency is, until help is there. Doses of a
    document from outside are nobody's until a clinician has read them.
    """
    unreviewed = passage.from_outside and not passage.clinically_reviewed
    if unreviewed and (doses(passage.text) or tells_schedule(passage.text)):
        return fixed_words.NOT_REVIEWED
    if query.urgent:
        return ""
    if (question.careful or question.under_age) and amounts(passage.text):
        return fixed_words.NO_AMOUNTS if question.careful else fixed_words.NO_ADULT_DOSES
    if passage.review_due and passage.review_due < today and doses(passage.text):
        return fixed_words.OVERDUE
    return ""


async def _topics(question: Question, query: Query | None, retriever: Retriever) -> list[str]:
    """What else one could ask; nothing that leads away from the reminder that stands above while there is a concern."""
    if question.careful:
        return []
    titles = await retriever.suggestions(query, _MOST_SUGGESTED)
    return ["You could ask about:\n" + "\n".join(f"- {title}" for title in titles)]


async def _signs_told(query: Query, retriever: Retriever) -> list[Passage]:
    """When to get help now, of the topic that the question names and tells a sign of most clearly; empty: of none."""
    named = await retriever.urgent_passages(sorted(query.documents - query.past))
    nearest = max(named, key=lambda passage: _told_of(passage, query), default=None)
    return [nearest] if nearest and _told_of(nearest, query) else []


def _told_of(urgent: Passage, query: Query) -> int:
    """How many words of one of the signs a sentence of the question has: at least two, or the only one, and not all of
    them the topic's name; else 0."""
    lead, *items = urgent.text.split("\n")
    own = set(stems(urgent.title))
    most = 0
    for sentence in re.split(r"(?<=[.?!])\s+|\n", query.text):
        told = {*query.terms, *content_stems(sentence)} - {stem("medicine")}
        for sign in (set(content_stems(line)) for line in items or [lead]):
            shared = told & sign
            if shared - own and len(shared) >= min(_WORDS_OF_A_SIGN, len(sign)):
                most = max(most, len(shared))
    return most


def _says_at_once(passage: Passage) -> bool:
    """The opening of a topic on an emergency, where it says to get help before anything else."""
    if passage.category != "urgent" or passage.heading or passage.from_outside:
        return False
    return bool(_AT_ONCE.search(passage.text))


def choose(hits: Sequence[Hit]) -> list[Hit]:
    """Few passages that belong together: those of the best document, and of a second one that is as good."""
    best = hits[0]
    first = [hit for hit in hits if hit.passage.document == best.passage.document]
    first = [hit for hit in first if hit.score >= _NEAR_THE_BEST * best.score]
    others = [hit for hit in hits if hit.passage.document != best.passage.document]
    second = [
        hit for hit in others
        if hit.passage.document == others[0].passage.document and hit.score >= _SECOND_DOCUMENT * best.score
    ]  # fmt: skip
    second = second[:_MOST_OF_A_SECOND_DOCUMENT]
    return [*_in_order(first[: _MOST_PASSAGES - len(second)]), *_in_order(second)]


def _cited(passages: Sequence[Passage], hits: Sequence[Hit]) -> tuple[Source, ...]:
    """Numbered as they stand."""
    scores = {hit.passage.id: hit.coverage for hit in hits}
    return tuple(Source(n, passage, scores.get(passage.id, 1.0)) for n, passage in enumerate(passages, 1))


def _in_order(hits: Sequence[Hit]) -> list[Hit]:
    """The best first, and what stands under one heading together."""
    headings = list(dict.fromkeys(hit.passage.heading for hit in hits))
    return sorted(hits, key=lambda hit: (headings.index(hit.passage.heading), -hit.score))


def _quotes(sources: Sequence[Source]) -> list[str]:
    several = len({source.passage.document for source in sources}) > 1
    parts: list[str] = []
    heading = None
    for source in sources:
        passage = source.passage
        shown = _heading(passage, several)
        if shown != heading:
            parts.append(f"### {shown}")
            heading = shown
        parts.append(_cite(passage.text, source.n))
    return parts


def _heading(passage: Passage, several: bool) -> str:
    if not passage.heading:
        return passage.title
    says_its_topic = passage.urgent or set(content_stems(passage.title)) & set(content_stems(passage.heading))
    return passage.heading if says_its_topic and not several else f"{passage.title}: {passage.heading}"


def _cite(text: str, n: int) -> str:
    """The block with its number behind the first line of a list, or behind a paragraph."""
    first, newline, rest = text.partition("\n")
    return f"{first} [{n}]{newline}{rest}"
