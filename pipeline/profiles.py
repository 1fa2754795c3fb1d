"""What a patient said of the person whom a question is about: for which questions it holds, and what it means. Pure.

A question counts more than what was said before it: one that is about somebody else takes nothing along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.concepts import BABY, BREASTFEEDING, CHILDHOOD, PREGNANCY, Concept, Kind, Lexicon, ages_named
from pipeline.types import HealthProfile
from pipeline.words import raw_words

_YEARS: Mapping[str, tuple[int, int]] = {
    "under_3_months": (0, 0),
    "3_to_23_months": (0, 1),
    "2_to_11": (2, 11),
    "12_to_17": (12, 17),
    "18_to_64": (18, 64),
    "65_or_over": (65, 130),
}
_BABIES = frozenset({"under_3_months", "3_to_23_months"})
CHILDREN = _BABIES | {"2_to_11", "12_to_17"}
TOO_YOUNG_TO_BE_PREGNANT = _BABIES | {"2_to_11"}

_MONTHS_OLD = re.compile(r"\b(\d{1,2})[ -]*(?:months?|mo)[ -]*old\b")
_PET = re.compile(r"\b(?:my|our|the) (?:\w+ )?(?:dog|cat|puppy|kitten|pet|horse|rabbit|hamster)\b")
_BABY_WORDS = re.compile(r"\b(?:bab(?:y|ies)|newborns?|infants?)\b")
_CHILD_WORDS = re.compile(
    r"\b(?:(?:step|grand)?(?:sons?|daughters?|child(?:ren)?)|(?:grand)?kids?|boys?|girls?|toddlers?|teen(?:ager)?s?|"
    r"nieces?|nephews?|bab(?:y|ies)|newborns?|infants?)\b"
)
_GROWN_KIN = re.compile(
    r"\bmy (?:\w+ )?(?:husband|wife|partner|boyfriend|girlfriend|fianc\w+|dad|father|mum|mom|mother|parents?|nan|"
    r"gran(?:ny|dma|dpa|ddad|dad|dmother|dfather|dparents?)?|uncle|aunt(?:ie)?|boss|neighbou?r|colleague)\b"
)
_OTHERS = re.compile(
    r"\bmy (?:\w+ )?(?:friend|brother|sister|cousin|sibling|roommate|flatmate)\b|\b(?:he|she|him|his|hers?)\b"
)
_OF_ONESELF = re.compile(
    r"\b(?:can|could|should|may|must|will|would|do|did|am) i (?!give|do|get|treat|help|tell|call|ask|check|worry|"
    r"bring|know|take (?:him|her|them|my)\b)|"
    r"\bi (?:have|had|take|took|feel|felt|got|hurt|can't|cannot|keep|need)\b|\bi've\b|"
    r"\bi(?:'m| am) (?!worried|asking|wondering|scared|concerned|trying|looking|writing|caring|(?:a|the|his|her)\b)|"
    r"\b(?:me|myself)\b"
)
_IS_PREGNANT = re.compile(r"\bpregnan(?:t|cy)\b")
_BREASTFEEDS = re.compile(r"\bbreast ?-?feed(?:ing)?\b")
_NOT_PREGNANT = re.compile(r"\b(?:not|isn't|never|no longer) (?:\w+ )?pregnant\b")
_NOT_BREASTFEEDING = re.compile(
    r"\b(?:not|n't|never|no longer|stopped|finished) (?:\w+ )?breast ?-?feed(?:ing)?\b|\bbottle ?-?feed(?:ing)?\b"
)
_NOT_ALLERGIC = re.compile(r"\b(?:not|isn't|never|no longer) allergic to ([^.;!?\n]+)")
_AMOUNT = re.compile(
    r"\b\d+(?:[.,/]\d+)*\s*(?:mg|mcg|µg|g|ml|iu|units?|%|milligrams?|micrograms?)?(?!\w)", re.IGNORECASE
)


def for_question(profile: HealthProfile, text: str) -> HealthProfile | None:
    """What of it holds for a question. None: nothing was said, or the question is about somebody else."""
    text = " ".join(text.casefold().replace("’", "'").split())
    if _is_about_another(profile, text):
        return None
    if _says_another_age(profile, text):
        if profile.about == "other" or not _OF_ONESELF.search(text):
            return None
        profile = replace(profile, age_band="")
    denied = _NOT_PREGNANT if profile.pregnancy == "pregnant" else _NOT_BREASTFEEDING
    instead = _BREASTFEEDS if profile.pregnancy == "pregnant" else _IS_PREGNANT
    if profile.pregnancy in ("pregnant", "breastfeeding") and (denied.search(text) or instead.search(text)):
        profile = replace(profile, pregnancy="")
    denied_allergies = " ".join(_NOT_ALLERGIC.findall(text))
    allergies = tuple(one for one in profile.allergies if one.casefold() not in denied_allergies)
    profile = replace(profile, allergies=allergies)
    return profile if profile != HealthProfile(about=profile.about) else None


def is_young_writers(profile: HealthProfile) -> bool:
    """Whether who writes said that they are no adult."""
    return profile.about == "me" and profile.age_band in CHILDREN


def _is_about_another(profile: HealthProfile, text: str) -> bool:
    if _PET.search(text):
        return True
    is_child, is_grown = profile.age_band in CHILDREN, profile.age_band in _YEARS.keys() - CHILDREN
    is_mother = profile.pregnancy in ("pregnant", "breastfeeding")
    child = bool(_CHILD_WORDS.search(_BABY_WORDS.sub("", text) if is_mother else text))
    grown = bool(_GROWN_KIN.search(text))
    if profile.about == "other":
        too_young = profile.age_band in TOO_YOUNG_TO_BE_PREGNANT and bool(_IS_PREGNANT.search(text))
        return (is_child and (grown or too_young) and not child) or (is_grown and child and not grown)
    another = grown or bool(_OTHERS.search(text)) or (child and not is_child)
    return another and not _OF_ONESELF.search(text)


def _says_another_age(profile: HealthProfile, text: str) -> bool:
    if not profile.age_band:
        return False
    months = [int(count) for count in _MONTHS_OLD.findall(text)]
    if profile.age_band in _BABIES and months:
        return all((count < 3) != (profile.age_band == "under_3_months") for count in months)
    low, high = _YEARS[profile.age_band]
    years = ages_named(text)
    return bool(years) and not any(low <= age <= high for age in years)


# What it means to the gates


def people_of(profile: HealthProfile) -> frozenset[Concept]:
    """As a question would name them."""
    people = {CHILDHOOD} if profile.age_band in CHILDREN - _BABIES else set()
    people |= {BABY} if profile.age_band in _BABIES else set()
    people |= {PREGNANCY} if profile.pregnancy == "pregnant" else set()
    return frozenset(people | ({BREASTFEEDING} if profile.pregnancy == "breastfeeding" else set()))


def medicines_of(names: Iterable[str], lexicon: Lexicon) -> frozenset[Concept]:
    """What is taken, or isn't borne; a name that nobody knows is a medicine all the same."""
    return frozenset(concept for name in names for concept in _medicines_in(name, lexicon))


def _medicines_in(name: str, lexicon: Lexicon) -> set[Concept]:
    found = {concept for concept in lexicon.find(name) if concept.kind is Kind.MEDICINE}
    found -= {known for concept in found for known in lexicon.classes_of(concept)}  # "penicillin antibiotics"
    words = " ".join(raw_words(_AMOUNT.sub(" ", name)))
    return found or ({Concept(Kind.MEDICINE, words)} if words else set())


@dataclass(frozen=True, slots=True)
class AllergyRisk:
    """A medicine that may set off an allergy that was told."""

    medicine: Concept
    allergen: Concept
    sure: bool = True
    """False: it is a wide class, of which the allergen is one."""


def allergy_risks(profile: HealthProfile, medicines: Iterable[Concept], lexicon: Lexicon) -> list[AllergyRisk]:
    """Each medicine's first, in their order."""
    allergens = sorted(medicines_of(profile.allergies, lexicon))
    risks = []
    for medicine in medicines:
        alike = [allergen for allergen in allergens if _is_alike(medicine, allergen, lexicon)]
        within = [allergen for allergen in allergens if allergen in lexicon.members_of(medicine)]
        if alike or within:
            risks.append(AllergyRisk(medicine, (alike or within)[0], bool(alike)))
    return risks


def _is_alike(medicine: Concept, allergen: Concept, lexicon: Lexicon) -> bool:
    """The same, of the class that isn't borne, or of the same narrow class: of two antibiotics one may be all right,
    of two penicillins not."""
    if medicine == allergen or medicine in lexicon.members_of(allergen):
        return True
    return any(_is_narrow(shared, lexicon) for shared in lexicon.classes_of(medicine) & lexicon.classes_of(allergen))


def _is_narrow(known: Concept, lexicon: Lexicon) -> bool:
    return not any(lexicon.members_of(member) for member in lexicon.members_of(known))


# In words

_AGES = {
    "under_3_months": "a baby under 3 months",
    "3_to_23_months": "a baby of 3 to 23 months",
    "2_to_11": "a child of 2 to 11 years",
    "12_to_17": "12 to 17 years old",
    "18_to_64": "an adult of 18 to 64 years",
    "65_or_over": "65 years or older",
}
_PREGNANCIES = {"no": "not pregnant", "pregnant": "pregnant", "breastfeeding": "breast-feeding"}


def in_words(profile: HealthProfile) -> list[str]:
    """For staff and for a model."""
    told = [
        _AGES.get(profile.age_band, ""),
        _PREGNANCIES.get(profile.pregnancy, ""),
        f"takes {', '.join(profile.medicines)}" if profile.medicines else "",
        f"allergic to {', '.join(profile.allergies)}" if profile.allergies else "",
    ]
    return [words for words in told if words]


_SAID_AGES = {
    "under_3_months": "My baby is 6 weeks old.",
    "3_to_23_months": "My baby is 9 months old.",
    "2_to_11": "My child is 6 years old.",
    "65_or_over": "The patient is elderly.",
}


def as_said(profile: HealthProfile) -> str:
    """As a patient would write it where it matters to an emergency: for screening."""
    me = profile.about == "me"
    told = [_SAID_AGES.get(profile.age_band, "")]
    if profile.pregnancy == "pregnant":
        told.append("I am pregnant." if me else "She is pregnant.")
    if profile.medicines:
        told.append(f"{'I take' if me else 'The patient takes'} {', '.join(profile.medicines)}.")
    return " ".join(filter(None, told))
