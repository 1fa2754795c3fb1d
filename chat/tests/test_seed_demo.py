"""`seed_demo`: a month that looks like one, marked as made up, the same each time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from chat.alerts import watch
from chat.models import Conversation, DayCounts, Message
from moderation.models import Alert, Decision

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def in_debug(settings):
    settings.DEBUG = True


def made():
    messages = Message.objects.order_by("id").values_list("id", "position", "content", "conversation__title")
    return list(messages), list(Decision.objects.order_by("id").values_list("id", "category", "review"))


def test_it_is_a_month_that_is_marked_and_answered_from_sources():
    call_command("seed_demo", verbosity=0)
    assert User.objects.count() == 12
    assert all(not user.is_active and not user.has_usable_password() for user in User.objects.all())
    assert not User.objects.exclude(email__endswith="@demo.example").exists()
    assert not Conversation.objects.exclude(title__startswith="Demo: ").exists()
    oldest = Conversation.objects.order_by("created_at").first().created_at
    assert timedelta(days=25) < timezone.now() - oldest < timedelta(days=32)
    assert not Message.objects.filter(created_at__gt=timezone.now()).exists()
    assert all(c.messages_count == c.messages.count() == 2 for c in Conversation.objects.all())
    answers = Message.objects.filter(sender="assistant", metadata__kind="answer")
    assert answers.filter(metadata__demo=True).count() == answers.count() > 30
    assert all(reply.metadata["sources"] for reply in answers)
    assert DayCounts.objects.count() > 20


def test_staff_have_something_to_look_at_and_nobody_is_called(settings):
    settings.ALERT_CONTACTS = {"first": {"mail": ["staff@veda.example"], "webhook": ""}}
    call_command("seed_demo", verbosity=0)
    assert Decision.objects.filter(review="open", severity="high").exists()
    watch()
    assert not Alert.objects.exists()


def test_the_same_seed_makes_the_same_and_another_another():
    months = []
    for seed in (7, 7, 8):
        call_command("seed_demo", f"--seed={seed}", verbosity=0)
        months.append(made())
        User.objects.all().delete()
        Decision.objects.all().delete()
    assert months[0] == months[1] != months[2]


def test_it_is_refused_off_debug_and_beside_what_it_made_before(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="in DEBUG only"):
        call_command("seed_demo")
    assert not User.objects.exists()
    call_command("seed_demo", "--yes", verbosity=0)
    with pytest.raises(CommandError, match="demo data already"):
        call_command("seed_demo", "--yes")
