"""Every table is named in `chat.personal_data`, and does with one patient's data what it says there."""

from __future__ import annotations

import json
import uuid
from importlib import import_module
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, Invitation, User
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tokens import start_session
from chat import attachments, services
from chat.models import Conversation, Feedback, HealthProfile, HelpRequest, Message
from chat.personal_data import BY_ID, NOT_PERSONAL, PERSONAL
from chat.tests.exports import exported
from chat.tests.hostile_pictures import plain
from chat.tests.uploads import store_under
from moderation.models import Decision

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, NAME, WORDS = "petra.peculiar@veda.example", "Petra Peculiar", "peculiarwords"
CRISIS = f"I want to kill myself, {WORDS}"
DOCUMENT = Path(settings.BASE_DIR) / "docs" / "privacy.md"


@pytest.fixture
def uploads(settings, tmp_path):
    return store_under(settings, tmp_path)


@pytest.fixture
def patient(uploads):
    """One patient with rows in every table that may have some."""
    user = UserFactory(email=EMAIL, name=NAME, role=User.Role.MODERATOR, year_of_birth=1980, country="GB")
    user.user_permissions.add(Permission.objects.first())
    start_session(user=user, method="password")
    AuditEvent.objects.create(action="staff_read", subject_id=user.id, actor_id=uuid.uuid4(), reason="a check")
    Invitation.objects.create(email=EMAIL.upper(), expires_at=timezone.now())
    address = EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    EmailConfirmation.objects.create(email_address=address, key="a-key-of-a-confirmation")
    account = SocialAccount.objects.create(user=user, provider="google", uid="google-uid", extra_data={"name": NAME})
    application = SocialApp.objects.create(provider="google", name="Google", client_id="id")
    SocialToken.objects.create(account=account, app=application, token="a-token-of-google")
    Authenticator.objects.create(user=user, type="totp", data={"secret": "a-secret-of-totp"})
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["_auth_user_id"] = str(user.id)
    session.save()
    for about in (user, account, address):
        LogEntry.objects.create(
            user=UserFactory(),
            content_type=ContentType.objects.get_for_model(about),
            object_id=str(about.pk),
            object_repr=str(about),
            change_message=json.dumps([{"changed": {"fields": ["Name"]}}]),
            action_flag=CHANGE,
        )
    LogEntry.objects.create(user=user, object_id="1", object_repr="a topic", action_flag=CHANGE)
    conversation = Conversation.objects.create(user=user, title=WORDS, summary=WORDS)
    HealthProfile.objects.create(user=user, medicines=[WORDS])
    HealthProfile.objects.create(conversation=conversation, allergies=[WORDS])
    picture = attachments.store_picture(conversation, plain(), name=f"{WORDS}.png", metadata={"said": WORDS})
    services.send_message(user=user, conversation_id=conversation.id, content=WORDS, attachment_ids=[picture.id])
    services.send_message(user=user, conversation_id=conversation.id, content=CRISIS)
    HelpRequest.objects.create(conversation=conversation)
    Decision.objects.update(note=WORDS)
    Message.objects.filter(sender="assistant").update(content=WORDS, metadata={"sources": [{"title": WORDS}]})
    Feedback.objects.create(message=Message.objects.filter(sender="assistant").first(), rating=1, comment=WORDS)
    return user


def all_models():
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def found_in_tables(*needles):
    """In which column of which table each stands, looked for in every one as text, in the database itself."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column in connection.introspection.get_table_description(cursor, table):
                name = f"{connection.ops.quote_name(table)}.{connection.ops.quote_name(column.name)}"
                for needle in needles:
                    cursor.execute(
                        f"SELECT 1 FROM {connection.ops.quote_name(table)} WHERE LOWER(CAST({name} AS TEXT)) LIKE %s",
                        [f"%{needle.lower()}%"],
                    )
                    if cursor.fetchone():
                        found.add((table, column.name))
    return found


# The table itself


def test_every_table_of_the_database_is_named():
    named = [table.model for table in PERSONAL] + list(NOT_PERSONAL)
    assert len(named) == len(set(named))
    assert set(named) == {model._meta.label for model in all_models()}, "say in chat/personal_data.py what it holds"


def test_every_field_that_points_to_a_person_is_in_a_personal_table():
    personal = {table.model for table in PERSONAL}
    for model in all_models():
        if any(field.is_relation and field.related_model is User for field in model._meta.concrete_fields):
            assert model._meta.label in personal


def test_the_page_for_people_says_the_same():
    text = DOCUMENT.read_text(encoding="utf-8")
    for table in PERSONAL:
        assert f"`{table.model}`" in text, f"say in docs/privacy.md what becomes of {table.model}"
        (line,) = [line for line in text.splitlines() if line.startswith("|") and f"`{table.model}`" in line]
        if table.exported.endswith(".json"):
            assert f"`{table.exported}`" in line
        assert (BY_ID in line) == (table.erased == BY_ID)


# What it promises


def test_the_patient_has_rows_in_every_personal_table(patient):
    """Else the tests below would prove nothing."""
    for table in PERSONAL:
        assert apps.get_model(table.model)._base_manager.exists(), table.model


async def test_the_export_has_them_all(patient):
    archive = await exported(patient)
    names = set(archive.namelist())
    for table in PERSONAL:
        if table.exported.endswith(".json"):
            assert json.loads(archive.read(table.exported)), table.exported
        elif not table.exported.startswith("nothing"):
            assert [name for name in names if name.startswith(f"{table.exported}/")], table.exported
    account = json.loads(archive.read("account.json"))
    for key in (
        "health_profile",
        "groups",
        "permissions",
        "email_addresses",
        "signed_in_through",
        "second_factors",
        "invitations",
    ):
        assert account[key], key
    conversation = json.loads(archive.read(f"conversations/{(await Conversation.objects.aget()).id}.json"))
    assert (len(conversation["messages"]), conversation["summary"]) == (4, WORDS)
    changes = json.loads(archive.read("changes.json"))
    assert len(changes) == 2
    assert {change["by"] for change in changes} == {"patient", "you"}
    assert json.loads(archive.read("decisions.json"))[0]["severity"] == "high"
    everything = b"".join(archive.read(name) for name in names)
    for secret in (patient.password, "a-key-of-a-confirmation", "a-token-of-google", "a-secret-of-totp"):
        assert secret.encode() not in everything


@pytest.mark.parametrize("in_danger", [False, True])
def test_a_deletion_leaves_nothing_that_names_the_patient(patient, client_of, uploads, in_danger):
    ids = [str(patient.id), patient.id.hex]
    words = [EMAIL, "petra", WORDS, "google-uid", "a-key-of-a-confirmation", "a-token-of-google", "a-secret-of-totp"]
    if not in_danger:
        Decision.objects.update(review="confirmed")
    assert found_in_tables(*words), "they are there before"
    assert found_in_tables(*ids)
    answer = client_of(patient).delete("/api/account", {"password": PASSWORD}, format="json")
    assert answer.status_code == 204, answer.content
    kept = {"chat_conversation", "chat_message", "chat_attachment", "chat_feedback", "chat_healthprofile",
            "moderation_decision"}  # fmt: skip
    if in_danger:
        assert {table for table, _ in found_in_tables(EMAIL, "petra")} == set()
        assert {table for table, _ in found_in_tables(*words)} == kept, "hidden, until staff have looked"
        decision = Decision.objects.get()
        decision.review = "confirmed"
        decision.save()
    assert found_in_tables(*words) == set()
    assert not list(uploads.rglob("*.*"))
    by_id = {(apps.get_model(table.model)._meta.db_table) for table in PERSONAL if table.erased == BY_ID}
    assert {table for table, _ in found_in_tables(*ids)} == by_id
