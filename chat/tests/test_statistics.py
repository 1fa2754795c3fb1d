"""Statistics: what a day had, what a period adds up to, and who sees it, over the API, on the page and as a file."""

from __future__ import annotations

import csv
import io
import re
import statistics as reckoned
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from chat import day_counts, latencies, statistics
from chat.charts import Bars, Lines, Series
from chat.models import Conversation, DayCounts, Feedback, Message, RowLock
from moderation.models import Decision

pytestmark = pytest.mark.django_db

STATS = "/api/admin/stats"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = NOON.date()


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """The product's clock stands in the morning of 12 March; the day before is over."""
    stands = [datetime(2026, 3, 12, 9, tzinfo=UTC)]
    monkeypatch.setattr(timezone, "now", lambda: stands[0])
    return stands


@pytest.fixture
def staffs(colleague):
    client = Client()
    client.force_login(colleague)
    return client


def talk(user: User, at: datetime, *metadata: dict, comment: str = "") -> Conversation:
    """A conversation with a question and a reply for each metadata, all at that time."""
    conversation = Conversation.objects.create(user=user)
    for place, of_reply in enumerate(metadata):
        asked = Message.objects.create(
            conversation=conversation, position=2 * place + 1, sender="user", status="sent", content="peculiarwords"
        )
        Message.objects.create(
            conversation=conversation, position=2 * place + 2, sender="assistant", status="done", reply_to=asked,
            content="peculiarwords", metadata=of_reply,
        )  # fmt: skip
    Message.objects.filter(conversation=conversation).update(created_at=at)
    return conversation


def decide(conversation: Conversation, category: str, at: datetime) -> None:
    decision = Decision.objects.create(
        patient_id=conversation.user_id, conversation_id=conversation.id, message_id=uuid.uuid4(), severity="high",
        category=category, action="blocked",
    )  # fmt: skip
    Decision.objects.filter(id=decision.id).update(created_at=at)


def rate(conversation: Conversation, rating: int, at: datetime) -> None:
    for reply in conversation.messages.filter(sender="assistant"):
        Feedback.objects.create(message=reply, rating=rating)
        Feedback.objects.filter(message=reply).update(created_at=at)


ANSWERED = {
    "kind": "answer",
    "counts": {"prompt_tokens": 900, "completion_tokens": 120, "hits": 9},
    "timings": {"summarized": 400, "retrieved": 500, "first_text": 900, "written": 3000},
}
QUOTED = {"kind": "answer", "counts": {"hits": 4}, "timings": {"retrieved": 20, "first_text": 21, "written": 22}}
NOT_FOUND = {"kind": "not_found", "counts": {"hits": 0}, "timings": {"retrieved": 20}}
WITHDRAWN = {"withdrawn": True, "unsupported": ["s1", "s2"]}


@pytest.fixture
def a_day(owner, outsider):
    """What 10 March had, with neighbours that are just before and after it."""
    first = talk(owner, NOON, ANSWERED, QUOTED, {})
    talk(owner, NOON, NOT_FOUND)
    talk(outsider, datetime(2026, 3, 10, tzinfo=UTC), WITHDRAWN, {"unsupported": []}, {"withdrawn": False})
    talk(outsider, datetime(2026, 3, 9, 23, 59, 59, 999999, tzinfo=UTC), ANSWERED)
    last = talk(outsider, datetime(2026, 3, 11, tzinfo=UTC), ANSWERED)
    rate(first, 1, NOON)
    rate(last, -1, NOON + timedelta(days=1))
    for category in ("violence", "violence", "abuse"):
        decide(first, category, NOON)
    decide(first, "abuse", NOON - timedelta(days=1))
    return first


def of(counts: dict, *names: str) -> list:
    return [counts[name] for name in names]


def stats(client, **query):
    return client.get(STATS, {"from": str(DAY), "to": str(DAY), **query})


# What a day had


@pytest.mark.parametrize("counted", ["beforehand", "now"])
def test_a_day_in_numbers(client_of, colleague, a_day, now, counted):
    if counted == "beforehand":
        call_command("count_days", verbosity=0)
    else:
        now[0] = NOON + timedelta(hours=11)
    answer = stats(client_of(colleague)).json()
    [day] = answer["days"]
    assert (answer["from"], answer["to"], day["day"], answer["uncounted"]) == (*3 * ("2026-03-10",), 0)
    assert of(day, "conversations", "messages", "replies", "active_patients") == [3, 14, 7, 2]
    assert of(day, "prompt_tokens", "completion_tokens") == [900, 120]
    assert of(day, "not_found", "withdrawn", "checked", "unsupported") == [1, 1, 2, 2]
    assert of(day, "thumbs_up", "thumbs_down") == [3, 0]
    assert day["flags"] == {"violence": 2, "abuse": 1}
    of_stage = {latency["stage"]: latency for latency in day["latencies"]}
    assert {stage: latency["count"] for stage, latency in of_stage.items()} == {
        "summarizing": 1, "retrieving": 3, "starting": 2, "writing": 2, "first word": 2, "whole answer": 2,
    }  # fmt: skip
    assert of_stage["writing"]["p95"] == pytest.approx(2100, rel=0.045)
    assert of_stage["whole answer"]["p50"] == pytest.approx(22, abs=1)
    assert answer["totals"] == {key: value for key, value in day.items() if key != "day"}


def test_a_period_adds_up(client_of, colleague, a_day):
    call_command("count_days", verbosity=0)
    answer = client_of(colleague).get(STATS, {"from": "2026-03-09", "to": "2026-03-12"}).json()
    assert [day["conversations"] for day in answer["days"]] == [1, 3, 1, 0]
    totals = answer["totals"]
    assert of(totals, "conversations", "messages", "prompt_tokens", "thumbs_down") == [5, 18, 2700, 1]
    assert totals["active_patients"] == 2, "the most of a day"
    assert totals["flags"] == {"violence": 2, "abuse": 2}
    whole = next(latency for latency in totals["latencies"] if latency["stage"] == "whole answer")
    assert whole["count"] == 4
    assert whole["p50"] == pytest.approx(3000, rel=0.045)


def test_without_a_period_it_is_the_last_thirty_days(client_of, colleague):
    answer = client_of(colleague).get(STATS).json()
    assert (answer["from"], answer["to"], len(answer["days"])) == ("2026-02-11", "2026-03-12", 30)
    assert answer["totals"]["messages"] == 0
    assert {latency["p50"] for latency in answer["totals"]["latencies"]} == {None}


@pytest.mark.parametrize(
    ("query", "field"),
    [({"from": "yesterday"}, "from"), ({"to": "2026-02-30"}, "to"),
     ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
     ({"from": "1999-12-31"}, "from"), ({"to": "2026-03-13"}, "to"), ({"to": "9999-12-31"}, "to"),
     ({"from": "2010-01-01"}, "from"), ({"days": "0"}, "days"), ({"days": "9" * 40}, "days"),
     ({"from": "2026-03-02\x00"}, "from")],
)  # fmt: skip
def test_a_period_that_is_none_is_told(client_of, colleague, staffs, error_of, query, field):
    answer = client_of(colleague).get(STATS, query)
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == [field]
    page = staffs.get("/admin/", query)
    assert page.status_code == 200
    assert answer.json()["error"]["fields"][field][0] in page.content.decode()
    assert staffs.get("/admin/chat/daycounts/csv/", query).status_code == 302


# Counting


def test_what_is_deleted_later_stays_in_the_numbers_of_its_day(client_of, owner, colleague, a_day):
    call_command("count_days", verbosity=0)
    before = stats(client_of(colleague)).json()
    assert client_of(owner).delete(f"/api/conversations/{a_day.id}").status_code == 204
    day_counts.count_when_due()
    assert stats(client_of(colleague)).json() == before


def test_counting_again_leaves_out_what_was_deleted(client_of, colleague, a_day):
    call_command("count_days", verbosity=0)
    a_day.delete()
    call_command("count_days", "--again", "--from", str(DAY), "--to", str(DAY), verbosity=0)
    assert stats(client_of(colleague)).json()["totals"]["conversations"] == 2


def test_the_server_counts_what_is_over_and_each_day_once(a_day, now):
    day_counts.count_when_due()
    assert list(DayCounts.objects.values_list("day", flat=True)) == [
        DAY + timedelta(days=1),
        DAY,
        DAY - timedelta(days=1),
    ]
    DayCounts.objects.update(messages=0)
    now[0] += timedelta(hours=15, minutes=59)  # 00:59: the last replies of a day may still be written
    day_counts.count_when_due()
    assert DayCounts.objects.count() == 3
    now[0] += timedelta(minutes=2)
    day_counts.count_when_due()
    assert DayCounts.objects.count() == 4
    assert set(DayCounts.objects.values_list("messages", flat=True)) == {0}


def test_one_process_counts_at_a_time(a_day, now):
    RowLock.objects.create(name="day counts", leased_until=now[0] + timedelta(minutes=5))
    day_counts.count_when_due()
    assert not DayCounts.objects.exists()
    now[0] += timedelta(minutes=6)  # whoever had it is gone
    day_counts.count_when_due()
    assert DayCounts.objects.count() == 3


def test_without_messages_there_is_nothing_to_count(capsys):
    call_command("count_days")
    assert "Counted 0 days." in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--from=March", "--to=2026-13-01"])
def test_a_command_with_a_date_that_is_none(option):
    with pytest.raises(CommandError, match="a date like"):
        call_command("count_days", option)


def test_days_that_wait_to_be_counted_are_told(client_of, colleague, staffs, owner):
    talk(owner, NOON - timedelta(days=5), ANSWERED)
    answer = client_of(colleague).get(STATS, {"days": 30}).json()
    assert answer["uncounted"] == 6, "today and yesterday are counted as one looks"
    assert "6 days of this period aren’t counted yet" in staffs.get("/admin/").content.decode()
    call_command("count_days", verbosity=0)
    assert client_of(colleague).get(STATS, {"days": 30}).json()["uncounted"] == 0


def test_no_row_names_anybody(a_day, owner, outsider):
    call_command("count_days", verbosity=0)
    kept = str(list(DayCounts.objects.values()))
    for trace in ("peculiarwords", str(owner.id), str(outsider.id), str(a_day.id)):
        assert trace not in kept


# Percentiles


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_percentiles_are_right_to_four_and_a_half_percent(share):
    measured = [round(1.013**number) for number in range(900)]
    sizes: dict[str, int] = {}
    for milliseconds in measured:
        size = latencies.size_of(milliseconds)
        sizes[size] = sizes.get(size, 0) + 1
    true = reckoned.quantiles(measured, n=100, method="inclusive")[round(share * 100) - 1]
    assert latencies.percentile(sizes, share) == pytest.approx(true, rel=0.045)


@pytest.mark.parametrize("milliseconds", [0, 1])
def test_what_took_no_time_counts_as_a_millisecond(milliseconds):
    assert latencies.percentile({latencies.size_of(milliseconds): 1}, 0.95) == 1


# Who sees it


WHO = ["nobody", "owner", "outsider", "moderator", "administrator", "staff without the permission"]


@pytest.fixture
def people(owner, outsider, colleague):
    without = UserFactory(role=User.Role.MODERATOR)
    without.groups.clear()
    administrator = UserFactory(role=User.Role.ADMIN)
    return dict(zip(WHO, (None, owner, outsider, colleague, administrator, without), strict=True))


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("by", ["token", "session"])
def test_only_staff_with_the_permission_get_it_over_the_api(client_of, people, error_of, who, by):
    client = client_of(people[who] if by == "token" else None)
    if by == "session" and people[who]:
        client.force_login(people[who], backend="django.contrib.auth.backends.ModelBackend")
        client.handler._force_user = None  # the session alone
    answer = client.get(STATS)
    if who in ("moderator", "administrator"):
        assert answer.status_code == 200
    else:
        assert answer.status_code in ((401, 403) if by == "session" else (401 if who == "nobody" else 403,))
        assert error_of(answer) in ("not_authenticated", "not_allowed")


@pytest.mark.parametrize("who", WHO)
def test_only_staff_with_the_permission_see_the_page_and_the_file(people, a_day, who):
    client = Client()
    if people[who]:
        client.force_login(people[who])
    page, file = client.get("/admin/"), client.get("/admin/chat/daycounts/csv/")
    if who in ("moderator", "administrator"):
        assert "Flags by category" in page.content.decode()
        assert file.status_code == 200
    else:
        assert "Flags by category" not in page.content.decode()
        assert file.status_code in (302, 403)
        assert b"Conversations" not in file.content


# The page and the file


def test_the_page_has_a_table_behind_each_chart(staffs, a_day):
    call_command("count_days", verbosity=0)
    page = staffs.get("/admin/", {"from": "2026-03-09", "to": "2026-03-11"}).content.decode()
    figures = re.findall(r"<figure.*?</figure>", page, re.S)
    assert len(figures) == 9
    for figure in figures:
        assert re.search(r'<figcaption id="([\w-]+)">.*<svg [^>]*aria-labelledby="\1".*<table>', figure, re.S)
    volume = figures[0]
    assert "10 Mar 2026: messages 14, conversations 3" in volume
    assert re.search(r'<th scope="row">10 Mar 2026</th><td>14</td><td>3</td>', volume)
    assert "peculiarwords" not in page


def test_nothing_on_the_page_needs_what_the_policy_forbids(staffs, a_day):
    answer = staffs.get("/admin/")
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=", page)


def test_an_empty_period_says_so(staffs):
    page = staffs.get("/admin/").content.decode()
    assert page.count("<figure") == 9
    assert "No language model wrote in this period." in page
    assert "Screening flagged nothing in this period." in page
    assert "<table>" not in page.split('class="charts"')[1]


def test_unsupported_sentences_are_counted_where_answers_were_checked_only(staffs, owner):
    assert "No answer of this period was checked" in staffs.get("/admin/").content.decode()
    talk(owner, timezone.now(), WITHDRAWN)
    assert "1 answer was checked for unsupported sentences." in staffs.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("days", "step", "places"),
    [(7, "Day", 7), (92, "Day", 92), (93, "Week", 14), (365, "Week", 53), (600, "Month", 21)],
)
def test_longer_periods_are_shown_by_week_and_by_month(staffs, a_day, days, step, places):
    call_command("count_days", verbosity=0)
    page = staffs.get("/admin/", {"days": days}).content.decode()
    volume = re.findall(r"<figure.*?</figure>", page, re.S)[0]
    assert f'<th scope="col">{step}</th>' in volume
    assert volume.count('<th scope="row">') == places


def test_the_file_has_a_line_for_each_day(staffs, a_day):
    call_command("count_days", verbosity=0)
    answer = staffs.get("/admin/chat/daycounts/csv/", {"from": "2026-03-09", "to": "2026-03-11"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "veda-statistics-2026-03-09-2026-03-11.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["Day"] for row in rows] == ["2026-03-09", "2026-03-10", "2026-03-11"]
    assert of(rows[1], "Messages", "Conversations begun", "Flags: violence", "Flags: abuse") == ["14", "3", "2", "1"]
    assert [row["Flags: violence"] for row in rows] == ["0", "2", "0"]
    assert float(rows[1]["Writing, p95 (ms)"]) == pytest.approx(2100, rel=0.045)
    assert rows[1]["Summarizing, p50 (ms)"]


def test_the_chosen_period_is_marked_and_leads_to_its_file(staffs):
    page = staffs.get("/admin/", {"days": 90}).content.decode()
    assert '<a href="?days=90" aria-current="true">90 days</a>' in page
    assert page.count("aria-current") == 1
    assert "csv/?from=2025-12-13&amp;to=2026-03-12" in page


# Drawing


def test_a_line_stays_in_its_frame_and_breaks_where_nothing_is():
    lines = Lines([Series("a", [0, 7, None, 1000])], ["1", "2", "3", "4"])
    [(_, path)] = lines.paths
    assert path.count("M") == 2
    heights = [float(found) for found in re.findall(r"[ML]\S+ ([\d.]+)", path)]
    assert heights[0] == lines.bottom
    assert min(heights) >= lines.top
    assert [mark.text for mark in lines.grid] == ["0", "250", "500", "750", "1k"]


@pytest.mark.parametrize("values", [[0], [None], [1], [0.2, 0.1], [10**12]])
def test_a_line_of_few_or_strange_values_is_drawn(values):
    lines = Lines([Series("a", values)], [str(value) for value in values])
    assert len(lines.points) == len(values)
    assert lines.grid
    assert lines.is_empty == (not any(values))


def test_the_longest_bar_fills_the_width():
    bars = Bars(["p50", "p95"], [("first", [10, 20]), ("second", [None, 5])])
    assert [bar.width for bar in bars.bars] == [163, 326, 81.5]
    assert bars.height > max(bar.y for bar in bars.bars)


def test_the_day_of_today_is_the_one_in_utc(now):
    now[0] = datetime(2026, 3, 13, 0, 30, tzinfo=UTC)
    assert day_counts.today() == date(2026, 3, 13)
    assert statistics.PeriodForm({}).period.last == date(2026, 3, 13)
