"""The age that somebody gives in their own words. Pure."""

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


def own_age(text: str) -> int | None:
    """Of the writer; None where they don't say it, or speak of another person's."""
    found = _OWN_AGE.search(text.replace("’", "'"))
    if found is None:
        return None
    said = (found[1] or found[2]).casefold()
    return _NUMBERS.get(said) or int(said)


def is_under_age(text: str) -> bool:
    age = own_age(text)
    return age is not None and age < ADULT_AGE
