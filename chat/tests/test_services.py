"""What moderation does to a send, over the categories."""

from __future__ import annotations

import pytest

from chat import services
from moderation import services as moderation
from moderation.models import Decision
from moderation.types import Rule, RuleSet, Severity

pytestmark = pytest.mark.django_db

RULES = RuleSet(
    "test",
    (
        Rule("crisis", Severity.HIGH, "self_harm_crisis", ("red moon",), blocks=True),
        Rule("threat", Severity.HIGH, "violence", ("black moon",), blocks=True),
        Rule("emergency", Severity.HIGH, "medical_emergency", ("purple moon",), emergency=True),
        Rule("worry", Severity.MEDIUM, "worry", ("grey moon",)),
        Rule("remark", Severity.LOW, "remark", ("white moon",)),
    ),
)


@pytest.fixture(autouse=True)
def _rules(monkeypatch):
    monkeypatch.setattr(moderation, "shipped_rules", lambda: RULES)


def send(conversation, content):
    return services.send_message(user=conversation.user, conversation_id=conversation.id, content=content)


@pytest.mark.parametrize(
    ("content", "action", "blocked", "urgent"),
    [("red moon", "blocked", True, True), ("black moon", "blocked", True, True),
     ("purple moon", "notice", False, True), ("grey moon", "flagged", False, False),
     ("white moon", "logged", False, False)],
)  # fmt: skip
def test_what_moderation_finds_decides_about_the_reply(conversation, content, action, blocked, urgent):
    sent = send(conversation, f"I see a {content}")
    decision = Decision.objects.get()
    assert (decision.action, decision.message_id, decision.conversation_id) == (
        action, sent.message.id, conversation.id,
    )  # fmt: skip
    assert sent.blocked is blocked
    assert sent.reply.status == ("done" if blocked else "queued")
    assert ("emergency" in sent.reply.metadata["flag"]) is urgent
    assert sent.message.metadata["flag"]["category"] == decision.category


def test_a_plain_question_is_neither_flagged_nor_recorded(conversation):
    sent = send(conversation, "What helps against a migraine?")
    assert (sent.message.metadata, sent.reply.metadata, sent.reply.status) == ({}, {}, "queued")
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("content", "action", "blocked"),
    [("red moon", "blocked", True), ("purple moon", "notice", False), ("black moon", None, False),
     ("grey moon", None, False)],
)  # fmt: skip
def test_without_moderation_a_crisis_and_an_emergency_are_still_helped(
    conversation, settings, content, action, blocked
):
    settings.ENABLE_MODERATION = False
    sent = send(conversation, f"I see a {content}")
    assert sent.blocked is blocked
    assert [decision.action for decision in Decision.objects.all()] == ([action] if action else [])
    assert bool(sent.reply.metadata.get("flag")) is bool(action)


def test_a_text_that_cant_be_screened_is_helped_without_moderation_too(conversation, settings, monkeypatch):
    settings.ENABLE_MODERATION = False
    monkeypatch.setattr(moderation, "shipped_rules", lambda: None)
    assert send(conversation, "What helps?").blocked
    assert Decision.objects.get().action == "unscreened"


def test_a_send_that_is_taken_back_leaves_no_decision(conversation, monkeypatch):
    def broken(**_):
        raise RuntimeError

    monkeypatch.setattr(moderation, "record_decision", broken)
    with pytest.raises(RuntimeError):
        send(conversation, "red moon")
    assert not conversation.messages.exists()
    conversation.refresh_from_db()
    assert (conversation.messages_count, conversation.title) == (0, "")
