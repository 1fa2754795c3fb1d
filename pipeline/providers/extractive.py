"""Answers without a language model: quotes the best passages whole, each with its source. It never invents."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import date

from pipeline.concepts import BREASTFEEDING, PREGNANCY, Concept, Kind, Lexicon
from pipeline.doses import amounts, doses, tells_schedule
from pipeline.facts import facts_of
from pipeline.profiles import AllergyRisk, allergy_risks
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
_MOST_MISSING = 3
"""Combinations that an answer names as not found."""
_MOST_SUGGESTED = 6
_CANNOT_WAIT = frozenset({"stroke", "heart attack", "anaphylaxis", "chest pain", "shortness of breath"})
_FOR_WHOM = {PREGNANCY: "in pregnancy", BREASTFEEDING: "while breast-feeding"}

_WORDS_A_CHUNK, _CHUNK_SECONDS = 3, 0.02

NO_MODEL = (
    "*No language model is connected. These are quotes from Veda's health topics, chosen by search; "
    "they weren't written as an answer to you.*"
)
_HELLO = (
    "Hello! I look up health questions in the topics that I have, and quote what they say with the source. "
    "I can't examine you or tell what you have."
)
_AT_ONCE = re.compile(r"\bat once\b|\bemergency number\b|\bright away\b", re.IGNORECASE)
_EMERGENCIES = frozenset({"first_aid", "urgent"})
"""Categories of topics that are an emergency themselves."""
_OF_SOME_PEOPLE = frozenset({"children", "pregnancy"})
_SMALL_TALK_CHARS = 60
_WELCOME = "You're welcome. If there is something else, ask me."
_CHAT = re.compile(
    r"(?:(?:hi|hello|hey|hiya|yo|there|good (?:morning|afternoon|evening|day)|how are you(?: doing)?|how's it going|"
    r"what's up|sup|who are you|what are you|are you (?:a )?(?:robot|human|bot|real|doctor|a doctor)|what can you do|"
    r"what can i ask(?: you)?|help|veda|test|testing|today|nice to meet you)\W*)+"
)
_THANKS = re.compile(
    r"(?:(?:ok|okay|great|perfect|cool|thanks?|thank you|thx|ty|cheers|bye|goodbye|see you|so much|very much|a lot|lol|"
    r"that (?:helps|helped)|(?:that'?s|that is|it'?s) (?:very |really |so )?(?:helpful|useful|great|good|all)|helpful|"
    r"for (?:your|the) (?:help|answer|info|information)|you|good night|veda|no|yes)\W*)+"
)
NO_MODEL_NOTHING_QUOTED = "*No language model is connected. I can only quote Veda's health topics, chosen by search.*"
QUOTED = (
    "*These are quotes from Veda's health topics, chosen by search; no language model wrote them as an answer to you.*"
)
NO_PLAINER_WORDS = (
    "I can't put that in plainer words now: no language model answers. The answer above stays as it is. "
    "A pharmacist, nurse or doctor can explain it to you."
)
_NOTHING_MORE = "I found nothing more about that in the health topics that I have. Please don't wait for it: call now."
_NO_AMOUNTS = (
    "I leave out doses and amounts here. A pharmacist, doctor or nurse can tell you them, and listen to how you are."
)
_NO_ADULT_DOSES = (
    "I give no doses to anybody under 18: those in my sources may be wrong for you. Please ask a pharmacist, doctor or "
    "nurse, best together with a parent or another adult you trust."
)
_OVERDUE = (
    "What my sources say about doses here was to be reviewed by now, so I leave it out. A pharmacist or doctor can "
    "tell you, and the package says it."
)
_NOT_REVIEWED = (
    "No clinician has reviewed what my sources say about doses here, so I leave it out. A pharmacist or doctor can "
    "tell you, and the package says it."
)
_URGENT = (
    "If you feel very unwell or you are worried about somebody's life, don't wait: "
    "use the link to the emergency numbers at the top of this page."
)


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
        self._under_quotes = QUOTED if beside_a_model else NO_MODEL
        self._under_nothing = [] if beside_a_model else [NO_MODEL_NOTHING_QUOTED]
        # That no model is connected stands below the text itself: once is enough.
        self.info = AnswererInfo(
            provider="extractive",
            model=None,
            language_model=False,
            label="Quoted from the sources" + (", not written by a model" if beside_a_model else ""),
            label_nothing_found="Searched the health topics",
        )

    async def plan(self, question: Question, query: Query, hits: Sequence[Hit], retriever: Retriever) -> Plan:
        if small_talk := _small_talk(query.text):
            text = "\n\n".join([small_talk, *await _topics(question, None, retriever)])
            return Plan("not_found", (), text, closed=True)
        judgement = judge(query, hits, self._lexicon)
        if query.urgent:
            return await self._plan_urgent(question, query, judgement, hits, retriever)
        withheld = {hit.passage.id: _withheld(hit.passage, question, query, self._today()) for hit in judgement.hits}
        fitting = [hit for hit in judgement.hits if not withheld[hit.passage.id]]
        left_out = tuple(dict.fromkeys(reason for reason in withheld.values() if reason))
        signs = await _signs_told(query, retriever)
        if left_out and not fitting:
            return self._nothing_found([*_readings(query), *left_out], signs, closed=True)
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
        limits = (*_unspoken(judgement), *_in_general(judgement))
        notes = (*_readings(query), *self._allergies(question, query, passages), *limits, *left_out)
        quotable = (hit for hit in hits if not _withheld(hit.passage, question, query, self._today()))
        more = suggest(question, quotable, sources, self._lexicon)
        return Plan("answer", sources, self.quoted(sources, notes), notes, suggestions=more)

    def quoted(self, sources: Sequence[Source], notes: Sequence[str]) -> str:
        """An answer of quotes."""
        return "\n\n".join([*notes, *_quotes(sources), self._under_quotes])

    def _allergies(self, question: Question, query: Query, passages: Sequence[Passage]) -> list[str]:
        """Of the medicines that are asked about or quoted, those that may set off an allergy that was told."""
        if question.profile is None or not question.profile.allergies:
            return []
        asked = [medicine for medicine in query.of_kind(Kind.MEDICINE) if medicine not in query.given]
        quoted = {concept for passage in passages for concept in self._lexicon.find(passage.text)}
        others = sorted(concept for concept in quoted if concept.kind is Kind.MEDICINE and concept not in asked)
        of_asked = allergy_risks(question.profile, asked, self._lexicon)
        of_others = [risk for risk in allergy_risks(question.profile, others, self._lexicon) if risk.sure]
        first: dict[Concept, AllergyRisk] = {}
        for risk in sorted((*of_asked, *of_others), key=lambda risk: not risk.sure):
            first.setdefault(risk.allergen, risk)
        return [_allergy(risk) for risk in first.values()]

    def plan_plainer(self, question: Question, given: GivenAnswer) -> Plan:
        return Plan("not_found", (), NO_PLAINER_WORDS, closed=True)

    async def _plan_urgent(
        self, question: Question, query: Query, judgement: Judgement, hits: Sequence[Hit], retriever: Retriever
    ) -> Plan:
        """Under the notice of an emergency, a short answer: first aid until help is there, then when to get help. No
        causes, no home care, and nothing that leads away from the call."""
        chosen = [hit.passage for hit in choose(judgement.hits)] if judgement.hits else []
        found = [passage.document for passage in chosen]
        documents = list(dict.fromkeys((*found, *sorted(query.documents - query.past))))
        candidates = await retriever.first_aid_passages(documents)
        if chosen and chosen[0].category in _OF_SOME_PEOPLE:  # bleeding in pregnancy is no wound's
            candidates = [passage for passage in candidates if passage.category != "first_aid"]
        first_aid = self._first_aid(candidates, query, hits)
        shown = list(dict.fromkeys((*(passage.document for passage in first_aid), *found)))
        lead = [hit.passage for hit in hits if hit.passage.document in shown and _says_at_once(hit.passage)]
        urgent = await retriever.urgent_passages(shown) or await retriever.urgent_passages(documents)
        people = set(query.of_kind(Kind.POPULATION))
        order = list(dict.fromkeys((*shown, *documents)))
        urgent.sort(key=lambda p: (not people <= facts_of(p, self._lexicon).populations, order.index(p.document)))
        passages = [*first_aid, *lead[:1], *urgent]
        if not passages:
            return Plan("not_found", (), "\n\n".join([_NOTHING_MORE, *self._under_nothing]), closed=True)
        sources = _cited(passages, hits)
        notes = (*_readings(query), *self._allergies(question, query, passages))
        return Plan("answer", sources, self.quoted(sources, notes), notes)

    def _first_aid(self, passages: Sequence[Passage], query: Query, hits: Sequence[Hit]) -> list[Passage]:
        """Of each document the section that is nearest to the question, whole; the nearest document's first.

        Nearness is told by words: not each block is among the hits where there are many documents.
        The question must name the topic, or where that isn't an emergency itself, what the section is for: of somebody
        who has the illness, another thing may be the emergency.
        """
        people = set(query.of_kind(Kind.POPULATION))
        asked = query.concepts - people
        told = {*query.terms, *(term for term, _ in query.meant)}
        scores = {hit.passage.id: hit.score for hit in hits}
        sections: dict[tuple[str, str], list[Passage]] = {}
        words: dict[tuple[str, str], set[str]] = {}
        of_topic: dict[str, frozenset[str]] = {}
        for passage in passages:
            facts = facts_of(passage, self._lexicon)
            named = not asked.isdisjoint(facts.about)
            named = named or (passage.document in query.documents and not self._is_within_another(passage, query))
            is_for_others = passage.category in _OF_SOME_PEOPLE and people.isdisjoint(facts.populations)
            if is_for_others or not (named if passage.category in _EMERGENCIES else asked & facts.in_heading):
                continue
            key = (passage.document, passage.heading)
            sections.setdefault(key, []).append(passage)
            words.setdefault(key, set()).update(told & facts.own)
            of_topic[passage.document] = facts.topic

        def nearness(key: tuple[str, str]) -> tuple[int, int, float]:
            score = max(scores.get(passage.id, 0.0) for passage in sections[key])
            return len(words[key] | told & of_topic[key[0]]), len(words[key]), score

        nearest: dict[str, tuple[str, str]] = {}
        for key in sorted(sections, key=nearness, reverse=True):
            nearest.setdefault(key[0], key)
        least = _NEAR_THE_BEST * max((nearness(key)[0] for key in sections), default=0)
        return [passage for key in nearest.values() if nearness(key)[0] >= least for passage in sections[key]]

    def _is_within_another(self, passage: Passage, query: Query) -> bool:
        """Whether the topic's illness stands in the question only within another's name: a heat stroke is no stroke."""
        about = facts_of(passage, self._lexicon).about
        names = [set(stems(concept.name)) for concept in about]
        others = [m for m in self._lexicon.mentions(query.text) if m.concepts.isdisjoint(about)]
        return any(name < set(stems(" ".join(mention.words))) for mention in others for name in names)

    async def _plan_not_found(
        self, question: Question, query: Query, judgement: Judgement, signs: Sequence[Passage], retriever: Retriever
    ) -> Plan:
        parts = [*_readings(query), *self._allergies(question, query, ()), *_missing_words(judgement)]
        if judgement.not_for:
            parts.append(_nothing_for(judgement.not_for))
        elif not judgement.missing:
            parts.append("I found nothing about that in the health topics that I have, so I won't guess.")
        if not judgement.missing:
            parts += [] if signs else await _topics(question, query, retriever)
            parts.append("A doctor, nurse or pharmacist can answer what I can't.")
        return self._nothing_found(parts, signs, closed=bool(judgement.missing or judgement.not_for))

    def _nothing_found(self, parts: Sequence[str], signs: Sequence[Passage], *, closed: bool) -> Plan:
        """Below the signs that were told of: that nothing was found takes no urgency from them."""
        sources = _cited(signs, ())
        notes = (*parts, _URGENT, *self._under_nothing)
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
        yield Written(self.info, remarks=(self._under_quotes, NO_PLAINER_WORDS))


def _withheld(passage: Passage, question: Question, query: Query, today: date) -> str:
    """Why a block isn't quoted, as the patient is told; empty: it is.

    Amounts aren't for everybody, nor doses for ever; what to do in an emergency is, until help is there. Doses of a
    document from outside are nobody's until a clinician has read them.
    """
    unreviewed = passage.from_outside and not passage.clinically_reviewed
    if unreviewed and (doses(passage.text) or tells_schedule(passage.text)):
        return _NOT_REVIEWED
    if query.urgent:
        return ""
    if (question.careful or question.under_age) and amounts(passage.text):
        return _NO_AMOUNTS if question.careful else _NO_ADULT_DOSES
    if passage.review_due and passage.review_due < today and doses(passage.text):
        return _OVERDUE
    return ""


def _small_talk(text: str) -> str:
    words = " ".join(text.replace("’", "'").casefold().split())
    if len(words) > _SMALL_TALK_CHARS:
        return ""
    if not words.strip(" .!?") or _CHAT.fullmatch(words):
        return _HELLO
    return _WELCOME if _THANKS.fullmatch(words) else ""


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


def _readings(query: Query) -> list[str]:
    return [f"I read “{given}” as “{taken}”." for given, taken in query.corrections]


def _missing_words(judgement: Judgement) -> list[str]:
    return [_missing_pair(medicine, other) for medicine, other in judgement.missing[:_MOST_MISSING]]


def _missing_pair(medicine: Concept, other: Concept) -> str:
    if other.kind is Kind.MEDICINE:
        return (
            f"I found nothing on that combination: {medicine.name} together with {other.name}. That doesn't mean that "
            "they go well together. Please ask a pharmacist or doctor before you take both."
        )
    ask = "a pharmacist or your midwife" if other == PREGNANCY else "a pharmacist or doctor"
    link = "for" if other.name in ("children", "animals") else "and" if other.kind is Kind.CONDITION else "during"
    nor, first, soon = "", "first", ""
    if other.kind is Kind.CONDITION:  # it may be what the medicine was prescribed for, or what comes of it
        nor, first = ", nor that it is wrong", "before you take it, and before you stop it if it was prescribed for you"
        soon = f" If {other.name} came or got worse after you began to take {medicine.name}, "
        soon += "call the emergency number now." if other.name in _CANNOT_WAIT else "call one of them today."
    return (
        f"I found nothing on that combination: {medicine.name} {link} {other.name}. "
        f"That doesn't mean that it is all right{nor}. Please ask {ask} {first}.{soon}"
    )


def _allergy(risk: AllergyRisk) -> str:
    """Never that it is all right, and never that there is an allergy: the patient said so."""
    said = f"You said: allergic to {risk.allergen.name}."
    if not risk.sure:
        return f"{said} It may be among these: {risk.medicine.name}. Tell a pharmacist or doctor before you take one."
    alike = "" if risk.medicine == risk.allergen else f" {risk.medicine.name.capitalize()} is of the same kind."
    return f"{said}{alike} Don't take it before a doctor or pharmacist who knows of the allergy says that it is safe."


def _unspoken(judgement: Judgement) -> list[str]:
    names = " or ".join(concept.name for concept in judgement.unspoken)
    return [f"What follows says nothing about {names}. Please ask a pharmacist or doctor first."] if names else []


def _in_general(judgement: Judgement) -> list[str]:
    names = " or ".join(medicine.name for medicine in judgement.in_general)
    said = f"What follows says nothing about what you asked of {names}: it says what kind of medicine that is. "
    return [said + "A pharmacist can answer what I can't."] if names else []


def _nothing_for(people: Sequence[Concept]) -> str:
    whom = " and ".join(_FOR_WHOM.get(one, f"for {one.name}") for one in people)
    return (
        f"I found nothing about that {whom} in the health topics that I have. What holds for others may be wrong "
        "here, so I don't quote it."
    )
