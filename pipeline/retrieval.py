"""Understands a question in its conversation, ranks passages for it and judges which of them may answer it. Pure.

Rules that come before any ranking:

* A medicine together with another medicine, an illness, pregnancy, breast-feeding or childhood is answered only from
  passages that name both.
* A question about a child, pregnancy or breast-feeding isn't answered with what holds for others.
* Where the words of the question weigh too little in the best passages, nothing was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.concepts import (
    BABY,
    BREASTFEEDING,
    CHILDHOOD,
    PREGNANCY,
    Concept,
    Kind,
    Lexicon,
    Mention,
    names_childs_age,
    names_grown_offspring,
)
from pipeline.types import Hit, Passage, Question
from pipeline.words import content_stems, is_content, phrases, raw_words, stem, stems

LEAST_COVERAGE = 0.6
"""Of the question's weight of words, in a passage whose topic the question doesn't name."""
LEAST_COVERAGE_NAMED = 0.3
"""The same, where it does."""
MOST_WEIGHT = 22.0
"""Of a question that names its topic: a long story isn't held against the passage."""

_TURNS_LOOKED_BACK = 6

_DURATION = r"\b(?:\d+|one|two|three|four|five|six|few|several) (?:to \w+ )?(?:minutes?|hours?|days?|weeks?|months?)\b"


@dataclass(frozen=True, slots=True)
class _Intent:
    """A kind of question, and the heading or first words, or else the text, of blocks that answer it."""

    name: str
    asked: re.Pattern[str]
    opening: re.Pattern[str] | None = None
    text: re.Pattern[str] | None = None


def _intent(name: str, asked: str, opening: str = "", text: str = "") -> _Intent:
    return _Intent(
        name, re.compile(asked), re.compile(opening) if opening else None, re.compile(text) if text else None
    )


_INTENTS: Sequence[_Intent] = (
    _intent(
        "help",
        r"\b(helps?|helping|treat\w*|relie[fv]\w*|cures?|remed\w+|rid of|ease|easing|sooth\w*|calm|better for|best for|"
        r"what (?:can|should|do|must|could|to) (?:i |we |you |he |she |they )?(?:do|eat|drink|try|take|give|use|put)|"
        r"(?:can|should|do|must|could) (?:i|we|you|he|she|they) do|what now|what to do|first aid|at home|look after|"
        r"how (?:can|do|should|to) (?:i |we |you )?(?:stop|manage|get over|get through|help|fix|sleep|lower)|"
        r"feel better|deal with|how do we)\b",
        r"\b(helps?|what to do|do these|first aid|to ease|to calm|to soothe|to feel better|at home|steps|can do|"
        r"living with|try these|these can|things to do|cool|keep moving)\b",
    ),
    _intent(
        "medicines",
        r"\b(?:(?:what|which|anything|something|best)\b.* (?:take|give|use|have|put)\b|(?:medicine|medication|tablet|pill|"
        r"drug|painkiller|cream|spray|antibiotic|laxative|treatment|meds)s?\b)",
        r"\b(medicines?|painkillers?|laxatives?|treatments?|antibiotics?|pills?|creams?|statins?)\b",
    ),
    _intent(
        "doctor",
        r"\b(see (?:a|the|my|some)\w*|doct[eo]rs?|gp|nurse|midwife|hospital|emergency|serious|dangerous|worr(?:y|ied)|"
        r"appointment|urgent\w*|who do i call|need help)\b",
        r"\b(doctor|midwife|call (?:a|the|your)|who should|needs? advice|get medical)\b",
    ),
    _intent(
        "causes",
        r"\b(cause[sd]?|causing|why|triggers?|set(?:s|ting)? off|reasons?|comes? from|how come|making me|be my|giving me)\b",
        r"\b(causes?|caused|why|set off|triggers?|can come from)\b",
    ),
    _intent(
        "signs",
        r"\b(symptoms?|signs?|how (?:do|can|would|will) (?:i|we|you) (?:know|tell)|could (?:it|this|that) be|is (?:it|this)|"
        r"looks? like|feels? like|have i got|could be|warning)\b",
        r"\b(signs?|symptoms?|looks like|is it|what counts|numbers mean)\b",
    ),
    _intent("meaning", r"^(?:so |and |hi |hello )*what(?: is| are| does|s)\b(?!.*\b(?:best|cure|treatment)\b)", r"^start$"),
    _intent(
        "avoid",
        r"\b(avoid|stay away from|not (?:do|take|eat|to)|should i (?:put|stop|stay)|worse|bad for)\b",
        r"\b(avoid|what not|do not|keep away|worse|leave out)\b",
    ),
    _intent(
        "prevent",
        r"\b(prevent\w*|avoid getting|(?:lower|reduce|cut) (?:my|the|your) (?:risk|chances?)|stop getting|spread\w*|"
        r"keep \w+ (?:away|out|from)|come back|coming back)\b",
        r"\b(prevent\w*|lower|spreading|staying ready|to keep|to meet less|avoid flares)\b",
    ),
    _intent("time", r"\b(how (?:long|soon|many days|many weeks|quickly)|when (?:can|will|does|do|should))\b", text=_DURATION),
    _intent("amount", r"\b(how (?:much|many|often)|dose|doses|dosage|maximum)\b", text=r"\d"),
    _intent("taking", r"\b(how (?:do|should|to) (?:i |we |you )?(?:take|use|give|measure))\b", r"\b(how to (?:take|use))\b"),
    _intent(
        "stopping",
        r"\b(?:stop(?:ping)?|quit(?:ting)?|com(?:e|ing) off|finish(?:ing)?)\b(?!.*\b(?:bleed|itch|pain|spread|cough))",
        text=r"\b(?:not (?:just )?stop|if you stop|stopping|stop (?:it|one|the|taking)|finish the|come off)\b",
    ),
    _intent(
        "bystander",
        r"\b(someone|somebody|another person|(?:he|she|they) (?:has|have|is|are|said|says|took)|how (?:do|can|should) i help|"
        r"my (?:husband|wife|friend|mum|mom|dad|mother|father|partner)\w*)\b",
        r"\b(if someone|if a person|someone|how to help|lay a person|a person who)\b",
    ),
    _intent("harm", r"\b(side effects?|harm\w*|risks?|safe)\b", r"\b(side effects?|harm)\b", r"\b(side effects?|harm|risk)\b"),
)  # fmt: skip

_STARTS_LEANING = re.compile(
    r"^(?:ok |okay |yes |no |thanks |thank you )*"
    r"(and|but|or|so|then|also|what about|how about|what if|how long|how often|how much|why|any other|anything else|"
    r"is that|is it|does it|can it|will it|what else|when should i)\b"
)
_POINTS_BACK = re.compile(r"\b(it|its|that|this|they|them|these|those|he|she|him|his|her|there|both|one)\b")
_ANOTHER_INSTEAD = re.compile(r"^(?:ok |okay )*(?:and|or|what about|how about|but|what if)\b")
_TAKEN_TOGETHER = re.compile(
    r"\b(with (?:it|that|this|them|both)|together|both|as well|too|also|on it|at the same time)\b"
)
_ABOUT_SOMEBODY_ELSE = re.compile(
    r"\bmy (?:\w+ )?(?:husband|partner|boyfriend|dad|father|grand\w+|mum|mom|mother|brother|uncle|friend|boss|neighbou?r|"
    r"sister|aunt|nan|son|daughter|child|kid|kids|boy|girl|toddler|teen\w*|\w+ year old)\b"
)  # fmt: skip
_BABY_TAKES_IT = re.compile(
    r"\b(?:give|giving|gave|(?:can|could|may|should) (?:he|she|(?:my |the |a |our )?(?:\w+ )?(?:baby|newborn|infant)) "
    r"(?:have|take|get|use|drink|eat))\b|"
    r"\b(?:baby|newborn|infant) (?:has|had|is|swallowed|ate|drank|took)\b"
)
_COLD_THING = re.compile(
    r"\bcold(?= (?:bath|water|pack|compress|drink|drinks|shower|hands?|feet|weather|sweats?|air|food|milk|towel|cloth))",
    re.I,
)
_TAKEN = re.compile(
    r"\b(?:take|taking|took|takes|(?:i'm|im|am|is|are|currently|already|while|been|be) on|use|using|given?|giving|with|plus|"
    r"mix|mixing|combine|prescribed|dose of)\s+(?:my |the |some )?([a-z]+)"
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
            for kept in (words, [word for word in words if is_content(word)]):
                place = 0
                while place < len(kept):
                    key = self._longest_at(kept, place)
                    for document in self.documents.get(key, ()):
                        found[document] = found.get(document, frozenset()) | set(key)
                    place += len(key) or 1
        return found

    def _longest_at(self, words: Sequence[str], place: int) -> tuple[str, ...]:
        for length in range(min(self.longest, len(words) - place), 0, -1):
            if (key := _name_key(words[place : place + length])) in self.documents:
                return key
        return ()


def _name_key(words: Sequence[str]) -> tuple[str, ...]:
    """`tight chest` and `my chest feels tight` name the same; a name of one such word is kept as it stands."""
    content = tuple(sorted(stem(word) for word in words if is_content(word)))
    return content if len(content) > 1 or len(words) == 1 else tuple(stem(word) for word in words)


# What is asked


def understand(question: Question, lexicon: Lexicon, topics: TopicNames) -> Query:
    query = _understand_alone(question.text, lexicon, topics)
    if not question.history:
        return query
    before = understand(
        Question(question.history[-1].question, question.history[-_TURNS_LOOKED_BACK:-1]), lexicon, topics
    )
    if _leans_back(question.text, query, topics):
        query = _carry(before, query, question.text)
    return _keep_in_mind(before, query, question.text)


def _understand_alone(text: str, lexicon: Lexicon, topics: TopicNames) -> Query:
    if not _is_english(text, lexicon, topics):
        return Query(text, (), frozenset())
    mended, corrections = mend_spelling(text, lexicon, topics)
    mended = _COLD_THING.sub("cool", mended)
    folded = " ".join(raw_words(mended))
    mentions = lexicon.mentions(mended)
    concepts = {concept for mention in mentions for concept in mention.concepts}
    concepts -= {CHILDHOOD} if _only_grown_offspring(mended, mentions) else set()
    concepts |= _unknown_medicines(folded, lexicon, topics)
    concepts = _settle_baby(concepts, folded)
    if names_childs_age(mended):
        concepts.add(CHILDHOOD)
    meant = tuple(
        (stem(word), concept)
        for mention in mentions
        for concept in sorted(mention.concepts)
        for word in mention.words
        if is_content(word)
    )
    intents = frozenset(intent.name for intent in _INTENTS if intent.asked.search(folded))
    named = topics.find(mended)
    return Query(
        mended,
        tuple(term for term in content_stems(mended) if not term[0].isdigit() or term in topics.vocabulary),
        frozenset(concepts),
        frozenset(named),
        intents,
        corrections,
        frozenset(term for terms in named.values() for term in terms),
        meant,
    )


def _is_english(text: str, lexicon: Lexicon, topics: TopicNames) -> bool:
    """Of a few words or more, one in three is a word that English health topics or questions are made of."""
    words = [word for word in raw_words(text) if not word[0].isdigit()]
    known = sum(not is_content(word) or stem(word) in topics.vocabulary for word in words)
    return len(words) < 4 or known * 2.5 >= len(words)


def _only_grown_offspring(text: str, mentions: Sequence[Mention]) -> bool:
    children = [mention for mention in mentions if CHILDHOOD in mention.concepts]
    return bool(children) and all(names_grown_offspring(text, mention) for mention in children)


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
        for word in _TAKEN.findall(folded)
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
        if len({stem(name) for name in near}) == 1:
            name = min(near)
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
    slips = 1 if len(word) < 8 else 2
    names = _names_by_letter(lexicon.words, topics.words).get(word[0], ())
    found = process.extract(word, names, scorer=OSA.distance, score_cutoff=slips, limit=None)
    least = min((distance for _, distance, _ in found), default=0)
    return [name for name, distance, _ in found if distance == least]


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
    if any(term not in topics.vocabulary and term not in meant for term in query.terms):
        return False  # a subject of its own, that the knowledge base doesn't have
    if query.documents or any(concept.kind is not Kind.POPULATION for concept in query.concepts):
        return points_back and len(query.terms) <= 5  # "what about ibuprofen?", "can I take ibuprofen for it?"
    return (points_back or bool(query.intents or query.concepts)) and len(query.terms) <= 5


def _carry(before: Query, query: Query, text: str) -> Query:
    """The subject of the question before goes along, but for what this question names in its place; its intent too,
    where this one has none."""
    folded = " ".join(raw_words(text))
    kept = set(before.concepts)
    if query.of_kind(Kind.MEDICINE) and not _TAKEN_TOGETHER.search(folded):
        kept -= set(before.of_kind(Kind.MEDICINE))
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
    if not (query.terms or query.concepts) or query.of_kind(Kind.POPULATION) or _ABOUT_SOMEBODY_ELSE.search(folded):
        return query
    kept = before.concepts & {PREGNANCY, BREASTFEEDING}
    if query.of_kind(Kind.MEDICINE) and not re.search(
        r"\b(i|me|my|i'm|myself)\b", re.sub(r"\b(can|should) i give\b", "", folded)
    ):
        kept |= before.concepts & {CHILDHOOD}
    return replace(query, concepts=query.concepts | kept)


# Which passages come first


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a passage fits a question."""

    score: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """A passage with what ranking looks at."""

    passage: Passage
    own: frozenset[str]
    """Stems of its heading and text."""
    topic: frozenset[str]
    """Stems of its title and lay names."""
    concepts: frozenset[Concept]
    about: frozenset[Concept]
    """What its title and lay names name."""
    intents: frozenset[str]
    for_whom: frozenset[Concept]
    """The people it speaks to above all."""


def prepare(passage: Passage, lexicon: Lexicon) -> Prepared:
    names = " . ".join((passage.title, *passage.names))
    return Prepared(
        passage,
        frozenset(stems(f"{passage.heading} {passage.text}")),
        frozenset(stems(names)),
        concepts_of(passage, lexicon),
        lexicon.find(names),
        intents_of(passage),
        populations_of(passage, lexicon),
    )


def intents_of(passage: Passage) -> frozenset[str]:
    """Kinds of questions that a block answers, by its heading, its first line and what it holds."""
    first = passage.text.partition("\n")[0].partition(". ")[0]
    opening = " ".join(raw_words(f"{passage.heading} {first}")) if passage.heading else "start"
    text = " ".join(raw_words(passage.text))
    return frozenset(
        intent.name
        for intent in _INTENTS
        if (intent.opening and intent.opening.search(opening)) or (intent.text and intent.text.search(text))
    )


def fit(query: Query, prepared: Prepared, weights: Mapping[str, float], unknown_weight: float, lexicon: Lexicon) -> Fit:
    """Words that the block has count most, those of its topic less; the kind of question and the named topic add."""
    meant: dict[str, list[Concept]] = {}
    for term, concept in query.meant:
        meant.setdefault(term, []).append(concept)
    named = prepared.passage.document in query.documents
    total = own = anywhere = 0.0
    for term in query.terms:
        weight = weights.get(term, unknown_weight)
        total += weight
        concepts = meant.get(term, ())
        if (
            (named and term in query.topic_terms & prepared.topic)
            or term in prepared.own
            or any(lexicon.covers(prepared.concepts, concept) for concept in concepts)
        ):
            own += weight
            anywhere += weight
        elif term in prepared.topic or any(lexicon.covers(prepared.about, concept) for concept in concepts):
            anywhere += weight
    total = min(total, MOST_WEIGHT) if named else total
    coverage = min(1.0, anywhere / total) if total else 0.0
    score = 0.6 * min(1.0, own / total) + 0.4 * coverage if total else 0.0
    score += 0.25 * named
    if query.intents:
        score += 0.35 * len(query.intents & prepared.intents) / len(query.intents)
    if prepared.for_whom - query.concepts and not prepared.for_whom & query.concepts:
        score -= 0.3  # speaks to others
    return Fit(score, coverage)


# Which passages may be quoted


@dataclass(frozen=True, slots=True)
class Judgement:
    hits: tuple[Hit, ...]
    missing: tuple[tuple[Concept, Concept], ...] = ()
    """Combinations that are asked about and that no passage names."""
    not_for: tuple[Concept, ...] = ()
    """For whom nothing was found, though for others there is something."""


def judge(query: Query, hits: Sequence[Hit], lexicon: Lexicon) -> Judgement:
    """Which hits may be quoted, best first."""
    if pairs := _pairs(query):
        return _judge_combination(query, hits, pairs, lexicon)
    for medicine in query.of_kind(Kind.MEDICINE):
        hits = [hit for hit in hits if _speaks_of(hit.passage, medicine, lexicon)]
    if conditions := query.of_kind(Kind.CONDITION):
        hits = [hit for hit in hits if hit.named or any(_names(hit.passage, c, lexicon) for c in conditions)]
    hits = [hit for hit in hits if hit.coverage >= (LEAST_COVERAGE_NAMED if hit.named else LEAST_COVERAGE)]
    asked = set(query.of_kind(Kind.POPULATION))
    fitting = [hit for hit in hits if asked <= populations_of(hit.passage, lexicon) or _holds_for_all(hit.passage)]
    if asked and hits and not fitting:
        return Judgement((), not_for=tuple(sorted(asked)))
    if not asked:
        fitting = _for_everybody(fitting)
    if any(hit.named for hit in fitting):
        fitting = [hit for hit in fitting if hit.named]
    return Judgement(tuple(fitting))


def _holds_for_all(passage: Passage) -> bool:
    """What to do in an emergency isn't withheld from anybody."""
    return passage.category == "urgent"


def _names(passage: Passage, concept: Concept, lexicon: Lexicon) -> bool:
    return lexicon.covers(concepts_of(passage, lexicon), concept)


def _speaks_of(passage: Passage, medicine: Concept, lexicon: Lexicon) -> bool:
    """A block names the medicine; or its topic does, and the block names no medicine but a class that this one is in."""
    named = concepts_of(passage, lexicon)
    if lexicon.covers(named, medicine):
        return True
    about = _find(" . ".join((passage.title, *passage.names)), lexicon)
    others = {concept for concept in named if concept.kind is Kind.MEDICINE}
    return medicine in about and others <= lexicon.classes_of(medicine)


def _for_everybody(hits: Sequence[Hit]) -> list[Hit]:
    """Without word of a child or a pregnancy, their topics are quoted only where no other is named."""
    others = [hit for hit in hits if hit.passage.category not in {"children", "pregnancy"}]
    if any(hit.named for hit in others):
        return others
    return [hit for hit in hits if hit.named or hit in others]


def _pairs(query: Query) -> list[tuple[Concept, Concept]]:
    """Combinations that the question asks about: a medicine with anything else."""
    return [
        (one, other) if one.kind is Kind.MEDICINE else (other, one)
        for one, other in combinations(sorted(query.concepts), 2)
        if Kind.MEDICINE in (one.kind, other.kind)
    ]


def _judge_combination(
    query: Query, hits: Sequence[Hit], pairs: Sequence[tuple[Concept, Concept]], lexicon: Lexicon
) -> Judgement:
    covered = {
        hit.passage.id: [pair for pair in pairs if _names_pair(hit.passage, *pair, lexicon)]
        for hit in hits
    }  # fmt: skip
    found = {pair for these in covered.values() for pair in these}
    missing = tuple(pair for pair in pairs if pair not in found)
    # What a medicine is taken for may go unnamed; who takes it, and what else they have or take, may not.
    if not found or any(other not in lexicon.complaints for _, other in missing):
        return Judgement((), tuple(pair for pair in missing if pair[1] not in lexicon.complaints) or missing)
    populations = set(query.of_kind(Kind.POPULATION))
    fitting = [
        hit for hit in hits
        if covered[hit.passage.id] and (not populations or populations & {o for _, o in covered[hit.passage.id]})
    ]  # fmt: skip
    fitting.sort(key=lambda hit: (-len(covered[hit.passage.id]), -hit.score))
    return Judgement(tuple(fitting), missing)


def _names_pair(passage: Passage, medicine: Concept, other: Concept, lexicon: Lexicon) -> bool:
    if other.kind is not Kind.POPULATION:
        return _names(passage, medicine, lexicon) and _names(passage, other, lexicon)
    if other in populations_of(passage, lexicon) or _holds_for_all(passage):
        return _names(passage, medicine, lexicon)
    return any(other in unit and lexicon.covers(unit, medicine) for unit in _units_of(passage.text, lexicon))


def concepts_of(passage: Passage, lexicon: Lexicon) -> frozenset[Concept]:
    """What the block itself names; its heading, where that isn't a list; and the illness of its topic."""
    illness = {concept for concept in _find(passage.title, lexicon) if concept.kind is Kind.CONDITION}
    return _find(passage.text, lexicon) | _named_by_heading(passage.heading, lexicon) | illness


def _named_by_heading(heading: str, lexicon: Lexicon) -> frozenset[Concept]:
    """A heading that lists several of a kind says nothing about one of its blocks."""
    named = _find(heading, lexicon)
    return frozenset(one for one in named if sum(one.kind is other.kind for other in named - {BABY}) <= 1)


def populations_of(passage: Passage, lexicon: Lexicon) -> frozenset[Concept]:
    """Of whom the whole block speaks: by its topic, its first sentence, or a heading that names one group only."""
    first = {concept for concept in _find(_first_sentence(passage.text), lexicon)}
    if first & {PREGNANCY, BREASTFEEDING} and not re.search(r"\bchild", passage.text.casefold()):
        first -= {CHILDHOOD}  # the baby of a pregnancy is no child that is ill
    found = first | _find(passage.title, lexicon) | _named_by_heading(passage.heading, lexicon)
    if passage.category == "children":
        found |= {CHILDHOOD}
    if passage.category == "pregnancy" or CHILDHOOD in found:
        found |= {BABY}
    return frozenset(concept for concept in found if concept.kind is Kind.POPULATION)


@lru_cache(maxsize=8_192)
def _units_of(text: str, lexicon: Lexicon) -> tuple[frozenset[Concept], ...]:
    """What each sentence names; and each item of a list, with its lead-in."""
    lead, *items = text.split("\n")
    units = [f"{lead} {item}" for item in items] if items else re.split(r"(?<=[.!?])\s+", text)
    return tuple(lexicon.find(unit) for unit in units)


@lru_cache(maxsize=32_768)
def _find(text: str, lexicon: Lexicon) -> frozenset[Concept]:
    """Of passages only: no question is kept in memory."""
    return lexicon.find(text)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s+|\n", text, maxsplit=1)[0]
