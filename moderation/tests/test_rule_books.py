"""Versions of the rules: who may write them, what is refused, and that processes follow."""

from __future__ import annotations

import html
import json
import re
import time

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.tests.factories import UserFactory
from moderation import admin, services
from moderation.models import RuleBook

pytestmark = pytest.mark.django_db

ADD, LIST = "/admin/moderation/rulebook/add/", "/admin/moderation/rulebook/"
ASKED = re.compile(r"If you mean that, enter (\d+) here")
RULE = {"id": "moon", "severity": "high", "category": "worry", "blocks": True, "phrases": ["purple moon"]}


def book_text(*rules, version="mine"):
    return json.dumps({"version": version, "rules": rules or [RULE]}, indent=1)


@pytest.fixture
def administrator(db):
    return UserFactory(role="admin")


@pytest.fixture
def staff(client, administrator):
    client.force_login(administrator)
    return client


def put_into_force(staff, text, **data):
    """As somebody who read what would no longer be heard, and means it."""
    answer = staff.post(ADD, {"text": text, "note": "x", "_save": "1", **data})
    asked = ASKED.search(html.unescape(answer.content.decode()))
    return staff.post(ADD, {"text": text, "note": "x", "not_heard": asked[1], "_save": "1", **data})


@pytest.fixture
def look_again(monkeypatch):
    """As if the time since the last look were over."""

    def look():
        services.stored.looked_at = float("-inf")

    monkeypatch.setattr(services, "stored", services.StoredRules())
    return look


def test_an_administrator_puts_rules_into_force_and_screening_follows(staff, administrator, look_again):
    assert services.screen("a purple moon").severity is None
    answer = put_into_force(staff, book_text(), note="moons")
    assert answer.status_code == 302
    book = RuleBook.objects.get()
    assert (book.author_id, book.note) == (administrator.id, "moons")
    look_again()
    verdict = services.screen("a purple moon")
    assert (verdict.rule, verdict.rules_version) == ("moon", str(book.number))


IN_FORCE = f"{LIST}in-force/"


def test_moderators_see_which_rules_are_in_force_and_where_they_come_from(client, administrator, look_again):
    client.force_login(UserFactory(role="moderator"))
    for address in (LIST, IN_FORCE):
        assert "as they ship with Veda" in client.get(address).content.decode()
    page = client.get(IN_FORCE).content.decode()
    for rule in services.shipped_rules().rules + services.answer_rules().rules:
        assert f'<th scope="row">{rule.id}</th>' in page
    book = RuleBook.objects.create(text=book_text(), note="moons", author_id=administrator.id)
    look_again()
    for address in (LIST, IN_FORCE):
        page = client.get(address).content.decode()
        assert f"version {book.number}, written by {administrator.name}" in page
        assert "In force: 1 rules" not in page
    assert '<th scope="row">moon</th>' in page
    assert client.get(ADD).status_code == 403


def test_nobody_else_does(client):
    client.force_login(UserFactory(role="patient"))
    assert client.get(IN_FORCE).status_code == 302


def test_rules_of_staff_about_answers_hold_beside_those_that_ship(look_again):
    about_answers = {**RULE, "answer": "withdraw", "blocks": False}
    RuleBook.objects.create(text=book_text(RULE | {"id": "other"}, about_answers))
    look_again()
    services.screen("hello")
    assert services.screen_answer("Look at the purple moon.").rule == "moon"
    assert services.screen_answer("Call 999 now.").notice
    assert not services.screen_answer("Rest.").withdraw


def test_a_look_is_taken_every_other_second_and_no_oftener(look_again, django_assert_num_queries):
    services.screen("hello")  # the first of all has rules to read, which may take longer than that
    look_again()
    with django_assert_num_queries(1):
        for _ in range(5):
            services.screen("hello")


def test_what_is_no_rule_in_the_database_leaves_the_last_good_version(look_again, logged):
    RuleBook.objects.create(text=book_text(), note="good")
    assert services.screen("purple moon").rule == "moon"
    RuleBook.objects.create(text="{", note="broken, by another door")
    look_again()
    assert services.screen("purple moon").rule == "moon"
    assert any("RuleError" in line for line in logged())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1, column 2"),
        ('{"version": "mine", "rules": []}', "there is no rule in it"),
        ("{}", "a text of 1 to 32 characters"),
        (book_text(RULE | {"phrases": [" "]}), "rule moon"),
        (book_text(RULE | {"phrases": ["the"]}), "nearly every text"),
        (book_text(RULE | {"patterns": ["(a+)+b"]}), "pattern 1, column 3"),
        (book_text(RULE | {"patterns": ["moon …15 moon …15 moon …15 moon …15 moon"]}), "pattern 1"),
        (book_text(RULE | {"phrases": ["a", "my", "what is"]}), "nearly every text"),
        (book_text(RULE | {"patterns": ["(my|what|how|is|can|do|what is|how do)"]}), "nearly every text"),
    ],
)
def test_broken_empty_catch_all_and_runaway_rules_are_refused(staff, text, said):
    answer = staff.post(ADD, {"text": text, "note": "x", "_save": "1"})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not RuleBook.objects.exists()


@pytest.mark.parametrize("text", ['{"low": ["zzz"]}', book_text()])
@pytest.mark.parametrize("number", ["", "0", "7"])
def test_nobody_switches_off_the_rules_of_danger_without_saying_how_much(staff, text, number):
    answer = staff.post(ADD, {"text": text, "note": "x", "not_heard": number, "_save": "1"})
    page = html.unescape(answer.content.decode())
    missed = int(ASKED.search(page)[1])
    assert f"With these rules {missed} of {missed} example messages" in page
    assert not RuleBook.objects.exists()
    assert put_into_force(staff, text).status_code == 302
    assert RuleBook.objects.get().text == text


def test_the_rules_that_ship_with_one_more_ask_for_nothing(staff):
    book = json.loads(services.shipped_text())
    book["rules"].append(RULE)
    answer = staff.post(ADD, {"text": json.dumps(book), "note": "one more", "_save": "1"})
    assert answer.status_code == 302


def test_without_the_rule_of_crises_it_says_how_many_would_be_missed(staff):
    book = json.loads(services.shipped_text())
    book["rules"] = [rule for rule in book["rules"] if rule["category"] != "self_harm_crisis"]
    page = html.unescape(staff.post(ADD, {"text": json.dumps(book), "note": "x", "_save": "1"}).content.decode())
    assert 0 < int(ASKED.search(page)[1]) < len(services.examples_of_danger())


def test_the_form_says_that_a_version_takes_the_place_of_the_rules_that_ship(staff):
    assert "takes the place of the rules that ship" in staff.get(ADD).content.decode()


WORDS = [f"moon{first}{second}" for first in "abcdefghijklmnopqrst" for second in range(1000)]
FAR_TOO_MUCH = {
    "many words": (json.dumps({"low": WORDS}), "20,000 phrases, patterns and list entries are too many"),
    "many characters": (json.dumps({"low": ["moon" * 60_000, "star" * 60_000]}), "characters are too many"),
    "a long list in many patterns": (
        json.dumps(
            {
                "version": "mine",
                "lists": {"moons": WORDS[:2_000]},
                "rules": [{**RULE, "patterns": [f"<moons> {word}" for word in WORDS[:2_000]]}],
            }
        ),
        "takes too long to read",
    ),
}


@pytest.mark.parametrize(("text", "said"), FAR_TOO_MUCH.values(), ids=FAR_TOO_MUCH)
@pytest.mark.parametrize("button", ["_try", "_save"])
def test_what_would_hold_up_the_page_is_refused_in_bounded_time(staff, monkeypatch, text, said, button):
    monkeypatch.setattr(admin, "READ_SECONDS", 0.3)
    began = time.thread_time()
    page = staff.post(ADD, {"text": text, "note": "x", "example": "moon", button: "1"}).content.decode()
    assert said in page
    assert time.thread_time() - began < 5
    assert not RuleBook.objects.exists()


def test_rules_are_tried_on_an_example_and_nothing_is_kept(staff):
    page = staff.post(ADD, {"text": book_text(), "example": "Oh, a Purple  Moon!", "_try": "1"}).content.decode()
    assert "High, worry" in page
    assert "<li>Purple  Moon</li>" in page
    assert "The model isn&#x27;t called" in page or "The model isn't called" in page
    assert not RuleBook.objects.exists()
    page = staff.post(ADD, {"text": book_text(), "example": "hello", "_try": "1"}).content.decode()
    assert "Nothing was found" in page
    assert "line 1" in staff.post(ADD, {"text": "{", "example": "hello", "_try": "1"}).content.decode()


def test_the_form_begins_with_what_is_in_force(staff):
    assert "emergency-stroke" in staff.get(ADD).content.decode()
    RuleBook.objects.create(text=book_text(), note="x")
    page = staff.get(ADD).content.decode()
    assert "purple moon" in page
    assert "emergency-stroke" not in page


def test_a_version_shows_what_has_changed_and_an_older_one_is_restored(staff, administrator):
    first = RuleBook.objects.create(text=book_text(), note="first")
    second = RuleBook.objects.create(text=book_text(RULE | {"phrases": ["green moon"]}), note="second")
    page = staff.get(f"{LIST}{second.number}/change/").content.decode()
    assert re.search(r"^- +&quot;purple moon&quot;$", page, re.MULTILINE)
    assert re.search(r"^\+ +&quot;green moon&quot;$", page, re.MULTILINE)
    assert "Restore" not in page
    assert "Restore" in staff.get(f"{LIST}{first.number}/change/").content.decode()
    page = staff.post(f"{LIST}{first.number}/restore", follow=True).content.decode()
    assert RuleBook.objects.first() == second, "it hears nothing of danger"
    staff.post(f"{LIST}{first.number}/restore", {"not_heard": ASKED.search(html.unescape(page))[1]})
    newest = RuleBook.objects.first()
    assert (newest.text, newest.author_id) == (first.text, administrator.id)
    assert newest.number > second.number


def test_restoring_takes_a_post_and_a_version_that_is_there(staff):
    book = RuleBook.objects.create(text=book_text(), note="x")
    assert staff.get(f"{LIST}{book.number}/restore").status_code == 405
    assert staff.post(f"{LIST}{book.number + 9}/restore").status_code == 302
    assert RuleBook.objects.count() == 1


def test_moderators_read_and_others_see_nothing(client, colleague, outsider):
    book = RuleBook.objects.create(text=book_text(), note="x")
    pages = [LIST, f"{LIST}{book.number}/change/"]
    client.force_login(colleague)
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert client.get(ADD).status_code == 403
    for data in ({"_save": "1"}, {"_try": "1", "example": "x"}):
        assert client.post(ADD, {"text": book_text(), "note": "y", **data}).status_code == 403
    assert client.post(f"{LIST}{book.number}/restore").status_code == 403
    client.force_login(outsider)
    assert [client.get(page).status_code for page in pages] == [302, 302]
    assert RuleBook.objects.count() == 1


def test_a_version_is_never_changed(staff):
    book = RuleBook.objects.create(text=book_text(), note="x")
    staff.post(f"{LIST}{book.number}/change/", {"text": book_text(version="other"), "note": "y"})
    staff.post(f"{LIST}{book.number}/delete/", {"post": "yes"})
    assert RuleBook.objects.get().text == book.text
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleBook.objects.update(note="other")
    assert connection.is_usable()


def test_no_page_of_rules_has_a_script_or_a_style_of_its_own(staff):
    book = RuleBook.objects.create(text=book_text(), note="x")
    for page in (ADD, LIST, f"{LIST}{book.number}/change/"):
        html = staff.get(page).content.decode()
        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html
