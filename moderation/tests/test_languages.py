"""What is in English and what isn't, in the short and misspelt ways of people in need."""

from __future__ import annotations

import pytest

from moderation import services


def is_foreign(text):
    return services.screen(text).foreign


@pytest.mark.parametrize(
    "text",
    [
        "Me quiero morir", "no puedo respirar", "mi hijo tiene fiebre desde ayer", "Je veux mourir", "aidez moi",
        "J'ai mal à la poitrine", "Ich will sterben", "Ich habe Brustschmerzen", "mein Kind hat Fieber",
        "Voglio morire", "Quero morrer", "Ik wil dood", "Chcę umrzeć", "ölmek istiyorum", "jag vill dö",
        "Хочу умереть", "我想死", "أريد أن أموت", "मैं मरना चाहता हूँ", "息ができない",
    ],
)  # fmt: skip
def test_another_language_is_told_apart(text):
    assert is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "?", "pain", "paracetamol", "metformin ozempic", "cant breath propperly", "hed ake n fevr",
        "Guillain-Barré", "Ménière syndrome", "my chest hurts",
        "What is impetigo?", "tic douloureux", "café au lait spots", "per os",
        "is ibuprofen ok w warfarin", "herpes zoster", "cauda equina", "will i die", "no me neither", "🙂 🙂",
        "diabetes mellitus", "does my son need an MRI",
        "My Spanish neighbour said: tengo dolor. What does she have?",
    ],
)  # fmt: skip
def test_english_stays_english_however_short_or_misspelt(text):
    assert not is_foreign(text)
