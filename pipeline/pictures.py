"""What may be told of a picture: what can be seen and read in it, and nothing that only an examination can tell. Pure.

A sentence too many is dropped rather than one too few: what is left stands above fixed words that say who can help.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from pipeline.citations import CitationFilter
from pipeline.words import fold, raw_words, singular

NO_JUDGEMENT = (
    "I can't tell from a picture what an illness, a tablet, a plant or an animal is, how much of something to take, or "
    "whether something is harmless. For skin, a wound or anything on the body ask a doctor or nurse; for a tablet ask "
    "a pharmacist, or type the name that is written on its package as a question."
)

_MOST_SENTENCES = 8
_MOST_CHARS = 900
_MOST_WRITING = 600


@dataclass(frozen=True, slots=True)
class SeenInPicture:
    description: str
    writing: str
    """What can be read in it, on one line."""


def plain_description(text: str) -> SeenInPicture:
    described, writing = _apart(text)
    described = re.sub(r"(?m)^\s*\d{1,2}[.)]\s+", "", described)
    sentences = [_plain(sentence) for sentence in re.split(r"(?<=[.!?])[\"'”’)*_]*\s+|\n+", described)]
    kept: list[str] = []
    for sentence in sentences:
        if re.search(r"\w", sentence) and not sentence.endswith(":") and _only_seen(sentence):
            kept.append(sentence)
    shown = kept[:_MOST_SENTENCES]
    while len(" ".join(shown)) > _MOST_CHARS:
        shown.pop()
    return SeenInPicture(" ".join(shown), _readable(writing))


_LABEL = re.compile(
    r"(?:^|(?<=[.!?*])[ \t]|(?<=\n))[\s*#_>\-•]*(?:(?:any |the )?(?:readable |visible )?(?:text|writing)"
    r" (?:visible |that is |seen )*(?:in|on) (?:the |this )?(?:picture|image|photo|photograph|label|package|box)s?"
    r"|(?:readable |visible )(?:text|writing)|(?<![^\n*#_])(?:text|writing))[ \t]*[*_]*:[*_]*[ \t]*",
    re.IGNORECASE,
)


def _apart(text: str) -> tuple[str, str]:
    label = _LABEL.search(text)
    return (text[: label.start()], text[label.end() :]) if label else (text, "")


def _plain(text: str) -> str:
    """Without Markdown, links and what else a page would make something of."""
    citations = CitationFilter(())
    text = citations.feed(text) + citations.finish()
    text = re.sub(r"^[\s#>*\-•+]+", "", text)
    return re.sub(r" (?=[.,;:!?](?:\s|$))", "", " ".join(re.sub(r"[*_`#~|\\<>\[\]]+", " ", text).split()))


def _readable(writing: str) -> str:
    if re.match(
        r"\W*(?:none|n/?a|nothing|no (?:readable |visible |legible )?(?:text|writing)|not readable|illegible)\b",
        writing,
        re.I,
    ):
        return ""
    lines = [_plain(line).strip('"“”„') for line in writing.split("\n")]
    text = " / ".join(line for line in lines if re.search(r"\w", line) and not _COMMENTS.search(_folded(line)))
    text = text.replace("“", '"').replace("”", '"')
    return text if len(text) <= _MOST_WRITING else f"{text[: _MOST_WRITING - 1].rstrip()}…"


# What a picture tells: words of looks, and of nothing else. A sentence with any other word is dropped, so that no list
# of illnesses, medicines and ways of judging has to be complete.


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBERS = _listed(
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty dozen half pair single both"
)
_LITTLE_WORDS = _listed(
    """
    a an the this these that those it its they them their there which and or while also with of on in at near under over
    above below behind between beside besides around across along through inside outside against among towards into from
    by to than other another some several many few all more most mostly about approximately roughly very slightly
    somewhat partly clearly is are has have
    """
)
_LOOKS_OF_THINGS = _listed(
    """
    red reddish pink pinkish white whitish black blackish brown brownish yellow yellowish green greenish blue bluish
    purple orange grey greyish gray beige tan gold golden silver colourless
    dark darker darkest light lighter lightest pale paler bright brighter redder colour coloured color colored faint
    transparent cloudy
    round rounded oval circular square rectangular oblong triangular rectangle circle triangle flat curved pointed
    ring oval shape shaped arc dome cone heart star diamond cylinder cylindrical
    small smaller smallest large larger largest big bigger biggest tiny thick thicker thin thinner long longer short
    shorter wide wider narrow narrower tall high low size sized length width diameter
    cm mm centimetre centimeter millimetre millimeter inch
    raised bumpy smooth rough dry scaly flaky wet moist shiny dull glossy matt peeling crusted crusty cracked wrinkled
    hairy sunken pitted speckled spotted dotted striped lined ringed blotchy patchy ridged folded torn empty full sealed
    open wooden plastic metal metallic paper cardboard glass cloth fabric foil sticky sharp
    """
)
_WHERE = _listed(
    """
    left right top bottom middle centre center central side edge corner end tip surface part area row line upper lower
    inner outer front back underside first second third close next up down apart together scattered
    background foreground
    """
)
_BODY = _listed(
    """
    body skin head face forehead eye eyelid eyebrow eyelash ear earlobe nose nostril cheek lip mouth tooth teeth gum
    tongue chin jaw neck throat nape shoulder arm armpit forearm upper elbow wrist hand palm knuckle finger thumb
    fingertip fingernail nail chest breast nipple belly stomach abdomen navel waist hip back buttock groin leg thigh
    knee shin calf ankle foot feet heel sole toe toenail scalp hair beard person crease fold
    """
)
_ON_SKIN = _listed(
    "patch spot dot mark bump lump blister rash line streak stripe ring crust flake crack cut scratch wound"
)
_MEASURED_OUT = _listed("tablet pill capsule lozenge caplet spoon spoonful cup syringe sachet inhaler")
_THINGS = _listed(
    """
    pack packet package box bottle jar tube bag container carton case lid cap label leaflet letter word number text
    writing imprint logo barcode pen pencil bandage plaster gauze tape dressing phone table desk tray plate bowl fork
    knife coin key ruler paper sheet page screen display button monitor thermometer watch bracelet sleeve shirt sock
    shoe trousers towel blanket pillow bed chair sofa floor tile wall carpet cushion grass soil stone sand wood window
    door curtain liquid powder foam object item
    plant leaf leaves stem stalk flower petal berry root branch tree mushroom gill insect spider wing antenna animal
    """
)
_OF_PICTURES = _listed(
    """
    picture photo photograph image camera shot view blurred blurry fuzzy grainy cropped closeup lit lighting shadow
    flash reflection glare visible focus zoomed tilted
    """
)
_BARE_VERBS = _listed(
    "lie show stand sit hang hold cover contain form run stick lean reach point surround look appear seem fill cross"
)
_VERBS = _BARE_VERBS | _listed(
    """
    lying showing shown seen standing sitting hanging holding held covering covered containing forming formed running
    sticking leaning reaching pointing surrounding surrounded filled crossing crossed placed located pressed printed
    written drawn stamped marked wrapped pictured
    """
)
_SAYABLE = (
    _NUMBERS | _LITTLE_WORDS | _LOOKS_OF_THINGS | _WHERE | _BODY | _ON_SKIN | _MEASURED_OUT | _THINGS | _OF_PICTURES
    | _VERBS
)  # fmt: skip
_FIRST_IN_ADVICE = _BARE_VERBS | _listed(
    "cut bandage plaster tape dressing mark box label hand spoon button close open dry"
)
_POINTERS = _listed("a an the this these that those it its them their")
_TAKEN_BY = _listed("mouth tongue throat cheek lip gum tooth teeth eye ear nose nostril")

_LENGTH = re.compile(
    r"\b(?:\d{1,3}(?:[.,]\d+)? ?(?:cm|mm)? ?(?:x|by|to|or|-) ?)?\d{1,3}(?:[.,]\d+)? ?"
    r"(?:cm|mm|centimet(?:re|er)s?|millimet(?:re|er)s?|inch(?:es)?)\b"
)
_SAME_AS = (
    (re.compile(r"^i (?:can )?see (?=\w)"), ""),
    (re.compile(r"\b(appear|seem|look)(s?) to be\b"), r"\1\2"),
    (re.compile(r"\bcan be seen\b"), "is seen"),
    (re.compile(r"\bout of focus\b"), "blurred"),
    (re.compile(r"\bclear (?=(?:liquid|plastic|glass|bag|bottle)\b)"), "transparent "),
    (_LENGTH, "two cm"),
)
_LETTERS = re.compile(r"\b(letters?) [\"'“‘]?[A-Z]{1,2}(?: (?:and|or) [A-Z]{1,2})?[\"'”’]?(?!\w)")
_ALL_RIGHT = re.compile(
    r"\b(?:all|looks?|is|are|seems?|appears?|about) right\b|^right\W*$|\bright (?:colou?r|size|shape|length|width)\b"
)
_ASCII = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": ";", "×": "x"})


def _only_seen(sentence: str) -> bool:
    """Whether nothing is said but what eyes see."""
    folded = fold(_LETTERS.sub(r"\1", sentence).translate(_ASCII)).strip()
    for said, meant in _SAME_AS:
        folded = said.sub(meant, folded)
    if re.search(r"[^a-z0-9 .,;:!'\"()-]", folded) or _ALL_RIGHT.search(folded):
        return False
    words = raw_words(folded)
    return (
        all(_sayable(word) or word.isdigit() for word in words)
        and _counts_only(words)
        and not _advises(folded)
        and not _measures_out(words)
    )


def _sayable(word: str) -> bool:
    return _as_listed(word) in _SAYABLE


def _as_listed(word: str) -> str:
    """The word, without the ending of a plural where that is on the list."""
    if word in _SAYABLE:
        return word
    one = singular(word)
    return one if one in _SAYABLE or not word.endswith("es") else word[:-2]


def _counts_only(words: list[str]) -> bool:
    """Digits are read off screens and labels as well: only those before what they count are seen."""
    for place, word in enumerate(words):
        if word.isdigit():
            counted = _as_listed(words[place + 1]) if place + 1 < len(words) else ""
            if len(word) > 2 or counted in _LITTLE_WORDS | _NUMBERS or counted not in _SAYABLE:
                return False
    return True


def _advises(folded: str) -> bool:
    """Whether a part of the sentence starts as an instruction does ("cover it", "hold the hand up")."""
    for clause in re.split(r"[^\w\s'-]|\b(?:and|or|while)\b", folded):
        words = raw_words(clause)
        if words and words[0] in _FIRST_IN_ADVICE and (words[0] in _BARE_VERBS or len(words) > 1):
            return True
        if len(words) > 1 and words[1] in _POINTERS and words[0] in _SAYABLE - _LITTLE_WORDS - _NUMBERS - _VERBS:
            return True
    return any(word == "to" and after in _BARE_VERBS for word, after in pairwise(raw_words(folded)))


def _measures_out(words: list[str]) -> bool:
    """Whether it can be read as a dose: how many, and neither what they look like nor where they are."""
    listed = [_as_listed(word) for word in words]
    if not _MEASURED_OUT.intersection(listed):
        return False
    if _TAKEN_BY.intersection(listed):
        return True
    for place, word in enumerate(listed):
        if word in _NUMBERS or word.isdigit():
            after = next((ahead for ahead in range(place + 1, len(listed)) if listed[ahead] in _MEASURED_OUT), None)
            if after is None or set(listed[place + 1 : after]) - _LOOKS_OF_THINGS - {"a", "of", "the", "these"}:
                continue
            seen = _LOOKS_OF_THINGS.intersection(listed[place + 1 : after]) or (
                place and listed[place - 1] in _SHOWN_BY
            )
            if not seen and not _PLACED.intersection(listed[after + 1 :]):
                return True
    return False


_PLACED = (_VERBS | _listed("is are on in beside near under behind inside between next")) - _listed("hold cover")
_SHOWN_BY = _VERBS | _listed("is are has have with of")


# Names of illnesses and medicines, as questions use them

_LOOKS = r"(?:appear|appears|seem|seems|look|looks|appearing|seeming|looking)"
_ILLNESSES = (
    r"(?:cancer\w*|melanom\w+|carcinom\w+|tumou?rs?|malignan\w+|benign|\w{2,}(?:itis|oma|omas|osis|aemia|emia|pathy)|"
    r"eczema|psoria\w+|ringworm|tinea|infect\w+|cellulitis|abscess\w*|cysts?|lipoma|fractur\w+|broken bones?|"
    r"dislocat\w+|"
    r"sprain\w*|allerg\w+|hives|urticaria|shingles|chicken ?pox|measles|rubella|scabies|impetigo|rosacea|acne|warts?|"
    r"verruca|fung\w+|bacteri\w+|vir(?:us|al)|herpes|cold sores?|thrush|yeast|lyme|monkeypox|mpox|syphilis|std|sti|"
    r"(?:insect|tick|spider|bug|flea|mosquito|snake|bed ?bug) bites?|stings?|ticks?|lice|bed ?bugs?|parasit\w+|worms?|"
    r"pneumonia|diabet\w+|gangren\w+|necro\w+|ulcers?|sunburn\w*|jaundice\w*|anaemic|anemic|gout|stroke|sepsis|"
    r"keratosis|"
    r"stye|pink ?eye|bunion|hernia|blood clot|haemorrhoids?|hemorrhoids?|piles)"
)
_MEDICINES = (
    r"(?:\w{2,}(?:profen|cillin|mycin|micin|statin|prazole|olol|sartan|azepam|azolam|codone|morphone|setron|"
    r"cycline|oxetine|"
    r"floxacin|dipine|gliptin|gliflozin|afil|triptan|conazole|vir|pril|tadine|rizine|caine|barbital|zolam|thiazide)|"
    r"paracetamol|acetaminophen|aspirin|warfarin|metformin|morphine|codeine|fentanyl|tramadol|naproxen|diclofenac|"
    r"sertraline|citalopram|escitalopram|prednisol?one|levothyroxine|insulin|tylenol|advil|nurofen|panadol|xanax|"
    r"valium|"
    r"viagra|cialis|ritalin|adderall|percocet|vicodin|oxycontin|benadryl|zyrtec|ecstasy|mdma|heroin|cocaine|"
    r"amphetamine)"
)
_COMMENTS = re.compile(
    rf"\b(?:consistent with|suggestive of|{_LOOKS} (?:to be|like)|(?:this|it|the (?:image|picture|photo|tablet|"
    r"pill|rash|spot)) "
    r"(?:is|shows|suggests|could|may|might|looks|appears)|(?:is|are) (?:likely|probably)|as an ai)\b"
)


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(re.sub("[\u00ad\u200b-\u200f\u2060\ufeff]", "", text).split())


# What patients ask about pictures

_SPELT = (
    (re.compile(r"\b(?:wat|wot|wht|whta|waht|wut)\b"), "what"),
    (re.compile(r"\b(?:wh?ats|wots|what's|wat's|wuts|what s)\b"), "what is"),
    (re.compile(r"\b(?:dis|ths|thsi|tihs|thiss)\b"), "this"),
    (re.compile(r"\b(?:theese|thees|thse)\b"), "these"),
    (re.compile(r"\b(?:shud|shuld|shoud|sould)\b"), "should"),
    (re.compile(r"\b(?:iz|si)\b"), "is"),
    (re.compile(r"\bneed 2\b"), "need to"),
    (re.compile(r"\b(?:tablits?|tabletts?|tabs)\b"), "tablets"),
    (re.compile(r"\b(?:infekted|infcted|infeted)\b"), "infected"),
)  # fmt: skip
_HELP = (
    r"(?:doctor|docter|doc|dr|gp|nurse|hospital|er|a ?& ?e|a and e|emergency room|urgent care|dermatologist|stitch\w*|"
    r"antibiotics?|x-?ray|tetanus|help|medical|ambulance|it (?:looked at|checked|seen))"
)
_PILLS = r"(?:tablets?|pills?|capsules?|drops|puffs|spoons|spoonfuls|gummies|doses|mls?)"
_THIS = r"(?:this|these|that|those)"
_VERDICT = (
    rf"(?:(?:an? |some |the )?(?:\w+ )?(?:{_ILLNESSES}|bite|burn|mole|bruise|pimple|spider|mushroom)|broken|"
    r"serious|normal|ok|"
    r"okay|bad|fine|dangerous|harmless|poisonous|venomous|toxic|real|healing|healed|worrying|getting (?:worse|better)|"
    r"healthy|edible)"
)
_WANTS_JUDGEMENT = re.compile(
    "|".join(
        [
            # what is it?
            rf"\bwhat (?:is|are|was|could|might|can|do you think) {_THIS}\b(?! (?:say|mean))",
            r"\bwhat (?:is|are|could|might) (?:it|they)\b(?! (?:called|like|that|about|with|mean|good|used|normal|"
            r"safe|ok))",
            r"\bwhat (?:is|are) (?:wrong|going on|happening|the matter|growing|coming out)\b",
            r"\bwhat (?:is|are) (?:the |these |those |all )?(?:\w+ ){0,3}(?:thing|spot|lump|bump|mark|patch|rash|"
            r"dot|line|"
            r"blister|growth|stuff)s? (?:on|in|under|around|near|behind) (?:my|his|her|the|our)\b",
            r"\bwhat (?:is|are) (?:on|in|under) my\b",
            rf"\b(?:what|which)(?! (?:time|day|to|helps?|should|can|do|does)\b) (?:[\w-]+ ){{1,4}}(?:is|are|was) "
            rf"(?:{_THIS}|it|they)\b",
            r"\bwhat (?:do|have|did) i (?:have|got|catch)\b(?! to\b)",
            rf"\b(?:tell me|know|knows|find out|say|idea|sure|see) (?:what|if|whether) (?:\w+ ){{0,3}}?(?:{_THIS}|"
            r"it)(?: \w+)? (?:is|are|looks?|could)\b",
            rf"\b(?:know|tell me|idea|say|tell) what {_THIS} (?:is|are)\b",
            rf"\b(?:identify|recogni[sz]e|name) (?:{_THIS}|it|them|my|the (?:pill|tablet|plant|insect|bug|medicine))\b",
            rf"\b(?:diagnose|your diagnosis|the diagnosis|assess|examine|rate) ?(?:{_THIS}|it|me|my|is|for)?"
            rf"\b(?=.*\b(?:{_THIS}|it|me|my|please|\?))",
            # is it this or that, is it bad?
            r"\b(?:is|are|was) (?:this|these|those)\b(?! (?:how|what it says))",
            rf"\b(?:is|are) (?:it|that|they|my (?:\w+ ){{1,3}}?) ?{_VERDICT}\b(?! (?:to|that|if|for|when|with|"
            r"after|during|in|while)\b)",
            rf"\b(?:do|does|dose|did) (?:{_THIS}|it|they|my \w+(?: \w+)?|the \w+(?: \w+)?) (?:look|seem|appear)\b",
            rf"\b(?:could|can|might|may|would) (?:{_THIS}|it) (?:be|mean)\b(?! (?:taken|used|treated))",
            rf"^(?:{_THIS} |it |looks? |so )*{_VERDICT}(?: or {_VERDICT})?(?:,? (?:right|yes|no))? ?\?",
            r"\b(?:is|isn't|are|aren't) (?:it|they) ?\?$",
            rf"\b(?:{_THIS}|it) (?:looks?|seems?) (?:\w+ ){{0,3}}{_VERDICT}\b[^.!]{{0,20}}\?",
            r"\bdo (?:i|we|you think i) have\b(?! (?:to|enough)\b)|\bhave i (?:got|caught)\b|\bhas (?:he|she) got\b",
            r"\bdoes (?:he|she|my \w+(?: \w+)?) have\b(?! to\b)",
            r"\bhow (?:bad|serious|dangerous|severe|deep|infected) (?:is|are|does)\b",
            # do I need help?
            r"\bshould (?:i|we) (?:be )?(?:worr\w+|concerned|scared|afraid|panic)",
            rf"\b(?:do|does|will|would) (?:i|we|he|she|it|{_THIS}|my \w+(?: \w+)?) need\b[^.?!]{{0,30}}\b{_HELP}\b",
            rf"(?<!when )\bshould (?:i|we|he|she) (?:go|see|call|visit|get|have)\b[^.?!]{{0,30}}\b{_HELP}\b",
            # how much, may I?
            rf"\bhow (?:much|many|often)\b[^.?!]{{0,12}}\b(?:of )?(?:{_THIS}|them)\b",
            rf"\bhow (?:much|many)(?: {_PILLS})?(?: a day| per day| at once)? (?:can|should|shall|may|do|does|"
            r"could|to|must) ?(?:i|we|he|she|you|my \w+)? ?(?:take|give|have|use|swallow|need|get)?\b(?= ?(?:$|"
            r"[?.!,]|a day|per|at|now|of|for|in|daily|every|safely|to))",
            rf"\b(?:what|which|right|correct) (?:is the )?(?:dose|dosage)\b(?=[^?.!]{{0,30}}(?:{_THIS}|$|\?))"
            rf"(?![^?.!]{{0,30}}\b{_MEDICINES}\b)",
            r"\b(?:can|could|may|should|shall) (?:i|we|he|she|you|my \w+(?: \w+)?) (?:still )?(?:take|use|eat|"
            rf"have|drink|swallow|mix|give|touch|combine|pop|squeeze|remove) (?:\w+ )?{_THIS}\b",
            r"\b(?:safe|ok|okay|fine|dangerous|bad|alright) (?:for \w+(?: \w+)? )?to (?:take|eat|use|drink|give|"
            rf"mix|swallow|touch|combine|pop)(?: \w+)? {_THIS}\b",
            # nothing but a wish that it be looked at
            r"^(?:(?:hi|hello|hey|please|pls|plz|can|could|would|you|u|just|quickly) )*(?:check|look at|have a "
            r"look at|examine|see|review|analy[sz]e)"
            rf" (?:out )?(?:{_THIS}|it|(?:my|{_THIS})(?: \w+){{1,3}}?|the (?:picture|photo|image)|{_THIS} "
            r"(?:picture|photo|image|pic))(?: (?:please|pls|plz|for me|out))* ?[.!?]*$",
            r"^(?:any |your |ur )?(?:thoughts?|ideas?|opinions?|diagnosis|advice|clue|help|verdict)(?: please| pls|"
            r" on this| here)* ?[.!?]*$",
        ]
    )
)


def asks_for_judgement(text: str) -> bool:
    """Whether a question beside a picture wants what no picture may give: what it is, how bad, how much to take."""
    folded = _folded(text)
    if not re.search(r"\w", folded):
        return True
    for spelt, meant in _SPELT:
        folded = spelt.sub(meant, folded)
    return _WANTS_JUDGEMENT.search(folded) is not None
