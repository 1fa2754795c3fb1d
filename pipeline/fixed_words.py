"""What an answer of quotes says in fixed words: above, below and in the place of what it quotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.concepts import BREASTFEEDING, PREGNANCY, Concept, Kind, Lexicon
from pipeline.profiles import AllergyRisk, allergy_risks
from pipeline.query import Query
from pipeline.retrieval import Judgement
from pipeline.types import HealthProfile, Passage

NO_MODEL = (
    "*No language model is connected. These are quotes from Veda's health topics, chosen by search; "
    "they weren't written as an answer to you.*"
)
NO_MODEL_NOTHING_QUOTED = "*No language model is connected. I can only quote Veda's health topics, chosen by search.*"
QUOTED = (
    "*These are quotes from Veda's health topics, chosen by search; no language model wrote them as an answer to you.*"
)
NO_PLAINER_WORDS = (
    "I can't put that in plainer words now: no language model answers. The answer above stays as it is. "
    "A pharmacist, nurse or doctor can explain it to you."
)
NOTHING_FOUND = "I found nothing about that in the health topics that I have, so I won't guess."
NOTHING_MORE = "I found nothing more about that in the health topics that I have. Please don't wait for it: call now."
ASK_A_PERSON = "A doctor, nurse or pharmacist can answer what I can't."
NO_AMOUNTS = (
    "I leave out doses and amounts here. A pharmacist, doctor or nurse can tell you them, and listen to how you are."
)
NO_ADULT_DOSES = (
    "I give no doses to anybody under 18: those in my sources may be wrong for you. Please ask a pharmacist, doctor or "
    "nurse, best together with a parent or another adult you trust."
)
OVERDUE = (
    "What my sources say about doses here was to be reviewed by now, so I leave it out. A pharmacist or doctor can "
    "tell you, and the package says it."
)
NOT_REVIEWED = (
    "No clinician has reviewed what my sources say about doses here, so I leave it out. A pharmacist or doctor can "
    "tell you, and the package says it."
)
URGENT = (
    "If you feel very unwell or you are worried about somebody's life, don't wait: "
    "use the link to the emergency numbers at the top of this page."
)

_HELLO = (
    "Hello! I look up health questions in the topics that I have, and quote what they say with the source. "
    "I can't examine you or tell what you have."
)
_WELCOME = "You're welcome. If there is something else, ask me."
_SMALL_TALK_CHARS = 60
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
_MOST_MISSING = 3
"""Combinations that an answer names as not found."""
_CANNOT_WAIT = frozenset({"stroke", "heart attack", "anaphylaxis", "chest pain", "shortness of breath"})
_FOR_WHOM = {PREGNANCY: "in pregnancy", BREASTFEEDING: "while breast-feeding"}


def small_talk(text: str) -> str:
    """What is said to a greeting or to thanks; empty: it is neither."""
    words = " ".join(text.replace("’", "'").casefold().split())
    if len(words) > _SMALL_TALK_CHARS:
        return ""
    if not words.strip(" .!?") or _CHAT.fullmatch(words):
        return _HELLO
    return _WELCOME if _THANKS.fullmatch(words) else ""


def readings(query: Query) -> list[str]:
    return [f"I read “{given}” as “{taken}”." for given, taken in query.corrections]


def allergies(profile: HealthProfile | None, query: Query, passages: Sequence[Passage], lexicon: Lexicon) -> list[str]:
    """Of the medicines that are asked about or quoted, those that may set off an allergy that was told."""
    if profile is None or not profile.allergies:
        return []
    asked = [medicine for medicine in query.of_kind(Kind.MEDICINE) if medicine not in query.given]
    quoted = {concept for passage in passages for concept in lexicon.find(passage.text)}
    others = sorted(concept for concept in quoted if concept.kind is Kind.MEDICINE and concept not in asked)
    of_asked = allergy_risks(profile, asked, lexicon)
    of_others = [risk for risk in allergy_risks(profile, others, lexicon) if risk.sure]
    first: dict[Concept, AllergyRisk] = {}
    for risk in sorted((*of_asked, *of_others), key=lambda risk: not risk.sure):
        first.setdefault(risk.allergen, risk)
    return [_allergy(risk) for risk in first.values()]


def _allergy(risk: AllergyRisk) -> str:
    """Never that it is all right, and never that there is an allergy: the patient said so."""
    said = f"You said: allergic to {risk.allergen.name}."
    if not risk.sure:
        return f"{said} It may be among these: {risk.medicine.name}. Tell a pharmacist or doctor before you take one."
    alike = "" if risk.medicine == risk.allergen else f" {risk.medicine.name.capitalize()} is of the same kind."
    return f"{said}{alike} Don't take it before a doctor or pharmacist who knows of the allergy says that it is safe."


def missing(judgement: Judgement) -> list[str]:
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


def nothing_for(people: Sequence[Concept]) -> str:
    whom = " and ".join(_FOR_WHOM.get(one, f"for {one.name}") for one in people)
    return (
        f"I found nothing about that {whom} in the health topics that I have. What holds for others may be wrong "
        "here, so I don't quote it."
    )


def limits(judgement: Judgement) -> list[str]:
    """What the quotes that follow don't say."""
    said = []
    if unspoken := _either(judgement.unspoken):
        said.append(f"What follows says nothing about {unspoken}. Please ask a pharmacist or doctor first.")
    if in_general := _either(judgement.in_general):
        said.append(
            f"What follows says nothing about what you asked of {in_general}: it says what kind of medicine that is. "
            "A pharmacist can answer what I can't."
        )
    return said


def _either(concepts: Sequence[Concept]) -> str:
    return " or ".join(concept.name for concept in concepts)
