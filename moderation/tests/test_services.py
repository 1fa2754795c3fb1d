"""Rule files, screening with them, and decisions."""

from __future__ import annotations

import json
import uuid

import pytest

from moderation import policy, services
from moderation.models import Decision
from moderation.rule_files import RuleError
from moderation.tests import SAMPLES
from moderation.types import Severity, Verdict

RULE = {"id": "moon", "severity": "high", "category": "worry", "phrases": ["red moon"]}


@pytest.fixture
def write(tmp_path):
    """Writes a rule file."""

    def make(content):
        path = tmp_path / "xx.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return make


def test_a_rule_file_is_read(write):
    rules = services.load_rules(write({"version": "3", "rules": [RULE | {"exceptions": ["red moon rising"]}]}))
    assert rules.version == "3"
    (rule,) = rules.rules
    assert (rule.id, rule.severity, rule.phrases) == ("moon", Severity.HIGH, ("red moon",))
    assert rule.exceptions == ("red moon rising",)
    assert not rule.blocks
    assert not rule.emergency


@pytest.mark.parametrize(
    "change",
    [{"severity": "grave"}, {"severity": None}, {"phrases": []}, {"phrases": ["red moon", ""]}, {"phrases": [" "]},
     {"phrases": ["\u200b"]}, {"phrases": ["'"]}, {"phrases": "red moon"}, {"phrases": [5]}, {"phrases": None},
     {"exceptions": "red moon"}, {"exceptions": [""]}, {"category": "\ud800"}, {"category": "a\x00"},
     {"patterns": ["(" * 2000 + "moon" + ")" * 2000]}],
)  # fmt: skip
def test_a_broken_rule_is_named_with_its_file(write, change):
    good = RULE | {"id": "good"}
    with pytest.raises(ValueError, match=r"xx\.json, rule moon[:,] ."):
        services.load_rules(write({"version": "3", "rules": [good, RULE | change]}))


@pytest.mark.parametrize("missing", ["severity", "category", "phrases"])
def test_a_rule_that_lacks_something_is_named_with_its_file(write, missing):
    entry = {key: value for key, value in RULE.items() if key != missing}
    with pytest.raises(ValueError, match=rf"xx\.json, rule moon: .*{missing}"):
        services.load_rules(write({"version": "3", "rules": [entry]}))


@pytest.mark.parametrize("entry", [{}, [], "text", None, {"id": None}])
def test_a_rule_without_a_name_is_named_by_its_place(write, entry):
    with pytest.raises(ValueError, match=r"xx\.json, rule 2: ."):
        services.load_rules(write({"version": "3", "rules": [RULE, entry]}))


@pytest.mark.parametrize("content", ["", "{", "[]", "5", "{}", '{"rules": []}', '{"version": "3"}'])
def test_what_is_no_rule_file_is_named(write, content):
    with pytest.raises(ValueError, match=r"xx\.json"):
        services.load_rules(write(content))


@pytest.mark.parametrize(
    ("text", "rule", "blocks"),
    [("a bomb", "high", True), ("self-harm", "high", True), ("my prescription", "medium", False),
     ("blood pressure", "medium", False), ("what an idiot", "low", False), ("Sussex, drugs and bombing", "", False)],
)  # fmt: skip
def test_the_short_form_loads_as_it_stands_and_means_whole_words(text, rule, blocks):
    rules = services.load_rules(SAMPLES / "plan_rules.json")
    assert [one.id for one in rules.rules] == ["high", "medium", "low"]
    verdict = policy.screen(text, rules)
    assert (verdict.rule, verdict.blocks) == (rule, blocks)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patterns": ["red (moon"]}, r"xx\.json, rule moon, pattern 1, column 5: “\(” is never closed"),
        ({"exceptions": ["no <one> @"]}, r"rule moon, exception 1, column 4: there is no list “one”"),
        ({"emergency": "yes"}, r"rule moon: “emergency” is true or false"),
        ({"colour": "red"}, r"rule moon: “colour” isn't known here"),
        ({"answer": "cut"}, r"rule moon: answer must be one of notice, withdraw"),
        ({"phrases": ["red moon", "the"]}, r"rule moon, phrase 2: “the” stands in nearly every text"),
        ({"patterns": ["(is|what|how|my|can|could|do|does|have) ~ (a|an|the|my|for|to|i)"]}, r"rule moon, pattern 1"),
        ({"patterns": ["(my knee|my son|my back|what helps|what is|how much|how long|how do|how often|can i)"]},
         r"rule moon: it catches \d+ of \d+ ordinary messages"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_told_with_its_place(write, change, message):
    with pytest.raises(RuleError, match=message):
        services.load_rules(write({"version": "3", "rules": [RULE | change]}))


def test_two_rules_of_one_name_and_a_broken_list_are_told(write):
    with pytest.raises(RuleError, match="rule moon: another rule has this id"):
        services.load_rules(write({"version": "3", "rules": [RULE, RULE]}))
    with pytest.raises(RuleError, match=r"list kin, entry 2, column 1"):
        services.load_rules(write({"version": "3", "lists": {"kin": ["mother", "(father"]}, "rules": [RULE]}))


def test_broken_json_is_told_with_line_and_column(write):
    with pytest.raises(RuleError, match=r"xx\.json, line 2, column 3: "):
        services.load_rules(write("{\n  oops}"))


def test_the_rules_that_ship_are_sound():
    rules = services.shipped_rules()
    assert rules.version
    assert len({rule.id for rule in rules.rules}) == len(rules.rules)
    assert {rule.severity for rule in rules.rules if rule.blocks or rule.emergency} <= {Severity.HIGH, Severity.MEDIUM}


def test_what_ships_knows_a_crisis_and_leaves_a_question_alone():
    verdict = services.screen("I want to kill myself")
    assert (verdict.category, verdict.severity, verdict.blocks) == ("self_harm_crisis", Severity.HIGH, True)
    assert services.screen("What helps against a migraine?").severity is None


def test_a_screening_that_fails_says_so_without_the_text(monkeypatch, logged):
    def broken():
        raise RuntimeError("peculiarwords")

    monkeypatch.setattr(services, "shipped_rules", broken)
    with pytest.raises(services.ScreeningFailed):
        services.screen("peculiarwords")
    (line,) = logged()
    assert "RuntimeError" in line
    assert "peculiarwords" not in line


@pytest.mark.django_db
def test_a_decision_is_recorded_by_ids_and_told_in_one_line(logged):
    verdict = Verdict(Severity.MEDIUM, "worry", "moon", "3", emergency=False, blocks=False)
    ids = {"patient_id": uuid.uuid4(), "conversation_id": uuid.uuid4(), "message_id": uuid.uuid4()}
    services.record_decision(verdict=verdict, action=Decision.Action.FLAGGED, **ids)
    stored = Decision.objects.values().get()
    assert ids.items() <= stored.items()
    assert (stored["severity"], stored["category"], stored["rule"]) == ("medium", "worry", "moon")
    assert (stored["rules_version"], stored["action"], stored["review"]) == ("3", "flagged", "open")
    (line,) = logged()
    assert str(ids["conversation_id"]) in line
    assert str(ids["patient_id"]) not in line


@pytest.mark.django_db
def test_without_a_verdict_a_decision_is_grave_and_says_unscreened():
    ids = {"patient_id": uuid.uuid4(), "conversation_id": uuid.uuid4(), "message_id": uuid.uuid4()}
    decision = services.record_decision(verdict=None, action=Decision.Action.UNSCREENED, **ids)
    assert (decision.severity, decision.category, decision.rule) == ("high", "unscreened", "")


@pytest.mark.parametrize(
    "text", ["And now?", "I want to", "can you help me", "thank you", "I don't know", "ok", "it is"]
)
def test_a_few_words_that_say_nothing_raise_nothing(text):
    """Though the classifier knows how such words go on elsewhere."""
    assert services.screen(text).severity is None
