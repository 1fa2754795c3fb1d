"""Coroutines that are begun where they are called."""

from __future__ import annotations

import asyncio

import pytest

from chat.eager import begin


async def test_what_never_waits_is_through_without_a_task():
    steps = []

    async def work():
        await asyncio.Event.wait(there_is_room)
        steps.append("sent")

    there_is_room = asyncio.Event()
    there_is_room.set()
    assert begin(work()) is None
    assert steps == ["sent"]


async def test_what_waits_is_gone_on_with():
    steps, room = [], asyncio.Event()

    async def work():
        for number in range(3):
            steps.append(number)
            await room.wait()
            await asyncio.sleep(0)

    task = begin(work())
    assert steps == [0]
    room.set()
    await task
    assert steps == [0, 1, 2]


async def test_what_is_waited_for_may_come_before_the_task_took_its_first_step():
    answer = asyncio.get_running_loop().create_future()
    answers = []

    async def work():
        answers.append(await answer)

    task = begin(work())
    answer.set_result("yes")
    await task
    assert answers == ["yes"]


async def test_what_it_raises_at_once_is_raised_here_and_later_in_its_task():
    async def broken(pause):
        if pause:
            await asyncio.sleep(0)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        begin(broken(pause=False))
    with pytest.raises(ConnectionResetError):
        await begin(broken(pause=True))


@pytest.mark.parametrize("steps_before", [0, 2])
async def test_a_cancelled_one_can_tidy_up(steps_before):
    tidied = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            tidied.append(True)

    task = begin(work())
    for _ in range(steps_before):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    assert tidied == [True]
