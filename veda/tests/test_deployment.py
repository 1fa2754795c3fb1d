"""What is run from files that no test runs: that they parse, agree with one another, and name what there is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ["docker-compose.yml", "docker-compose.dev.yml"]
OF_LIBRARIES = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def read(name):
    return yaml.safe_load((ROOT / name).read_text())


def described():
    return set(re.findall(r"^([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_each_setting_that_is_read_is_explained_in_the_example():
    kinds = "read|positive|between|boolean|choice|address|addresses|origin|secret|duty_hours|time_zone|rate|given"
    source = "".join((ROOT / "veda" / name).read_text() for name in ("settings.py", "environment.py"))
    named = set(
        re.findall(rf"\b(?:{kinds})\((?:\"(?:str|int|float|list)\", |\d+, [\w ,*]+?)?\"([A-Z][A-Z0-9_]+)\"", source)
    )
    assert len(named) > 60
    assert named - described() == set()


@pytest.mark.parametrize("file", COMPOSE)
def test_a_compose_file_gives_only_settings_that_there_are(file):
    given = set()
    for service in read(file)["services"].values():
        if service.get("build", {}).get("dockerfile") == "docker/web.Dockerfile":
            given |= service["environment"].keys()
    assert given
    assert {name.removesuffix("_FILE") for name in given} - described() == set()


@pytest.mark.parametrize("file", COMPOSE)
def test_what_a_compose_file_names_is_there(file):
    compose = read(file)
    for service in compose["services"].values():
        if build := service.get("build"):
            assert (ROOT / build["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in compose["volumes"]
        assert set(service.get("secrets", [])) <= compose.get("secrets", {}).keys()
        for name, wanted in service.get("depends_on", {}).items():
            other = compose["services"][name]
            assert wanted["condition"] != "service_healthy" or "healthcheck" in other


@pytest.mark.parametrize("file", COMPOSE)
def test_each_image_is_pinned_to_a_version(file):
    for service in read(file)["services"].values():
        if "build" not in service:
            assert re.fullmatch(r"[\w./-]+:\d+\.\d+[\w.-]*", service["image"])
    for recipe in (ROOT / "docker").glob("*.Dockerfile"):
        for image in re.findall(r"^FROM (\S+)", recipe.read_text(), re.MULTILINE):
            assert re.fullmatch(r"\w+:\d+\.\d+\.\d+-[\w-]+", image)


def test_an_image_isnt_run_as_root_and_not_in_debug():
    for recipe in (ROOT / "docker").glob("*.Dockerfile"):
        [user] = re.findall(r"^USER (\S+)", recipe.read_text(), re.MULTILINE)
        assert not user.startswith(("0", "root"))
    assert "DEBUG=false" in (ROOT / "docker/web.Dockerfile").read_text()
    assert read("docker-compose.yml")["services"]["web"]["environment"]["DEBUG"] == "false"


def test_the_image_has_every_package_of_the_product():
    copied = re.findall(r"^COPY (\w+) \1$", (ROOT / "docker/web.Dockerfile").read_text(), re.MULTILINE)
    assert set(copied) >= {"veda", "accounts", "chat", "moderation", "pipeline", "templates"}


def test_each_alert_asks_for_what_is_counted_and_leads_to_its_part_of_the_document():
    headings = re.findall(r"^### (.+)$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    source = (ROOT / "chat/metrics.py").read_text() + (ROOT / "veda/metrics.py").read_text()
    counted = set(re.findall(r'"(veda_\w+)"', source))
    [package] = importlib.util.find_spec("django_prometheus").submodule_search_locations
    counted |= set(re.findall(r'"(django_\w+)"', (Path(package) / "middleware.py").read_text()))
    rules = read("docker/prometheus/alerts.yml")["groups"][0]["rules"]
    assert rules
    for rule in rules:
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert file == "docs/operations.md"
        assert anchor in anchors
        asked = {re.sub(r"_(total|bucket)$", "", name) for name in re.findall(r"\b(?:veda|django)_\w+", rule["expr"])}
        assert asked <= counted
