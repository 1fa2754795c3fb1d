"""Parts and sites for the tests of faults. Where PostgreSQL or Redis isn't installed, what needs it is passed over."""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from chat.tests.faults.model import SteadyModel
from chat.tests.faults.parts import PostgreSQL, Redis, missing_parts
from chat.tests.faults.seeds import Seeds
from chat.tests.faults.site import Site

HERE = Path(__file__).parent
_numbers = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.timeout(120))
            item.add_marker(pytest.mark.skipif(sys.platform != "linux", reason="written for Linux"))


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Outside of pytest's own, into which PostgreSQL, which doesn't run as root, may not look."""
    path = Path(tempfile.mkdtemp(prefix="veda-faults-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def _needs_parts() -> None:
    if missing := missing_parts():
        pytest.skip(f"not installed here: {missing}")


@pytest.fixture(scope="session")
def postgresql(folder: Path, _needs_parts: None) -> Iterator[PostgreSQL]:
    server = PostgreSQL(folder)
    server.start()
    yield server
    server.stop("immediate")


@pytest.fixture(scope="session")
def redis(folder: Path, _needs_parts: None) -> Iterator[Redis]:
    server = Redis(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _model_host() -> Iterator[SteadyModel]:
    with SteadyModel() as server:
        yield server


@pytest.fixture
def model(_model_host: SteadyModel) -> Iterator[SteadyModel]:
    """The model host of all sites, as it begins each test: twenty words a second, for fifty seconds."""
    _model_host.speaks()
    yield _model_host
    _model_host.hurries()


@pytest.fixture(scope="session")
def seeds(folder: Path) -> Seeds:
    (folder / "seeds").mkdir()
    return Seeds(folder / "seeds")


@pytest.fixture(scope="session")
def sites() -> Iterator[list[Site]]:
    """All that run."""
    running: list[Site] = []
    yield running
    for site in running:
        site.end()


@pytest.fixture(scope="session")
def begin_site(folder: Path, seeds: Seeds, sites: list[Site], _model_host: SteadyModel) -> Callable[..., Site]:
    def begin(name: str, **wanted: Any) -> Site:
        sites.append(Site(folder / f"{name}{next(_numbers)}", seeds, OLLAMA_URL=_model_host.url, **wanted))
        sites[-1].start()
        return sites[-1]

    return begin


@pytest.fixture(scope="module")
def new_site(begin_site: Callable[..., Site], sites: list[Site]) -> Iterator[Callable[..., Site]]:
    """A site that runs until the end of the module."""
    begun: list[Site] = []

    def begin(name: str, **wanted: Any) -> Site:
        begun.append(begin_site(name, **wanted))
        return begun[-1]

    yield begin
    for site in begun:
        site.end()
        sites.remove(site)


@pytest.fixture(scope="session")
def site(begin_site: Callable[..., Site], postgresql: PostgreSQL, redis: Redis) -> Site:
    """Three processes on PostgreSQL and Redis, one of them under uvicorn."""
    return begin_site("together", kinds=["serve", "uvicorn", "serve"], postgresql=postgresql, redis=redis)


@pytest.fixture(autouse=True)
async def _whole_sites(sites: list[Site]) -> AsyncIterator[None]:
    """What a test before left dead runs again, what it left in the logs is its own, and no tab stays open."""
    for site in sites:
        site.start()
        site.new_lines()
        site.patients.clear()
    yield
    for patient in [patient for site in sites for patient in site.patients]:
        with suppress(AssertionError):  # it was told where the test waited for it
            await patient.leave()
