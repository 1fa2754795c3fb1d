"""What screening comes to: refusals that carry help, fixed replies by country and age, concerns that stay."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_thread
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import rates
from accounts.models import AuditEvent, User
from chat import services
from chat.models import Conversation, Message
from chat.tests.sockets import eventually
from moderation import concerns
from moderation import services as moderation
from moderation.models import Concern, Decision
from moderation.types import Rule, RuleSet, Severity
from pipeline.types import Transcript

pytestmark = pytest.mark.django_db

CRISIS = "I want to kill myself"
EMERGENCY = "I see a purple moon"
THREAT = "I draw a green moon"
ABUSED = "he paints me a red moon"
ODD = "a blue moon"
QUESTION = "What helps against a cough?"
RULES = (
    Rule("crisis", Severity.HIGH, "self_harm_crisis", ("kill myself", "want to die"), blocks=True),
    Rule("emergency", Severity.HIGH, "medical_emergency", ("purple moon",), emergency=True),
    Rule("threat", Severity.HIGH, "violence", ("green moon",), blocks=True),
    Rule("told", Severity.MEDIUM, "safeguarding", ("red moon",)),
    Rule("odd", Severity.MEDIUM, "medication_risk", ("blue moon",)),
    Rule("bare", Severity.HIGH, "self_harm_crisis", ("tonight",), blocks=True, while_standing="self_harm_crisis"),
)


@pytest.fixture(autouse=True)
def _rules(monkeypatch):
    rules = RuleSet("test", RULES)
    monkeypatch.setattr(moderation, "current_rules", lambda: rules)


@pytest.fixture
def say(client_of, owner):
    """The owner says something, in a conversation of theirs."""

    def send(content, conversation=None, **body):
        conversation = conversation or Conversation.objects.create(user=owner)
        address = f"/api/conversations/{conversation.id}/messages"
        return client_of(owner).post(address, {"content": content, **body}, format="json")

    return send


def last_reply():
    return Message.objects.filter(sender="assistant").latest("created_at")


# Refusals


def no_consent(settings):
    User.objects.update(consent_version="")
    return {}


def paused(settings):
    User.objects.update(paused_at=timezone.now())
    return {}


def too_short(settings):
    settings.MAX_MESSAGE_CHARS = 5
    return {}


def wrong_id(settings):
    return {"client_message_id": "no-id"}


def unknown_picture(settings):
    return {"attachments": [str(uuid.uuid4())]}


def too_many_pictures(settings):
    return {"attachments": [str(uuid.uuid4()) for _ in range(9)]}


REFUSALS = {
    no_consent: (403, "consent_required"),
    paused: (403, "account_paused"),
    too_short: (400, "message_too_long"),
    wrong_id: (400, "invalid"),
    unknown_picture: (400, "unknown_attachment"),
    too_many_pictures: (400, "invalid"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize(("content", "category"), [(CRISIS, "self_harm_crisis"), (EMERGENCY, "medical_emergency")])
def test_a_refusal_tells_who_is_in_danger_whom_to_call(owner, settings, say, error_of, refusal, content, category):
    User.objects.update(country="GB")
    answer = say(content, **refusal(settings))
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == REFUSALS[refusal]
    assert set(body) == {"error", "emergency", "flag"}
    assert (body["flag"]["category"], body["flag"]["severity"]) == (category, "high")
    assert body["flag"]["emergency"] == body["emergency"]
    assert body["emergency"]["country"] == "GB"
    assert not Message.objects.exists()


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_of_a_plain_question_carries_none(settings, say, refusal):
    answer = say(QUESTION, **refusal(settings))
    assert (answer.status_code, set(answer.json())) == (REFUSALS[refusal][0], {"error"})


def test_who_is_not_signed_in_is_told_whom_to_call(client_of, conversation):
    answer = client_of(None).post(f"/api/conversations/{conversation.id}/messages", {"content": CRISIS}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert answer.json()["emergency"]["countries"]


def test_in_a_conversation_of_somebody_else_too(client_of, outsider, conversation):
    answer = client_of(outsider).post(
        f"/api/conversations/{conversation.id}/messages", {"content": CRISIS}, format="json"
    )
    assert (answer.status_code, answer.json()["flag"]["category"]) == (404, "self_harm_crisis")


@pytest.mark.parametrize("file", [b"no picture", b""])
def test_a_form_whose_file_is_no_good_is_screened(client_of, owner, conversation, file):
    form = {"type": "image", "content": CRISIS, "file": SimpleUploadedFile("a.png", file)}
    answer = client_of(owner).post(f"/api/conversations/{conversation.id}/messages", form, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["flag"]["category"] == "self_harm_crisis"


@pytest.mark.parametrize("body", ["{", "[]", '"What helps?"', '{"content": 7}', '{"content": null}'])
def test_what_says_nothing_that_can_be_read_is_refused_as_before(client_of, owner, conversation, body):
    address = f"/api/conversations/{conversation.id}/messages"
    answer = client_of(owner).post(address, body, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (400, {"error"})


JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=edge"
IN_A_FORM = '--edge\r\nContent-Disposition: form-data; name="content"\r\n\r\nI want to kill myself'
UNTAKEN = {
    "breaks off": ('{"content": "I want to kill myself', JSON, 400),
    "breaks off, with escapes": ('{"content": "I want to \\u006bill\\nmyself', JSON, 400),
    "a list": ('[{"content": "I want to kill myself"}]', JSON, 400),
    "a text": ('"I want to kill myself"', JSON, 400),
    "under another name": ('{"message": {"text": "I want to kill myself"}}', JSON, 400),
    "a list as content": ('{"content": ["I want to kill myself"]}', JSON, 400),
    "plain text": ("I want to kill myself", "text/plain", 415),
    "the form of a page": ("content=I+want+to%20kill+myself", FORM, 415),
    "a form that breaks off": (IN_A_FORM, MULTIPART, 400),
    "too large": ('{"content": "I want to kill myself' + " x" * 600_000 + '"}', JSON, 413),
    "a form that is too large": (IN_A_FORM + "\r\n--edge" + "x" * 10_000_000, MULTIPART, 413),
}


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize(("body", "content_type", "status"), UNTAKEN.values(), ids=UNTAKEN)
def test_a_body_that_cant_be_taken_is_screened(client_of, owner, conversation, body, content_type, status, signed_in):
    address = f"/api/conversations/{conversation.id}/messages"
    client = client_of(owner if signed_in else None)
    answer = client.post(address, body, content_type=content_type)
    assert answer.status_code == (status if signed_in else 401)
    assert help_in(answer) == ("self_harm_crisis", True)
    assert Decision.objects.count() == (1 if signed_in else 0)


def help_in(answer):
    body = answer.json()
    assert set(body) == {"error", "emergency", "flag"}
    return body["flag"]["category"], bool(body["emergency"]["countries"])


def test_a_recording_that_is_refused_after_it_was_heard_is_screened(
    client_of, owner, conversation, monkeypatch, settings
):
    monkeypatch.setattr(services.speech, "transcribe", lambda data: Transcript(CRISIS, "en", 2.0))
    settings.MAX_MESSAGE_CHARS = 5
    form = {"type": "audio", "file": SimpleUploadedFile("a.wav", b"x")}
    answer = client_of(owner).post(f"/api/conversations/{conversation.id}/messages", form, format="multipart")
    assert answer.json()["error"]["code"] == "message_too_long"
    assert answer.json()["emergency"]["countries"]


@pytest.mark.parametrize(("heard", "flagged"), [(CRISIS, True), (QUESTION, False)])
def test_a_transcript_is_screened_before_it_is_sent(client_of, owner, conversation, monkeypatch, heard, flagged):
    monkeypatch.setattr(services.speech, "transcribe", lambda data: Transcript(heard, "en", 2.0))
    address = f"/api/conversations/{conversation.id}/transcriptions"
    answer = client_of(owner).post(address, {"file": SimpleUploadedFile("a.wav", b"x")}, format="multipart")
    assert answer.status_code == 200
    assert ("flag" in answer.json()) is flagged
    assert not Decision.objects.exists()


async def test_a_socket_refuses_with_whom_to_call(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await in_thread(User.objects.update)(paused_at=timezone.now(), country="IE")
    client_message_id = str(uuid.uuid4())
    await socket.send("message", client_message_id=client_message_id, content=EMERGENCY)
    error = await socket.until("error")
    assert (error["error"], error["client_message_id"]) == ("account_paused", client_message_id)
    assert error["flag"]["category"] == "medical_emergency"
    assert list(error["flag"]["emergency"]["countries"]) == ["IE"]
    await socket.send("message", client_message_id=str(uuid.uuid4()), content=QUESTION)
    socket.frames.clear()
    assert "flag" not in await socket.until("error")


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "message", "client_message_id": "no-id", "content": "I want to kill myself"}',
        '{"type": "message", "content": "I want to kill myself", "attachments": 7}',
        "I want to kill myself",
        '["I want to kill myself"]',
        '{"type": "words", "text": "I want to kill myself"}',
    ],
)
async def test_a_frame_that_cant_be_taken_is_screened(running, owner, conversation, connect, text):
    socket = await connect(owner, conversation)
    await socket.send_text(text)
    error = await socket.until("error")
    assert (error["error"], error["flag"]["category"]) == ("invalid_frame", "self_harm_crisis")


# The same id with other words


def under_one_id(say, conversation, *contents):
    client_message_id = str(uuid.uuid4())
    return [say(content, conversation, client_message_id=client_message_id) for content in contents]


@pytest.mark.parametrize(("content", "category"), [(CRISIS, "self_harm_crisis"), (EMERGENCY, "medical_emergency")])
def test_danger_under_an_id_that_was_used_is_heard(say, conversation, content, category):
    first, other, again = under_one_id(say, conversation, QUESTION, content, QUESTION)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "id_reused")
    assert help_in(other) == (category, True)
    assert Decision.objects.get().action == "refused"
    assert again.json() == first.json()
    assert Message.objects.filter(sender="user").count() == 1


def test_other_plain_words_under_it_get_the_same_answer(say, conversation):
    first, other = under_one_id(say, conversation, QUESTION, "And what else?")
    assert (first.status_code, other.json()) == (201, first.json())


def test_the_same_words_of_danger_get_the_same_answer(say, conversation, monkeypatch):
    client_message_id = str(uuid.uuid4())
    first = say(CRISIS, conversation, client_message_id=client_message_id)

    def screen(*args, **kwargs):
        raise AssertionError("a repeat was screened")

    monkeypatch.setattr(moderation, "screen", screen)
    again = say(CRISIS, conversation, client_message_id=client_message_id)
    assert (again.status_code, again.json()) == (422, first.json())
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("kind", ["image", "audio"])
def test_danger_beside_a_file_under_an_id_that_was_used_is_heard(client_of, owner, say, conversation, kind):
    client_message_id = str(uuid.uuid4())
    say(QUESTION, conversation, client_message_id=client_message_id)
    form = {"type": kind, "content": CRISIS, "client_message_id": client_message_id}
    address = f"/api/conversations/{conversation.id}/messages"
    answer = client_of(owner).post(address, {**form, "file": SimpleUploadedFile("a", b"x")}, format="multipart")
    assert (answer.status_code, help_in(answer)[0]) == (409, "self_harm_crisis")
    form["content"] = QUESTION
    answer = client_of(owner).post(address, {**form, "file": SimpleUploadedFile("a", b"x")}, format="multipart")
    assert answer.status_code == 201


@pytest.mark.parametrize("typed", ["", CRISIS])
def test_a_recording_that_is_sent_twice_gets_the_same_answer(client_of, owner, conversation, monkeypatch, typed):
    monkeypatch.setattr(services.speech, "transcribe", lambda data: Transcript(CRISIS, "en", 2.0))
    address = f"/api/conversations/{conversation.id}/messages"
    form = {"type": "audio", "content": typed, "client_message_id": str(uuid.uuid4())}
    first, again = (
        client_of(owner).post(address, {**form, "file": SimpleUploadedFile("a.wav", b"x")}, format="multipart")
        for _ in range(2)
    )
    assert (again.status_code, again.json()) == (422, first.json())


async def test_a_socket_hears_it_too(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    client_message_id = str(uuid.uuid4())
    script.end()
    await socket.ask(QUESTION, client_message_id)
    await socket.until("done")
    await socket.send("message", client_message_id=client_message_id, content=CRISIS)
    error = await socket.until("error")
    assert (error["error"], error["flag"]["category"]) == ("id_reused", "self_harm_crisis")


# What staff hear of a refusal


@pytest.mark.parametrize("refusal", [refusal for refusal in REFUSALS if refusal is not no_consent])
def test_staff_see_a_danger_that_was_refused_once_and_without_its_words(settings, say, owner, refusal):
    conversation = Conversation.objects.create(user=owner)
    body = refusal(settings)
    for _ in range(3):
        say(CRISIS, conversation, **body)
    say(CRISIS, Conversation.objects.create(user=owner), **body)
    decision = Decision.objects.get()
    assert (decision.action, decision.severity, decision.category) == ("refused", "high", "self_harm_crisis")
    assert (decision.patient_id, decision.conversation_id) == (owner.id, conversation.id)
    assert not Message.objects.exists()


def test_they_see_it_anew_once_they_looked_and_a_while_has_gone(settings, say, owner):
    conversation = Conversation.objects.create(user=owner)
    body = too_short(settings)
    say(CRISIS, conversation, **body)
    Decision.objects.update(acknowledged_at=timezone.now())
    say(CRISIS, conversation, **body)
    assert Decision.objects.count() == 1, "they look at it just now"
    Decision.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    say(CRISIS, conversation, **body)
    assert Decision.objects.count() == 2


def test_something_lesser_that_waits_hides_no_danger(settings, say, owner):
    conversation = Conversation.objects.create(user=owner)
    say(ODD, conversation)
    say(CRISIS, conversation, **too_short(settings))
    assert {decision.severity for decision in Decision.objects.all()} == {"medium", "high"}


def test_nobody_leaves_a_decision_in_a_conversation_of_somebody_else(client_of, outsider, colleague, conversation):
    for user in (outsider, colleague):
        address = f"/api/conversations/{conversation.id}/messages"
        assert client_of(user).post(address, CRISIS, content_type="text/plain").json()["flag"]
    assert not Decision.objects.exists()


# A person is asked for


def test_who_asks_for_a_person_too_often_is_told_whom_to_call(client_of, owner, outsider, conversation, settings):
    User.objects.update(country="GB")
    settings.RATES = {**settings.RATES, "help": ("1/day", "")}
    address, client = f"/api/conversations/{conversation.id}/help", client_of(owner)
    assert client.post(address).status_code == 201
    assert client.delete(address).status_code == 204
    refused = client.post(address)
    assert (refused.status_code, list(refused.json()["emergency"]["countries"])) == (429, ["GB"])
    assert client_of(outsider).post(address).json()["emergency"]["countries"]
    assert client_of(None).post(address).json()["emergency"]["countries"]


def test_a_flood_or_a_full_queue_holds_nobody_in_danger(settings, say, monkeypatch):
    settings.MAX_REPLIES_QUEUED = 0

    def spend(*args, **kwargs):
        raise AssertionError("an urgent message was counted")

    monkeypatch.setattr(rates, "spend", spend)
    assert say(EMERGENCY).status_code == 201
    assert say(CRISIS).status_code == 422
    assert say(ABUSED).status_code == 201


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


# Concerns


@pytest.mark.parametrize(
    ("content", "category"),
    [(CRISIS, "self_harm_crisis"), (EMERGENCY, "medical_emergency"), (THREAT, "violence")],
)
def test_a_concern_stays_with_the_patient_in_whatever_conversation(say, content, category):
    say(content)
    for words in ("just joking", QUESTION):
        assert say(words).status_code == 201
        reply = last_reply()
        assert reply.content == moderation.reminder(category) != ""
        assert reply.metadata["care"] == {"concern": True}
        whom_to_call = moderation.resources("")
        flag = {"severity": "high", "category": category, "about": "earlier", "emergency": whom_to_call}
        assert reply.metadata["flag"] == flag


def test_it_is_over_after_a_day(say):
    say(CRISIS)
    Concern.objects.update(until=timezone.now() - timedelta(seconds=1))
    say(QUESTION)
    assert (last_reply().content, last_reply().metadata) == ("", {})


def test_it_is_anothers_for_nobody(say, client_of, outsider):
    say(CRISIS)
    theirs = Conversation.objects.create(user=outsider)
    client_of(outsider).post(f"/api/conversations/{theirs.id}/messages", {"content": QUESTION}, format="json")
    assert last_reply().content == ""


def test_a_moderator_closes_it(say, colleague):
    say(CRISIS)
    assert concerns.close_concern(Concern.objects.get(), by_id=colleague.id)
    assert not concerns.close_concern(Concern.objects.get(), by_id=colleague.id)
    say(QUESTION)
    assert last_reply().content == ""
    assert Concern.objects.get().closed_by_id == colleague.id


def test_they_do_so_in_the_admin_where_it_is_on_record(say, client, colleague, outsider):
    say(CRISIS)
    concern = Concern.objects.get()
    page = "/admin/moderation/concern/"
    close = {"action": "close", "_selected_action": [str(concern.id)]}
    client.force_login(outsider)
    assert client.post(page, close).status_code == 302  # to the sign-in
    assert Concern.objects.get().closed_at is None
    client.force_login(colleague)
    assert "self_harm_crisis" in client.get(page).content.decode()
    assert "1 of 1 closed" in client.post(page, close, follow=True).content.decode()
    assert "0 of 1 closed" in client.post(page, close, follow=True).content.decode()
    assert Concern.objects.get().closed_by_id == colleague.id
    event = AuditEvent.objects.get(actor_id=colleague.id, action="decision_handled")
    assert (event.subject_id, event.details["concern"]) == (concern.patient_id, "self_harm_crisis closed")


def test_a_false_alarm_leaves_none_unless_there_was_another(say):
    say(CRISIS)
    say(CRISIS)
    first, second = Decision.objects.order_by("created_at")
    first.review = "dismissed"
    first.save()
    say(QUESTION)
    assert last_reply().content != ""
    second.review = "dismissed"
    second.save()
    say(QUESTION)
    assert last_reply().content == ""


def test_raised_again_it_is_one_and_stands_longer(say):
    say(CRISIS)
    Concern.objects.update(until=timezone.now() + timedelta(minutes=1))
    say(CRISIS)
    assert Concern.objects.get().until > timezone.now() + timedelta(hours=23)


def test_another_emergency_gets_its_whole_notice(say):
    say(EMERGENCY)
    say(EMERGENCY)
    reply = last_reply()
    assert reply.content.split("\n")[0] == moderation.safe_reply("medical_emergency").split("\n")[0]
    assert reply.metadata["flag"]["emergency"]


def test_a_refused_message_leaves_one_only_with_those_who_agreed_to_the_terms(say, settings):
    User.objects.update(consent_version="")
    say(CRISIS)
    assert not Concern.objects.exists()


def test_a_paused_patients_danger_is_seen_by_staff_once(say, owner):
    User.objects.update(paused_at=timezone.now())
    conversation = Conversation.objects.create(user=owner)
    for _ in range(2):
        assert say(CRISIS, conversation).status_code == 403
    decision = Decision.objects.get()
    assert (decision.conversation_id, decision.severity) == (conversation.id, "high")
    assert say(QUESTION, conversation).status_code == 403
    assert Decision.objects.count() == 1


def test_who_is_paused_and_agreed_to_no_terms_leaves_nothing(say):
    User.objects.update(paused_at=timezone.now(), consent_version="")
    assert say(CRISIS).json()["emergency"]
    assert not Concern.objects.exists()
    assert not Decision.objects.exists()


def test_a_paused_patients_danger_leaves_one(say):
    User.objects.update(paused_at=timezone.now())
    assert say(CRISIS).status_code == 403
    assert Concern.objects.get().category == "self_harm_crisis"


@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_is_split_over_sends_is_read_together(say, conversation, elsewhere):
    assert say("I want to", conversation).status_code == 201
    assert say("die", None if elsewhere else conversation).status_code == 422


def test_what_was_said_yesterday_isnt(say, conversation):
    say("I want to", conversation)
    Message.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert say("die", conversation).status_code == 201


def test_a_bare_reply_means_what_it_answers(say, conversation):
    assert say("tonight", conversation).status_code == 201
    say(CRISIS, conversation)
    assert say("tonight", conversation).status_code == 422


def test_where_nothing_stands_a_send_asks_nothing_more(say, conversation):
    """What a send has to know comes with the conversation."""
    say(QUESTION * 4, conversation)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        say(QUESTION * 4, conversation)
    about_concerns = [query["sql"] for query in queries if "moderation_concern" in query["sql"]]
    assert len(about_concerns) == 1
    assert "chat_conversation" in about_concerns[0]


async def test_while_it_stands_the_answerer_is_told_to_be_careful(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask(CRISIS)
    await socket.until("done")
    await socket.ask("I'm 15. How much ibuprofen may I take?")
    await eventually(lambda: script.questions)
    assert (script.questions[0].careful, script.questions[0].under_age) == (True, True)
    script.end()
    await socket.until("done")
    await socket.ask("And a cough?")  # their age was said before
    await eventually(lambda: len(script.questions) == 2)
    assert script.questions[1].under_age
    script.end()
