"""Knowledge in the admin: who writes it, what is checked, and that answers follow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files import locks
from django.utils import timezone

from accounts.agreement import agreement_version
from accounts.consents import give
from accounts.models import AuditEvent, Consent, User
from accounts.tests.factories import UserFactory
from chat.models import Conversation, Message
from chat.tests.test_topic_admin import in_days
from pipeline import ingest, wiring
from pipeline.models import Document, Passage
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.tests.factories import make_lexicon

DOCUMENTS = "/admin/pipeline/document/"
FORM = {
    "title": "Gout",
    "category": "illness",
    "names": "podagra\n gouty  arthritis \npodagra",
    "sources": "Gout | A public body | https://example.org/gout | 2026-11-01\nMore | Another | |",
    "body": "Gout makes joints swell. [^1]\n\n## What helps\n\nYou can:\n- Rest. [^2]\n- Drink water.",
}


@pytest.fixture
def administrator(db):
    return UserFactory(role=User.Role.ADMIN, name="Ada Administrator")


@pytest.fixture
def editor(colleague):
    colleague.groups.add(Group.objects.get(name="Knowledge editor"))
    return colleague


@pytest.fixture
def document(db, tmp_path, monkeypatch):
    monkeypatch.setattr(wiring, "index_folder", lambda: tmp_path / "index")
    document = Document.objects.create(
        slug="nih-gout", origin="nih", title="Gout", category="other", body="It hurts.", content_hash="abc",
        loaded_hash="abc", clinically_reviewed_by="Dr Who", reviewed_on=timezone.now().date(), status="reviewed",
        references=[{"title": "Gout", "publisher": "NIH", "url": "https://example.org/g", "read_on": "2026-11-01"}],
    )  # fmt: skip
    ingest.cut_anew([document])
    return document


def texts(document: Document) -> list[str]:
    return list(document.passages.values_list("text", flat=True))


# Writing


def test_a_document_is_added_cut_indexed_and_on_record(client, administrator, keeper):
    client.force_login(administrator)
    page = client.post(f"{DOCUMENTS}add/", FORM, follow=True).content.decode()
    assert "“Gout” is stored" in page
    document = Document.objects.get()
    assert (document.origin, document.names, document.clinically_reviewed) == (
        "staff", ["podagra", "gouty arthritis"], False,
    )  # fmt: skip
    assert document.references[0] == {
        "title": "Gout", "publisher": "A public body", "url": "https://example.org/gout", "read_on": "2026-11-01",
    }  # fmt: skip
    assert [(p.heading, p.text, p.marks) for p in document.passages.all()] == [
        ("", "Gout makes joints swell.", [1]),
        ("What helps", "You can:\n- Rest.\n- Drink water.", [2]),
    ]
    keeper.wait()
    assert EmbeddedIndex(wiring.index_folder(), make_lexicon()).number_and_size() == (1, 2)
    assert not ingest.is_behind(wiring.index_folder(), wiring.embedder(), wiring.vector_store())
    event = AuditEvent.objects.get(action="document_added")
    assert (event.actor_id, event.details) == (administrator.id, {"document": document.slug})


def test_a_preview_shows_how_it_is_cut_and_stores_nothing(client, administrator):
    client.force_login(administrator)
    page = client.post(f"{DOCUMENTS}add/", FORM | {"_preview": "1"}).content.decode()
    assert "2 passages" in page
    assert "<li>Drink water.</li>" in page
    assert "has a dose" not in page
    dose = FORM | {"body": "Take 400 mg twice a day. [^1]", "_preview": "1"}
    page = client.post(f"{DOCUMENTS}add/", dose).content.decode()
    assert "has a dose: not quoted before a clinician has signed it off" in page
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"body": "..."}, "There is no text."),
        ({"body": "Rest. [^3]"}, "[^3] names a source that isn’t there."),
        ({"body": "Rest. [^0]"}, "[^0] names a source that isn’t there."),
        ({"body": "See [here](https://x.org)."}, "Square brackets are for sources alone"),
        ({"body": "Rest. <script>x()</script>"}, "HTML isn’t shown"),
        ({"sources": "Gout"}, "Source 1 must be"),
        ({"sources": "Gout | A body | javascript:alert(1)"}, "must begin with https://"),
        ({"sources": "Gout | A body | https://[::1 | "}, "must begin with https://"),
        ({"sources": "Gout | A body | | soon"}, "The day of source 1"),
        ({"sources": ""}, "This field is required."),
        ({"title": "x" * 301}, "at most 300 characters"),
        ({"category": "nonsense"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(client, administrator, change, complaint):
    client.force_login(administrator)
    answer = client.post(f"{DOCUMENTS}add/", FORM | change)
    assert answer.status_code == 200
    assert complaint in answer.content.decode()
    assert not Document.objects.exists()


def test_an_edited_document_loses_its_signature_and_stays_edited(client, editor, document):
    client.force_login(editor)
    page = client.get(f"{DOCUMENTS}{document.id}/edit/").content.decode()
    assert "It hurts." in page
    assert "Gout | NIH | https://example.org/g | 2026-11-01" in page
    client.post(f"{DOCUMENTS}{document.id}/edit/", FORM | {"content_hash": "abc"})
    document.refresh_from_db()
    assert (document.origin, document.loaded_hash, document.clinically_reviewed) == ("nih", "abc", False)
    assert document.edited_at
    assert texts(document)[0] == "Gout makes joints swell."
    assert AuditEvent.objects.get(action="document_edited").details == {"document": "nih-gout"}
    assert "not reviewed: its doses" in client.get(DOCUMENTS).content.decode()


def test_what_somebody_else_wrote_meanwhile_is_not_lost(client, administrator, document):
    client.force_login(administrator)
    answer = client.post(f"{DOCUMENTS}{document.id}/edit/", FORM | {"content_hash": "older"})
    assert "Somebody else has changed it meanwhile" in answer.content.decode()
    assert FORM["body"].splitlines()[0] in answer.content.decode()
    assert texts(document) == ["It hurts."]


# Retiring


def test_a_retired_document_is_quoted_no_more_until_it_is_taken_back(client, administrator, document, keeper):
    client.force_login(administrator)
    address = f"{DOCUMENTS}{document.id}/retire/"
    assert "This field is required" in client.post(address, {"reason": ""}).content.decode()
    client.post(address, {"reason": "Out of date."})
    keeper.wait()
    assert EmbeddedIndex(wiring.index_folder(), make_lexicon()).number_and_size()[1] == 0
    assert "Use again" in client.get(f"{DOCUMENTS}{document.id}/change/").content.decode()
    client.post(address, {"reason": "It was right."})
    keeper.wait()
    assert EmbeddedIndex(wiring.index_folder(), make_lexicon()).number_and_size()[1] == 1
    events = AuditEvent.objects.filter(action__startswith="document_").order_by("id")
    assert [(event.action, event.reason) for event in events] == [
        ("document_retired", "Out of date."),
        ("document_restored", "It was right."),
    ]


# The index


def test_the_index_is_built_anew_from_passages_cut_anew(client, administrator, document, keeper):
    Passage.objects.update(text="As it was cut long ago.")
    client.force_login(administrator)
    page = client.post(f"{DOCUMENTS}reindex/", follow=True).content.decode()
    assert "The index is being built anew." in page
    keeper.wait()
    assert texts(document) == ["It hurts."]
    assert "The search index has what the documents have." in client.get(DOCUMENTS).content.decode()
    assert AuditEvent.objects.get(action="index_rebuilt").actor_id == administrator.id


def test_the_list_says_that_the_index_is_behind(client, colleague, document):
    ingest.note_change(wiring.index_folder())
    client.force_login(colleague)
    page = client.get(DOCUMENTS).content.decode()
    assert "behind the documents" in page
    assert "Build the index anew" not in page


def test_a_build_that_fails_leaves_word_that_the_index_is_behind(keeper, monkeypatch, document):
    def fail(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(ingest.index_building, "build", fail)
    keeper.wake()
    keeper.wait()
    assert ingest.is_behind(wiring.index_folder(), wiring.embedder(), wiring.vector_store())
    monkeypatch.undo()


def test_a_server_takes_up_what_a_process_that_ended_left_behind(keeper, document):
    ingest.note_change(wiring.index_folder())
    keeper.catch_up()
    assert (wiring.index_folder() / "current").read_text() == "1"
    keeper.catch_up()  # nothing changed since
    assert (wiring.index_folder() / "current").read_text() == "1"


def test_one_process_of_all_takes_it_up(keeper, document):
    ingest.note_change(wiring.index_folder())
    with (wiring.index_folder() / "catching-up").open("w") as other:
        assert locks.lock(other, locks.LOCK_EX)
        keeper.catch_up()
    assert not (wiring.index_folder() / "current").exists()


def test_whatever_changes_during_a_build_is_built_too(keeper, monkeypatch, document):
    build = ingest.index_building.build

    def build_slowly(*arguments, **more):
        number = build(*arguments, **more)
        if number == 1:
            keeper.wake()
        return number

    monkeypatch.setattr(ingest.index_building, "build", build_slowly)
    keeper.wake()
    keeper.wait()
    assert (wiring.index_folder() / "current").read_text() == "2"
    assert not ingest.is_behind(wiring.index_folder(), wiring.embedder(), wiring.vector_store())


# Who may


@pytest.mark.parametrize("who", ["owner", "outsider", "moderator"])
def test_nobody_else_writes(client, owner, outsider, colleague, document, who):
    client.force_login({"owner": owner, "outsider": outsider, "moderator": colleague}[who])
    addresses = ["add/", f"{document.id}/edit/", f"{document.id}/retire/", "reindex/"]
    form = FORM | {"content_hash": "abc", "reason": "I want to."}
    answers = [client.post(f"{DOCUMENTS}{address}", form).status_code for address in addresses]
    assert set(answers) == {403 if who == "moderator" else 302}
    assert client.get(DOCUMENTS).status_code == (200 if who == "moderator" else 302)
    assert texts(document) == ["It hurts."]
    assert Document.objects.get().retired_at is None
    assert not AuditEvent.objects.filter(action__startswith="document_").exists()


def test_an_editor_may_write_but_not_sign_off(client, editor, document):
    client.force_login(editor)
    assert client.get(f"{DOCUMENTS}{document.id}/edit/").status_code == 200
    signed = client.post(
        f"{DOCUMENTS}{document.id}/sign-off/", {"content_hash": "abc", "review_due": in_days(9), "has_read": "on"}
    )
    assert signed.status_code == 403


# What was asked in vain


def ask_in_vain(text: str, *purposes: str, user: User | None = None) -> Conversation:
    user = user or UserFactory()
    give(user=user, version=agreement_version(), purposes=[*Consent.REQUIRED, *purposes])
    conversation = Conversation.objects.create(user=user)
    asked = Message.objects.create(conversation=conversation, position=1, sender="user", status="sent", content=text)
    Message.objects.create(
        conversation=conversation, position=2, sender="assistant", status="done", reply_to=asked, content="Nothing.",
        metadata={"kind": "not_found"},
    )  # fmt: skip
    return conversation


BOTH = (Consent.Purpose.IMPROVEMENT, Consent.Purpose.STAFF_READING)


@pytest.fixture
def unanswered(client, colleague):
    client.force_login(colleague)
    return lambda: " ".join(client.get(f"{DOCUMENTS}unanswered/").content.decode().split())


def test_terms_that_several_asked_for_are_named(unanswered):
    for _ in range(3):
        ask_in_vain("peculiarwords: is warfarin fine with my zorblax?", Consent.Purpose.IMPROVEMENT)
    ask_in_vain("is ibuprofen fine?", Consent.Purpose.IMPROVEMENT)
    page = unanswered()
    assert '<th scope="row">warfarin</th><td>3</td>' in page
    assert "ibuprofen" not in page
    assert "1 other term, each asked for by fewer." in page
    assert "peculiarwords" not in page
    assert "zorblax" not in page
    assert "</th><td>4</td>" in page


def test_one_patient_who_asks_often_is_one(unanswered):
    user = UserFactory()
    for _ in range(4):
        ask_in_vain("is warfarin fine?", Consent.Purpose.IMPROVEMENT, user=user)
    assert "warfarin" not in unanswered()


def test_questions_whose_patients_did_not_allow_it_are_only_counted(unanswered):
    for _ in range(3):
        ask_in_vain("is warfarin fine?", Consent.Purpose.STAFF_READING)
    page = unanswered()
    assert "warfarin" not in page
    assert "</th><td>3</td>" in page
    assert "/read/" not in page


def test_conversations_are_named_where_both_were_allowed(unanswered):
    open_, deleted = ask_in_vain("is warfarin fine?", *BOTH), ask_in_vain("is warfarin fine?", *BOTH)
    ask_in_vain("is warfarin fine?", Consent.Purpose.IMPROVEMENT)
    Conversation.objects.filter(id=deleted.id).update(deleted_at=timezone.now())
    Message.objects.filter(conversation=ask_in_vain("old", *BOTH)).update(
        created_at=timezone.now() - timedelta(days=40)
    )
    page = unanswered()
    assert page.count("/read/") == 1
    assert f"{open_.id}/read/" in page


@pytest.mark.parametrize("who", ["owner", "outsider", "editor"])
def test_nobody_else_sees_it(client, owner, outsider, who):
    people = {"owner": owner, "outsider": outsider}
    if who == "editor":
        people["editor"] = UserFactory(role=User.Role.MODERATOR)
        people["editor"].groups.set([Group.objects.get(name="Knowledge editor")])
    client.force_login(people[who])
    assert client.get(f"{DOCUMENTS}unanswered/").status_code == (403 if who == "editor" else 302)
