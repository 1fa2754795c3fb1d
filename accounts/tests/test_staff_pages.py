"""What the admin answers to addresses that nobody meant, and to those who may not."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL ends a transaction that it refused something in

NONSENSE = [
    "chat/conversation/?updated_at__year=99999999999999",
    "chat/conversation/?updated_at__year=99999",
    "chat/conversation/?updated_at__year=0",
    "chat/conversation/?updated_at__gte=999999999-01-01",
    "accounts/user/?email__startswith=%00",
    "accounts/user/?name=%00",
    "accounts/user/?name=%ED%A0%80",
    "accounts/user/?q=%00",
    "accounts/user/?p=99999999999999999999",
    "accounts/user/?id=x",
    "accounts/user/?role__exact=a%00",
    "accounts/user/?last_login__year=99999999999",
    "accounts/auditevent/?action__exact=%00",
    "accounts/auditevent/?details__x=%00",
    "accounts/invitation/?email__startswith=a%00",
    "moderation/decision/?id=" + "9" * 40,
    "moderation/decision/?created_at__year=99999",
    "accounts/user/add/?email=%00",
]


@pytest.fixture
def ask():
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(name="Sue Superuser", role=User.Role.ADMIN, is_superuser=True))
    return client.get


@pytest.mark.parametrize("address", NONSENSE)
def test_a_query_that_no_database_takes_is_left_out(ask, address):
    answer = ask(f"/admin/{address}", follow=True)
    assert answer.status_code in (200, 400)  # 400: a column that nobody may ask for
    assert answer.redirect_chain in ([], [(f"/admin/{address.split('?')[0]}?e=1", 302)])


@pytest.mark.parametrize(
    "address",
    [
        "moderation/decision/?patient_id=purple",
        "moderation/decision/?id__exact=purple",
        "moderation/decision/?_to_field=purple",
        "moderation/decision/?created_at__gte=purple",
        "moderation/concern/?until__year=purple",
        "chat/conversation/?title__startswith=purple",
        "chat/attachment/?message__content__contains=purple",
        "accounts/user/?password__startswith=purple",
        "accounts/auditevent/?actor_id=purple",
        "pipeline/document/?id__exact=purple",
        "?from=purple",
    ],
)
def test_an_odd_query_leaves_a_quiet_line_at_most_and_none_of_its_words(ask, logged, address):
    answer = ask(f"/admin/{address}")
    assert answer.status_code in (200, 302, 400)
    assert len(logged()) <= 1
    assert not [line for line in logged() if "ERROR" in line or "Traceback" in line or "purple" in line]


@pytest.mark.parametrize("key", ["%00", "x", "9" * 40])
@pytest.mark.parametrize("rows", ["accounts/user", "moderation/decision", "chat/conversation"])
def test_a_row_that_cannot_be_is_not_there(ask, rows, key):
    answer = ask(f"/admin/{rows}/{key}/change/?x=1", follow=True)
    assert answer.status_code in (200, 404)  # Django leads to the first page, and says there that there is none


@pytest.fixture
def refused(colleague):
    """Asks for a page that moderators may not see."""
    client = Client()
    client.force_login(colleague)
    return lambda accept: client.get("/admin/accounts/user/", headers={"accept": accept})


def test_who_may_not_see_a_page_is_told_by_one_like_the_others(refused):
    answer = refused("text/html,*/*;q=0.8")
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")
    page = answer.content.decode()
    assert "You may not do that." in page
    assert "Veda" in page
    assert "<style" not in page
    assert " style=" not in page


def test_a_program_is_told_in_the_one_shape(refused, error_of):
    answer = refused("application/json")
    assert (answer.status_code, error_of(answer)) == (403, "not_allowed")


def test_a_refusal_is_one_line_in_the_log(refused, logged):
    refused("text/html")
    lines = {line for line in logged() if "/admin/accounts/user/" in line}
    assert len(lines) == 1
    assert "Traceback" not in lines.pop()


def test_what_failed_keeps_its_traceback(logged):
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("django.request").exception("It failed")
    assert any("RuntimeError: broken" in line for line in logged())
