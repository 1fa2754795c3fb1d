"""The numbers to call and the fixed replies: what ships is sound, what isn't sound is named."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from moderation import services
from moderation.help import FILE, KIND_NAMES, NUMBERS, Kind, load_help, shipped_help

SHIPPED = json.loads(FILE.read_text(encoding="utf-8"))
CATEGORIES = sorted(SHIPPED["replies"])
COUNTRIES = sorted(SHIPPED["countries"])


def changed(place: str, value: Any) -> dict[str, Any]:
    """What ships, with one place (like `countries.IE.numbers.0.kind`) changed, or gone where the value is `...`."""
    data = copy.deepcopy(SHIPPED)
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    within: Any = data
    for step in way:
        within = within[step]
    if value is ...:
        del within[last]
    else:
        within[last] = value
    return data


@pytest.fixture
def load(tmp_path):
    def write_and_load(data: Any):
        file = tmp_path / "help.json"
        file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        return load_help(file)

    return write_and_load


def test_what_ships_is_sound():
    book = shipped_help()
    assert len(book.countries) >= 11
    assert set(KIND_NAMES) == set(Kind)
    for code, country in book.countries.items():
        calls = [(number.kind, number.number) for number in country.numbers]
        assert len(set(calls)) == len(calls), f"{code} names a number twice"


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("countries.IE.numbers.0.kind", "weather", r"IE: Invalid enum value 'weather'.*numbers\[0\]\.kind"),
        ("countries.IE.numbers.0.source", ..., r"IE: .*missing required field `source`.*numbers\[0\]"),
        ("countries.IE.numbers.0.source", "somebody said so", r"IE: .*numbers\[0\]\.source"),
        ("countries.IE.numbers.0.source", "http://hse.ie/a", r"IE: .*numbers\[0\]\.source"),
        ("countries.IE.numbers.0.last_verified", ..., r"IE: .*missing required field `last_verified`"),
        ("countries.IE.numbers.0.last_verified", "lately", r"IE: .*numbers\[0\]\.last_verified"),
        ("countries.IE.numbers.0.last_verified", "2026-13-01", r"IE: .*numbers\[0\]\.last_verified"),
        ("countries.IE.numbers.0.number", "ask Ann", r"IE: .*numbers\[0\]\.number"),
        ("countries.IE.numbers.0.number", "116 123", r"IE: .*numbers\[0\]\.number"),
        ("countries.IE.numbers.0.label", " ", r"IE: .*numbers\[0\]\.label"),
        ("countries.IE.numbers.0.colour", "red", r"IE: .*unknown field `colour`.*numbers\[0\]"),
        ("countries.IE.numbers", [], r"IE: .*numbers"),
        ("countries.IE.name", ..., r"IE: .*missing required field `name`"),
        ("countries.Ireland", {}, r"Ireland: .*missing"),
        ("countries.Ireland", SHIPPED["countries"]["IE"], r"Ireland isn't a country's code"),
        ("countries", ..., r"the whole: .*missing required field `countries`"),
        ("countries", [], r"the whole: .*Expected `object`"),
        ("international.text", ..., r"international: .*missing required field `text`"),
        ("replies.other", ..., r"the reply `other` is wanted"),
        ("replies.violence.kinds", ["weather"], r"violence: Invalid enum value 'weather'"),
        ("replies.violence.kinds", [], r"violence: .*kinds"),
        ("replies.violence.text", "No numbers.", r"violence: each text wants {numbers} once"),
        ("replies.violence.under_age", "No numbers.", r"violence: each text wants {numbers} once"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_named(load, place, value, told):
    with pytest.raises(ValueError, match=rf"^help\.json isn't sound: {told}"):
        load(changed(place, value))


def test_a_country_without_an_emergency_number_is_named(load):
    poison = [number for number in SHIPPED["countries"]["IE"]["numbers"] if number["kind"] == "poison"]
    with pytest.raises(ValueError, match="IE has no emergency number"):
        load(changed("countries.IE.numbers", poison))


@pytest.mark.parametrize("content", ["", "{", "[]", "5", "null", "{}"])
def test_what_is_no_such_file_is_named(load, content):
    with pytest.raises(ValueError, match=r"^help\.json isn't sound: ."):
        load(content)


@pytest.mark.parametrize("code", COUNTRIES)
def test_a_known_country_has_its_own_numbers_and_the_international_text(code):
    found = services.resources(code)
    assert found["country"] == code
    assert found["countries"] == {code: SHIPPED["countries"][code]}
    assert found["international"] == SHIPPED["international"]


@pytest.mark.parametrize("code", ["", "XX", "ie", "Ireland"])
def test_where_no_country_is_known_there_are_all_to_choose_from(code):
    found = services.resources(code)
    assert found["country"] == ""
    assert found["countries"] == SHIPPED["countries"]
    assert found["international"]["text"]
    assert found["international"]["crisis_text"]


@pytest.mark.parametrize("category", [*CATEGORIES, "never heard of"])
@pytest.mark.parametrize("code", ["", "XX", *COUNTRIES])
def test_every_reply_names_a_number_that_can_be_called_there(category, code):
    for about_other, under_age in ((False, False), (True, False), (False, True), (True, True)):
        text = services.safe_reply(category, country=code, about_other=about_other, under_age=under_age)
        assert NUMBERS not in text
        urgent = [number for number in services.resources(code)["countries"].get(code, {"numbers": []})["numbers"]
                  if number["kind"] == "emergency"]  # fmt: skip
        for number in urgent or [{"number": "112"}]:
            assert f"**{number.get('display') or number['number']}**" in text
        if not urgent:
            assert SHIPPED["international"]["text"] in text


def test_a_reply_is_worded_for_whom_it_is_for():
    plain, other, young = (
        services.safe_reply("self_harm_crisis", country="IE", **who)
        for who in ({}, {"about_other": True}, {"under_age": True})
    )
    assert len({plain, other, young}) == 3
    assert "Ask them plainly" in other
    assert "Tell an adult you trust" in young
    both = services.safe_reply("self_harm_crisis", country="IE", about_other=True, under_age=True)
    assert both.startswith("I'm glad that you are looking out for them.")


def test_a_reply_for_the_young_names_child_lines_where_there_are_some(load):
    line = {
        "kind": "child", "label": "Moonline", "number": "5550100", "source": "https://moon.example/a",
        "last_verified": "2026-01-02",
    }  # fmt: skip
    book = load(changed("countries.IE.numbers", [*SHIPPED["countries"]["IE"]["numbers"], line]))
    young = book.reply("self_harm_crisis", "IE", about_other=False, under_age=True)
    assert young.index("5550100") < young.index("116 123") < young.index("**112**")
    assert "5550100" not in book.reply("self_harm_crisis", "IE", about_other=False, under_age=False)


def test_a_reply_names_the_kinds_of_help_it_is_about_in_their_order():
    crisis = services.safe_reply("self_harm_crisis", country="IE")
    assert crisis.index("116 123") < crisis.index("**112**")
    assert "Text **50808**" in crisis
    assert "Poisons" not in crisis
    emergency = services.safe_reply("medical_emergency", country="IE")
    assert emergency.index("**112**") < emergency.index("Poisons")
    assert "116 123" not in emergency


@pytest.mark.parametrize("code", [code for code in COUNTRIES if {"sexual_violence", "domestic_violence"} <= {
    number["kind"] for number in SHIPPED["countries"][code]["numbers"]
}])  # fmt: skip
def test_sexual_violence_has_its_own_line_first(code):
    lines = {number["kind"]: number.get("display") or number["number"]
             for number in reversed(SHIPPED["countries"][code]["numbers"])}  # fmt: skip
    for about_other in (False, True):
        told = services.safe_reply("safeguarding", country=code, about_other=about_other, sexual=True)
        assert told.index(lines["sexual_violence"]) < told.index(lines["domestic_violence"])
        hit = services.safe_reply("safeguarding", country=code, about_other=about_other)
        assert hit.index(lines["domestic_violence"]) < hit.index(lines["sexual_violence"])


def test_whoever_worries_about_a_child_is_given_the_child_lines_in_a_helpers_words():
    told = services.safe_reply("self_harm_crisis", country="IE", about_other=True, about_child=True)
    assert told.startswith("I'm glad that you are looking out for them.")
    assert told.index("1800 66 66 66") < told.index("116 123") < told.index("**112**")


@pytest.mark.parametrize(("code", "told"), [("", True), ("IE", False), ("IT", True)])
def test_where_no_crisis_line_is_known_a_crisis_gets_advice_how_to_find_one(load, code, told):
    book = load(changed("countries.IT.numbers", [
        number for number in SHIPPED["countries"]["IT"]["numbers"] if number["kind"] != "crisis"
    ]))  # fmt: skip
    crisis_text = SHIPPED["international"]["crisis_text"]
    assert (crisis_text in book.reply("self_harm_crisis", code, about_other=False, under_age=False)) == told
    assert crisis_text not in book.reply("medical_emergency", code, about_other=False, under_age=False)


def test_a_reply_promises_nobody_who_reads_along():
    """Duty hours may be empty: then no text may suggest that somebody watches."""
    for reply in SHIPPED["replies"].values():
        for name in ("text", "about_other", "under_age"):
            assert not re.search(r"\b(staff|moderator|our team|we will|watch)", reply.get(name, ""), re.IGNORECASE)


def test_every_category_that_ships_has_a_text():
    blocking = {rule.category for rule in services.shipped_rules().rules if rule.blocks or rule.emergency}
    assert blocking <= set(CATEGORIES)
