"""Kinds of questions, and the blocks that answer them: by their headings, first lines or what they hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.words import raw_words

SAID_LESS_CLEARLY = 0.7
"""How much a block's first line or text counts, where its heading counts 1."""
_DURATION = (
    r"\b(?:\d+|one|two|three|four|five|six|few|several) (?:to \w+ )?(?:minutes?|hours?|days?|weeks?|months?|years?)\b"
)


@dataclass(frozen=True, slots=True)
class _Intent:
    """A kind of question, and the heading or first words, or else the text, of blocks that answer it."""

    name: str
    asked: re.Pattern[str]
    opening: re.Pattern[str] | None = None
    text: re.Pattern[str] | None = None


def _intent(name: str, asked: str, opening: str = "", text: str = "") -> _Intent:
    return _Intent(
        name, re.compile(asked), re.compile(opening) if opening else None, re.compile(text) if text else None
    )


_INTENTS: Sequence[_Intent] = (
    _intent(
        "help",
        r"\b(helps?|helping|treat\w*|relie[fv]\w*|cures?|remed\w+|rid of|ease|easing|sooth\w*|calm|better for|best for|"
        r"what (?:can|should|do|must|could|to) (?:i |we |you |he |she |they )?(?:do|eat|drink|try|put)|"
        r"(?:can|should|do|must|could) (?:i|we|you|he|she|they) do|what now|what to do|first aid|at home|look after|"
        r"how (?:can|do|should|to) (?:i |we |you )?(?:stop|manage|get over|get through|help|fix|sleep|lower)|"
        r"feel better|deal with|how do we)\b",
        r"\b(?<!not )(helps?|what to do|do these|first aid|to ease|to calm|to soothe|to feel better|at home|"
        r"steps|can do|"
        r"living with|try these|these can|things to do|cool|keep moving|if you have these)\b",
    ),
    _intent(
        "medicines",
        r"\b(?:(?:what|which|anything|something|best)\b.* (?:take|give|use|have|put)\b|(?:medicine|medication|"
        r"tablet|pill|"
        r"drug|painkiller|cream|spray|antibiotic|laxative|treatment|meds)s?\b)",
        r"\b(medicines?|painkillers?|treatments?|pills?|creams?)\b",
    ),
    _intent(
        "doctor",
        r"\b(see (?:a|the|my|some)\w*|doct[eo]rs?|gp|nurse|midwife|hospital|emergency|serious|dangerous|worr(?:y|ied)|"
        r"appointment|blood (?:in|came|comes|coming|from|when)|(?:coughed|coughing|vomited|vomiting|"
        r"spitting|cough|vomit) (?:up )?(?:some )?blood|urgent\w*|who do i call|need help)\b",
        r"\b(doctor|midwife|call (?:a|the|your)|who should|needs? advice|get medical)\b",
    ),
    _intent(
        "causes",
        r"\b(cause[sd]?|causing|why|triggers?|set(?:s|ting)? off|reasons?|comes? from|how come|making me|be my|"
        r"giving me)\b",
        r"\b(causes?|caused|why|set off|triggers?|can come from)\b",
    ),
    _intent(
        "signs",
        r"\b(symptoms?|signs?|how (?:do|can|would|will) (?:i|we|you) (?:know|tell)|could (?:it|this|that) be|"
        r"is (?:it|this)|"
        r"looks? like|feels? like|have i got|could be|warning)\b",
        r"\b(signs?|symptoms?|looks like|is it|what counts|numbers mean)\b",
    ),
    _intent("meaning", r"^(?:so |and |hi |hello )*what(?: is| are| does|s)\b(?!.*\b(?:best|cure|"
    r"treatment)\b)", r"^start$"),
    _intent(
        "avoid",
        r"\b(avoid|stay away from|not (?:do|take|eat|to)|should i (?:put|stop|stay)|worse|bad for)\b",
        r"\b(avoid|what not|do not|keep away|worse|leave out)\b",
        r"\b(cut down|limit|leave out|stay away|keep away)\b",
    ),
    _intent(
        "prevent",
        r"\b(prevent\w*|avoid getting|(?:lower|reduce|cut) (?:my|the|your) (?:risk|chances?)|stop getting|spread\w*|"
        r"keep \w+ (?:away|out|from)|come back|coming back)\b",
        r"\b(prevent\w*|lower|spreading|staying ready|to keep|to meet less|avoid flares)\b",
    ),
    _intent("time", r"\b(how (?:long|soon|many days|many weeks|quickly)|when (?:can|will|does|do|"
    r"should))\b", text=_DURATION),
    _intent("amount", r"\b(how (?:much|many|often)|dose|doses|dosage|maximum)\b", r"\bhow (?:to take|"
    r"much)\b", r"\b(?:doses?|mg|grams|(?:each|every) (?:day|week|month|year|(?:\d+|two|three|four|five|six|eight|ten) "
    r"(?:hours|days|weeks|months|years))|(?:once|twice|(?:\d|three|four|five) times) (?:a|an|every|each) \w+)\b"),
    _intent("taking", r"\b(how (?:do|should|to) (?:i |we |you )?(?:take|use|give|"
    r"measure))\b", r"\b(how to (?:take|use))\b"),
    _intent(
        "stopping",
        r"\b(?:stop(?:ping)?|quit(?:ting)?|com(?:e|ing) off|finish(?:ing)?)\b(?!.*\b(?:bleed|itch|pain|spread|cough))",
        text=r"\b(?:not (?:just )?stop|if you stop|stopping|stop (?:it|one|the|taking)|finish the|come off)\b",
    ),
    _intent(
        "bystander",
        r"\b(someone|somebody|another person|(?:he|she|they) (?:has|have|is|are|said|says|took)|how (?:do|can|"
        r"should) i help|"
        r"my (?:husband|wife|friend|mum|mom|dad|mother|father|partner)\w*)\b",
        r"\b(if someone|help someone|someone else|if a person|lay a person|a person who)\b",
    ),
    _intent("harm", r"\b(side effects?|harm\w*|risks?|safe)\b", r"\b(side effects?|harm)\b", r"\b(side effects?|"
    r"harm|risk)\b"),
)  # fmt: skip


def intents_asked(folded: str) -> frozenset[str]:
    return frozenset(intent.name for intent in _INTENTS if intent.asked.search(folded))


def intents_answered(heading: str, text: str) -> dict[str, float]:
    """By the heading clearly, by the first line or what the block holds less so."""
    first = text.partition("\n")[0].partition(". ")[0]
    in_heading, in_opening, in_text = (
        " ".join(raw_words(part)) for part in (heading or "start", f"{heading} {first}", text)
    )
    found: dict[str, float] = {}
    for intent in _INTENTS:
        if intent.opening and intent.opening.search(in_heading):
            found[intent.name] = 1.0
        elif (intent.opening and intent.opening.search(in_opening)) or (intent.text and intent.text.search(in_text)):
            found[intent.name] = SAID_LESS_CLEARLY
    return found
