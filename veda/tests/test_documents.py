"""The committed documents are what the code makes: whoever changes the interface changes them in the same commit."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
MEND = "run `make contracts` and look at the difference"


def test_the_openapi_document_is_current():
    made = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=made)
    assert (DOCS / "openapi.yaml").read_text() == made.getvalue().rstrip("\n") + "\n", MEND


def test_the_frame_schema_is_current():
    made = io.StringIO()
    call_command("export_frames_schema", stdout=made)
    assert json.loads((DOCS / "frames.schema.json").read_text()) == json.loads(made.getvalue()), MEND


_PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@pytest.mark.parametrize("page", _PAGES, ids=[str(page.relative_to(ROOT)) for page in _PAGES])
def test_what_a_document_leads_to_is_there(page):
    leads = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [lead for lead in leads if not (page.parent / lead).exists()] == []


def _addresses(table):
    """Those that the rows of a table name: `/a/{b,c}` is two, and what an id is called doesn't count."""
    for named in re.findall(r"`(/[^`]*)`", table):
        before, several, after = re.fullmatch(r"(.*?)(?:\{([\w-]+(?:,[\w-]+)+)\}(.*))?", named).groups()
        for one in several.split(",") if several else [""]:
            yield re.sub(r"\{\w+\}", "{}", before + one + (after or ""))


def test_the_readme_names_each_address_of_the_api():
    there = re.findall(r"^  (/\S+):$", (DOCS / "openapi.yaml").read_text(), re.MULTILINE)
    assert {re.sub(r"\{\w+\}", "{}", address) for address in there} <= set(_addresses((ROOT / "README.md").read_text()))


def test_each_test_that_the_safety_case_names_is_there():
    rows = re.findall(r"^\| \d+ \|.*$", (DOCS / "safety-case.md").read_text(), re.MULTILINE)
    assert len(rows) >= 10
    for row in rows:
        shown = row.split("|")[5]
        folder = ""
        for named in re.findall(r"`([^`]+)`", shown):
            folder = named.rpartition("/")[0] if "/" in named else folder
            assert (ROOT / (named if "/" in named else f"{folder}/{named}")).exists(), named
