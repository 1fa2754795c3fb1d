"""Which names mean which documents: topics are found by their titles and lay names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.concepts import PEOPLE
from pipeline.words import is_content, phrases, raw_words, singular, stem

_FILLERS = frozenset(
    {"really", "realy", "so", "very", "just", "always", "quite", "been", "a", "an", "the", "my", "bit"}
)
"""Words that may stand in a name or not."""


@dataclass(frozen=True, slots=True)
class TopicNames:
    """Which names mean which documents; and their words, to which misspelt ones are mended."""

    documents: Mapping[tuple[str, ...], frozenset[str]]
    titles: Mapping[str, str]
    words: frozenset[str]
    vocabulary: frozenset[str]
    """Stems of all that the index holds."""
    longest: int = 1

    @classmethod
    def of(cls, topics: Iterable[tuple[str, str, Iterable[str]]], vocabulary: frozenset[str]) -> TopicNames:
        """`topics`: document, title, lay names."""
        documents: dict[tuple[str, ...], set[str]] = {}
        titles: dict[str, str] = {}
        words: set[str] = set()
        for document, title, names in topics:
            titles[document] = title
            for name in (title, *names):
                if key := _name_key(raw_words(name)):
                    documents.setdefault(key, set()).add(document)
            words.update(word for word in raw_words(title) if len(word) >= 5)
        longest = max((len(key) for key in documents), default=1)
        known = {key: frozenset(value) for key, value in documents.items()}
        return cls(known, titles, frozenset(words), vocabulary, longest)

    def find(self, text: str) -> Mapping[str, frozenset[str]]:
        """The documents that a text names, and the stems by which; the longest name at each place."""
        found: dict[str, frozenset[str]] = {}
        for words in phrases(text):
            content = [word for word in words if is_content(word)]
            for kept in (
                [word for word in words if word not in _FILLERS],
                content,
                [word for word in content if word not in PEOPLE],
            ):
                place = 0
                while place < len(kept):
                    key = self._longest_at(kept, place)
                    for document in self.documents.get(key, ()):
                        found[document] = found.get(document, frozenset()) | {stem(word) for word in key}
                    place += len(key) or 1
        return found

    def _longest_at(self, words: Sequence[str], place: int) -> tuple[str, ...]:
        for length in range(min(self.longest, len(words) - place), 0, -1):
            if (key := _name_key(words[place : place + length])) in self.documents:
                return key
        return ()


def _name_key(words: Sequence[str]) -> tuple[str, ...]:
    """`tight chest` and `my chest feels tight` name the same; a name of one word is no other form of it."""
    words = [word for word in words if word not in _FILLERS]
    if len(words) == 1:
        return (singular(words[0]),)
    content = tuple(sorted(stem(word) for word in words if is_content(word)))
    return content if len(content) > 1 else tuple(stem(word) for word in words)
