"""What stands under an emergency's notice: first aid from the health topics until help is there, or nothing."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def told(running, owner, conversation, connect):
    """The flag that comes before the answer, and the answer."""
    socket = await connect(owner, conversation)

    async def ask(text):
        await socket.ask(text)
        flag = await socket.until("flag")
        return flag, (await socket.until("done"))["message"]

    return ask


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("He is bleeding badly from his leg, what do I do until help comes?", "First aid for heavy bleeding"),
        ("My nose has been bleeding for 30 minutes and won't stop", "First aid for a bleeding nose"),
        ("I burned my whole arm with boiling oil, the skin is charred", "First aid for a burn"),
        ("My daughter got bleach in her eye and it hurts badly", "First aid for chemical and electrical burns"),
        ("I have crushing chest pain and I'm sweating", "First aid for a heart attack"),
        ("My husband's face is drooping and he can't speak", "First aid for a stroke"),
        ("My throat is swelling up after eating peanuts and I can't breathe", "First aid for anaphylaxis"),
        ("My toddler drank bleach", "First aid for poisoning"),
        ("I am pregnant and have crushing chest pain", "First aid for a heart attack"),
        ("I have asthma and crushing chest pain going down my arm", "First aid for a heart attack"),
        ("My friend took too much heroin and won't wake up, lips are blue", "First aid for an opioid overdose"),
        ("My child has a fever and is having a fit", "First aid for febrile seizures in children"),
        ("Mum is having an asthma attack, her inhaler isn't helping and she is blue", "First aid for an asthma attack"),
        ("My mother fainted and won't wake up", "First aid for fainting"),
        ("My dad is choking on a piece of meat, what do I do?", "First aid for choking"),
        ("My baby is choking", "First aid for choking"),
        ("He choked on a grape and can't breathe", "First aid for choking"),
        (
            "My wife is having a fit and it won't stop, what should I do while waiting for the ambulance?",
            "First aid for a seizure",
        ),
        ("My father is unconscious but breathing", "First aid for somebody unconscious or not breathing"),
        ("He is fitting and foaming at the mouth", "First aid for a seizure"),
        ("He isn't breathing and has no pulse", "First aid for somebody unconscious or not breathing"),
    ],
)
async def test_first_aid_comes_first_below_whom_to_call(told, text: str, heading: str):
    flag, reply = await told(text)
    assert flag["emergency"]["international"]["numbers"]
    notice, first_aid, *_, help_now = reply["content"].split("\n### ")
    assert "Call the emergency number now" in notice
    assert first_aid.partition("\n")[0].endswith(heading)
    assert "[1]" in first_aid
    assert help_now.partition("\n")[0].endswith("Get help now if")
    card = reply["metadata"]["sources"][0]
    assert (card["n"], card["heading"]) == (1, heading)
    assert card["url"].startswith("http")


@pytest.mark.parametrize(
    "text",
    [
        "A snake bit my son and his leg is swelling",
        "My testicle is suddenly very painful and swollen",
        "My eye was hit and I suddenly lost vision in it",
    ],
)
async def test_where_no_topic_has_first_aid_for_it_nothing_is_made_up(told, text: str):
    flag, reply = await told(text)
    assert flag["emergency"]
    assert "Call the emergency number now" in reply["content"]
    assert "First aid" not in reply["content"]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("My diabetic dad has very high sugar, he is drowsy and breathing fast", "low blood sugar"),
        ("My husband has a fever and is having a seizure", "febrile seizures"),
        ("My baby of 8 weeks has a fever of 39 and is floppy", "febrile seizures"),
        ("I'm pregnant and bleeding heavily, it won't stop", "from a wound"),
        ("He has asthma and his leg is bleeding heavily after an accident", "for an asthma attack"),
        ("I have epilepsy and crushing chest pain going down my arm", "for a seizure"),
        ("My dad has heat stroke, he is confused and can't stand up", "for a stroke"),
    ],
)
async def test_first_aid_for_something_else_is_left_out(told, text: str, other: str):
    flag, reply = await told(text)
    assert flag["emergency"]
    assert "Get help now if" in reply["content"]
    assert other not in reply["content"].partition("Get help now if")[0]


@pytest.mark.parametrize(
    "text", ["What is epilepsy?", "Why do I choke on water sometimes?", "I'm epileptic and have a cold, what helps?"]
)
async def test_a_plain_question_is_answered_without_first_aid(running, owner, conversation, connect, text: str):
    socket = await connect(owner, conversation)
    await socket.ask(text)
    reply = (await socket.until("done"))["message"]
    assert "flag" not in reply["metadata"]
    assert "First aid" not in reply["content"]


@pytest.mark.parametrize(
    ("text", "is_baby"),
    [
        ("My dad is choking on a piece of meat", False),
        ("My 3 year old son is choking on a grape", False),
        ("He is choking and can't breathe", False),
        ("My baby is choking", True),
        ("my baby boy is choking and going blue", True),
    ],
)
async def test_who_is_choking_comes_first_and_need_not_be_guessed(told, text: str, is_baby: bool):
    """Belly thrusts harm a baby: the steps for either stand there, each named, whoever was told of."""
    _, reply = await told(text)
    older, baby = "Choking adult, or child over one year", "Choking baby, under one year:"
    first, _, second = reply["content"].partition(older if is_baby else baby)
    for_older, for_baby = (second, first) if is_baby else (first, second)
    assert baby in reply["content"]
    assert older in reply["content"]
    assert "Never do these belly thrusts on a baby" in for_older
    assert "on the middle of the chest" in for_baby


async def test_later_answers_remind_whom_to_call_and_are_answers_as_ever(told):
    emergency, _ = await told("My toddler drank bleach")
    reminder, reply = await told("What helps against a cold?")
    assert (reminder["category"], reminder["about"], reminder["about_other"]) == ("medical_emergency", "earlier", True)
    assert reminder["emergency"] == emergency["emergency"]
    assert reply["metadata"]["flag"]["about"] == "earlier"
    assert reply["content"].startswith("**What you told me about them can be an emergency")
    assert "What helps" in reply["content"]


@pytest.mark.parametrize("text", ["I took my tablet twice by mistake", "doubled up on my metformin by accident"])
async def test_a_dose_taken_twice_by_mistake_is_for_poison_control_before_any_emergency(
    running, owner, conversation, connect, text: str
):
    socket = await connect(owner, conversation)
    await socket.ask(text)
    reply = (await socket.until("done"))["message"]
    assert "flag" not in reply["metadata"]
    assert "Call your local poison control center, or your emergency number if the person seems ill" in reply["content"]
    assert {card["title"] for card in reply["metadata"]["sources"]} == {"Poisoning and overdose"}


async def test_an_emergency_is_answered_for_itself_whatever_was_told_before(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("I took my tablet twice by mistake")
    await socket.until("done")
    await socket.ask("Mum is having an asthma attack, her inhaler isn't helping and she is blue")
    reply = (await socket.until("done"))["message"]
    assert {card["title"] for card in reply["metadata"]["sources"]} == {"Asthma"}
