"""Words as search and matching see them: folded, stemmed, without the words that mean nothing by themselves."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("english")
_STEMMING = threading.Lock()
"""Snowball keeps the word that it works on: two threads at once would cut each other's."""
_BREAK = re.compile(r"[,;:?!\n]+|\s\(|\)(?<!\(\w\))(?=\s|$)|(?<=\w\w)(?<!\b[Ss]t)\.(?=\s|$)")
_WORD = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP_WORDS = words_of(
    """
    a about after again all also always am an and another any anybody anyone anything are aren't as at
    be became because become been before being both but by came can can't cannot cant come coming could couldn't
    did didn't do does doesn't doing don't done dont each either else ever every everything
    few for from get gets getting give given gives giving go goes going gone gonna got
    had has hasn't have haven't having he he's hello help helps her here hers hi him his how however
    i i'd i'll i'm i've if im in instead into is isn't it it's its ive just
    keep keeps kind know known let like lot lots made make makes many may maybe me mean means might mine more most much
    must my myself need needs never no nor not now of off often ok okay on once only onto or other our ours out over own
    person people please put question quite rather really said same say says see seem seems seen several shall she she's
    should shouldn't since so some somebody someone something sometimes sort still such suffer suffering sure
    take taken takes taking tell than thank thanks that that's the their theirs them then there there's these they thing
    things think this those though through till to together told too took try trying until up upon us use used using
    usually very want wanted wants was wasn't way we well went were what what's when where whether which while who
    who's whom whose why will with without won't wondering would wouldn't wrong yes yet you your yours yourself
    doctor docter doctors dr gp nurse question questions ask asking advice info information explain describe
    bad badly good great best better beter feel feeling feels felt different happen happened happening happens
    cause caused causes causing treat treated treating treatment treatments cure cures symptom symptoms sign signs
    today yesterday tonight lately currently already ago last lasted lasts long week weeks day days month months year
    years hour hours minute minutes morning old new start started starting first second since
    able actually bit else even find found start stop stopped stopping tried wonder seriously help helping worked works
    work ll ve re isnt doesnt wont am pm etc dear sir madam regards two three four five six seven eight nine ten one
    mr mrs ms safe safely dangerous danger emergency husband wife mum mom mother dad father friend brother sister
    against rid matter drag dragged bit anymore mine hers man woman women men right left side little big small
    """
)

_SAME: dict[str, str] = {
    _STEMMER.stemWord(same): _STEMMER.stemWord(first)
    for first, *others in (
        ("pain", "ache", "aching", "hurt", "sore", "painful"),
        ("stomach", "tummy", "belly", "abdominal", "abdomen", "tum"),
        ("medicine", "med", "medication", "drug", "tablet", "pill", "remedy", "prescription"),
        ("stool", "poop", "poo"),
        ("urine", "pee", "wee", "urinary"),
        ("vomit", "puke", "threw", "throw"),
        ("burn", "burnt", "scald"),
        ("diarrhea", "diarrhoea", "diarrea", "diarhea"),
        ("swollen", "swell"),
        ("adult", "grown"),
        ("temperature", "temp"),
        ("shot", "jab", "injection", "vaccine"),
        ("drink", "drank", "drunk", "beverage"),
        ("swallow", "ingest"),
        ("eat", "ate", "eaten", "food"),
        ("dizzy", "lightheaded", "woozy", "giddy"),
        ("faint", "blackout", "collapse"),
        ("breath", "breathless", "breathe"),
        ("itch", "itchy"),
        ("period", "menstrual", "menstruation"),
        ("nappy", "diaper"),
        ("sleep", "slept", "asleep"),
        ("cut", "slice", "gash", "wound"),
        ("fluid", "liquid"),
        ("breastfeed", "breastfeeding", "breastfed"),
    )
    for same in others
}
"""Stems of lay and other words for the same thing, and the one that stands for them."""


def fold(text: str) -> str:
    """Lower case without accents, with plain apostrophes and hyphens as spaces."""
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'")).casefold()
        text = "".join(char for char in text if not unicodedata.combining(char))
    return text.replace("-", " ").replace("'s ", " ")


def raw_words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    if word.isdigit():
        return word
    with _STEMMING:
        stemmed: str = str(_STEMMER.stemWord(word.replace("'", "")))
    return _SAME.get(stemmed, stemmed)


@lru_cache(maxsize=65_536)
def singular(word: str) -> str:
    """The word without the ending of a plural: names are matched so, as stems make `ors` of `or`."""
    word = word.replace("'", "")
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def stems(text: str) -> list[str]:
    """Every word of a text, in order."""
    return [stem(word) for word in raw_words(text)]


def phrases(text: str) -> list[list[str]]:
    """The words between commas, full stops and the like: no name reaches over one."""
    return [words for part in _BREAK.split(text) if (words := raw_words(part))]


def is_content(word: str) -> bool:
    return word not in _STOP_WORDS and (len(word) > 1 or word.isdigit())


def content_stems(text: str) -> list[str]:
    """The words that say what a question is about, each once, in order."""
    return list(dict.fromkeys(stem(word) for word in raw_words(text) if is_content(word)))
