"""How far an answer's sentences stand in the passages that it was given. Pure.

Each sentence is laid beside the few lines of the passages that share most of its words. It is supported where they have
its words, and its numbers, medicines and people too, and say no to the same things. A sentence is a claim to be found
again, not one to be reasoned about: what follows from the sources by thinking isn't found.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from pipeline.concepts import Concept, Kind, Lexicon, Mention
from pipeline.quantities import Quantity, quantities
from pipeline.sentences import Sentence, sentences_of
from pipeline.types import Passage
from pipeline.words import fold, is_content, raw_words, stem

Missing = Literal["words", "number", "negation", "medicine", "people"]

_WORDS: frozenset[Missing] = frozenset({"words"})
LEAST_COVERED = 0.55
"""Of the weight of a sentence's words. Under it, it says something else than the passages do."""
_LINES_LAID_BESIDE = 3
_LEAST_ADDED = 0.15
"""Of a sentence's weight that a further line has to bring."""
_AS_GOOD = 0.93
"""Lines that share nearly as much as the best are other places where it may stand."""
_MOST_PLACES = 4
_NAMED_WEIGHT, _PLAIN_WEIGHT = 1.5, 0.3
"""Of words that name a medicine or people, and of those that hardly say what a sentence is about."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_REFERS = frozenset(
    map(
        stem,
        _words(
            """
            pharmacist midwife healthcare health medical professional provider team clinic hospital call contact speak
            talk consult seek local number ambulance visit check important remember note recommend recommended advise
            advisable consider answer source sources information according provided mention mentioned based general
            specific individual personal discuss ensure
            """
        ),
    )
)
"""Words of advice to ask somebody, which every answer may give."""

_CITED = re.compile(r"\s*\[\d{1,2}\]")
_NO = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|avoid(?:s|ed|ing)?|"
    r"(?:ca|do|does|did|is|are|was|were|has|have|had|should|would|could|must|need|wo|ai)n'?t|unless)\b"
)
_SCOPE_ENDS = re.compile(
    r"[,;:.!?()\n]|\b(?:but|if|unless|because|when|while|until|although|though|than|and then|so that|as)\b"
)
_SCOPE_WORDS = 4
_LITTLE = _words(
    """
    a an the any your you it its this that these those to of in on at for with from by be been is are was were have has
    had do does did i we they he she them their there or and only just ever also can may might will would should could
    must need
    """
)

_PEOPLE: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for name, words in {
        "babies": r"bab(?:y|ies)|infants?|newborns?",
        "children": r"child(?:ren)?|kids?|toddlers?|boys?|girls?|pa?ediatric",
        "teenagers": r"teen(?:ager)?s?|adolescents?",
        "adults": r"adults?|grown-?ups?",
        "older people": r"(?:older|elderly) (?:people|adults?|persons?|men|women|patients)|elderly|seniors?",
        "pregnancy": r"pregnan(?:t|cy|cies)|trimesters?",
        "breast-feeding": r"breast-?\s?feed(?:s|ing)?|nursing mothers?|lactating",
        "women": r"wom[ae]n|females?",
        "men": r"m[ae]n|males?",
        "animals": r"dogs?|cats?|pets?|animals?",
    }.items()
}
_WIDER = {"babies": {"children"}, "teenagers": {"children"}, "older people": {"adults"}}


@dataclass(frozen=True, slots=True)
class Checked:
    sentence: Sentence
    covered: float
    """How much of the weight of its words the passages have, 0 to 1."""
    missing: frozenset[Missing]
    """What it says that they don't; empty: it is supported."""


@dataclass(frozen=True, slots=True)
class Support:
    checked: tuple[Checked, ...]
    """The sentences that state something, in their order."""

    @property
    def score(self) -> float | None:
        """The share of them that is supported; None: nothing was stated."""
        return 1 - len(self.unsupported) / len(self.checked) if self.checked else None

    @property
    def unsupported(self) -> tuple[Checked, ...]:
        return tuple(one for one in self.checked if one.missing)


class Supporter:
    """Checks answers against the passages of one question."""

    def __init__(self, passages: Iterable[Passage], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._lines = [line for passage in passages for line in _lines_of(passage, lexicon)]
        self._as_they_stand = {line.as_it_stands for line in self._lines}
        self._seen_in = Counter(word for line in self._lines for word in line.words)

    def check(self, answer: str) -> Support:
        looked_at = (self._check(sentence) for sentence in sentences_of(answer))
        return Support(tuple(checked for checked in looked_at if checked))

    def _check(self, sentence: Sentence) -> Checked | None:
        said = _Said(sentence, self._lexicon)
        if not said.states_something:
            return None
        if said.as_it_stands in self._as_they_stand:  # a quote: nothing has to be compared
            return Checked(sentence, 1.0, frozenset())
        weights = {word: self._weight(word, said) for word in said.words}
        if not any(weights.values()):
            return None
        shares = [(_share(weights, line.words | line.words_above & said.named), line) for line in self._lines]
        shares.sort(key=lambda one: -one[0])
        best = shares[0][0] if shares else 0.0
        by_share = [line for _, line in shares]
        places = [line for share, line in shares[:_MOST_PLACES] if share >= _AS_GOOD * best > 0]
        looks = [self._look(said, line, by_share, weights) for line in places]
        covered, missing = min(looks, key=lambda look: (len(look[1]), -look[0]), default=(0.0, _WORDS))
        return Checked(sentence, round(covered, 3), missing)

    def _weight(self, word: str, said: _Said) -> float:
        if word in _REFERS:
            return 0.0
        rare = math.log(1 + (len(self._lines) + 1) / (1 + self._seen_in[word]))
        if word in said.named:
            return rare * _NAMED_WEIGHT
        return rare if word in said.telling else rare * _PLAIN_WEIGHT

    def _look(
        self, said: _Said, first: _Line, others: Sequence[_Line], weights: dict[str, float]
    ) -> tuple[float, frozenset[Missing]]:
        """How much is covered from `first` on, with the lines that bring most of the rest, and what they lack.

        What is compared by itself leads to no further line: else a false medicine would lead to where it stands.
        """
        beside = [first]
        total = sum(weights.values())
        left = {word: weight for word, weight in weights.items() if word not in first.words and word not in said.named}
        while len(beside) < _LINES_LAID_BESIDE and left:
            line = max(others, key=lambda other: _share(left, other.words))
            if _share(left, line.words) < _LEAST_ADDED * total:
                break
            beside.append(line)
            left = {word: weight for word, weight in left.items() if word not in line.words}
        missing: set[Missing] = set()
        if _lacks_number(said, beside):
            missing.add("number")
        if _lacks_medicine(said, beside, self._lexicon):
            missing.add("medicine")
        if _lacks_people(said, beside):
            missing.add("people")
        there = frozenset().union(*(line.words | line.words_above for line in beside))
        if not missing:
            there |= said.named  # by whatever name
        covered = _share(weights, there) / total
        if covered < LEAST_COVERED:
            missing.add("words")
        if _says_no_otherwise(said, beside):
            missing.add("negation")
        return covered, frozenset(missing)


def _share(weights: dict[str, float], words: Collection[str]) -> float:
    return sum(weight for word, weight in weights.items() if word in words)


class _Said:
    """What a sentence says, as far as it is compared."""

    def __init__(self, sentence: Sentence, lexicon: Lexicon) -> None:
        self.text = _CITED.sub(" ", sentence.text)
        self._lexicon = lexicon
        self.whole = f"{sentence.lead}\n{self.text}" if sentence.lead else self.text
        self.words = _stems(self.text)

    @property
    def as_it_stands(self) -> str:
        """With its list's line, without emphasis and numbers of sources."""
        return " ".join(_CITED.sub("", self.whole).replace("*", "").split())

    @property
    def states_something(self) -> bool:
        if self.text.rstrip(' *_"”').endswith("?"):
            return False
        return bool(self.telling - _REFERS or self.quantities or self.medicines)

    @cached_property
    def telling(self) -> frozenset[str]:
        """The words that say what it is about."""
        return frozenset(stem(word) for word in raw_words(self.text) if is_content(word)) & self.words

    @cached_property
    def quantities(self) -> frozenset[Quantity]:
        return quantities(self.text)

    @cached_property
    def medicines(self) -> frozenset[Concept]:
        return medicines_in(self.text, self._lexicon)

    @cached_property
    def people(self) -> frozenset[str]:
        return people_in(self.text)

    @cached_property
    def polarity(self) -> _Polarity:
        return _Polarity(self.whole)

    @cached_property
    def named(self) -> frozenset[str]:
        """The words that name medicines and people."""
        mentions = self._lexicon.mentions(self.text, asked=False)
        medicines = (word for mention in mentions if _medicines(mention) for word in mention.words)
        people = (word for words in _PEOPLE.values() for found in words.findall(self.text) for word in raw_words(found))
        return frozenset(stem(word) for word in (*medicines, *people))


class _Line(_Said):
    """A sentence of a passage, an item of a list with the line above it."""

    def __init__(self, sentence: Sentence, above: str, lexicon: Lexicon) -> None:
        super().__init__(sentence, lexicon)
        self._above = above
        """Title and heading."""
        self.words = _stems(self.whole)
        self.words_above = _stems(above)

    @cached_property
    def quantities(self) -> frozenset[Quantity]:
        return quantities(f"{self.whole}\n{self._above}")

    @cached_property
    def medicines(self) -> frozenset[Concept]:
        return medicines_in(self.whole, self._lexicon)

    @cached_property
    def people(self) -> frozenset[str]:
        return people_in(self.whole)

    @cached_property
    def medicines_above(self) -> frozenset[Concept]:
        return medicines_in(self._above, self._lexicon)

    @cached_property
    def people_above(self) -> frozenset[str]:
        return people_in(self._above)


@lru_cache(maxsize=512)
def _lines_of(passage: Passage, lexicon: Lexicon) -> tuple[_Line, ...]:
    """Kept, as the same passages are asked about again and again."""
    above = f"{passage.title}\n{passage.heading}"
    return tuple(_Line(sentence, above, lexicon) for sentence in sentences_of(passage.text))


def _stems(text: str) -> frozenset[str]:
    """Without numbers, which are compared by themselves: else a false one would lead to where it stands."""
    return frozenset(stem(word) for word in raw_words(text) if word not in _LITTLE and not word[0].isdigit())


def medicines_in(text: str, lexicon: Lexicon) -> frozenset[Concept]:
    return frozenset().union(*map(_medicines, lexicon.mentions(text, asked=False)))


def _medicines(mention: Mention) -> frozenset[Concept]:
    return frozenset(concept for concept in mention.concepts if concept.kind is Kind.MEDICINE)


def people_in(text: str) -> frozenset[str]:
    return frozenset(name for name, words in _PEOPLE.items() if words.search(text))


# What is compared


def _lacks_number(said: _Said, beside: Sequence[_Line]) -> bool:
    there = frozenset().union(*(line.quantities for line in beside))
    return any(not any(one.agrees_with(other) for other in there) for one in said.quantities)


def _lacks_medicine(said: _Said, beside: Sequence[_Line], lexicon: Lexicon) -> bool:
    """A medicine of the title alone counts where no other stands in its place in the line."""
    there = frozenset().union(*(line.medicines for line in beside))
    above = frozenset().union(*(line.medicines_above for line in beside))
    if there <= said.medicines:
        there |= above
    return any(not lexicon.covers(there, medicine) for medicine in said.medicines)


def _lacks_people(said: _Said, beside: Sequence[_Line]) -> bool:
    there = frozenset().union(*(line.people for line in beside))
    above = frozenset().union(*(line.people_above for line in beside))
    if there <= said.people:
        there |= above
    wider = there.union(*(_WIDER.get(name, set()) for name in there))
    return not said.people <= wider


class _Polarity:
    """Which words of a text stand behind a "not"."""

    def __init__(self, text: str) -> None:
        folded = fold(text)
        self.scopes: list[frozenset[str]] = []
        for no in _NO.finditer(folded):
            end = _SCOPE_ENDS.search(folded, no.end())
            part = folded[no.end() : end.start() if end else len(folded)]
            words = [stem(word) for word in re.findall(r"[a-z][a-z']*", part) if word not in _LITTLE]
            if words:
                self.scopes.append(frozenset(words[:_SCOPE_WORDS]))
        self.denied = frozenset().union(*self.scopes)
        self.words = frozenset(stem(word) for word in re.findall(r"[a-z][a-z']*", folded))


def _says_no_otherwise(said: _Said, beside: Sequence[_Line]) -> bool:
    """Whether one says no to what the other says yes to."""
    denied = frozenset().union(*(line.polarity.denied for line in beside))
    if any(not scope & denied for scope in said.polarity.scopes):
        return True
    for line in beside:
        for scope in line.polarity.scopes:
            shared = scope & said.polarity.words
            if len(shared) * 2 > len(scope) and not shared & said.polarity.denied:
                return True
    return False
