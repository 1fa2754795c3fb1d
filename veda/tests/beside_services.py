"""For the run on PostgreSQL and Redis, loaded there with `-p`: passes over what it would only repeat.

A test that asks for no database runs there as it does on SQLite. One that speaks to Redis without is marked `redis`.
"""

from __future__ import annotations

import unittest
from typing import Any

import pytest

DATABASE = frozenset(("db", "transactional_db", "django_db_reset_sequences", "live_server"))
_passed_over = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    repeated = [item for item in items if not _meets_a_service(item)]
    config.hook.pytest_deselected(items=repeated)
    items[:] = [item for item in items if _meets_a_service(item)]
    config.stash[_passed_over] = len(repeated)


def _meets_a_service(item: pytest.Item) -> bool:
    marked = any(item.get_closest_marker(name) for name in ("django_db", "redis"))
    of_a_case = isinstance(getattr(item, "cls", None), type) and issubclass(item.cls, unittest.TestCase)
    return marked or of_a_case or not DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells it to whoever divides the work."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["passed_over"] = session.config.stash.get(_passed_over, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    node.config.stash[_passed_over] = getattr(node, "workeroutput", {}).get("passed_over", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = config.stash.get(_passed_over, 0)
    terminalreporter.write_line(f"{count} tests that meet neither a database nor Redis ran on SQLite alone")
