"""What may be told of a picture: what can be seen and read in it, and nothing that only an examination can tell. Pure.

A sentence too many is dropped rather than one too few: what is left stands above fixed words that say who can help.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pipeline.citations import CitationFilter

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
        if re.search(r"\w", sentence) and not sentence.endswith(":") and not _judges(sentence):
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
    return " ".join(re.sub(r"[*_`#~|\\<>\[\]]+", " ", text).split()).replace(" .", ".").replace(" ,", ",")


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


# What no picture tells

_VISIBLE = (
    r"(?:red|pink|white|black|brown|yellow|green|blue|purple|orange|grey|gray|beige|tan|dark|light|pale|bright|"
    r"round|oval|"
    r"circular|square|rectangular|oblong|flat|raised|bumpy|smooth|rough|dry|scaly|flaky|wet|moist|shiny|dull|"
    r"swollen|small|"
    r"large|tiny|thin|thick|long|short|uneven|irregular|symmetrical|blurry|blurred|cropped|taken|lying|placed|located|"
    r"about|around|approximately|on|in|at|clear|cloudy|open|closed|cut|torn|peeling|crusted|skin-coloured|transparent)"
)
_LOOKS = r"(?:appear|appears|seem|seems|look|looks|appearing|seeming|looking)"
_LOOKS_VISIBLE = re.compile(
    rf"\b{_LOOKS} (?:to be |as )?(?:(?:slightly|a bit|a little|mostly|somewhat|very|more|quite|rather)"
    rf" )*(?={_VISIBLE}\b)"
)
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
_DOSE = (
    r"(?:\d+(?:[.,]\d+)?\s*(?:mg|mcg|µg|μg|g|ml|iu|units?|micrograms?|milligrams?|grams?|millilit\w+)\b|\bdos(?:e|"
    r"es|age|ing)\b|"
    r"\b(?:take|taken|taking|swallow)\b|\b(?:once|twice|three times|\d times) (?:a|per|every|daily)|\bevery "
    r"(?:\w+ )?hours?\b|"
    r"\bper day\b|\bdaily\b)"
)
_ALL_CLEAR = (
    r"(?:normal\w*|healthy|health|harmless\w*|safe|safely|unsafe|unremarkable|nothing (?:to worry|serious|wrong|"
    r"unusual|"
    r"concerning|abnormal)|no (?:need|reason|cause|concern|worr\w+|danger|problem|treatment|doctor)|not (?:serious|"
    r"dangerous|"
    r"harmful|a (?:concern|problem|cause))|don'?t (?:need|worry|have to)|no (?:\w+ )?(?:signs?|evidence|indications?|"
    r"symptoms?)|heal(?:ed|ing|s)|(?:is|are|looks?|appears?|seems?|be|all) (?:fine|ok|okay|good|bad|well|alright|"
    r"worse))"
)
_REASONS = (
    r"(?:consistent with|compatible with|suggest\w*|indicat\w+|characteristic of|typical\w*|resembl\w+|reminiscent|"
    r"likely|"
    r"unlikely|probabl[ey]|possibl[ey]|possibility|perhaps|maybe|(?:could|may|might|must|can) (?:well |also |"
    r"still )?be|diagnos\w+|"
    r"symptom\w*|conditions?|disorders?|diseases?|illness\w*|syndrome|caused|due to|result of|result from|reaction|"
    r"inflam\w+|irritat\w+|danger\w*|serious\w*|urgent\w*|emergenc\w+|worr\w+|concern\w*|suspicio\w+|abnormal\w*|"
    r"severe\w*|"
    r"mild|acute|chronic|contagious|poison\w*|toxic|venomous|edible|recommend\w*|should|advis\w+|consult\w*|doctors?|"
    r"physicians?|dermatologists?|pharmacists?|medical (?:attention|advice|care|help|professional)|treat\w*|prescri\w+|"
    r"identif\w+|known as|brands?|generic|painkillers?|antibiotics?|used (?:for|to treat)|"
    rf"(?:evidence|signs?) of|{_LOOKS} (?:to be|like|as (?:if|though)))"
)
_PEOPLE = (
    r"(?:m[ae]n|wom[ae]n|boys?|girls?|male|female|lady|guy|elderly|teenager|adolescent|years? old|year-old|middle-aged|"
    r"in (?:his|her|their) (?:\w+ )?(?:\d0s|twenties|thirties|forties|fifties|sixties|seventies)|caucasian|asian|"
    r"african|"
    r"hispanic|latin[oax]|european|ethnic\w*|pregnan\w+|overweight|obese|smoker)"
)
_JUDGES = re.compile(rf"\b(?:{_ILLNESSES}|{_MEDICINES}|{_ALL_CLEAR}|{_REASONS}|{_PEOPLE})(?!\w)|{_DOSE}")
_COMMENTS = re.compile(
    rf"\b(?:consistent with|suggestive of|{_LOOKS} (?:to be|like)|(?:this|it|the (?:image|picture|photo|tablet|"
    r"pill|rash|spot)) "
    r"(?:is|shows|suggests|could|may|might|looks|appears)|(?:is|are) (?:likely|probably)|as an ai)\b"
)


def _judges(sentence: str) -> bool:
    folded = _LOOKS_VISIBLE.sub("is ", _folded(sentence))
    return _JUDGES.search(folded) is not None


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
