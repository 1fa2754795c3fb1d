"""Undoes what people, keyboards and those who evade a filter do to words, and knows where each word stood. Pure.

What comes out is one line of plain words with a space before and after each: ` i can not breathe . help ? `. Sentences
end in ` . ` or ` ? `, the last one too; other punctuation is gone. Common short forms are written out, so that "I'm
gonna", "im going to" and "I am going to" are one phrase.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise, product
from typing import Final

from moderation.types import Span

MARKS: Final = (".", "?")
LONGEST_WORD: Final = 30
"""Of a longer one the rest is left out: what is searched around a place can then be bounded."""

BORDER: Final = "|"
"""Stands between two clauses where they are marked; no word has it."""
_BETWEEN_CLAUSES = re.compile(r"[,()\[\]\n–—]|\.\.|\s-+\s")

_TOKEN = re.compile(
    r"\d+[.,]\d+(?![^\W_])"  # 39.5
    r"|(?:[$@](?=[^\W_]))?[^\W_]+(?:['$@*!]+[^\W_]+)*"
    r"|[.!?;]+(?![^\W_])"
)
_AMOUNT = re.compile(
    r"(\d+)(mgs?|mcgs?|g|grams?|mls?|kgs?|lbs?|iu|f|c|yo|yrs?|months?|mos?|weeks?|wks?|days?|hrs?|hours?|mins?|minutes?)"
)
"""40mg"""
_FORMS = {
    "cannot": "can not", "cant": "can not", "wont": "will not", "dont": "do not", "doesnt": "does not",
    "didnt": "did not", "isnt": "is not", "arent": "are not", "wasnt": "was not", "werent": "were not",
    "hasnt": "has not", "havent": "have not", "hadnt": "had not", "wouldnt": "would not", "couldnt": "could not",
    "shouldnt": "should not", "aint": "is not", "im": "i am", "ive": "i have", "youre": "you are", "youve": "you have",
    "theyre": "they are", "theyve": "they have", "weve": "we have", "hes": "he is", "shes": "she is",
    "thats": "that is", "theres": "there is", "whats": "what is", "gonna": "going to", "gunna": "going to",
    "wanna": "want to", "gotta": "have to", "kinda": "kind of", "ur": "your", "cuz": "because",
    "bc": "because", "pls": "please", "plz": "please", "mum": "mother", "mom": "mother", "mummy": "mother",
    "mommy": "mother", "dad": "father", "daddy": "father", "mums": "mothers", "moms": "mothers", "dads": "fathers",
    "tryna": "trying to", "idk": "i do not know", "rn": "right now", "tonite": "tonight",
}  # fmt: skip
"""What a word that stands without an apostrophe is a short form of."""
_WITH_APOSTROPHE = {
    "i'll": "i will", "i'd": "i would", "he'll": "he will", "she'll": "she will", "we'll": "we will",
    "we're": "we are", "they'll": "they will", "it'll": "it will", "can't": "can not", "ain't": "is not",
}  # fmt: skip
"""Those that would be other words without it."""
_QUOTES = frozenset("'‘’‛ʼ´`′ʹꞌ＇")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters by their category that show nothing."""
_SMALL_ALIKE = dict(zip("кмнтвгіјѕһԁԛԝьпυικτη", "kmhtbrijshdqwbnuiktn", strict=True))
"""Small letters that pass for Latin ones though Unicode's table has none for them."""
_NAMED = re.compile(r"LETTER(?: SMALL| CAPITAL)* ([A-Z])(?: WITH\b.*)?$")
_DIGIT_LETTERS = {
    "1": "il", "0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "$": "s", "@": "a", "!": "i",
    "*": "aeiou",
}  # fmt: skip
_RUN_TOGETHER = re.compile(
    r"(?:i(?:m|am|ve|will|ll)?(?:want|wanna|wish|going|gonna|need|cant|dont|have|took|feel)|want|wanna|kill|end)[a-z]{3,40}$"
)
"""`iwanttodie`: how those begin that are worth cutting"""
MOST_DISGUISED, SHORTEST_SPACED, LONGEST_SPACED = 3, 3, 12
MOST_KNOWN = 20_000
_SPACED = re.compile(r"(?: [^ .?](?: [.?])*){3} ")


class _Plain(dict[int, str]):
    """A code point to what it reads as; filled as it is used."""

    def __missing__(self, code: int) -> str:
        plain = self[code] = _plain(chr(code))
        return plain


def _plain(char: str) -> str:
    if char in _QUOTES:
        return "'"
    if char == "\n":
        return char
    if char in _FILLERS or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return ""
    if char.isspace():
        return " "
    letters = (_letter(part) for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return "".join(letters).casefold()


def _letter(char: str) -> str:
    if char.isascii():
        return char
    from confusable_homoglyphs.confusables import confusables_data  # here: its tables take six megabytes

    for form in (char, char.casefold()):
        for alike in confusables_data.get(form, ()):
            if alike["c"].isascii() and alike["c"].isalnum():
                return str(alike["c"])
        if form in _SMALL_ALIKE:
            return _SMALL_ALIKE[form]
    named = _NAMED.search(unicodedata.name(char, ""))
    return named[1] if named else char


_PLAIN = _Plain()
_CHARS_AT_ONCE = 20_000
"""Between such pieces other threads get to run."""


class Folded:
    """`text` is the folded line; where in the raw text a part of it stood is worked out when somebody asks."""

    __slots__ = ("_clauses", "_folder", "_raw", "text")

    def __init__(self, raw: str, text: str, folder: Folder) -> None:
        self._raw, self.text, self._folder = raw, text, folder
        self._clauses = ""

    @property
    def words(self) -> list[str]:
        return self.text.split()

    @property
    def clauses(self) -> str:
        """`text`, with a border for the space before a word that stands behind a comma, a dash, or the like."""
        if not self._clauses:
            placed, flat = self._folder.placed(self._raw), _flatten(self._raw)
            parts = [" "]
            for (word, _, end), (_, start, _) in pairwise(placed):
                apart = flat[end:start] not in ("", " ") and _BETWEEN_CLAUSES.search(flat, end, start)
                parts += word, BORDER if apart else " "
            self._clauses = "".join(parts) + (f"{placed[-1][0]} " if placed else "")
        return self._clauses

    def raw_spans(self, spans: list[Span]) -> tuple[Span, ...]:
        """Of places in `text`, in order and joined where they overlap."""
        if not spans:
            return ()
        placed = self._folder.placed(self._raw, up_to=max(end for _, end in spans))
        begins = list(accumulate((len(word) + 1 for word, _, _ in placed), initial=1))
        back = _way_back(self._raw)
        raw: list[Span] = []
        for start, end in sorted(spans):
            first = bisect_right(begins, start) - 1
            last = bisect_right(begins, end - 2) - 1  # each word takes the space behind it
            place = back(placed[first][1]), back(placed[last][2] - 1) + 1
            if raw and place[0] <= raw[-1][1]:
                place = raw[-1][0], max(place[1], raw.pop()[1])
            raw.append(place)
        return tuple(raw)


Placed = tuple[str, int, int]
"""A folded word, and where in the flattened text it came from."""


class Folder:
    """Folds with the words that rules know: only what then reads as one of them is taken for disguised."""

    def __init__(self, words: frozenset[str] = frozenset()) -> None:
        self._words = words | _FORMS.keys() if words else words
        self._known: dict[str, str] = {}

    def fold(self, text: str) -> Folded:
        known = self._known
        if len(known) > MOST_KNOWN:
            known.clear()
        tokens = _TOKEN.findall(_flatten(text))
        try:
            words = [word for token in tokens if (word := known[token])]
        except KeyError:
            known.update((token, self._plain_words(token)) for token in set(tokens) if token not in known)
            words = [word for token in tokens if (word := known[token])]
        line = f" {' '.join(words)} " if words else " "
        if self._words and _SPACED.search(line):
            line = f" {' '.join(word for word, _, _ in self.placed(text, closed=False))} "
        return Folded(text, line if not words or words[-1] in MARKS else line + ". ", self)

    def placed(self, text: str, *, closed: bool = True, up_to: int | None = None) -> list[Placed]:
        """The words of `fold`, each with its place; `closed`: with the mark that it puts at the end.

        `up_to`: no further than so many characters of folded text, where no letters are to be joined.
        """
        placed: list[Placed] = []
        known = self._known
        length = 0
        for match in _TOKEN.finditer(_flatten(text)):
            token = match.group()
            start, end = match.span()
            words = known.get(token)
            for word in (self._plain_words(token) if words is None else words).split():
                placed.append((word, start, end))
                length += len(word) + 1
            if up_to is not None and length > up_to:
                if not self._words_are_spaced(placed):
                    return placed
                up_to = None
        if self._words_are_spaced(placed):
            placed = list(self._with_letters_joined(placed))
        if closed and placed and placed[-1][0] not in MARKS:
            placed.append((".", *placed[-1][1:]))
        return placed

    def _words_are_spaced(self, placed: list[Placed]) -> bool:
        return bool(self._words and _SPACED.search(f" {' '.join(word for word, _, _ in placed)} "))

    def words_of(self, phrase: str) -> list[str]:
        """Without the mark at the end: what stands within a text."""
        words = self.fold(phrase).words
        return words[:-1] if words and words[-1] in MARKS else words

    def _plain_words(self, token: str) -> str:
        """What a token reads as: a word, several, a mark or nothing."""
        if token[0] in ".!?;":
            return "?" if "?" in token else "." if len(token) == 1 or "!" in token else ""
        if not token.isalpha() or (len(token) > 3 and token not in self._words):
            token = self._undisguised(token)
        words = _FORMS.get(token, token) if len(token) > 1 else token
        return " ".join(word[:LONGEST_WORD] for word in words.split())

    def _undisguised(self, token: str) -> str:
        """`k1ll` is kill and `diiiie` is die, where the rules know these words; else the token's own words."""
        if token in _WITH_APOSTROPHE:
            return _WITH_APOSTROPHE[token]
        bare = token.replace("'", "")
        if bare in _FORMS:
            return _FORMS[bare]
        if token.endswith("'s"):  # "my throat's closing"
            return self._undisguised(token[:-2])
        if bare.isdigit() or bare in self._words:
            return bare
        if amount := _AMOUNT.fullmatch(bare):
            return f"{amount[1]} {amount[2]}"
        disguised = sum(char in _DIGIT_LETTERS for char in bare)
        if 0 < disguised <= MOST_DISGUISED and any(map(str.isalpha, bare)):
            for letters in product(*(_DIGIT_LETTERS.get(char, char) for char in bare)):
                if (word := "".join(letters)) in self._words:
                    return _FORMS.get(word, word)
        for shorter in (re.sub(r"(.)\1{2,}", r"\1\1", bare), re.sub(r"(.)\1{2,}", r"\1", bare)):
            if shorter != bare and shorter in self._words:
                return _FORMS.get(shorter, shorter)
        if _RUN_TOGETHER.match(bare) and (words := self._cut(bare)) and all(map(self._is_whole, words)):
            return " ".join(_FORMS.get(word, word) for word in words)
        if bare.isalnum() or re.fullmatch(r"[\d.,]+", bare):
            return bare
        return " ".join(re.findall(r"[^\W_]+", bare)) or bare

    def _is_whole(self, word: str) -> bool:
        return word in self._words and (len(word) > 1 or word in "ai")

    def _with_letters_joined(self, placed: list[Placed]) -> Iterator[Placed]:
        """`k i l l m y s e l f`, with whatever between the letters."""
        at = 0
        while at < len(placed):
            run = [at]
            beyond = at + 1
            if len(placed[at][0]) == 1 and placed[at][0].isalpha():
                while beyond < len(placed) and len(placed[beyond][0]) == 1:
                    if placed[beyond][0] not in MARKS:
                        run.append(beyond)
                    beyond += 1
            if len(run) < SHORTEST_SPACED:
                yield placed[at]
                at += 1
                continue
            place = 0
            for word in self._cut("".join(placed[index][0] for index in run)):
                start, end = placed[run[place]][1], placed[run[place + len(word) - 1]][2]
                for part in _FORMS.get(word, word).split():
                    yield part, start, end
                place += len(word)
            at = run[-1] + 1

    def _cut(self, letters: str) -> list[str]:
        """Into as few known words as can be; letters that belong to none stay alone."""
        best: list[tuple[int, int]] = [(0, 0)]  # cost up to here, and where the last word began
        for end in range(1, len(letters) + 1):
            ways = [(best[end - 1][0] + 10, end - 1)]
            for start in range(max(0, end - LONGEST_SPACED), end):
                if letters[start:end] in self._words:
                    ways.append((best[start][0] + 1, start))
            best.append(min(ways))
        cut: list[str] = []
        end = len(letters)
        while end:
            start = best[end][1]
            cut.append(letters[start:end])
            end = start
        return cut[::-1]


def _flatten(text: str) -> str:
    if text.isascii():
        return text.lower().replace("`", "'")
    pieces = (text[start : start + _CHARS_AT_ONCE] for start in range(0, len(text), _CHARS_AT_ONCE))
    return "".join(piece.translate(_PLAIN) for piece in pieces)


def _way_back(raw: str) -> Callable[[int], int]:
    """From a place in the flattened text to the one in the raw text."""
    if raw.isascii():
        return lambda place: place
    ends = list(accumulate(map(len, map(_PLAIN.__getitem__, map(ord, raw)))))
    return lambda place: bisect_right(ends, place)
