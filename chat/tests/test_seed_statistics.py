"""`seed_statistics`: days to look at and to measure, and never among patients by mistake."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from chat import day_counts
from chat.models import Conversation, DayCounts, Message
from moderation.models import Decision

pytestmark = pytest.mark.django_db


def seed(*options: str, days: int = 4, each: int = 5) -> None:
    call_command("seed_statistics", f"--days={days}", f"--conversations-per-day={each}", *options, verbosity=0)


def test_each_day_has_some_and_those_that_are_over_are_counted():
    seed(days=10)
    begun = DayCounts.objects.filter(day__gte=day_counts.today() - timedelta(days=9))
    assert begun.count() in (8, 9), "yesterday isn't counted in the first hour of a day"
    for row in begun:
        assert 2 <= row.conversations <= 8
        assert row.replies * 2 == row.messages
        assert row.prompt_tokens > 0
        assert row.latencies["whole answer"]
    assert sum(row.messages for row in begun) <= Message.objects.count()


def test_it_leaves_nothing_to_do_and_nothing_from_the_future():
    seed(days=30, each=20)
    assert Decision.objects.exists()
    assert not Decision.objects.filter(review__in=Decision.UNDER_REVIEW).exists()
    assert not Message.objects.unfinished().exists()
    assert not Message.objects.filter(created_at__gt=timezone.now()).exists()
    for conversation in Conversation.objects.all()[:50]:
        assert conversation.messages.count() == conversation.messages_count == conversation.last_position


def test_nobody_signs_in_with_what_was_made_up():
    seed()
    made_up = User.objects.filter(email__endswith="@statistics.example")
    assert made_up.count() == 15
    for user in made_up:
        assert not user.is_active
        assert not user.has_usable_password()


def test_it_is_refused_where_there_are_patients():
    UserFactory(email="pat@hospital.org")
    with pytest.raises(CommandError, match=r"This database has patients \(1\)"):
        seed()
    assert not Conversation.objects.exists()
    seed("--among-patients")
    assert Conversation.objects.exists()


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_staff_and_accounts_of_no_real_address_are_no_patients(role):
    UserFactory(email="ada@hospital.org", role=role)
    UserFactory(email="patient@demo.example")
    seed()
    assert Conversation.objects.exists()


def test_the_same_again_makes_no_new_accounts():
    seed()
    seed()
    assert User.objects.count() == 15


@pytest.mark.parametrize("given", [{"days": 0}, {"days": 4000}, {"each": 0}, {"each": 20_001}])
def test_numbers_that_make_no_sense_are_told(given):
    with pytest.raises(CommandError, match="From 1 to"):
        seed(**given)
