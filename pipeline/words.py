"""Words as search and matching see them: folded, stemmed, without the words that mean nothing by themselves."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("english")
_WORD = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")

# fmt: off
_STOP_WORDS = frozenset(["a"])
# fmt: on


def fold(text: str) -> str:
    """Lower case without accents, with plain apostrophes and hyphens as spaces."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'")).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    return text.replace("-", " ").replace("'s ", " ")


def raw_words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    return _STEMMER.stemWord(word.replace("'", "")) if not word.isdigit() else word


def stems(text: str) -> list[str]:
    """Every word of a text, in order."""
    return [stem(word) for word in raw_words(text)]


def content_stems(text: str) -> list[str]:
    """The words that say what a question is about, each once, in order."""
    return list(dict.fromkeys(stem(word) for word in raw_words(text) if word not in _STOP_WORDS))
