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
        "je vais me tuer ce soir", "aidez moi svp", "mon mari me frappe", "elle a pris trop de cachets",
        "me voy a matar esta noche", "se tomo muchas pastillas", "mi bebe tiene fiebre", "socorro", "fiebre",
        "vou me matar hoje", "meu pai nao respira", "não aguento mais", "mi uccido stasera", "mio padre non respira",
        "ich bringe mich um", "mein vater atmet nicht", "sie hat tabletten geschluckt",
        "mir ist schlecht und ich blute",
        "mijn vader ademt niet", "ik maak er een eind aan", "mijn man slaat mij", "nie chcę już żyć",
        "moj ojciec nie oddycha",
        "Chci se zabít", "otec nedycha", "boli ma hlava", "vreau sa mor", "nu pot sa respir", "tatal meu nu respira",
        "main marna chahta hoon", "mere papa saans nahi le rahe", "meri madad karo", "kendimi oldurmek istiyorum",
        "babam nefes almıyor", "cok hap icti", "aku mau bunuh diri", "ayah saya tidak bernapas",
        "gusto ko nang mamatay",
        "hindi humihinga ang tatay ko", "tulungan nyo ako", "toi muon chet", "toi khong tho duoc", "tôi muốn chết",
        "Jag vill inte leva längre", "jeg vil ikke leve mere", "haluan kuolla", "meg akarok halni", "nataka kujiua",
        "ne zelim vise zivjeti", "mwen vle mouri", "waxaan rabaa inaan is dilo", "dua te vdes", "ana ayez amoot",
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
        "diabetes mellitus", "does my son need an MRI", "no", "ok ta", "nah im fine", "u there", "pls help", "lol idk",
        "maria gonzalez", "Nguyen Van Anh", "my name is Karim", "Siobhan Byrne", "dr kowalski said so",
        "co-amoxiclav duo forte", "metoprolol succinate er", "omeprazole vs pantoprazole", "ventolin salbutamol",
        "ginkgo biloba", "aloe vera gel", "tinea pedis", "placenta previa", "status epilepticus", "pruritus ani",
        "systemic lupus erythematosus", "hidradenitis suppurativa", "in utero", "grand mal", "keto diet plan",
        "me knee ache", "wot is dis", "i got da runs", "he aint breathin rite", "mum fell ova", "stomac pane",
        "diarhea n vomitting", "two days ago", "left side", "black stool", "sauerkraut kimchi", "tai chi",
        "My Spanish neighbour said: tengo dolor. What does she have?",
    ],
)  # fmt: skip
def test_english_stays_english_however_short_or_misspelt(text):
    assert not is_foreign(text)


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("je vais me tuer ce soir", True), ("me quiero suicidar", True), ("mio padre non respira", True),
        ("Herzinfarkt, bitte helfen", True), ("vreau sa ma sinucid", True), ("main khudkushi karne wala hoon", True),
        ("bu gece intihar edecegim", True), ("magpapakamatay ako", True), ("我想死", True), ("Хочу умереть", True),
        ("أريد أن أموت", True), ("मैं मरना चाहता हूँ", True),
        ("mi hijo tiene tos", False), ("Ich habe Husten", False), ("Что помогает от кашля?", False),
        ("What is the suicidio of which Durkheim wrote?", False), ("I want to kill myself", False),
    ],
)  # fmt: skip
def test_a_word_of_death_is_heard_in_it(text, danger):
    assert services.screen(text).foreign_danger is danger
