"""Understands a question in its conversation: what it names, what it wants to know, whom it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from pipeline.concepts import (
    ALLERGY,
    BABY,
    BREASTFEEDING,
    CHILDHOOD,
    OLD_AGE,
    OVERDOSE,
    PREGNANCY,
    Concept,
    Kind,
    Lexicon,
    Mention,
    names_childs_age,
    names_grown_offspring,
)
from pipeline.follow_ups import carry, keep_in_mind, leans_back
from pipeline.intents import intents_asked
from pipeline.profiles import allergy_risks, medicines_of, people_of
from pipeline.query import Query
from pipeline.spelling import is_known, mend_spelling
from pipeline.topic_names import TopicNames
from pipeline.types import HealthProfile, Question, Turn
from pipeline.words import content_stems, is_content, raw_words, stem

_TURNS_LOOKED_BACK = 6
_NEARLY_ALL_WORDS = 10_000
"""Stems of an index: the topics that ship have a fifth of that, and lack many an everyday word."""
_LONG_STORY = 40
"""Words."""

_SUSPECTS = re.compile(r"\bdo(?:es)? (?:you think )?(?:i|he|she|we|they|my \w+) have\b(?! to\b)")
"""Asks whether it is the illness that is named: for its signs and a doctor, and not for what to take."""
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
    r"\bdouble (?:dos(?:es?|age)|does)\b|"
    r"\b(?:(?:took|taken|gave|given) (?:\w+ ){1,4}twice|doubled up on(?: \w+){1,4}) by (?:mistake|accident)\b"
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


def understand(question: Question, lexicon: Lexicon, topics: TopicNames) -> Query:
    query = replace(_understand_alone(question.text, lexicon, topics), urgent=question.urgent)
    if question.history:
        before = _understand_before(question.history, lexicon, topics)
        if question.urgent and query.documents:  # an emergency that is named has no other subject
            before = replace(before, told=frozenset())
        elif leans_back(question.text, query, topics):
            query = carry(before, query, question.text)
        query = keep_in_mind(before, query, question.text)
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
    mended, corrections = mend_spelling(_tidy(text), lexicon, topics)
    mended = _COLD_THING.sub("cool", mended)
    mended = _SHOULD_WORRY.sub("should I see a doctor", mended)
    asked = _without_denied(mended, lexicon)
    asking = _asking_part(asked)
    mentions = lexicon.mentions(asked)
    concepts = _concepts_asked(mended, mentions, lexicon, topics)
    meant = tuple(
        (stem(word), concept)
        for mention in mentions
        for concept in sorted(mention.concepts)
        for word in mention.words
        if is_content(word)
    )
    told = {c for part in _TOLD.findall(mended) for mention in lexicon.mentions(part) for c in mention.concepts}
    unknown = frozenset(word for word in raw_words(asking) if not is_known(word, lexicon, topics))
    named = topics.find(asking) or topics.find(asked)
    now = topics.find(" ".join(part for part in _sentences(asked) if not _tells_of_long_ago(part)))
    has_nearly_all_words = len(topics.vocabulary) >= _NEARLY_ALL_WORDS
    return Query(
        mended,
        _terms(asking, meant, topics),
        concepts,
        documents=frozenset(named),
        intents=_intents_asked(mended, concepts),
        corrections=corrections,
        topic_terms=frozenset(term for terms in named.values() for term in terms),
        meant=meant,
        told=frozenset(told & concepts) - lexicon.complaints - {CHILDHOOD, BABY},
        unknown=unknown,
        unheard=has_nearly_all_words and not unknown.isdisjoint(raw_words(_first_sentence(asking))),
        past=frozenset(named) - frozenset(now),
    )


def _concepts_asked(text: str, mentions: Sequence[Mention], lexicon: Lexicon, topics: TopicNames) -> frozenset[Concept]:
    """What is mentioned, and what the words around it make of it."""
    folded = " ".join(raw_words(text))
    concepts = {concept for mention in mentions for concept in mention.concepts}
    concepts -= {CHILDHOOD} if _only_grown_offspring(text, mentions) else set()
    concepts |= _unknown_medicines(folded, lexicon, topics)
    concepts = _settle_baby(concepts, folded)
    if any(int(count) >= _TOO_MANY_AT_ONCE for count in _TOOK.findall(folded)):
        concepts.add(OVERDOSE)
    if _DOUBLE_DOSE.search(folded):  # in place of one that was missed it is a question, and no mishap
        concepts = concepts - {OVERDOSE} if _MISSED.search(folded) else concepts | {OVERDOSE}
    if names_childs_age(text):
        concepts.add(CHILDHOOD)
    return frozenset(concepts)


def _intents_asked(text: str, concepts: Collection[Concept]) -> frozenset[str]:
    folded = " ".join(raw_words(text))
    intents = intents_asked(folded)
    if _SUSPECTS.search(folded) and any(concept.kind is Kind.CONDITION for concept in concepts):
        return intents - {"medicines"} | {"signs", "doctor"}
    return intents


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
