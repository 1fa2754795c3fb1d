"""The grade of school that a text is easy for, by Flesch and Kincaid's formula. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.sentences import sentences_of

LEAST_WORDS = 20
"""Of fewer, the formula says nothing."""
_NO_WORDS = re.compile(r"\[\d{1,2}\]|https?://\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TO_BLANKS = {place: " " for place in range(128) if not (chr(place).isalpha() or chr(place) == "'")}
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouyscxz]es|[^dtaeiouy]ed|[^laeiouy]e)$")
_TWO_TOGETHER = re.compile(r"i(?:a|o(?!us|n)|um|en[tc])|ua(?!r)|[^q]ue[lt]|creat|being")


def reading_grade(text: str) -> float | None:
    """None: too short to tell, or in letters that have no such syllables."""
    sentences = [words for one in sentences_of(text) if (words := _words_of(_NO_WORDS.sub(" ", one.text)))]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < LEAST_WORDS or not all(word.isascii() or "’" in word for word in words[:LEAST_WORDS]):
        return None
    syllables = sum(map(syllables_of, words))
    return round(max(0.0, 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59), 1)


def _words_of(text: str) -> list[str]:
    """As `_WORD` finds them; of English, which has hardly any other letters, in a tenth of the time."""
    plain = text.replace("’", "'")
    if not plain.isascii() or "''" in plain:
        return _WORD.findall(text)
    return [word for part in plain.translate(_TO_BLANKS).split() if (word := part.strip("'"))]


@lru_cache(maxsize=4096)
def syllables_of(word: str) -> int:
    """By its letters: no list of words, so that a rare one may be one out. Most of an answer's were in others."""
    word = word.casefold()
    count = len(_VOWELS.findall(word)) + len(_TWO_TOGETHER.findall(word))
    if len(word) > 2 and _SILENT.search(word):
        count -= 1
    return max(1, count)
