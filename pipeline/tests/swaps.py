"""Makes false sentences of true ones: a number, a "not", a medicine or the people they are about is swapped.

By code and a seed, so that anybody gets the same ones.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.concepts import Kind, Lexicon
from pipeline.sentences import sentences_of
from pipeline.types import Passage

LEAST_WORDS, MOST_WORDS = 6, 45
KINDS = ("number", "number from beside", "negation", "medicine", "medicine from beside", "people")

_NUMBER = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|two|three|four|five|six|seven|eight|nine|ten|twelve)(?![\w,.]*\d)\b"
)
_WORDS_OF_NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve"]
_NO = re.compile(r"\b(?:not|never)\b\s|(?<=[a-z])n[’']t\b|\bcannot\b")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|can|may|might|should|will|must|could|would)\b")
_IMPERATIVE = re.compile(r"(?:Take|Give|Use|Drink|Eat|Wear|Try|Ask|Keep|Put|Call|Go|Get|Tell|See|Stop|Start|Wait)\b")
_PEOPLE = {
    "children": "adults", "child": "adult", "adults": "children", "adult": "child", "babies": "adults", "baby": "adult",
    "infants": "teenagers", "men": "women", "women": "men", "pregnant": "breast-feeding", "breast-feeding": "pregnant",
    "breastfeeding": "pregnant", "teenagers": "babies", "boys": "girls", "girls": "boys", "pregnancy": "breast-feeding",
}  # fmt: skip
_ONE_OF_THE_PEOPLE = re.compile(rf"\b(?:{'|'.join(_PEOPLE)})\b")


@dataclass(frozen=True, slots=True)
class Swapped:
    kind: str
    original: str
    changed: str
    passages: tuple[Passage, ...]
    """What the original was drawn from, and what stands beside it."""


def draw(
    documents: Iterable[Sequence[Passage]], lexicon: Lexicon, *, each: int, seed: int, medicines: Sequence[str]
) -> list[Swapped]:
    """`each`: so many of every kind, as far as there are; no sentence twice."""
    choose = random.Random(seed)
    sentences = [
        (sentence.text, tuple(passages))
        for passages in documents
        for passage in passages
        for sentence in sentences_of(passage.text)
        if LEAST_WORDS <= len(sentence.text.split()) <= MOST_WORDS
        and sentence.text[0].isupper()
        and sentence.text[-1] == "."
    ]
    choose.shuffle(sentences)

    def named_in(beside: str) -> list[str]:
        mentions = lexicon.mentions(beside, asked=False)
        found = {" ".join(m.words) for m in mentions if any(c.kind is Kind.MEDICINE for c in m.concepts)}
        return sorted(found)

    ways: dict[str, Callable[[str, str], str | None]] = {
        "number": lambda text, beside: _with_another_number(text, choose),
        "number from beside": lambda text, beside: _with_a_number_from_beside(text, beside, choose),
        "negation": lambda text, beside: _with_another_answer(text),
        "medicine": lambda text, beside: _with_another_medicine(text, lexicon, medicines, choose),
        "medicine from beside": lambda text, beside: _with_another_medicine(text, lexicon, named_in(beside), choose),
        "people": lambda text, beside: _with_other_people(text),
    }
    drawn: list[Swapped] = []
    used: set[str] = set()
    for kind in KINDS:
        count = 0
        for text, passages in sentences:
            if count == each:
                break
            beside = "\n".join(passage.text for passage in passages)
            changed = ways[kind](text, beside) if text not in used else None
            if changed and changed != text:
                drawn.append(Swapped(kind, text, changed, passages))
                used.add(text)
                count += 1
    return drawn


def _with_another_number(text: str, choose: random.Random) -> str | None:
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    one = choose.choice(found)
    number = one[1]
    if number in _WORDS_OF_NUMBERS:
        other = choose.choice([word for word in _WORDS_OF_NUMBERS if word != number])
    else:
        value = float(number.replace(",", ""))
        others = {value * 2, value + 1, value * 10, max(1.0, value - 1)} - {value, 0.0}
        other = f"{choose.choice(sorted(others)):g}"
    return f"{text[: one.start()]}{other}{text[one.end() :]}"


def _with_a_number_from_beside(text: str, beside: str, choose: random.Random) -> str | None:
    """One that the passages have, too, in another place."""
    found = list(_NUMBER.finditer(text))
    others = sorted({match[1] for match in _NUMBER.finditer(beside)} - {match[1] for match in found})
    if not found or not others:
        return None
    one = choose.choice(found)
    return f"{text[: one.start()]}{choose.choice(others)}{text[one.end() :]}"


def _with_another_answer(text: str) -> str | None:
    if no := _NO.search(text):
        if no[0] == "cannot":
            return f"{text[: no.start()]}can{text[no.end() :]}"
        text = f"{text[: no.start()]}{text[no.end() :]}"
        return re.sub(r"\b(?:wo|ca)\b", lambda word: {"wo": "will", "ca": "can"}[word[0]], text)
    if auxiliary := _AUXILIARY.search(text):
        return f"{text[: auxiliary.end()]} not{text[auxiliary.end() :]}"
    if _IMPERATIVE.match(text):
        return f"Do not {text[0].lower()}{text[1:]}"
    return None


def _with_another_medicine(text: str, lexicon: Lexicon, medicines: Sequence[str], choose: random.Random) -> str | None:
    """By one of another meaning: no other name of the same, none of its class."""
    here = lexicon.find(text)
    others = [
        name
        for name in medicines
        if not any(lexicon.covers(here, c) or here & lexicon.members_of(c) or here & lexicon.classes_of(c)
                   for c in lexicon.meaning(name) or lexicon.find(name))
    ]  # fmt: skip
    for mention in lexicon.mentions(text, asked=False):
        if not others or not any(concept.kind is Kind.MEDICINE for concept in mention.concepts):
            continue
        named = re.search(r"\b" + r"[\s-]".join(map(re.escape, mention.words)) + r"\b", text, re.IGNORECASE)
        if named:
            return f"{text[: named.start()]}{choose.choice(others)}{text[named.end() :]}"
    return None


def _with_other_people(text: str) -> str | None:
    if not (found := _ONE_OF_THE_PEOPLE.search(text)):
        return None
    return f"{text[: found.start()]}{_PEOPLE[found[0]]}{text[found.end() :]}"


# The same in other words

_SHORT = {
    "do not": "don't", "does not": "doesn't", "is not": "isn't", "are not": "aren't", "cannot": "can't",
    "should not": "shouldn't", "did not": "didn't", "will not": "won't", "have not": "haven't",
}  # fmt: skip
_FIGURES = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "ten": "10"}
_OTHER_WORDS = {
    "a lot of": "plenty of", "may": "might", "often": "frequently", "also": "as well", "such as": "like",
    "right away": "immediately", "start": "begin", "begin": "start", "get": "receive", "help": "assist",
    "usually": "mostly", "make sure": "be certain", "about": "around", "more than": "over", "severe": "serious",
    "occur": "happen", "large": "big", "caused by": "due to", "doctor": "physician", "medicine": "medication",
    "treatment": "therapy", "people": "persons",
}  # fmt: skip


def reworded(text: str) -> str:
    """Of the same meaning: short or long forms, figures for words, a few words for others, the `if` put last."""
    for table in (_SHORT, _FIGURES, _OTHER_WORDS):
        words = "|".join(map(re.escape, table))
        text = re.sub(
            rf"\b(?:{words})\b",
            lambda found, table=table: table[found[0].lower()],
            text,
            count=3 if table is _OTHER_WORDS else 0,
            flags=re.IGNORECASE,
        )
    if case := re.fullmatch(r"(If [^,]+), (.+)\.", text):
        text = f"{case[2][0].upper()}{case[2][1:]} {case[1][0].lower()}{case[1][1:]}."
    return text[0].upper() + text[1:]
