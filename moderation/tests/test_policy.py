"""Screening against rules of our own, and the shipped ones where a phrase was added for a reason."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import policy, services
from moderation.folding import Folder
from moderation.types import Context, Rule, RuleSet, Severity


def rule(id="rule", *phrases, severity=Severity.HIGH, exceptions=(), emergency=False, blocks=False):
    return Rule(id, severity, f"about {id}", phrases, exceptions, emergency, blocks)


def found(text, *rules):
    return policy.screen(text, RuleSet("7", rules)).rule or None


CANT_GO_ON = rule("rule", "can't go on")


@pytest.mark.parametrize(
    "text",
    ["I can't go on", "I can’t go on", "i CAN‘T GO ON!", "I cant go on", "can`t go on", "can´t go on", "canʼt go on",
     "I can't\n\tgo   on", "I can't\u00a0go\u3000on", "c\u200ban't g\u00ado on\ufeff", "can't\u2060 go on",
     "ｃａｎ＇ｔ ｇｏ ｏｎ", "(can't go on)", "…can't go on…", "“can't go on”"],
)  # fmt: skip
def test_spellings_of_one_phrase_are_all_found(text):
    assert found(text, CANT_GO_ON) == "rule"


@pytest.mark.parametrize("text", ["", " ", "can go on", "can't go once", "scan't go on", "can't. Go on", "I can't go"])
def test_what_is_another_phrase_is_not_found(text):
    assert found(text, CANT_GO_ON) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("blood pressure in Sussex", None), ("sex", "rule"), ("a sex.", "rule")]
)
def test_only_whole_words_are_found(text, expected):
    assert found(text, rule("rule", "sex")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("wish I was dead", "rule"), ("wish so very much I was dead", "rule"),
     ("wish that someone could say if I was dead", None)],
)  # fmt: skip
def test_an_ellipsis_stands_for_up_to_four_words(text, expected):
    assert found(text, rule("rule", "wish … was dead")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("I am dying to see you", None), ("I am dying", "rule"), ("dying to see you, and dying", "rule"),
     ("dying, and dying to see you", "rule"), ("DYING   to see you", None)],
)  # fmt: skip
def test_an_exception_cancels_its_own_place_and_no_other(text, expected):
    assert found(text, rule("rule", "dying", exceptions=("dying to see",))) == expected


def test_an_exception_of_one_rule_cancels_no_other():
    dying = rule("first", "dying", exceptions=("dying to see",))
    assert found("dying to see you", dying, rule("second", "dying")) == "second"


def test_the_gravest_rule_wins_wherever_it_stands():
    low = rule("low", "moon", severity=Severity.LOW)
    medium = rule("medium", "moon", severity=Severity.MEDIUM, blocks=True)
    high = rule("high", "moon")
    assert found("moon", low, medium, high) == found("moon", high, medium, low) == "high"
    assert found("moon", low, medium) == "medium"


def test_among_equals_the_one_that_blocks_wins():
    assert found("moon", rule("notice", "moon", emergency=True), rule("block", "moon", blocks=True)) == "block"


def test_a_verdict_says_what_was_found_by_which_rules():
    verdict = policy.screen("moon", RuleSet("7", (rule("rule", "moon", emergency=True, blocks=True),)))
    assert (verdict.severity, verdict.category, verdict.rule, verdict.rules_version) == (
        Severity.HIGH, "about rule", "rule", "7",
    )  # fmt: skip
    assert verdict.emergency
    assert verdict.blocks


def test_no_rules_find_nothing():
    assert found("kill myself") is None


@pytest.mark.parametrize(
    "text", ["can't " * 20_000, "I " * 50_000, "!" * 100_000, "can't go " * 15_000, "\u200b" * 100_000]
)
@pytest.mark.timeout(20)
def test_a_text_as_long_as_a_book_is_screened_in_time(text):
    assert found(text, CANT_GO_ON, rule("other", "I … can't … cope … go on")) is None


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    once = Folder().fold(text).text
    assert Folder().fold(once).text == once


@given(
    st.lists(st.sampled_from(["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"]), min_size=11, max_size=11)
)
def test_no_invisible_character_hides_a_phrase(invisible):
    hidden = "".join(a + b for a, b in zip("can't go on", invisible, strict=True))
    assert found(hidden, CANT_GO_ON) == "rule"


@given(st.text(), st.text())
def test_a_phrase_that_stands_alone_is_found_whatever_is_around_it(before, after):
    assert found(f"{before} . can't go on . {after}", CANT_GO_ON) == "rule"


def shipped(text):
    return services.screen(text).rule or None


@pytest.mark.parametrize(
    "text",
    ["I took 5 of these", "i just took 12 of them", "she swallowed ten of these",
     "my kid swallowed this", "My son has swallowed one of these!", "my toddler ate one of these", "he ate this",
     "my 2 year old just ate some of these", "she drank this", "he may have drunk some of this",
     "he took some of these pills", "my daughter has taken one of those", "I swallowed a battery",
     "I swallowed a magnet",
     "my baby ate this morning, then my baby ate these", "swallowed three of them",
     ],
)  # fmt: skip
def test_what_was_taken_in_a_picture_is_an_emergency(text):
    assert shipped(text) == "emergency-poisoning"


@pytest.mark.parametrize(
    "text",
    ["I swallowed my pride", "I took two of these courses", "I took 5 of these courses", "my baby ate this morning",
     "he drank this morning", "I took one of these tests", "she took one of these tests",
     "she ate this much today", "my baby drank this milk",
     "my friend took one of these photos", "I swallowed this tablet with water", "how many of these can I take",
     "my dad hardly ate this week", "he hasn't eaten this evening", "I took 4 of those pictures", "I took one of these",
     "he swallowed this story", "I ate this for lunch"],
)  # fmt: skip
def test_other_things_taken_are_not(text):
    assert shipped(text) is None


CRISIS = rule("crisis", "want to die", blocks=True)


def screened(text, *rules, standing=(), earlier=()):
    return policy.screen(text, RuleSet("7", rules), Context(frozenset(standing), tuple(earlier)))


@pytest.mark.parametrize(
    "text",
    ["kill myself", "k1ll myself", "k i l l  m y s e l f", "k.i.l.l myself",
     "k-i-l-l m-y-s-e-l-f", "killll myself", "kіll mуsеlf", "Κill myself", "𝐤𝐢𝐥𝐥 𝐦𝐲𝐬𝐞𝐥𝐟", "ⓚⓘⓛⓛ myself", "🅺🅸🅻🅻 myself",
     "ᴋɪʟʟ myself", "k̶i̶l̶l̶ myself", "k*ll myself", "KILL\nMYSELF", "kill, myself", "kíll mysélf",
     "‮kill‬ myself"],
)  # fmt: skip
def test_disguises_are_seen_through_and_the_place_is_told(text):
    verdict = screened(f"Hm. I will {text} now", rule("rule", "kill myself"))
    assert verdict.rule == "rule"
    ((start, end),) = verdict.spans
    assert f"Hm. I will {text} now"[start:end].strip("‮") == text.strip("‮")


@pytest.mark.parametrize("text", ["vitamin b12", "an a1c of 7", "h1n1", "5 of 10", "$5 a pill", "a b c", "40mg"])
def test_letters_and_digits_that_are_no_trick_stay(text):
    assert screened(text, rule("rule", "kill", "ill", "biz")).severity is None


@pytest.mark.parametrize(
    ("earlier", "text"),
    [(["I really want to"], "die"), (["hello", "I want", "to"], "die tonight"), (["I just want…"], "to die")],
)
def test_a_crisis_that_is_split_over_sends_is_found_in_the_last(earlier, text):
    verdict = screened(text, CRISIS, earlier=earlier)
    assert verdict.rule == "crisis"
    assert verdict.spans == ((0, 6 if text == "to die" else 3),)


def test_what_was_whole_in_an_earlier_message_is_not_found_again():
    assert screened("What helps against a cold?", CRISIS, earlier=["I want to die"]).severity is None


def test_a_bare_reply_counts_while_its_concern_stands():
    bare = Rule("bare", Severity.HIGH, "worry", ("tonight",), blocks=True, while_standing="worry")
    assert screened("tonight", bare).severity is None
    assert screened("Tonight.", bare, standing=["worry"]).rule == "bare"
    assert screened("Shall I put the cream on again tonight before I go to bed?", bare, standing=["worry"]).rule == ""


@pytest.mark.parametrize(
    ("text", "other"),
    [("my father is bleeding", True), ("I am bleeding", False), ("bleeding", False), ("my arm is bleeding", False),
     ("He says he is bleeding. And I am bleeding", False), ("I think my little son is bleeding", True)],
)  # fmt: skip
def test_worry_about_another_person_is_told_from_ones_own(text, other):
    assert screened(text, rule("rule", "bleeding", emergency=True)).about_other is other


@pytest.mark.parametrize(
    ("text", "foreign"),
    [("Me duele mucho la cabeza y tengo fiebre, ¿qué puedo hacer?", True), ("У меня болит голова", True),
     ("我头痛", True), ("मेरे सिर में दर्द है", True), ("Ich habe seit gestern Schmerzen und kann nicht schlafen", True),
     ("J'ai mal au ventre depuis hier et je ne peux pas dormir", True),
     ("My head hurts and I have a fever", False), ("ibuprofen", False), ("", False), ("👍", False),
     ("What does “déjà vu” mean? I had it at a café", False), ("Can I take paracetamol?", False)],
)  # fmt: skip
def test_another_language_is_noticed(text, foreign):
    assert screened(text, CRISIS).foreign is foreign


@pytest.mark.timeout(60)
@pytest.mark.parametrize("filling", ["chest pain and my arm ", "k ", "і", "pills end bottle ", "\u200bx", "' "])
def test_a_million_characters_are_screened_whole(filling):
    text = (filling * (1_000_000 // len(filling)))[:1_000_000]
    assert policy.screen(text + " . I want to kill myself", services.shipped_rules()).category == "self_harm_crisis"


@pytest.mark.parametrize(
    "text",
    ["What are the signs of a stroke?", "My dad had a stroke five years ago", "I have no chest pain",
     "How can I prevent a heart attack?", "What should I do if someone has a seizure?", "blood pressure in Sussex",
     "Can coffee cause palpitations?", "I am not suicidal", "My cousin died by suicide last year",
     "This heat is killing me", "How do I kill lice?"],
)  # fmt: skip
def test_to_the_rules_questions_denials_and_the_past_are_no_alarm(text):
    verdict = policy.screen(text, services.shipped_rules())
    assert not verdict.blocks, verdict
    assert not verdict.emergency, verdict


def test_what_it_costs_hardly_grows_with_the_number_of_phrases():
    def seconds(count):
        phrases = [f"zebra{place} yak{place % 97}" + (" … gnu" if place % 4 == 0 else "") for place in range(count)]
        rules = RuleSet("7", tuple(rule(f"r{place}", *phrases[place::50]) for place in range(50)))
        policy.screen("warm up", rules)
        text = "I have had a cough for three days and my chest feels tight when I climb the stairs. " * 24
        times = []
        for _ in range(15):
            begun = time.process_time()
            policy.screen(text, rules)
            times.append(time.process_time() - begun)
        return min(times)

    assert seconds(10_000) <= 2 * seconds(100)


# Of whom it is


INFANT, PREGNANT, BLOOD_THINNER = "My baby is 6 weeks old.", "I am pregnant.", "I take warfarin."


@pytest.mark.parametrize(
    ("text", "of_person"),
    [("He has a fever of 38.5", INFANT), ("fever", INFANT), ("she won't feed and is floppy", INFANT),
     ("bleeding a lot", PREGNANT), ("I banged my head on a shelf", BLOOD_THINNER)],
)  # fmt: skip
def test_what_is_an_emergency_for_this_person_is_one(text, of_person):
    rules = services.shipped_rules()
    assert not policy.screen(text, rules).emergency
    verdict = policy.screen(text, rules, Context(of_person=of_person))
    assert (verdict.severity, verdict.emergency) == (Severity.HIGH, True)
    assert all(0 <= start < end <= len(text) for start, end in verdict.spans)


@pytest.mark.parametrize("text", ["What is a fever?", "How do I bathe him?", "I have a cold", "Which foods help?", ""])
@pytest.mark.parametrize("of_person", [INFANT, PREGNANT, BLOOD_THINNER, "I take a handful of pills and can't breathe."])
def test_what_was_said_of_a_person_is_no_emergency_by_itself(text, of_person):
    assert policy.screen(text, services.shipped_rules(), Context(of_person=of_person)).severity is None
