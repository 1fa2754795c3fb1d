from __future__ import annotations

import pytest

from pipeline.pictures import NO_JUDGEMENT, SeenInPicture, asks_for_judgement, plain_description


@pytest.mark.parametrize(
    "sentence",
    [
        "A forearm with a red, round patch about 3 cm wide.",
        "The edge appears to be raised and slightly scaly.",
        "Two small white oval tablets lie on a table.",
        "One of them has the letters AB pressed into it.",
        "The skin around it looks dry.",
        "There are three yellow spots on the left side of the foot.",
        "A cardboard box with blue letters stands next to a coin.",
        "The picture is blurry.",
    ],
)
def test_what_can_be_seen_is_told(sentence: str):
    assert plain_description(sentence).description == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "This appears to be melanoma.",
        "The rash is consistent with eczema.",
        "It looks like ringworm.",
        "This is ibuprofen 400 mg.",
        "These are amoxicillin capsules.",
        "Take one tablet twice a day.",
        "The usual dose is two tablets.",
        "The mole looks normal.",
        "It looks benign.",
        "The wound looks infected.",
        "It is harmless.",
        "There is no need to see a doctor.",
        "There are no signs of infection.",
        "The redness suggests an allergic reaction.",
        "It is likely a tick bite.",
        "The wound is healing well.",
        "You should see a doctor.",
        "It may be psoriasis.",
        "The arm of a woman in her thirties.",
        "An elderly man is sitting on a chair.",
        "This could be a fungal infection.",
        "Nothing to worry about.",
        "It looks fine.",
        "It’s ＭＥＬＡＮＯＭＡ.",
        "The tablet is a common painkiller.",
        "Inflamed skin with dermatitis.",
        "The swelling is due to a fracture.",
    ],
)
def test_what_only_an_examination_can_tell_is_not(sentence: str):
    seen = plain_description(f"A red patch on a hand. {sentence} It is round.")
    assert seen.description == "A red patch on a hand. It is round."


@pytest.mark.parametrize(
    ("text", "writing"),
    [
        ("A white box.\nText in the picture: Ibuprofen 400 mg", "Ibuprofen 400 mg"),
        ("A white box.\n\n**Text in the picture:**\n- KEEP OUT\n- of reach", "KEEP OUT / of reach"),
        ('A white box. Text in the image: "Keep dry"', "Keep dry"),
        ("A white box.\nText in the picture: none", ""),
        ("A white box.\nText in the picture: None.", ""),
        ("A white box.\nText in the picture: no readable text", ""),
        ("A white box.\nText: AB 12\nIt looks like aspirin.", "AB 12"),
        ("A white box.\nText in the picture: see [here](https://evil.com) https://evil.com <b>now</b>", "see here now"),
        ("A white box.", ""),
    ],
)
def test_copied_writing_is_kept_apart(text: str, writing: str):
    assert plain_description(text) == SeenInPicture("A white box.", writing)


def test_a_long_description_is_cut_at_a_sentence_and_long_writing_is_bounded():
    seen = plain_description("A red line. " * 30 + "\nText in the picture: " + "word " * 500)
    assert seen.description == " ".join(["A red line."] * 8)
    assert len(seen.writing) <= 600
    seen = plain_description(f"{'A very red line on a hand ' * 20}. " * 8)
    assert len(seen.description) <= 900


def test_lists_and_markup_become_plain_sentences():
    text = "Here is what I see:\n\n1. **A hand**.\n* A red [spot](https://evil.com) on it.\n# It is *round* [1]."
    assert plain_description(text).description == "A hand. A red spot on it. It is round."


@pytest.mark.parametrize("text", ["", "   ", "...", "[1]", "It is cancer."])
def test_where_nothing_may_be_told_nothing_is(text: str):
    assert plain_description(text) == SeenInPicture("", "")


def test_the_fixed_words_say_who_can_help():
    assert "pharmacist" in NO_JUDGEMENT
    assert "doctor or nurse" in NO_JUDGEMENT


@pytest.mark.parametrize(
    "text",
    [
        "what is this", "whats this on my arm??", "wat is dis", "what pill is this?", "what are these tablets for",
        "can you tell me what this is", "can u identify this pill pls", "which tablet is it",
        "what kind of rash is this",
        "what's the red spot on my leg", "do you know what this bite is", "is this cancer?", "is it infected",
        "does this look infected to you", "is this normal", "is this normal after surgery?", "are these bed bug bites",
        "do i have ringworm", "have i got shingles", "could this be skin cancer", "should i be worried about this mole",
        "shud i worry", "do i need a doctor", "do i need to see a doctor for this", "do i need stitches",
        "should i go to a&e",
        "does it need antibiotics", "how many of these can I take", "how much of this should i give my son",
        "how many should i take?", "how many tablets can i take a day", "can i take these together",
        "can i eat this mushroom",
        "is it safe to take this with warfarin", "what dose of this", "is it broken?", "my finger, is it broken",
        "is my toe broken", "what's wrong with my foot", "what is on my back", "how bad is it", "infected?",
        "cancer or a mole?",
        "please look at my rash", "can you check this mole please", "any ideas?", "thoughts", "???",
        "looks infected, right?",
        "what could this be", "is this spider poisonous", "is this ibuprofen?", "what do i have",
        "diagnose this please",
        "what is it?", "can i pop this", "my kid has this rash, is it chicken pox?", "no idea what this is",
        "i think this is ringworm, is it?", "is that a tick",
    ],
)  # fmt: skip
def test_questions_that_no_picture_can_answer(text: str):
    assert asks_for_judgement(text)


@pytest.mark.parametrize(
    "text",
    [
        "what helps against an itchy rash", "how do i look after a small burn", "what does it say on the label?",
        "can you read this for me", "what is written on the box", "what is eczema", "is ibuprofen safe in pregnancy",
        "can i take ibuprofen with warfarin?", "how much paracetamol can i take a day",
        "when should i see a doctor about a headache",
        "how long does chickenpox last", "is it normal to feel tired after a cold", "what causes hives",
        "how do I use my inhaler", "is it ok to exercise with a cold", "what should i do about a nose bleed",
        "side effects of amoxicillin", "do i have to take antibiotics with food",
        "how often should i change a dressing",
        "what is a normal blood pressure", "i have chickenpox, is it contagious?",
        "here is the box of my warfarin. what can i not eat with it",
        "what's good for a sore throat", "how many days does a cold last", "what is it called when you can't sleep",
        "is it a good idea to put butter on a burn", "how much water should i drink with a fever",
        "my doctor said it is eczema, what helps?", "what cream helps with dry skin?",
        "what to do when a tick is found",
    ],
)  # fmt: skip
def test_other_questions_beside_a_picture(text: str):
    assert not asks_for_judgement(text)
