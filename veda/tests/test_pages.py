"""The pages that the server gives, and what the front end asks before anybody signs in."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from moderation.help import KIND_NAMES, Kind
from moderation.services import resources

APP = Path(__file__).resolve().parents[2] / "frontend/src/App.jsx"
PAGES = [
    address.replace(":id?", "0b0b0b0b-0000-4000-8000-000000000000")
    for address in re.findall(r'path="(/[^"]*)"', APP.read_text())
]


@pytest.mark.parametrize("address", [*PAGES, "/chat"])
def test_every_page_of_the_front_end_is_the_one_that_was_built(client, settings, tmp_path, address):
    (tmp_path / "index.html").write_text("<!doctype html><title>Built</title>", encoding="utf-8")
    settings.FRONTEND_DIST = tmp_path
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "no-cache" in answer["Cache-Control"]
    assert "<title>Built</title>" in answer.content.decode()


def test_a_front_end_that_isnt_built_says_how_to_build_it(client, settings, tmp_path):
    settings.FRONTEND_DIST = tmp_path
    answer = client.get("/")
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "npm run build" in page
    assert "/emergency" in page


def test_the_emergency_page_has_every_number_for_one_who_is_not_signed_in(client):
    answer = client.get("/emergency")
    assert answer.status_code == 200
    page = answer.content.decode()
    for country in resources()["countries"].values():
        assert country["name"] in page
        for number in country["numbers"]:
            how = "sms" if number.get("by_text") else "tel"
            assert f"{how}:{number['number'].replace(' ', '')}" in page
            assert number["source"].replace("&", "&amp;") in page


def test_the_only_script_of_the_emergency_page_is_that_of_the_chosen_look(client):
    page = client.get("/emergency").content.decode()
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/app/theme.js" async>']  # no number waits for it


def headings(page):
    return re.findall(r"<h[23]>([^<]*)</h[23]>", page)


def test_the_country_that_is_asked_for_comes_first_and_by_kind(client):
    page = client.get("/emergency?country=IE").content.decode()
    found = [html.unescape(heading) for heading in headings(page)]
    kinds = {number["kind"] for number in resources("IE")["countries"]["IE"]["numbers"]}
    assert found[: len(kinds) + 1] == ["Ireland", *(KIND_NAMES[kind] for kind in Kind if kind in kinds)]
    assert found.count("Ireland") == 1
    assert set(found) >= {country["name"] for country in resources()["countries"].values()}
    assert '<option value="IE" selected>' in page
    assert page.index('href="tel:112"') < page.index('href="sms:50808"') < page.index('href="tel:1800666666"')


@pytest.mark.parametrize("given", ["ie", " IE "])
def test_a_country_is_known_however_it_is_written(client, given):
    assert headings(client.get("/emergency", {"country": given}).content.decode())[0] == "Ireland"


@pytest.mark.parametrize("given", ["XX", "<script>", "a" * 5000, "\0", "é"])
def test_where_no_numbers_are_known_what_holds_anywhere_comes_first(client, given):
    answer = client.get("/emergency", {"country": given})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Veda knows no numbers of that country" in page
    assert headings(page)[0] == resources()["international"]["name"]
    assert "<script>" not in page


def test_a_country_can_be_chosen_without_a_script(client):
    page = client.get("/emergency").content.decode()
    assert page.index('<form action="/emergency" method="get">') < page.index('href="tel:')
    for code, country in resources()["countries"].items():
        assert f'<option value="{code}">{country["name"]}</option>' in page
        assert f'<section id="{code}"' in page  # where the front end's link goes to


def called(page):
    """Whom one may call at once, in the order of the page, before its list of countries."""
    return re.findall(r'href="tel:(\d+)"', page[: page.index("<nav")])


def test_without_a_country_each_emergency_number_comes_before_the_countries_with_where_it_serves(client):
    page = client.get("/emergency").content.decode()
    numbers = called(page)
    assert numbers[:3] == ["112", "911", "999"]
    assert len(set(numbers)) == len(numbers)
    for country in resources()["countries"].values():
        [first, *_] = [number for number in country["numbers"] if number["kind"] == "emergency"]
        row = re.search(rf'href="tel:{first["number"]}".*?</a>', page, re.S)[0]
        assert country["name"] in row
    assert resources()["international"]["text"] in page[: page.index("<nav")]
    assert "suggests" not in page


@pytest.mark.parametrize(
    ("languages", "number", "name"),
    [("en-GB,en;q=0.9", "999", "United Kingdom"), ("pt-BR", "192", "Brazil"), ("fr-FR,en-US", "15", "France")],
)
def test_the_country_of_the_browsers_language_is_proposed_and_called_a_guess(client, languages, number, name):
    answer = client.get("/emergency", headers={"accept-language": languages})
    page = answer.content.decode()
    assert called(page)[0] == number
    assert f"<strong>{name}</strong>, as your browser’s language suggests" in page
    found = [html.unescape(heading) for heading in headings(page)]
    assert found[0] == name
    assert "selected" not in page
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.parametrize("languages", ["de,en-US;q=0.7,en;q=0.3", "en", "en-XX", "*", "en-<script>", "x" * 5000])
def test_a_browser_that_names_no_known_country_first_proposes_none(client, languages):
    answer = client.get("/emergency", headers={"accept-language": languages})
    assert answer.status_code == 200
    assert "suggests" not in answer.content.decode()


def test_a_chosen_country_outdoes_the_browsers(client):
    page = client.get("/emergency?country=IE", headers={"accept-language": "en-GB"}).content.decode()
    assert called(page)[0] == "112"
    assert "suggests" not in page


def test_the_emergency_page_leads_back_to_the_chat(client):
    assert '<a class="back" href="/chat">' in client.get("/emergency").content.decode()


@pytest.mark.parametrize("address", ["/", "/chat", "/nowhere", "/api/docs", "/admin/login/"])
def test_every_page_leads_there_without_a_script(client, settings, address):
    settings.FRONTEND_DIST = settings.BASE_DIR / "frontend"  # its page as it is before it is built
    page = client.get(address, headers={"accept": "text/html"}, follow=True).content.decode()
    assert 'href="/emergency"' in re.sub(r"<script.*?</script>", "", page, flags=re.S)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/emergency", "/emergency?country=IE"])
def test_the_emergency_page_asks_nothing_of_the_database(client, django_assert_num_queries, colleague, address):
    client.force_login(colleague)
    with django_assert_num_queries(0):
        assert client.get(address).status_code == 200


def test_the_configuration_is_for_everybody(client, settings):
    settings.MAX_MESSAGE_CHARS = 123
    settings.TERMS_VERSION = "2030-01"
    answer = client.get("/api/config")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {
        "terms_version", "recipients", "operator", "consents", "registration", "minimum_age", "google", "mail",
        "conversation_retention_days",
        "answerer", "limits", "inputs", "suggestions", "countries",
    }  # fmt: skip
    known = resources()["countries"]
    assert body["countries"] == [{"code": code, "name": country["name"]} for code, country in known.items()]
    assert (body["terms_version"], body["limits"]["message_chars"]) == ("2030-01", 123)
    assert set(body["answerer"]) == {"provider", "model", "language_model", "label"}
    assert body["answerer"]["language_model"] is False
    assert body["suggestions"]
    assert all(suggestion.endswith("?") for suggestion in body["suggestions"])


def test_a_bad_token_doesnt_keep_the_configuration_from_anybody(client):
    assert client.get("/api/config", headers={"Authorization": "Bearer garbage"}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/emergency", "/health", "/api/config"])
def test_no_page_may_be_framed_or_tells_where_one_came_from(client, address):
    answer = client.get(address)
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Content-Type-Options"] == "nosniff"
