"""The page that says what Veda stands on now."""

from __future__ import annotations

import re

import pytest

from accounts.models import User
from accounts.tests.factories import UserFactory
from pipeline import prompts

pytestmark = pytest.mark.django_db


def test_administrators_see_parts_models_and_versions(client, ollama, settings):
    client.force_login(UserFactory(role=User.Role.ADMIN))
    page = client.get("/admin/system/").content.decode()
    for shown in ("search index", "embedded, number", "database", "alerts", settings.ANSWER_MODEL, "Screening rules"):
        assert shown in page
    for name, version in prompts.versions().items():
        assert name in page
        assert version in page
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style|\sstyle=|\son\w+=", page)
    assert 'href="/admin/system/"' in client.get("/admin/").content.decode()


def test_it_is_for_nobody_else(client, owner, outsider, colleague):
    for user, status in ((owner, 302), (outsider, 302), (colleague, 403)):
        client.force_login(user)
        assert client.get("/admin/system/").status_code == status
    assert "/admin/system/" not in client.get("/admin/").content.decode()


def test_a_prompts_version_changes_with_its_words(monkeypatch):
    before = prompts.versions()
    monkeypatch.setattr(prompts, "QUERY_RULES", "Other words.")
    after = prompts.versions()
    assert {name for name in before if before[name] != after[name]} == {"search query"}
