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
        "A red, raised patch on the back of a left hand, about 3 cm wide.",
        "Three round white tablets lie on a wooden table.",
        "The picture is blurred and dark.",
        "A blister pack with ten capsules, half red and half yellow.",
        "Small blisters in a line on the side of the chest.",
        "The image shows the sole of a right foot.",
        "There is a dark brown spot on the shoulder, about 5 x 7 mm.",
        "The spot has two colours, brown and black.",
        "The centre of the patch is paler than its edge.",
        "Several small red bumps are scattered across the forearm.",
        "A thin red line runs from the wrist towards the elbow.",
        "The skin between the toes is peeling and whitish.",
        "The tongue is partly white in the middle.",
        "The white part of the eye looks yellow.",
        "A brown glass bottle with a white cap stands beside a spoon.",
        "The bottle is half full of clear liquid.",
        "One yellow capsule and two white tablets are on a plate.",
        "The tablets are about 8 mm in diameter and have a line across the middle.",
        "A mushroom with a white stem and a red cap with white spots.",
        "A small black insect with long legs sits on a green leaf.",
        "A plant with three shiny green leaves.",
        "A crusted, yellowish patch can be seen under the nose.",
        "I can see a hand with a cut on the thumb.",
        "The photo is out of focus and the label is dark.",
        "The nail of the big toe is thick and yellow.",
        "A long cut, about 2.5 centimetres, crosses the palm.",
        "The left ankle is larger than the right ankle.",
        "A close-up of an ear.",
        "A phone screen with numbers is visible in the background.",
        "A white plastic stick with two pink lines lies on a towel.",
        "12 round blue tablets lie in an open box.",
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
        "This is a benign growth.",
        "The rash has the ring shape that athletes get from mats.",
        "A white round pill marked IP 466, which is Ibuprofen 400.",
        "The pill is labelled M365.",
        "The tablets are Norco.",
        "A white pill, likely paracetamol.",
        "The wound is clean and closing well.",
        "The skin around it shows no swelling or redness.",
        "There is no pus.",
        "The mole is symmetrical with even borders, which is reassuring.",
        "The mole has irregular borders, one of the ABCDE warning signs.",
        "The patch is a classic bull's-eye.",
        "A bullseye ring surrounds a tick bite.",
        "The mushroom is a chanterelle.",
        "The mushroom is a death cap, Amanita phalloides.",
        "The spider has a violin mark, a brown recluse.",
        "The plant is poison ivy.",
        "The child has chickenpox.",
        "The ECG shows sinus rhythm.",
        "The X-ray shows no break in the bone.",
        "The test shows two lines, positive.",
        "The test strip shows one line, so it is negative.",
        "The blood pressure monitor shows 180/110, which is high.",
        "The thermometer shows 39.5, a fever.",
        "The nail is clubbed.",
        "The eye is yellow, as with a liver problem.",
        "The rash blanches.",
        "It should fade in a few days.",
        "You can apply a moisturiser.",
        "Put ice on it.",
        "The stitches have come apart and it will require closing again.",
        "The cut is deep enough for stitches.",
        "The cut is superficial.",
        "The bruise is a few days old.",
        "A grade two burn with blisters.",
        "The lump is a ganglion.",
        "The tooth is decayed.",
        "The tongue has a white coating from candida.",
        "Half a tablet remains.",
        "Two tablets each morning.",
        "The box reads Ibuprofen 400 mg.",
        "A tube of Canesten cream.",
        "An EpiPen lies on a table.",
        "The rash is on the leg of a baby.",
        "It is a mosquito.",
        "The tick is still attached.",
        "This one is a wart.",
        "Looks OK to me.",
        "Nothing here looks out of the ordinary.",
        "The skin is intact and clear.",
        "Everything appears in order.",
        "It's all good.",
        "The area is well perfused.",
        "The colour is what one would expect.",
        "It is ringwormlike.",
        "The swelling has gone down.",
        "The person is in pain.",
        "She looks tired and unwell.",
        "The patient's lips are blue.",
        "The skin looks all right.",
        "It looks right.",
        "Nothing is visible.",
        "No blisters.",
        "The skin around it isn't red.",
        "There's only a small red spot.",
        "It is just a spot.",
        "Cover the wound with a bandage.",
        "The foot is red, cover it with a cloth.",
        "Hold the hand up.",
        "Bandage the finger.",
        "Lie on the left side.",
        "Two tablets.",
        "One tablet under the tongue.",
        "Half a tablet.",
        "Two tablets a day.",
        "1 tablet and 1 capsule.",
        "Two spoons of liquid.",
        "The display shows 39.",
        "The screen shows 95 and 60.",
        "The numbers are 180/110.",
        "The monitor shows 7.8.",
        "Your hand is red.",
        "The red patch might be wider.",
        "The edges are even and the colour is uniform.",
        "The spot is symmetrical.",
        "Erythematous plaque with silvery scale.",
        "A vesicular eruption in a dermatome.",
        "A Class IV laceration.",
        "A ring-shaped patch, known from tinea.",
        "The pupils are equal and round.",
        "The finger isn’t bent.",
        "The wound is closed.",
        "Is it a red spot?",
        "A red patch of мelanoma.",
        "A red рatch.",
        "A red patch\u200b on a hand.",
        "The lungs are clear.",
        "The line has faded.",
        "A bruise on the thigh.",
        "The same colour as skin should be.",
        "A man with a red face.",
        "A red patch, most likely from heat.",
        "The letters HIV.",
        "A white tablet with the number 500.",
        "Red = danger.",
        "99% of the skin is red.",
        "It is a tick.",
        "Look at the label.",
        "Two tablets in the mouth.",
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


def test_emphasis_leaves_no_traces():
    text = "## **Colour:** red\n\n__A hand__ with a **red**, _raised_ patch."
    assert plain_description(text).description == "Colour: red A hand with a red, raised patch."


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
