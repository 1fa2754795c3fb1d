"""Tells English from other languages by letters and by small words, and whether those tell of death. Pure.

No identifier that is packaged served: those that know many languages take texts of three words, drugs and Latin for
foreign, or need more memory than all of screening.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from moderation.foreign_words import SHORT, TELLING

_TELLING = frozenset(word for words in TELLING.values() for word in words.split())
_SHORT = frozenset(SHORT.split())
_ENGLISH_WORDS = (
    "about after ago also always and any are because before between blood but can cant chest could daughter "
    "days didnt does doesnt dont down during effects every feel for from get going good have hello how hurt "
    "hurts husband if into isnt it its ive just know leg less make many might mom months more much mum my need "
    "never not only our over pain please right really said says she should sick since some still stomach take "
    "than thanks that the their them then there they think this too up very want we weeks when where which "
    "while who why wife with wont would years yes your youre"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_SHARED_WORDS = (
    "all am an at back bad be been do had has head help her him his is left like made of off on out say side "
    "son to under was what you i in me no will so he us or"
)
_SHARED = frozenset(_SHARED_WORDS.split())
"""Words of English that are words elsewhere too."""
_LATIN = ("LATIN", "FULLWIDTH LATIN", "MATH")
_LETTERS_ELSEWHERE = frozenset("ßłęąśźżćńğışőűøœ¿¡ãõ")
_FEWEST_LETTERS = 3
_LONG = 5
"""Letters of a word that tells by itself, without another beside it."""
_WORDS_SEEN = 60

_WORDS_OF_DEATH = (
    "mourir tuer secours respire respirer "
    "morir morirme muero matar matarme suicidio suicidarme suicidar quitarme respira respiro respirar infarto "
    "morrer sufocando morire uccidermi uccido ammazzare suicidarmi soffoco infarctus "
    "sterben toten umbringen selbstmord pulsadern herzinfarkt ersticke atmet "
    "sterven doden zelfmoord hartaanval ademt "
    "umrzec umieram zabic zabije samobojstwo oddycha oddychac zawal "
    "umrit zomriet umiram zabit zabiju zabijem sebevrazda sebevrazdu nedycha infarkt "
    "sinucid sinucide sinucidere omoare moara respir "
    "marna khudkushi saans zeher zehar olmek oluyorum oldurmek oldurecegim intihar almiyor alamiyorum "
    "bunuh bernapas bernafas racun mamatay mamamatay magpakamatay magpapakamatay humihinga makahinga "
    "sjalvmord selvmord kuolla itsemurha meghalni ongyilkos umrijeti umreti umirem ubiti samoubojstvo "
    "samoubistvo kujiua kufa hapumui mouri touye vdes vetevrasje isdilo amoot atnaffas"
)
_OF_DEATH = frozenset(_WORDS_OF_DEATH.split())
_OF_DEATH_ELSEWHERE = (
    "自杀", "自殺", "想死", "死にたい", "자살", "죽고", "умереть", "убить себя", "суицид", "самоуби", "вмерти",
    "أموت", "انتحار", "أنتحر", "خودکشی", "خودکشي", "مرنا", "आत्महत्या", "मरना", "আত্মহত্যা", "মরতে", "αυτοκτον", "πεθάνω",
    "ฆ่าตัวตาย", "อยากตาย", "להתאבד", "למות",
)  # fmt: skip


def is_foreign(text: str, words: Sequence[str]) -> bool:
    """Whether it seems to be in another language than English. Mixed texts count as English."""
    if not text.isascii() and _mostly_other_letters(text[:2_000]):
        return True
    seen = [word for word in words[:300] if not word.isdigit()][:_WORDS_SEEN]
    telling = sum(word in _TELLING for word in seen)
    short = sum(word in _SHORT for word in seen)
    english = sum(word in _ENGLISH for word in seen)
    if english:
        shared = sum(word in _SHARED for word in seen)
        return telling > 1 and telling + short > 2 * (english + shared)
    if telling:
        return len(seen) > 1 or len(seen[0]) >= _LONG
    if len(seen) > 2 and short > 1 and 5 * short >= 2 * len(seen):
        return True
    return len(seen) > 1 and not _LETTERS_ELSEWHERE.isdisjoint(text[:300].casefold())


def tells_of_death(text: str, words: Sequence[str]) -> bool:
    """Of a text that is foreign: whether a word for dying, killing, not breathing stands in it. No more is known."""
    return any(word in _OF_DEATH for word in words[:300]) or any(word in text[:2_000] for word in _OF_DEATH_ELSEWHERE)


def _mostly_other_letters(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    others = sum(not unicodedata.name(char, "LATIN").startswith(_LATIN) for char in letters)
    return others >= _FEWEST_LETTERS and others * 2 > len(letters)
