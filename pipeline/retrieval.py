"""Judges which passages may answer a question. Pure.

Its rules come before any ranking:

* A medicine together with another medicine, an illness, pregnancy, breast-feeding or childhood is answered only from
  passages that name both.
* A question about a child, pregnancy or breast-feeding isn't answered with what holds for others, nor one on type 1
  with type 2.
* What is asked of a medicine is answered only from a passage that says it; which medicine causes something, not with
  what treats it.
* What somebody had years ago isn't answered with first aid.
* Where the words of the question weigh too little in the best passages, nothing was found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from pipeline.attributes import (
    asks_what_causes,
    asks_what_it_is,
    defines,
    says_that_a_medicine_causes,
    says_what_is_asked,
)
from pipeline.concepts import ALLERGY, ANIMALS, OVERDOSE, Concept, Kind, Lexicon
from pipeline.facts import facts_of
from pipeline.query import Query
from pipeline.types import Facts, Hit
from pipeline.unreviewed import may_be_quoted
from pipeline.uses import is_taken_for
from pipeline.words import raw_words, stem

LEAST_COVERAGE = 0.6
"""Of the question's weight of words, in a passage whose topic the question doesn't name."""
LEAST_COVERAGE_NAMED = 0.25
"""The same, where it does."""
_LEAST_SAID_OF_UNHEARD = 0.2
"""Of the weight of words beyond the topic's name, where one of them is a word that nobody knows."""
_NAMED_KINDS = (Kind.MEDICINE, Kind.CONDITION)
_FRESH = frozenset({"first_aid", "urgent"})
"""Categories of topics on what has just happened."""
_TYPE = re.compile(r"\btype[ -]?(1|2|3|4|one|two|three|i{1,3})\b")
_NUMBERS = {"one": "1", "i": "1", "two": "2", "ii": "2", "three": "3", "iii": "3"}
_SAYS_TOGETHER = re.compile(
    r"\b(with|together|both|combin\w+|interact\w*|mix\w*|same time|as well|also takes?|while|instead of|"
    r"on top of|between|affects?|changes?|less well|stronger|weaker|blood thinners?)\b",
    re.IGNORECASE,
)

_NAMED_FOR_ONE_ANOTHER = frozenset({frozenset({"or"}), frozenset({"a"}), frozenset({"an"}), frozenset({"like"})})
"""What stands between two names, where the one is asked about in place of the other, or as its kind."""
_COMPARES = re.compile(
    r"\b(?:same (?:\w+ )?(?:as|thing)|are .* the same|differen(?:ce|t)|versus|vs|compared?|equivalent|contain\w*|"
    r"ingredients?|made (?:of|from))\b",
    re.IGNORECASE,
)
_JOINS = re.compile(
    r"\b(?:with|together|both|another|other|else|also|as well|mix\w*|combin\w*|plus|on top|same time|while|when|"
    r"already|taking|add\w*)\b",
    re.IGNORECASE,
)
"""Says that two things are taken, and not that one is the other."""
_ASKS_TOGETHER = re.compile(
    r"\b(?:interact\w*|mix\w*|combin\w*|together|both|same time|safe(?:ly)?|ok(?:ay)?|all ?right|harm\w*|danger\w*|"
    r"avoid\w*|allowed|contra ?-?indicat\w*|side effects?|risks?)\b|"
    r"\b(?:can|could|may|should|must|do|does|will) (?:i|we|you|he|she|they|my|one|a|an|the|it|people|children|kids)\b|"
    r"\b(?:does|do|can|could|will|would|may)\b[^.?!]*\b(?:cause|set off|trigger|affect|worsen|make|help|raise|lower)\b|"
    r"\b(?:i|i'm|i've|he|she|we|they|my \w+)\b[^.?!]*"
    r"\b(?:take|takes|taking|took|taken|use|uses|using|on|began|prescribed|gave|given|giving|start\w*|stop\w*)\b",
    re.IGNORECASE,
)
_JOINS_IN_FEW_WORDS = re.compile(r"\b(?:and|with|plus|while|during|when|in|for|after|before)\b|[&+]", re.IGNORECASE)
_FEW_WORDS = 7
_WARNS = re.compile(
    r"\b(?:can interact|interacts?|do not (?:take|use|mix|drink|eat|combine)|dangerous|harmful|"
    r"(?:raises?|increases?) the (?:risk|chance)|ask (?:a|your) (?:doctor|pharmacist) (?:first|before))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    hits: tuple[Hit, ...]
    missing: tuple[tuple[Concept, Concept], ...] = ()
    """Combinations that are asked about and that no passage names."""
    unspoken: tuple[Concept, ...] = ()
    """Illnesses that are asked about and that no passage names, beside others that one names."""
    in_general: tuple[Concept, ...] = ()
    """Medicines of which no passage says what is asked: the hits tell what they are."""
    not_for: tuple[Concept, ...] = ()
    """For whom nothing was found, though for others there is something."""


def judge(query: Query, hits: Sequence[Hit], lexicon: Lexicon) -> Judgement:
    """Which hits may be quoted, best first."""
    hits = [hit if hit.facts else replace(hit, facts=facts_of(hit.passage, lexicon)) for hit in hits]
    hits = [hit for hit in hits if may_be_quoted(hit, _facts(hit), query, lexicon) and _holds_now(hit, query)]
    if any(_is_of_another_type(hit, query) for hit in hits):
        hits = [hit for hit in hits if _says_the_type(hit, query) or _is_of_other_subject(hit, query)]
    if query.of_kind(Kind.MEDICINE):
        hits = [hit for hit in hits if _is_on_subject(hit, query, lexicon)]
    if OVERDOSE in query.concepts and (first_aid := _of_overdose(hits, query, lexicon)):
        return Judgement(first_aid)
    if pairs := _pairs(query, lexicon):
        return _judge_combination(query, hits, pairs, lexicon)
    hits = _on_what_is_named(hits, query, lexicon)
    in_general: tuple[Concept, ...] = ()
    if query.of_kind(Kind.MEDICINE) and not query.urgent:
        hits, in_general = _saying_what_is_asked(hits, query, lexicon)
    asked = set(query.of_kind(Kind.POPULATION))
    fitting = [
        hit for hit in hits
        if asked <= _facts(hit).populations
        or (_is_the_emergency(hit, query, lexicon) and ANIMALS not in asked)
    ]  # fmt: skip
    if asked and hits and not fitting:
        return Judgement((), not_for=tuple(sorted(asked)))
    if not asked:
        fitting = _for_everybody(fitting)
    if any(hit.named for hit in fitting):
        fitting = [hit for hit in fitting if hit.named]
    besides = [concept for concept in query.of_kind(Kind.CONDITION) if concept not in lexicon.complaints]
    if medicine_wanted := besides and "medicines" in query.intents:
        fitting = [hit for hit in fitting if any(_names(hit, c, lexicon) for c in besides)] or fitting
    unspoken = [c for c in besides if medicine_wanted and not any(_names(hit, c, lexicon) for hit in fitting)]
    return Judgement(tuple(fitting), unspoken=tuple(unspoken), in_general=in_general)


def _on_what_is_named(hits: Sequence[Hit], query: Query, lexicon: Lexicon) -> list[Hit]:
    """On each medicine and one of the illnesses, with enough of the question's words."""
    for medicine in query.of_kind(Kind.MEDICINE):
        hits = [
            hit for hit in hits
            if _speaks_of(hit, medicine, lexicon)
            or _is_first_aid(hit, query, lexicon)
            or (asks_what_it_is(query) and not hit.passage.from_outside and defines(hit, query, lexicon))
        ]  # fmt: skip
    conditions = query.of_kind(Kind.CONDITION)
    if conditions:
        hits = [hit for hit in hits if _is_about_one_of(hit, conditions, lexicon)]
    if asks_what_causes(query):
        hits = [hit for hit in hits if says_that_a_medicine_causes(hit, conditions, lexicon)]
    return [hit for hit in hits if _carries_enough(hit, query)]


def _saying_what_is_asked(hits: Sequence[Hit], query: Query, lexicon: Lexicon) -> tuple[list[Hit], tuple[Concept, ...]]:
    """Of a medicine; where no hit does, those that tell what it is, and the medicines of which that is so."""
    saying = [
        hit for hit in hits
        if hit.passage.from_outside  # those have a rule of their own
        or says_what_is_asked(hit, _facts(hit), query, lexicon)
        or _is_first_aid(hit, query, lexicon)
    ]  # fmt: skip
    in_general: tuple[Concept, ...] = ()
    if hits and not saying:
        saying = [hit for hit in hits if _tells_what_it_is(hit, query, lexicon)]
        in_general = tuple(query.of_kind(Kind.MEDICINE)) if saying else ()
    if asks_what_it_is(query):
        saying = (
            [hit for hit in saying if _tells_what_it_is(hit, query, lexicon)]
            or [hit for hit in saying if _begins_with_nothing_else(hit, query, lexicon)]
            or saying
        )
    return saying, in_general


def _tells_what_it_is(hit: Hit, query: Query, lexicon: Lexicon) -> bool:
    """The opening of a topic that is squarely about the medicine, or about a class of it."""
    known = {c for one in query.of_kind(Kind.MEDICINE) for c in (one, *lexicon.classes_of(one))}
    return not hit.passage.heading and not known.isdisjoint(_facts(hit).in_title)


def _begins_with_nothing_else(hit: Hit, query: Query, lexicon: Lexicon) -> bool:
    """With no medicine but the one that is asked about, its classes and its members."""
    asked = query.of_kind(Kind.MEDICINE)
    known = {c for one in asked for c in (one, *lexicon.classes_of(one), *lexicon.members_of(one))}
    return _medicines(_facts(hit).in_first) <= known


def _holds_now(hit: Hit, query: Query) -> bool:
    """First aid for what somebody had years ago does nothing."""
    return query.urgent or hit.passage.document not in query.past or hit.passage.category not in _FRESH


def _is_of_another_type(hit: Hit, query: Query) -> bool:
    asked, titled = _types(query.text), _types(hit.passage.title)
    return bool(asked and titled) and asked.isdisjoint(titled)


def _says_the_type(hit: Hit, query: Query) -> bool:
    return not _types(query.text).isdisjoint(_types(f"{hit.passage.title}. {hit.passage.text}"))


def _is_of_other_subject(hit: Hit, query: Query) -> bool:
    """Named besides: `type 1 diabetes and depression`."""
    return hit.named and not _is_of_another_type(hit, query)


def _types(text: str) -> set[str]:
    return {_NUMBERS.get(number, number) for number in _TYPE.findall(text.casefold())}


def _carries_enough(hit: Hit, query: Query) -> bool:
    if query.unheard and not query.urgent and hit.said < _LEAST_SAID_OF_UNHEARD:
        return False
    return hit.coverage >= (LEAST_COVERAGE_NAMED if hit.named else LEAST_COVERAGE)


def _is_on_subject(hit: Hit, query: Query, lexicon: Lexicon) -> bool:
    """Of an illness that isn't asked about, a document from outside names many medicines in passing: what it says of
    them holds for that illness."""
    if hit.named or not hit.passage.from_outside:
        return True
    about = _facts(hit).about | _facts(hit).in_heading
    asked = {concept for concept in query.concepts if concept.kind in _NAMED_KINDS}
    classes = {known for concept in asked for known in lexicon.classes_of(concept)}
    return not classes.isdisjoint(about) or any(lexicon.covers(about, concept) for concept in asked)


def _is_the_emergency(hit: Hit, query: Query, lexicon: Lexicon) -> bool:
    """What to do in the emergency that is asked about isn't withheld from anybody."""
    category = hit.passage.category
    if category == "first_aid":
        return hit.named and not query.of_kind(Kind.MEDICINE)
    return category == "urgent" and (hit.named or bool(_facts(hit).in_title & query.concepts))


def _is_first_aid(hit: Hit, query: Query, lexicon: Lexicon) -> bool:
    """It is the emergency, and holds for any medicine or is about the one that is asked about."""
    known = {c for m in query.of_kind(Kind.MEDICINE) for c in (m, *lexicon.classes_of(m))}
    return _is_the_emergency(hit, query, lexicon) and _medicines(_facts(hit).concepts) <= known


def _facts(hit: Hit) -> Facts:
    assert hit.facts is not None
    return hit.facts


def _names(hit: Hit, concept: Concept, lexicon: Lexicon) -> bool:
    return lexicon.covers(_facts(hit).concepts, concept)


def _is_about_one_of(hit: Hit, conditions: Sequence[Concept], lexicon: Lexicon) -> bool:
    """The block opens with one of the illnesses; or its topic is named, and one is a complaint or its own."""
    if any(_opens_with(hit, concept, lexicon) for concept in conditions):
        return True
    about = _facts(hit).about
    return hit.named and any(c in lexicon.complaints or lexicon.covers(about, c) for c in conditions)


def _opens_with(hit: Hit, concept: Concept, lexicon: Lexicon) -> bool:
    """Its title, heading or first sentence names it."""
    facts = _facts(hit)
    return lexicon.covers(facts.in_title | facts.opening, concept)


def _speaks_of(hit: Hit, medicine: Concept, lexicon: Lexicon) -> bool:
    """A block is about the medicine, by its first sentence; or its topic is, and the block names just a class of it."""
    facts = _facts(hit)
    named = facts.concepts
    classes = lexicon.classes_of(medicine)
    if lexicon.covers(named, medicine):
        subject = _medicines(facts.in_first)
        known = classes | {medicine}
        if lexicon.covers(subject, medicine) or (subject <= known and (bool(subject) or _medicines(named) <= known)):
            return True
        items = facts.units if "\n" in hit.passage.text else ()
        return any(lexicon.covers(item, medicine) and _medicines(item) <= known for item in items)
    return medicine in facts.about and bool(_medicines(named)) and _medicines(named) <= classes


def _medicines(concepts: Iterable[Concept]) -> set[Concept]:
    return {concept for concept in concepts if concept.kind is Kind.MEDICINE}


def _populations(concepts: Iterable[Concept]) -> set[Concept]:
    return {concept for concept in concepts if concept.kind is Kind.POPULATION}


def _for_everybody(hits: Sequence[Hit]) -> list[Hit]:
    """Without word of a child or a pregnancy, their topics are quoted only where no other is named."""
    others = [hit for hit in hits if hit.passage.category not in {"children", "pregnancy"}]
    if any(hit.named for hit in others):
        return others
    return [hit for hit in hits if hit.named or hit in others]


def _pairs(query: Query, lexicon: Lexicon) -> list[tuple[Concept, Concept]]:
    """Combinations that the question asks about: a medicine with anything else."""
    concepts = query.concepts - _classes_of_what_is_named(query, lexicon)
    compares = bool(_COMPARES.search(query.text)) and not _JOINS.search(query.text)
    return [
        (one, other) if one.kind is Kind.MEDICINE else (other, one)
        for one, other in combinations(sorted(concepts), 2)
        if Kind.MEDICINE in (one.kind, other.kind)
        and not (compares and one.kind is other.kind)
        and not _are_alternatives(query, one, other)
        and not _is_taken_already(query, one, other)
    ]


def _is_taken_already(query: Query, one: Concept, other: Concept) -> bool:
    """Of what the person was said to take, nobody asked whether it goes together, or with their age."""
    pair = {one, other}
    if Kind.POPULATION in (one.kind, other.kind):
        return False
    if ALLERGY in pair:
        return pair <= query.given
    return pair <= query.given | query.taken and not pair.isdisjoint(query.given)


def _classes_of_what_is_named(query: Query, lexicon: Lexicon) -> set[Concept]:
    """`antibiotics like cephalexin`: the class is the same thing, where nothing says that both are taken."""
    medicines = query.of_kind(Kind.MEDICINE)
    if _JOINS.search(query.text):
        return set()
    return {known for one in medicines for known in lexicon.classes_of(one) if known in medicines}


def _are_alternatives(query: Query, one: Concept, other: Concept) -> bool:
    """`ibuprofen or aspirin`, `is oxybutynin an opioid`: one of the two, not both."""
    words = [(stem(word), word) for word in raw_words(query.text)]
    said = {
        concept: [i for i, (key, _) in enumerate(words) if (key, concept) in query.meant] for concept in (one, other)
    }
    return any(
        frozenset(word for _, word in words[min(i, j) + 1 : max(i, j)]) in _NAMED_FOR_ONE_ANOTHER
        for i in said[one]
        for j in said[other]
        if i != j
    )


def _of_overdose(hits: Sequence[Hit], query: Query, lexicon: Lexicon) -> tuple[Hit, ...]:
    """First aid that holds for any medicine, and what is said of the one that was taken; empty: there is none."""
    first_aid = [hit for hit in hits if _is_first_aid(hit, query, lexicon)]
    if not first_aid:
        return ()
    first_aid = [hit for hit in first_aid if OVERDOSE in _facts(hit).in_text | _facts(hit).in_heading] or first_aid
    said = [hit for hit in hits if all(_names(hit, c, lexicon) for c in query.concepts if c.kind in _NAMED_KINDS)]
    return tuple(sorted({*first_aid, *said}, key=lambda hit: -hit.score))


def _judge_combination(
    query: Query, hits: Sequence[Hit], pairs: Sequence[tuple[Concept, Concept]], lexicon: Lexicon
) -> Judgement:
    hits = [hit for hit in hits if _carries_enough(hit, query)]
    covered = {hit.passage.id: [pair for pair in pairs if _names_pair(query, hit, *pair, lexicon)] for hit in hits}
    found = {pair for these in covered.values() for pair in these}
    missing = tuple(pair for pair in pairs if pair not in found)
    # What a medicine is taken for may go unnamed; who takes it, and what else they have or take, may not.
    serious = tuple(pair for pair in missing if pair[1] not in lexicon.complaints)
    if serious or not found:
        return Judgement((), _in_doubt(serious or missing, query, lexicon))
    populations = set(query.of_kind(Kind.POPULATION))
    wanted = {pair for pair in found if pair[1] not in lexicon.complaints} or found
    if populations:
        wanted = {pair for pair in wanted if pair[1] in populations}
    else:
        hits = [hit for hit in hits if not _populations(_facts(hit).in_first)]
    fitting = [hit for hit in hits if wanted & set(covered[hit.passage.id])]
    if not fitting:
        return Judgement((), _in_doubt(pairs, query, lexicon))
    asked = set(query.of_kind(Kind.MEDICINE))
    if all(is_taken_for(*pair, lexicon) for pair in pairs):  # what is asked is something else of it
        fitting = [hit for hit in fitting if says_what_is_asked(hit, _facts(hit), query, lexicon)]
    scored = [replace(hit, score=hit.score + _worth(hit, covered[hit.passage.id], asked, lexicon)) for hit in fitting]
    return Judgement(tuple(sorted(scored, key=lambda hit: -hit.score)))


def _in_doubt(
    pairs: Iterable[tuple[Concept, Concept]], query: Query, lexicon: Lexicon
) -> tuple[tuple[Concept, Concept], ...]:
    """Those of which to find nothing is to be told as a warning: none, where nobody asked whether they go together, and
    none with what a medicine is commonly taken for."""
    return tuple(pair for pair in pairs if not is_taken_for(*pair, lexicon)) if _asks_together(query.text) else ()


def _asks_together(text: str) -> bool:
    few = len(raw_words(text)) <= _FEW_WORDS and bool(_JOINS_IN_FEW_WORDS.search(text))
    return few or bool(_ASKS_TOGETHER.search(text))


def _worth(hit: Hit, covered: Sequence[tuple[Concept, Concept]], asked: Collection[Concept], lexicon: Lexicon) -> float:
    """Each combination that a block names counts; one that it opens with counts twice, with another medicine less."""
    opening = _facts(hit).in_first
    said_first = sum(all(lexicon.covers(opening, concept) for concept in pair) for pair in covered)
    known = {c for m in asked for c in (m, *lexicon.classes_of(m), *lexicon.members_of(m))}
    return 0.3 * (len(covered) + said_first) - 0.2 * bool(_medicines(opening) - known)


def _names_pair(query: Query, hit: Hit, medicine: Concept, other: Concept, lexicon: Lexicon) -> bool:
    """A list is no combination of its items; a sentence on a child doesn't make the whole block speak of children."""
    passage, facts = hit.passage, _facts(hit)
    speaks_of_them = other in facts.populations or (_is_the_emergency(hit, query, lexicon) and other is not ANIMALS)
    if other.kind is Kind.POPULATION and speaks_of_them:
        return _names(hit, medicine, lexicon)
    if other.kind is Kind.MEDICINE and _warns_of_class(hit, medicine, other, lexicon):
        return True
    if other.kind is Kind.MEDICINE and not _SAYS_TOGETHER.search(f"{passage.heading}. {passage.text}"):
        return False  # named side by side: "ibuprofen and naproxen are …"
    if other.kind is Kind.POPULATION or "\n" in passage.text:
        around = facts.concepts - facts.in_text
        units = (unit if other.kind is Kind.POPULATION else unit | around for unit in facts.units)
        return any(lexicon.covers(unit, other) and lexicon.covers(unit, medicine) for unit in units)
    return _names(hit, medicine, lexicon) and _names(hit, other, lexicon)


def _warns_of_class(hit: Hit, one: Concept, other: Concept, lexicon: Lexicon) -> bool:
    """`Grapefruit and statins can interact` warns of each statin. That something is all right with a class holds for no
    member that isn't named."""
    passage, opening = hit.passage, _facts(hit).in_first
    if passage.from_outside or not _WARNS.search(passage.text):
        return False
    return any(
        lexicon.covers(opening, named) and not lexicon.classes_of(member).isdisjoint(opening)
        for named, member in ((one, other), (other, one))
    )
