"""What a danger comes to: fixed replies by country and age, numbers first in another language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from chat.models import Message
from chat.tests.dangers import ABUSED, CRISIS, EMERGENCY, ODD, QUESTION, THREAT, last_reply
from moderation import services as moderation
from moderation.models import Decision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("made_up_rules")]


# Fixed replies


def test_the_fixed_reply_names_the_lines_of_the_country_and_else_asks_for_it(say, owner):
    assert "116 123" not in say(CRISIS).json()["reply"]["content"]
    flag = last_reply().metadata["flag"]
    assert (flag["emergency"]["country"], len(flag["emergency"]["countries"]) > 1) == ("", True)
    User.objects.update(country="GB")
    reply = say(CRISIS).json()["reply"]
    assert "116 123" in reply["content"]
    assert reply["content"] == moderation.safe_reply("self_harm_crisis", country="GB")


def test_worry_about_another_person_is_worded_for_a_helper(say):
    reply = say("my brother says he will kill himself, a green moon for him. My sister wants to die").json()["reply"]
    assert reply["metadata"]["flag"]["about_other"] is True
    assert reply["content"] == moderation.safe_reply(reply["metadata"]["flag"]["category"], about_other=True)


@pytest.mark.parametrize("words", ["I'm 14 and ", "im fifteen. "])
def test_whoever_says_that_they_are_young_is_given_the_lines_for_the_young(say, words):
    User.objects.update(country="GB")
    reply = say(words + CRISIS).json()["reply"]
    assert reply["metadata"]["flag"]["under_age"] is True
    assert reply["content"] == moderation.safe_reply("self_harm_crisis", country="GB", under_age=True)


def test_what_they_said_of_their_age_holds_for_the_day_in_whatever_conversation(say, conversation):
    User.objects.update(country="GB")
    say("I'm 14. What helps against a cough?")
    for _ in range(2):
        say(f"{QUESTION} {QUESTION} {QUESTION} I have had it for a week and it gets no better.", conversation)
    say("I'm 25 now. What helps against a cough, please, and for how long should I wait?", conversation)
    assert say(CRISIS, conversation).json()["reply"]["metadata"]["flag"]["under_age"] is True
    long_ago = timezone.now() - timedelta(hours=25)
    Message.objects.update(created_at=long_ago)
    assert "under_age" not in say(CRISIS).json()["reply"]["metadata"]["flag"]


def test_a_childs_age_is_not_the_writers_and_brings_the_child_lines_for_a_helper(say):
    User.objects.update(country="GB")
    reply = say("my daughter is 14 and says she will kill herself, a green moon for her").json()["reply"]
    flag = reply["metadata"]["flag"]
    assert (flag.get("under_age"), flag["about_other"], flag["about_child"]) == (None, True, True)
    assert reply["content"] == moderation.safe_reply("violence", country="GB", about_other=True, about_child=True)
    assert "0800 1111" in reply["content"]


def test_under_sexual_violence_its_own_line_comes_first(say):
    User.objects.update(country="US")
    assert "sexual" not in last_flag(say(ABUSED))
    told = say(f"{ABUSED}. Then he raped me")
    assert last_flag(told)["sexual"] is True
    reply = last_reply().content
    assert reply.index("1-800-656-4673") < reply.index("1-800-799-7233")


def last_flag(answer):
    assert answer.status_code == 201
    return last_reply().metadata["flag"]


@pytest.mark.parametrize(("years", "under_age"), [(15, True), (18, True), (19, False), (40, False)])
def test_so_is_who_is_young_by_their_account(say, years, under_age):
    User.objects.update(year_of_birth=timezone.now().year - years)
    assert ("under_age" in say(CRISIS).json()["reply"]["metadata"]["flag"]) is under_age


def test_what_was_told_of_violence_is_never_blocked_and_answered_under_a_fixed_text(say):
    answer = say(ABUSED)
    assert answer.status_code == 201
    reply = last_reply()
    assert (reply.status, reply.content) == ("queued", moderation.safe_reply("safeguarding"))
    assert reply.metadata["flag"]["emergency"]
    decision = Decision.objects.get()
    assert (decision.category, decision.action) == ("safeguarding", "notice")


def test_what_is_medium_is_answered_and_flagged_without_a_notice(say):
    assert say(ODD).status_code == 201
    reply = last_reply()
    assert (reply.content, reply.metadata["flag"]) == ("", {"severity": "medium", "category": "medication_risk"})
    assert Decision.objects.get().action == "flagged"


def test_switched_off_moderation_never_switches_off_help(say, settings):
    settings.ENABLE_MODERATION = False
    assert say(THREAT).status_code == say(ODD).status_code == 201
    assert not Decision.objects.exists()
    assert all("flag" not in reply.metadata for reply in Message.objects.filter(sender="assistant"))
    assert say(CRISIS).status_code == 422
    assert last_reply().content == moderation.safe_reply("self_harm_crisis")
    for content, category in ((EMERGENCY, "medical_emergency"), (ABUSED, "safeguarding")):
        assert say(content).status_code == 201
        assert last_reply().content.startswith(moderation.safe_reply(category))
    assert Decision.objects.count() == 3


async def test_the_notice_waits_for_no_turn(owner, conversation, connect, rest, settings):
    """Nobody claims here: the reply waits."""
    socket = await connect(owner, conversation)
    ack = await socket.ask(EMERGENCY)
    flag = await socket.until("flag")
    assert (flag["messageId"], flag["category"]) == (ack["replyId"], "medical_emergency")
    listed = await rest(owner, "get", f"/api/conversations/{conversation.id}/messages")
    reply = listed.json()["results"][1]
    assert (reply["status"], reply["content"]) == ("queued", moderation.safe_reply("medical_emergency"))


# Another language


def test_another_language_gets_numbers_first_no_model_and_is_shown_to_staff(say):
    answer = say("Tengo mucho dolor en el pecho y no puedo respirar, que hago")
    assert answer.status_code == 201
    reply = last_reply()
    assert (reply.status, reply.metadata["foreign"]) == ("done", True)
    assert reply.content == moderation.safe_reply("foreign_language")
    assert reply.metadata["flag"]["emergency"]
    decision = Decision.objects.get()
    assert (decision.category, decision.severity, decision.review) == ("foreign_language", "high", "open")
    say("Mi hijo tiene fiebre")
    assert Decision.objects.latest("created_at").severity == "medium", "no word of death in it"


def test_a_flood_holds_no_word_of_death_in_another_language(say, settings):
    settings.RATES = {**settings.RATES, "message": ("1/day", "")}
    for _ in range(3):
        assert say("je vais me tuer ce soir").status_code == 201
    assert say("Mi hijo tiene fiebre").status_code == 201
    refused = say("Mi hijo tiene fiebre")
    assert (refused.status_code, refused.json()["flag"]["category"]) == (429, "foreign_language")
