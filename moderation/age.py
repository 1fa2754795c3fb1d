"""Ages in somebody's words: their own, and a child's for whom they ask. Pure."""

from __future__ import annotations

import re

ADULT_AGE = 18

_NUMBERS = {
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_AGE = rf"([1-9]\d?|{'|'.join(_NUMBERS)})"
_YEARS = r"(?:\s*-?\s*(?:years?|yrs?|y)\s*-?\s*(?:old|of\s+age)|\s*-?\s*(?:yo|y\s*/\s*o|y\.o\.?))"
_WHO = r"(?:girl|boy|female|male|teen(?:ager)?|student|kid|f|m)"
_SAYS_SO = r"(?:i\s+am|i'?m|i(?:'ve)?\s+(?:just\s+)?turned|my\s+age\s+is)"
_SOFTENED = r"(?:(?:only|just|almost|nearly|still|currently|about|an?)\s+)*"
_ENDS = r"(?=\s*(?:$|[,.;!?)](?!\d)|(?:and|but|so|now|with|i|my|who|because|pregnant)\b))"
"""Not "I'm 14 weeks pregnant", "I am 12 stone", "I'm 10 minutes away", "I'm 15% better"."""
_OWN_AGE = re.compile(
    rf"\b{_SAYS_SO}\s+{_SOFTENED}{_AGE}(?:{_YEARS}|\s*{_WHO}\b|{_ENDS})"
    rf"|(?:^|[.!?\n]\s*)(?:as\s+an?\s+)?{_AGE}(?:{_YEARS}\s*{_WHO}|\s*/?\s*[fm])\b\s*(?:here\b|,|\.|$)",
    re.IGNORECASE,
)
_CHILD = r"(?:(?:step|grand)?(?:son|daughter|child)|children|kids?|baby|toddler|niece|nephew|pupil|student|patient)"
_OTHER = rf"(?:{_CHILD}|girl|boy|teen(?:ager)?|brother|sister|sibling|cousin|friend)"
_OF_A_CHILD = re.compile(rf"\b(?:my|our|his|her|their)\s+(?:\w+\s+)?{_CHILD}\b", re.IGNORECASE)
_QUOTED = re.compile(
    r"\b(?:said|says|wrote|writes|texted|texts|posted|told\s+me|tells\s+me)\b"
    r"(?:(?:\s+that|\s+to\s+me)?[\s:,]*|[^.!?\n\"“]{0,20}[\"“][^\"”]*)$",
    re.IGNORECASE,
)
"""Straight before a place, or with a quotation begun. "He said he'd hit me and I'm 14" is the writer's age."""
_CHILDS_AGE = re.compile(
    rf"\b{_OTHER}\b[^.!?\n]{{0,40}}?(?:\b(?:is|was|aged?|turned)\s+{_SOFTENED}{_AGE}(?:{_YEARS}|{_ENDS})"
    rf"|[(,]\s*{_AGE}\s*[),.]|\b{_AGE}{_YEARS})"
    rf"|\b{_AGE}{_YEARS}\s+(?:\w+\s+)?{_OTHER}\b"
    rf"|\b(?:he|she)(?:'s|\s+is)\s+{_SOFTENED}{_AGE}(?:{_YEARS}|{_ENDS})",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"\b(?:my|our|his|her|a|the)\s+(?:\w+\s+)?(?:child|children|kids?|baby|toddler|infant|newborn)\b", re.IGNORECASE
)


def own_age(text: str) -> int | None:
    """Of the writer; None where they don't say it, quote another person, or speak of another person's."""
    text = text.replace("’", "'")
    for found in _OWN_AGE.finditer(text):
        before = text[: found.start()]
        if found[1] and not _QUOTED.search(before):
            return _years(found[1])
        if found[2] and not _OF_A_CHILD.search(before):  # "14 year old girl, …" of whom they tell
            return _years(found[2])
    return None


def is_under_age(*texts: str) -> bool:
    """Whether one of these says so. No later claim to be older lifts it: that would be the way round it."""
    ages = map(own_age, texts)
    return any(age is not None and age < ADULT_AGE for age in ages)


def speaks_of_child(text: str) -> bool:
    """Whether a child, or somebody under 18, is mentioned whom the writer isn't."""
    text = text.replace("’", "'")
    if _SMALL.search(text):
        return True
    ages = (next(filter(None, found.groups())) for found in _CHILDS_AGE.finditer(text))
    return any(_years(age) < ADULT_AGE for age in ages)


def _years(said: str) -> int:
    return _NUMBERS.get(said.casefold()) or int(said)
