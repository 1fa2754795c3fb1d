"""The machine's clock is set while replies run. Leases hold two and a half seconds here."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chat.tests.faults.ending import everything_ended_well
from chat.tests.faults.tab import FIRST_PAUSE, PATIENCE

WISHES = {"seconds": {"lease": 2.5, "store": 0.5}}
LIBRARIES = ("usr/lib/*/faketime/libfaketimeMT.so.1", "usr/lib*/faketime/libfaketimeMT.so.1")


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """A file that says by how many seconds the processes' clock is off."""
    file = tmp_path_factory.mktemp("clock") / "offset"
    file.write_text("+0")
    return file


@pytest.fixture(scope="module")
def site(new_site, postgresql, redis, clock):
    libraries = [path for pattern in LIBRARIES for path in Path("/").glob(pattern)]
    if not libraries:
        pytest.skip("not installed here: libfaketime")
    changed = {
        "LD_PRELOAD": str(libraries[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",  # seconds until a change is seen
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    return new_site("clock", kinds=["serve", "serve"], postgresql=postgresql, redis=redis, wishes=WISHES, **changed)


@pytest.mark.parametrize("seconds", [-3600, 3600])
async def test_it_ends_no_reply_that_lives_and_keeps_none_that_is_dead(site, model, clock, seconds):
    answer = model.speaks()
    patient = site.new_patient()
    tab = await patient.open(await patient.new_conversation(), at=1, comes_back=False)
    reply = (await patient.send(tab.conversation)).body["replyId"]
    await tab.until_words(reply, 10)
    clock.write_text(f"{seconds:+}")
    try:
        await tab.until_more_words(reply, 70)  # three and a half seconds of it
        assert not tab.ends
        site.processes[0].kill()
        end = await tab.until_end(reply, seconds=10)
        assert end["metadata"]["reason"] == "interrupted"
        assert answer.startswith(end["content"])
        assert tab.told_of_the_end(reply) == ["stream interrupted", "done"]
        await patient.sign_in(at=1)
        await everything_ended_well(site, patient, at=1)
    finally:
        clock.write_text("+0")
        await it_has_the_time_again(site, at=1)


async def it_has_the_time_again(site, *, at: int) -> None:
    """Its clock is looked at once a second. A token that was made just now is none of another hour's."""
    patient = site.new_patient()
    async with asyncio.timeout(PATIENCE):
        while True:
            if (await patient.call("GET", "/api/conversations", at=at)).status == 200:
                return
            await asyncio.sleep(FIRST_PAUSE)
