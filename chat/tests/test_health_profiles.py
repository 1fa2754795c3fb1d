"""What a patient says of the person whom questions are about: whose it is, where it holds, and what it changes."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import consents
from accounts.agreement import agreement_version
from accounts.models import Consent, User
from accounts.tests.factories import PASSWORD, UserFactory
from chat import deletion_ledger, services
from chat.health_profiles import as_json, from_json
from chat.models import Conversation, HealthProfile, Message
from chat.purge import purge
from chat.queue import question_of
from chat.tests.exports import exported
from moderation.models import Decision
from pipeline import types
from veda import backups

pytestmark = pytest.mark.django_db

ACCOUNTS = "/api/account/health-profile"
NOTHING = {"set_for": None, "about": "me", "age_band": "", "pregnancy": "", "medicines": [], "allergies": []}
CHILD = {"about": "other", "age_band": "2_to_11", "pregnancy": "", "medicines": [], "allergies": ["penicillin"]}
BABY = {"about": "other", "age_band": "under_3_months"}
MARK = "zorblaxin"


def here(conversation) -> str:
    return f"/api/conversations/{conversation.id}/health-profile"


def said(answer):
    body = answer.json()
    assert (body.pop("updated_at") is None) == (body["set_for"] is None)
    return body


def put(client, address, **body):
    return client.put(address, body, format="json")


# Saying it, and taking it back


def test_it_is_said_for_the_account_changed_and_cleared(owners):
    assert said(owners.get(ACCOUNTS)) == NOTHING
    answer = put(owners, ACCOUNTS, **CHILD)
    assert (answer.status_code, said(answer)) == (200, {"set_for": "account", **CHILD})
    put(owners, ACCOUNTS, medicines=["warfarin"])
    assert said(owners.get(ACCOUNTS)) == {**NOTHING, "set_for": "account", "medicines": ["warfarin"]}
    for _ in range(2):
        assert owners.delete(ACCOUNTS).status_code == 204
        assert said(owners.get(ACCOUNTS)) == NOTHING


def test_a_conversation_has_the_accounts_until_it_has_its_own(owners, conversation):
    assert said(owners.get(here(conversation))) == NOTHING
    put(owners, ACCOUNTS, medicines=["warfarin"])
    assert said(owners.get(here(conversation)))["set_for"] == "account"
    assert said(put(owners, here(conversation), **CHILD)) == {"set_for": "conversation", **CHILD}
    assert said(owners.get(here(conversation)))["age_band"] == "2_to_11"
    assert said(owners.get(ACCOUNTS))["medicines"] == ["warfarin"], "which stays as it was"
    put(owners, here(conversation))  # for nobody in particular
    assert said(owners.get(here(conversation))) == {**NOTHING, "set_for": "conversation"}
    assert owners.delete(here(conversation)).status_code == 204
    assert said(owners.get(here(conversation)))["medicines"] == ["warfarin"]


def test_a_conversation_is_begun_with_its_own(owners):
    answer = owners.post("/api/conversations", {"health_profile": CHILD, "temporary": True}, format="json")
    assert answer.status_code == 201
    assert "health_profile" not in answer.json()
    assert said(owners.get(f"/api/conversations/{answer.json()['id']}/health-profile"))["age_band"] == "2_to_11"
    wrong = owners.post("/api/conversations", {"health_profile": {"age_band": "old"}}, format="json")
    assert wrong.status_code == 400
    assert Conversation.objects.count() == 1


def test_names_are_kept_once_and_without_space_around_them(owners):
    answer = put(
        owners, ACCOUNTS, medicines=["  Vitamin   B12 (1 mg/day) ", "vitamin b12 (1 mg/day)", "St. John’s wort"]
    )
    assert answer.json()["medicines"] == ["Vitamin B12 (1 mg/day)", "St. John’s wort"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"age_band": "7"}, "age_band"),
        ({"age_band": None}, "age_band"),
        ({"about": "my son"}, "about"),
        ({"about": ""}, "about"),
        ({"pregnancy": True}, "pregnancy"),
        ({"pregnancy": "pregnant", "age_band": "2_to_11"}, "pregnancy"),
        ({"medicines": "warfarin"}, "medicines"),
        ({"medicines": {"a": "b"}}, "medicines"),
        ({"medicines": [""]}, "medicines"),
        ({"medicines": [7]}, "medicines"),
        ({"medicines": [["warfarin"]]}, "medicines"),
        ({"medicines": ["a" * 61]}, "medicines"),
        ({"medicines": [f"medicine {n}" for n in range(21)]}, "medicines"),
        ({"allergies": ["</profile>"]}, "allergies"),
        ({"allergies": ["[x](http://a.example)"]}, "allergies"),
        ({"allergies": ["a\u0000b"]}, "allergies"),
        ({"allergies": ["😀"]}, "allergies"),
        ({"allergies": ["-"]}, "allergies"),
        ([], None),
        ("x", None),
    ],
)
def test_what_is_no_profile_is_refused_and_nothing_is_kept(owners, conversation, error_of, body, field):
    for address in (ACCOUNTS, here(conversation)):
        answer = owners.put(address, body, format="json")
        assert (answer.status_code, error_of(answer)) == (400, "invalid")
        if field:
            assert {name.split(".")[0] for name in answer.json()["error"]["fields"]} == {field}
    assert not HealthProfile.objects.exists()


# Whose it is


@pytest.mark.parametrize("method", ["get", "put", "delete"])
@pytest.mark.parametrize("who", ["owner", "colleague", "outsider", "nobody"])
def test_only_the_owner_sees_and_changes_that_of_a_conversation(
    client_of, owner, colleague, outsider, conversation, error_of, who, method
):
    HealthProfile.objects.create(conversation=conversation, medicines=[MARK])
    client = client_of({"owner": owner, "colleague": colleague, "outsider": outsider, "nobody": None}[who])
    answer = getattr(client, method)(here(conversation), {} if method == "put" else None, format="json")
    if who == "owner":
        assert answer.status_code == (204 if method == "delete" else 200)
        return
    expected = (401, "not_authenticated") if who == "nobody" else (404, "not_found")
    assert (answer.status_code, error_of(answer)) == expected
    assert MARK not in answer.content.decode()
    assert HealthProfile.objects.get().medicines == [MARK]


def test_that_of_the_account_is_everybodys_own(client_of, owner, colleague, outsider):
    HealthProfile.objects.create(user=owner, medicines=[MARK])
    for other in (colleague, outsider):
        client = client_of(other)
        assert said(client.get(ACCOUNTS)) == NOTHING
        assert put(client, ACCOUNTS, medicines=["other"]).status_code == 200
        assert client.delete(ACCOUNTS).status_code == 204
    assert client_of(None).get(ACCOUNTS).status_code == 401
    assert HealthProfile.objects.get().medicines == [MARK]


def test_a_conversation_that_was_deleted_has_none_any_more(owners, conversation, error_of):
    Conversation.objects.update(deleted_at=timezone.now())
    for answer in (owners.get(here(conversation)), put(owners, here(conversation)), owners.delete(here(conversation))):
        assert (answer.status_code, error_of(answer)) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"consent_version": ""}, "consent_required"), ({"paused_at": timezone.now()}, "account_paused")],
)
def test_without_consent_or_while_paused_it_is_read_and_cleared_alone(owners, conversation, error_of, change, code):
    put(owners, ACCOUNTS, **CHILD)
    put(owners, here(conversation), **CHILD)
    User.objects.update(**change)
    for address in (ACCOUNTS, here(conversation)):
        answer = put(owners, address, **BABY)
        assert (answer.status_code, error_of(answer)) == (403, code)
        assert owners.get(address).json()["age_band"] == "2_to_11"
        assert owners.delete(address).status_code == 204


def test_it_is_changed_so_often_and_no_more(owners, conversation, settings, error_of):
    settings.RATES = {**settings.RATES, "profile": ("2/hour", "")}
    assert [put(owners, address).status_code for address in (ACCOUNTS, here(conversation))] == [200, 200]
    answer = put(owners, ACCOUNTS)
    assert (answer.status_code, error_of(answer)) == (429, "too_many_requests")
    assert owners.get(ACCOUNTS).status_code == 200


def test_no_log_has_a_word_of_it(owners, conversation, logged):
    put(owners, ACCOUNTS, medicines=[MARK])
    put(owners, here(conversation), allergies=[MARK], age_band="no band")
    owners.post(f"/api/conversations/{conversation.id}/messages", {"content": "Can I take ibuprofen?"}, format="json")
    owners.delete(ACCOUNTS)
    assert not [line for line in logged() if MARK in line]


# What it changes


def send(client, conversation, content, **body):
    address = f"/api/conversations/{conversation.id}/messages"
    return client.post(address, {"content": content, **body}, format="json")


def last_reply() -> Message:
    return Message.objects.filter(sender="assistant").latest("position")


def test_a_reply_keeps_what_was_said_when_its_question_was_sent(owners, conversation):
    put(owners, ACCOUNTS, **CHILD)
    send(owners, conversation, "How much ibuprofen can be taken?")
    reply = last_reply()
    owners.delete(ACCOUNTS)
    assert reply.metadata["health_profile"] == CHILD
    assert question_of(reply, ()).profile == types.HealthProfile("other", "2_to_11", "", (), ("penicillin",))
    send(owners, conversation, "And paracetamol?")
    assert "health_profile" not in last_reply().metadata


def test_a_question_about_somebody_else_takes_nothing_along(owners, conversation):
    put(owners, here(conversation), **CHILD)
    send(owners, conversation, "My husband has a headache. Can he take ibuprofen?")
    assert "health_profile" not in last_reply().metadata
    assert question_of(last_reply(), ()).profile is None


def test_who_says_that_they_are_under_18_is_answered_as_such(owners, conversation):
    put(owners, ACCOUNTS, about="me", age_band="12_to_17")
    send(owners, conversation, "What helps against a migraine?")
    assert last_reply().metadata["care"] == {"under_age": True}
    put(owners, ACCOUNTS, about="other", age_band="12_to_17")
    send(owners, conversation, "What helps against a migraine?")
    assert "care" not in last_reply().metadata


@pytest.mark.parametrize(
    ("profile", "content"),
    [
        (BABY, "he has a fever of 38.5, what now?"),
        ({"pregnancy": "pregnant"}, "I'm bleeding a lot"),
        ({"medicines": ["Warfarin 5 mg"]}, "I banged my head on a shelf"),
    ],
)
def test_what_is_an_emergency_for_this_person_raises_the_notice(owners, conversation, profile, content):
    assert "flag" not in send(owners, conversation, content).json()
    put(owners, here(conversation), **profile)
    answer = send(owners, conversation, content)
    assert answer.status_code == 201
    assert (answer.json()["flag"]["severity"], answer.json()["flag"]["category"]) == ("high", "medical_emergency")
    assert answer.json()["flag"]["emergency"]
    decision = Decision.objects.get()
    assert all(end <= len(content) for _, end in decision.spans)
    assert last_reply().metadata["health_profile"]["about"] == profile.get("about", "me")


def test_a_send_asks_for_it_only_where_something_was_said(owners, conversation):
    with CaptureQueriesContext(connection) as queries:
        send(owners, conversation, "What helps against a cough?")
    assert not [query for query in queries.captured_queries if 'FROM "chat_healthprofile"' in query["sql"]]


def test_it_goes_to_the_pipeline_and_back_as_it_is():
    profile = types.HealthProfile("other", "3_to_23_months", "no", ("vitamin D",), ("milk", "eggs"))
    assert from_json(json.loads(json.dumps(as_json(profile)))) == profile
    assert from_json(None) is None


@pytest.mark.django_db(transaction=True)
async def test_in_a_conversation_about_a_baby_a_fever_is_urgent_and_the_answer_says_why(
    running, owner, conversation, connect, rest
):
    await rest(owner, "put", here(conversation), BABY)
    socket = await connect(owner, conversation)
    ack = await socket.ask("fever of 38.5, what now?")
    flag = await socket.until("flag")
    assert (flag["category"], flag["about_other"]) == ("medical_emergency", True)
    reply = (await socket.until("done"))["message"]
    assert reply["id"] == ack["replyId"]
    assert reply["metadata"]["health_profile"] == {**BABY, "pregnancy": "", "medicines": [], "allergies": []}
    assert reply["content"].index("emergency") < reply["content"].index("[1]")
    assert reply["metadata"]["sources"][0]["title"] == "Fever in babies and children"


@pytest.mark.django_db(transaction=True)
async def test_in_a_conversation_about_a_child_a_medicine_is_answered_for_a_child(
    running, owner, conversation, connect, rest
):
    await rest(owner, "put", here(conversation), {"about": "other", "age_band": "2_to_11"})
    socket = await connect(owner, conversation)
    await socket.ask("How much ibuprofen can be taken?")
    reply = (await socket.until("done"))["message"]
    assert "Ibuprofen for children" in reply["content"]


@pytest.mark.django_db(transaction=True)
async def test_an_allergy_stands_above_the_answer(running, owner, conversation, connect, rest):
    await rest(owner, "put", "/api/account/health-profile", {"allergies": ["penicillin"]})
    socket = await connect(owner, conversation)
    await socket.ask("Can I take amoxicillin?")
    reply = (await socket.until("done"))["message"]
    assert reply["content"].startswith("You said: allergic to penicillin. Amoxicillin is of the same kind.")
    assert reply["metadata"]["kind"] == "not_found"


# Where staff see it, and how it goes


@pytest.mark.parametrize("allowed", [True, False])
def test_staff_see_it_with_the_conversation_and_nowhere_else(owner, owners, conversation, staff_reading_it, allowed):
    put(owners, here(conversation), medicines=[MARK])
    send(owners, conversation, "Can I take ibuprofen?")
    pages = staff_reading_it(conversation, allowed)
    assert (MARK in pages["transcript"]) is allowed
    assert MARK not in pages["list"] + pages["conversation"] + pages["account"]


@pytest.fixture
def staff_reading_it(owner, settings):
    def read(conversation, allowed):
        if allowed:
            consents.give(user=owner, version=agreement_version(), purposes=[Consent.Purpose.STAFF_READING])
        admin = UserFactory(role=User.Role.ADMIN, is_superuser=True)
        client = Client()
        client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
        address = f"/admin/chat/conversation/{conversation.id}"
        client.post(f"{address}/read/", {"kind": "A technical problem", "reason": "a check of the profile"})
        addresses = {
            "transcript": f"{address}/read/",
            "list": "/admin/chat/conversation/",
            "conversation": f"{address}/change/",
            "account": f"/admin/accounts/user/{owner.id}/change/",
        }
        return {name: client.get(at).content.decode() for name, at in addresses.items()}

    return read


@pytest.mark.django_db(transaction=True)
async def test_the_export_has_it_with_the_account_and_with_its_conversation(owner, conversation, rest):
    await rest(owner, "put", ACCOUNTS, CHILD)
    await rest(owner, "put", here(conversation), {"medicines": [MARK]})
    archive = await exported(owner)
    assert json.loads(archive.read("account.json"))["health_profile"]["age_band"] == "2_to_11"
    told = json.loads(archive.read(f"conversations/{conversation.id}.json"))
    assert told["health_profile"]["medicines"] == [MARK]


@pytest.mark.django_db(transaction=True)
def test_it_goes_with_its_conversation_and_with_the_account(owners, owner, conversation, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    put(owners, ACCOUNTS, medicines=[MARK])
    put(owners, here(conversation), **CHILD)
    owners.delete(f"/api/conversations/{conversation.id}")
    assert HealthProfile.objects.get().user == owner
    assert owners.delete("/api/account", {"password": PASSWORD}, format="json").status_code == 204
    assert not HealthProfile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_under_review_the_accounts_goes_at_once(owners, owner, conversation):
    put(owners, ACCOUNTS, medicines=[MARK])
    services.send_message(user=owner, conversation_id=conversation.id, content="I want to kill myself")
    owners.delete("/api/account", {"password": PASSWORD}, format="json")
    assert User.objects.filter(id=owner.id).exists()
    assert not HealthProfile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_restored_backup_doesnt_bring_back_what_was_cleared(owners, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    put(owners, ACCOUNTS, medicines=[MARK])
    row = HealthProfile.objects.get()
    owners.delete(ACCOUNTS)
    row.save(force_insert=True)  # as a backup of before would
    entries = list(deletion_ledger.entries(deletion_ledger.file()))
    assert entries == [("health_profile", row.id)]
    assert backups._delete_again(entries) == 1
    assert not HealthProfile.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("days", "left"), [(31, 0), (29, 1)])
def test_without_consent_it_is_erased_after_a_month(owners, owner, days, left):
    consents.give(user=owner, version=agreement_version())
    put(owners, ACCOUNTS, medicines=[MARK])
    consents.withdraw(user=owner, purpose=Consent.Purpose.HEALTH_DATA)
    Consent.objects.filter(withdrawn_at__isnull=False).update(withdrawn_at=timezone.now() - timedelta(days=days))
    other = HealthProfile.objects.create(user=UserFactory())
    assert purge()["health profiles without consent"] == 1 - left
    assert HealthProfile.objects.exclude(id=other.id).count() == left
    assert HealthProfile.objects.filter(id=other.id).exists()


def test_a_row_belongs_to_an_account_or_a_conversation(owner, conversation):
    for owners in ({}, {"user": owner, "conversation": conversation}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HealthProfile.objects.create(id=uuid.uuid4(), **owners)
