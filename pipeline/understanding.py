"""Understands a question in its conversation: what it names, what it wants to know, whom it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.concepts import (
    ALLERGY,
    BABY,
    BREASTFEEDING,
    CHILDHOOD,
    OLD_AGE,
    OVERDOSE,
    PEOPLE,
    PREGNANCY,
    Concept,
    Kind,
    Lexicon,
    Mention,
    names_childs_age,
    names_grown_offspring,
)
from pipeline.intents import intents_asked
from pipeline.profiles import allergy_risks, medicines_of, people_of
from pipeline.types import HealthProfile, Question, Turn
from pipeline.words import content_stems, is_content, phrases, raw_words, singular, stem

_TURNS_LOOKED_BACK = 6
_FILLERS = frozenset(
    {"really", "realy", "so", "very", "just", "always", "quite", "been", "a", "an", "the", "my", "bit"}
)
"""Words that may stand in a name or not."""
_LONG_NAME = 8
"""Letters."""
_LONG_WORD = 7
"""Letters of a word that is no name: a shorter one is near to many."""
_NEARLY_ALL_WORDS = 10_000
"""Stems of an index: the topics that ship have a fifth of that, and lack many an everyday word."""
_LONG_STORY = 40
"""Words."""

_STARTS_LEANING = re.compile(
    r"^(?:ok |okay |yes |no |thanks |thank you )*"
    r"(and|but|or|so|then|also|what about|how about|what if|how long|how often|how much|why|any other|anything else|"
    r"is that|is it|does it|can it|will it|what else|when should i)\b"
)
_POINTS_BACK = re.compile(r"\b(it|its|that|this|they|them|these|those|he|she|him|his|her|both|one)\b")
_WITH_ANOTHER_INSTEAD = re.compile(r"^(?:ok |okay )*(?:and|or|what about|how about|but) with\b")
_ANOTHER_INSTEAD = re.compile(r"^(?:ok |okay )*(?:and|or|what about|how about|but|what if)\b")
_SUSPECTS = re.compile(r"\bdo(?:es)? (?:you think )?(?:i|he|she|we|they|my \w+) have\b(?! to\b)")
"""Asks whether it is the illness that is named: for its signs and a doctor, and not for what to take."""
_NOT_OF_A_MEDICINE = frozenset({"doctor", "signs", "causes", "prevent"})
"""Kinds of questions that go back to the illness, where a medicine was talked of in between."""
_MOTHERS = frozenset({PREGNANCY, BREASTFEEDING})
_TAKEN_TOGETHER = re.compile(
    r"\b(with (?:it|that|this|them|both)|together|both|as well|too|also|on it|at the same time)\b"
)
_ABOUT_SOMEBODY_ELSE = re.compile(
    r"\bmy (?:\w+ )?(?:husband|partner|boyfriend|dad|father|grand\w+|mum|mom|mother|brother|uncle|friend|boss|"
    r"neighbou?r|"
    r"sister|aunt|nan|son|daughter|child|kid|kids|boy|girl|toddler|teen\w*|\w+ year old)\b"
)  # fmt: skip
_BABY_TAKES_IT = re.compile(
    r"\b(?:give|giving|gave|(?:can|could|may|should) (?:he|she|(?:my |the |a |our )?(?:\w+ )?(?:baby|newborn|infant)) "
    r"(?:have|take|get|use|drink|eat))\b|"
    r"\b(?:baby|newborn|infant) (?:has|had|is|swallowed|ate|drank|took)\b"
)
_TOLD = re.compile(
    r"(?:^|[.,;!?\n]|\b(?:if|when|while|since|as|because|but|and|that)\b)\s*+(?:hi|hello|well|so|also)?+\W*+"
    r"(?:(?:i|i'm|im|i’m|i've|ive|i’ve)\b(?! (?:just )?(?:want|wonder|need|would|should|could|can|may|do|know|like))|"
    r"(?:while |already |being )?(?:on|taking)\b)[^.,;!?\n]*",
    re.I,
)
"""What the asker tells about themselves: `I have asthma`, `I'm on warfarin`, `if I have kidney disease`."""
_ASKS = re.compile(
    r"^\W*(?:so |and |please |also |but )*(?:what|how|why|when|where|which|who|can|could|should|is|are|does|do|"
    r"will|would)\b|"
    r"\b(?:i want to know|i would like to know|wondering|please (?:help|advise|tell|suggest)|should i|can i|"
    r"what (?:can|should|do) i)\b"
)
_TOOK = re.compile(
    r"\b(?:took|taken|swallowed|ate|had) (?:an? (?:whole )?(?:pack|packet|box|strip|bottle|handful) of )?"
    r"(?:about |like |around |nearly |over )?(\d{1,2})"
    r"(?! ?(?:days?|weeks?|months?|years?|hours?|minutes?|mins?|mg|ml|times|kids|children|x))\b"
)
_TOO_MANY_AT_ONCE = 5
_DOUBLE_DOSE = re.compile(
    r"\bdouble (?:dos(?:es?|age)|does)\b|\b(?:took|taken|gave|given) (?:\w+ ){1,4}twice by (?:mistake|accident)\b"
)
_MISSED = re.compile(r"\b(?:miss(?:ed|ing)?|forg[eo]t|forgotten|skip(?:ped)?)\b")
_SHOULD_WORRY = re.compile(
    r"\b(?:should|do|must|shall|need|reason) (?:(?:i|we|you|they) )?(?:have |need )?(?:to )?(?:be )?"
    r"(?:worry|worried|worrying|concerned)\b",
    re.I,
)
"""Asks when to see a doctor; it tells of no anxiety."""
_DENIES = re.compile(
    r"\b(?:not|without|never had|(?:don't|dont|don’t|doesn't|doesnt|doesn’t|didn't|never) (?:have|had)|"
    r"no (?:history|signs?) of|no)"
    r"(?: (?:a|an|any|the|been|have|had|diagnosed with|history of|currently|yet)\b)*+ (?P<what>\w+(?: [\w'’-]+){0,3})",
    re.I,
)
"""What somebody hasn't."""
_NOT_ITSELF = re.compile(
    r"\b(?:treatments?|medicines?|medications?|drugs?|cures?|reliefs?|tests?|vaccines?|help|sleep|periods?|appetite|"
    r"energy|stools?|urine|bowel|sensation|feeling|voice|smell|taste)\b",
    re.I,
)
"""`no migraine medicine`, `no sleep`: it is there, or its lack is the complaint."""
_NO_MEDICINE = re.compile(
    r"\b(?:no|not (?:taking|on)|(?:don't|dont|don’t|do not|never) (?:take|use|need)) (?:any )?"
    r"(?:tablets?|medicines?|medications?|pills?|meds)(?: (?:(?:used|taken|needed|given) )?for \w+(?: \w+)?)?"
    r"(?=\s*(?:[,.;!\n]|$|and\b|but\b))",
    re.I,
)
_IS_NORMAL = re.compile(
    r"\b(?:(?:my|his|her|the) )?(?:bp|blood pressure|pressure|blood sugar|sugar|glucose|cholesterol|temperature|pulse)"
    r"(?: (?:levels?|tests?|readings?))?\s*(?:(?:is|are|was|were|[:=])\s*)?(?:(?:all|quite|always|within|perfectly) )?"
    r"(?:normal|fine|ok(?:ay)?|good|(?:9\d|1[0-2]\d)\s*/\s*(?:[67]\d|8[0-4]))(?![\w/])",
    re.I,
)
_ASKED_OF_IT = re.compile(r"\b(?:what|which|is|are|if|how|when|whether|until|should|get|keep)\b[^.?!\n]*$", re.I)
_SHORT_QUESTION = 12
"""Words: what a short question names is its subject."""
_AMOUNT = re.compile(r"\b\d+(?:[.,]\d+)?\s*(?:mg|mcg|µg|ml|milligrams?|micrograms?)\b", re.I)
_LONG_AGO = re.compile(
    r"\b(?:years?|months?|decades?) (?:ago|back|earlier|before)\b|\byears? old injury\b|"
    r"\b(?:for|over|past|last) (?:about |over |nearly |almost |more than |at least |the (?:last|past) )*"
    r"(?:\w+ )?(?:years|decades)\b|"
    r"\b(?:in|since) (?:19|20)\d\d\b|\ball my life\b|\bsince (?:childhood|birth|i was)\b",
    re.I,
)
_JUST_NOW = re.compile(
    r"\b(?:today|tonight|yesterday|just|suddenly|this (?:morning|afternoon|evening)|right now|"
    r"(?:minutes?|hours?|days?) ago|last night)\b",
    re.I,
)
_COLD_THING = re.compile(
    r"\bcold(?= (?:bath|water|pack|compress|drink|drinks|shower|hands?|feet|weather|sweats?|air|food|milk|towel|"
    r"cloth))",
    re.I,
)
_TAKEN = re.compile(
    r"\b(?:take|taking|took|takes|(?:i'm|im|am|is|are|currently|already|while|been|be) on|use|using|given?|"
    r"giving|with|plus|"
    r"mix|mixing|combine|prescribed|dose of)\s+(?:my |the |some )?([a-z]+)|"
    r"^(?:hi |hello )?(?:is|are|does) ([a-z]+) (?:safe|ok|okay|allowed|good|bad|harmful|dangerous|cause|"
    r"interact|work|help)|"
    r"^([a-z]+) (?:in|during|while|when|and|with|for|plus|dose|dosage|safe)\b"
)


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    terms: tuple[str, ...]
    """Stems to search for, with those carried over from earlier questions."""
    concepts: frozenset[Concept]
    documents: frozenset[str] = frozenset()
    """Documents whose topic is named."""
    intents: frozenset[str] = frozenset()
    """Kinds of questions that it is."""
    corrections: tuple[tuple[str, str], ...] = ()
    """What was written, and as what it was read."""
    topic_terms: frozenset[str] = frozenset()
    """Terms that name those documents."""
    meant: tuple[tuple[str, Concept], ...] = ()
    """Terms that name a concept: a passage that names it by another word has the term too."""
    told: frozenset[Concept] = frozenset()
    """What the asker has, takes or is: it stays in mind."""
    unknown: frozenset[str] = frozenset()
    """Words of what it asks that neither the index nor the lexicon has."""
    unheard: bool = False
    """Whether its first sentence has such a word, and the index has nearly every word: it is what is asked about."""
    past: frozenset[str] = frozenset()
    """Documents that are named only for what was years ago."""
    urgent: bool = False
    """Whether the question was found to tell of an emergency."""
    given: frozenset[Concept] = frozenset()
    """What was said of the person before, and this question doesn't name."""
    taken: frozenset[Concept] = frozenset()
    """Medicines that the person was said to take, whether it names them or not."""

    def of_kind(self, kind: Kind) -> list[Concept]:
        return sorted(concept for concept in self.concepts if concept.kind is kind)


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


# What is asked


def understand(question: Question, lexicon: Lexicon, topics: TopicNames) -> Query:
    query = replace(_understand_alone(question.text, lexicon, topics), urgent=question.urgent)
    if question.history:
        before = _understand_before(question.history, lexicon, topics)
        if _leans_back(question.text, query, topics):
            query = _carry(before, query, question.text)
        query = _keep_in_mind(before, query, question.text)
    return _with_profile(query, question.profile, lexicon) if question.profile else query


def _understand_before(history: Sequence[Turn], lexicon: Lexicon, topics: TopicNames) -> Query:
    """The last question that named something."""
    history = history[-_TURNS_LOOKED_BACK:]
    before = understand(Question(history[-1].question, tuple(history[:-1])), lexicon, topics)
    if before.documents or before.concepts or len(history) == 1:
        return before
    return _understand_before(history[:-1], lexicon, topics)


def _understand_alone(text: str, lexicon: Lexicon, topics: TopicNames) -> Query:
    if not _is_english(text, lexicon, topics):
        return Query(text, (), frozenset())
    text = _tidy(text)
    mended, corrections = mend_spelling(text, lexicon, topics)
    mended = _COLD_THING.sub("cool", mended)
    mended = _SHOULD_WORRY.sub("should I see a doctor", mended)
    asked = _without_denied(mended, lexicon)
    asking = _asking_part(asked)
    folded = " ".join(raw_words(mended))
    mentions = lexicon.mentions(asked)
    concepts = {concept for mention in mentions for concept in mention.concepts}
    concepts -= {CHILDHOOD} if _only_grown_offspring(mended, mentions) else set()
    concepts |= _unknown_medicines(folded, lexicon, topics)
    concepts = _settle_baby(concepts, folded)
    if any(int(count) >= _TOO_MANY_AT_ONCE for count in _TOOK.findall(folded)):
        concepts.add(OVERDOSE)
    if _DOUBLE_DOSE.search(folded):  # in place of one that was missed it is a question, and no mishap
        concepts = concepts - {OVERDOSE} if _MISSED.search(folded) else concepts | {OVERDOSE}
    if names_childs_age(mended):
        concepts.add(CHILDHOOD)
    meant = tuple(
        (stem(word), concept)
        for mention in mentions
        for concept in sorted(mention.concepts)
        for word in mention.words
        if is_content(word)
    )
    told = {c for part in _TOLD.findall(mended) for mention in lexicon.mentions(part) for c in mention.concepts}
    intents = intents_asked(folded)
    if _SUSPECTS.search(folded) and any(concept.kind is Kind.CONDITION for concept in concepts):
        intents = intents - {"medicines"} | {"signs", "doctor"}
    unknown = frozenset(word for word in raw_words(asking) if not _is_known(word, lexicon, topics))
    named = topics.find(asking) or topics.find(asked)
    now = topics.find(" ".join(part for part in _sentences(asked) if not _tells_of_long_ago(part)))
    return Query(
        mended,
        _terms(asking, meant, topics),
        frozenset(concepts),
        frozenset(named),
        intents,
        corrections,
        frozenset(term for terms in named.values() for term in terms),
        meant,
        frozenset(told & concepts) - lexicon.complaints - {CHILDHOOD, BABY},
        unknown,
        len(topics.vocabulary) >= _NEARLY_ALL_WORDS and not unknown.isdisjoint(raw_words(_first_sentence(asking))),
        frozenset(named) - frozenset(now),
    )


def _tidy(text: str) -> str:
    """Without runs of space and of marks: they mean nothing, and patterns would try each place of them."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"([^\w\s])(?:\s?[^\w\s]){3,}+", r"\1 ", "\n".join(line for line in lines if line))


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.?!])\s+|\n+", text.strip(), maxsplit=1)[0]


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])\s+|\n+", text) if raw_words(part)]


def _tells_of_long_ago(sentence: str) -> bool:
    return bool(_LONG_AGO.search(sentence)) and not _JUST_NOW.search(sentence)


def _asking_part(text: str) -> str:
    """Of a long story its title and what it asks; what it names counts as a whole all the same."""
    sentences = _sentences(text)
    if len(raw_words(text)) < _LONG_STORY or len(sentences) < 3:
        return text
    return " ".join((sentences[0], *(part for part in sentences[1:] if "?" in part or _ASKS.search(part.casefold()))))


def _terms(text: str, meant: Sequence[tuple[str, Concept]], topics: TopicNames) -> tuple[str, ...]:
    """What to look for: no unknown numbers nor amounts, and not the words for who asks, which a gate of their own
    minds."""
    terms = [
        term
        for term in content_stems(_AMOUNT.sub(" ", text))
        if not term[0].isdigit() or (len(term) > 2 and term in topics.vocabulary)
    ]
    people = {term for term, concept in meant if concept.kind is Kind.POPULATION}
    return tuple(term for term in terms if term not in people) or tuple(terms)


def _is_english(text: str, lexicon: Lexicon, topics: TopicNames) -> bool:
    """Of a few words or more, one in three is a word that English health topics or questions are made of."""
    words = [word for word in raw_words(text) if not word[0].isdigit()]
    known = sum(not is_content(word) or stem(word) in topics.vocabulary for word in words)
    return len(words) < 4 or known * 2.5 >= len(words)


def _only_grown_offspring(text: str, mentions: Sequence[Mention]) -> bool:
    children = [mention for mention in mentions if CHILDHOOD in mention.concepts]
    return bool(children) and all(names_grown_offspring(text, mention) for mention in children)


def _without_denied(text: str, lexicon: Lexicon) -> str:
    """`I don't have diabetes`, `not pregnant`, `bp is normal`: not asked about. A medicine not taken may well be."""

    def left(match: re.Match[str]) -> str:
        words = raw_words(match["what"])
        whole = lexicon.mentions(match.group())
        mention = next((m for m in whole if m.words == tuple(words[: len(m.words)])), None)
        if mention is None or any(concept.kind is Kind.MEDICINE for concept in mention.concepts):
            return match.group()
        if _NOT_ITSELF.search(" ".join(words[: len(mention.words) + 1])):
            return match.group()
        return match["what"].split(maxsplit=len(mention.words))[-1] if len(words) > len(mention.words) else " "

    def unless_asked(match: re.Match[str]) -> str:
        return match.group() if _ASKED_OF_IT.search(text[: match.start()]) else " "

    if len(raw_words(text)) >= _SHORT_QUESTION:
        text = _IS_NORMAL.sub(unless_asked, text)
        text = _NO_MEDICINE.sub(" ", text)
    return _DENIES.sub(left, text)


def _settle_baby(concepts: set[Concept], folded: str) -> set[Concept]:
    """The baby of a pregnancy or of breast-feeding is no patient, unless it is the one who takes something."""
    if BABY not in concepts:
        return concepts
    mothers = concepts & {PREGNANCY, BREASTFEEDING} and not _BABY_TAKES_IT.search(folded)
    if mothers:
        return concepts - {BABY}
    return concepts - {BABY} | {CHILDHOOD} if any(concept.kind is Kind.MEDICINE for concept in concepts) else concepts


def _unknown_medicines(folded: str, lexicon: Lexicon, topics: TopicNames) -> set[Concept]:
    """`can I take zorblax`: a word that nobody knows, and that is taken, may be a medicine."""
    return {
        Concept(Kind.MEDICINE, word)
        for found in _TAKEN.findall(folded)
        for word in found
        if len(word) >= 5
        and is_content(word)
        and stem(word) not in topics.vocabulary
        and not lexicon.knows(word)
        and word not in lexicon.ordinary
        and not word.endswith(("ing", "ed", "ly", "er", "ness", "ment"))
    }


def mend_spelling(text: str, lexicon: Lexicon, topics: TopicNames) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Unknown words that are one slip (two in long ones) from just one name are read as that name.

    Two medicines that look alike are never mended into one another: both are known. Nor is an ordinary word.
    """
    corrections = []
    for word in dict.fromkeys(raw_words(text)):
        if _is_known(word, lexicon, topics):
            continue
        near = near_names(word, lexicon, topics)
        if len({lexicon.meaning(name) or stem(name) for name in near}) == 1:
            name = max(near, key=lambda near_name: near_name in topics.words)
            corrections.append((word, name))
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", name, text, flags=re.IGNORECASE)
    return text, tuple(corrections)


def _is_known(word: str, lexicon: Lexicon, topics: TopicNames) -> bool:
    return (
        len(word) < 5
        or not word.isalpha()
        or not is_content(word)
        or stem(word) in topics.vocabulary
        or word in lexicon.ordinary
        or word in lexicon.words
        or lexicon.knows(word)
    )


def near_names(word: str, lexicon: Lexicon, topics: TopicNames) -> list[str]:
    """The names that a misspelt word may have meant: of the same first letter, and one or two slips away."""
    slips = 1 if len(word) < 10 else 2
    names = _names_by_letter(lexicon.words, topics.words).get(word[0], ())
    found = process.extract(word, names, scorer=OSA.distance, score_cutoff=slips, limit=None)
    least = min((distance for _, distance, _ in found), default=0)
    return [
        name
        for name, distance, _ in found
        if distance == least
        and is_content(name)
        and (not _is_medicine(name, lexicon) or _is_slip(word, name))
        and (name in lexicon.words or len(name) >= _LONG_WORD)
    ]


def _is_medicine(name: str, lexicon: Lexicon) -> bool:
    return any(concept.kind is Kind.MEDICINE for concept in lexicon.meaning(name))


def _is_slip(word: str, name: str) -> bool:
    """Names of medicines that look alike differ in a consonant: in a short one that is no slip."""
    return len(word) >= _LONG_NAME or _consonants(word) == _consonants(name) or sorted(word) == sorted(name)


def _consonants(word: str) -> str:
    """As they are heard: `ph` is `f`, `c` before a dark vowel is `k`; doubled ones count once."""
    heard = re.sub(r"ck|c(?![eiy])|q", "k", word.replace("ph", "f"))
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouyh]", "", heard.replace("c", "s").replace("z", "s")))


@lru_cache(maxsize=4)
def _names_by_letter(*words: frozenset[str]) -> Mapping[str, Sequence[str]]:
    by_letter: dict[str, list[str]] = {}
    for word in sorted(frozenset().union(*words)):
        by_letter.setdefault(word[0], []).append(word)
    return by_letter


# What is carried over from earlier questions


def _leans_back(text: str, query: Query, topics: TopicNames) -> bool:
    """Whether the question means what the one before was about."""
    folded = " ".join(raw_words(text))
    points_back = bool(_STARTS_LEANING.search(folded) or _POINTS_BACK.search(folded))
    meant = {term for term, _ in query.meant}
    unknown = [term for term in query.terms if term not in topics.vocabulary and term not in meant]
    if len(unknown) > (1 if _POINTS_BACK.search(folded) else 0):
        return False  # a subject of its own, that the knowledge base doesn't have
    if query.documents or any(concept.kind is not Kind.POPULATION for concept in query.concepts):
        return points_back and len(query.terms) <= 5  # "what about ibuprofen?", "can I take ibuprofen for it?"
    return (points_back or bool(query.intents or query.concepts)) and len(query.terms) <= 5


def _carry(before: Query, query: Query, text: str) -> Query:
    """The subject of the question before goes along, but for what this question names in its place; its intent too,
    where this one has none."""
    folded = " ".join(raw_words(text))
    kept = set(before.concepts)
    medicines = list(dict.fromkeys(c for _, c in before.meant if c.kind is Kind.MEDICINE and c not in before.told))
    if query.of_kind(Kind.MEDICINE) and not _TAKEN_TOGETHER.search(folded):
        kept -= set(medicines[-1:] if _WITH_ANOTHER_INSTEAD.search(folded) else medicines[:1])
    elif query.intents & _NOT_OF_A_MEDICINE and before.of_kind(Kind.CONDITION):
        kept -= set(medicines)
    if query.of_kind(Kind.CONDITION) and _ANOTHER_INSTEAD.search(folded) and not query.of_kind(Kind.MEDICINE):
        kept -= set(before.of_kind(Kind.CONDITION))
    gone = before.concepts - kept
    meant = tuple((term, concept) for term, concept in before.meant if concept in kept)
    lost = {term for term, concept in before.meant if concept in gone} - {term for term, _ in meant}
    same_subject = not (query.documents and gone)
    carried = [term for term in before.terms if term not in lost] if same_subject else []
    return replace(
        query,
        terms=tuple(dict.fromkeys((*query.terms, *carried))),
        concepts=query.concepts | kept,
        documents=query.documents | (before.documents if same_subject else frozenset()),
        topic_terms=query.topic_terms | (before.topic_terms if same_subject else frozenset()),
        intents=query.intents - {"meaning"} or before.intents,
        meant=(*query.meant, *meant),
    )


def _keep_in_mind(before: Query, query: Query, text: str) -> Query:
    """Who is pregnant or breast-feeding stays so, until somebody else is asked about; and a child stays a child where
    a medicine is asked for."""
    folded = " ".join(raw_words(text))
    if not (query.terms or query.concepts) or _ABOUT_SOMEBODY_ELSE.search(folded):
        return query
    kept = before.told if query.of_kind(Kind.MEDICINE) or "medicines" in query.intents else frozenset()
    if query.of_kind(Kind.POPULATION):
        return replace(query, concepts=query.concepts | kept - _MOTHERS, told=query.told | before.told)
    kept |= before.concepts & _MOTHERS
    if query.of_kind(Kind.MEDICINE) and not re.search(
        r"\b(i|me|my|i'm|myself)\b", re.sub(r"\b(can|should) i give\b", "", folded)
    ):
        kept |= before.concepts & {CHILDHOOD}
    return replace(query, concepts=query.concepts | kept, told=query.told | before.told)


def _with_profile(query: Query, profile: HealthProfile, lexicon: Lexicon) -> Query:
    """As if the question said whom it is about; what they take and can't bear, where a medicine is asked for."""
    if not (query.terms or query.concepts):
        return query
    given = set() if query.of_kind(Kind.POPULATION) else set(people_of(profile))
    medicines, taken = query.of_kind(Kind.MEDICINE), medicines_of(profile.medicines, lexicon)
    for_something = "medicines" in query.intents and bool(query.of_kind(Kind.CONDITION)) and not medicines
    if not query.urgent and (for_something or not taken.issuperset(medicines)):  # else it is what they take already
        given |= taken | ({OLD_AGE} if profile.age_band == "65_or_over" else set())
    if not query.urgent and any(risk.sure for risk in allergy_risks(profile, medicines, lexicon)):
        given.add(ALLERGY)
    concepts = frozenset(_settle_baby(set(query.concepts | given), " ".join(raw_words(query.text))))
    return replace(query, concepts=concepts, given=concepts - query.concepts, taken=taken)
