"""Tells English from other languages by letters and by small words. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_ENGLISH_WORDS = (
    "the and is are i my you to of in it for have has with what how can do does not that this was be if on at "
    "or me am should about when why from had been will so but get take after which would there they he she we "
    "your his her help pain yes no please hi hello thanks doctor feel"
)
_WORDS_ELSEWHERE = (
    "que el los las una por para con como estoy tengo esta pero muy quiero puedo ayuda dolor mi hijo hija "
    "desde le les des une est pas je suis pour avec dans mon mes vous nous sur qui mal fils depuis comment "
    "der das und ist ich nicht ein eine mit fur auf habe mein meine wie kann zu den dem sich seit schmerzen "
    "hilfe che il di non sono ho per mio mia della perche ho dolore aiuto cosa nao uma estou meu minha dor "
    "voce tenho ajuda muito filho het een niet ik mijn heb voor hoe naar pijn zijn nie jest sie na jak boli "
    "moje moja czy dla bir ve icin ne var benim cok agri yardim degil och att det jag inte har ett som ont "
    "hjalp toi khong la cua va bi dau aku saya tidak yang dan sakit dengan ang ng ako ko sa hindi po masakit"
)
_ENGLISH, _ELSEWHERE = frozenset(_ENGLISH_WORDS.split()), frozenset(_WORDS_ELSEWHERE.split())
_LATIN = ("LATIN", "FULLWIDTH LATIN", "MATH")
_WORDS_OF_NEED = (
    "quiero quisiera necesito ayuda ayudame ayuden suicidarme matarme morir morirme duele dolor respirar fiebre "
    "embarazada horas tengo puedo pecho hijo hija "
    "veux mourir suicider aidez douleur respirer enceinte fievre bebe "
    "ich sterben umbringen hilfe schmerzen atmen brustschmerzen fieber schwanger tabletten "
    "voglio morire uccidermi aiuto dolore respirare febbre incinta "
    "quero morrer matar ajuda preciso gravida febre "
    "wil dood helpt hulp pijn ademen zwanger koorts hoofdpijn "
    "chce umrzec pomocy bol oddychac goraczka "
    "olmek istiyorum yardim nefes agrisi hamile "
    "jag vill dod hjalp hjelp andas gravid feber smerte "
    "muon chet sakit tulong mamatay masakit"
)
_UNLIKE_ENGLISH = frozenset(_WORDS_OF_NEED.split())
"""What people in need write first: one is enough where no English word stands beside it."""
_SHARED = frozenset(("me", "no", "will", "on", "in", "is", "was", "so", "do", "i", "he", "has", "her"))
"""Words of English that are words elsewhere too."""
_LETTERS_ELSEWHERE = frozenset("ßłęąśźżćńğışőűøœ¿¡ãõ")
_FEWEST_LETTERS, _FEWEST_WORDS = 3, 2


def is_foreign(text: str, words: Sequence[str]) -> bool:
    """Whether it seems to be in another language than English. Short or mixed texts count as English."""
    if not text.isascii() and _mostly_other_letters(text[:2_000]):
        return True
    seen = words[:300]
    elsewhere = sum(word in _ELSEWHERE for word in seen)
    if elsewhere >= 2 and elsewhere > 2 * sum(word in _ENGLISH for word in seen):
        return True
    if len(seen) < _FEWEST_WORDS or any(word in _ENGLISH and word not in _SHARED for word in seen):
        return False
    return any(word in _UNLIKE_ENGLISH for word in seen) or not _LETTERS_ELSEWHERE.isdisjoint(text[:300].casefold())


def _mostly_other_letters(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    others = sum(not unicodedata.name(char, "LATIN").startswith(_LATIN) for char in letters)
    return others >= _FEWEST_LETTERS and others * 2 > len(letters)
