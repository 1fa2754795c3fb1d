"""What an administrator does in the admin, by its pages."""

from __future__ import annotations

import aiohttp

from accounts.tests.factories import PASSWORD
from chat.tests.faults.patient import Patient
from chat.tests.faults.seed_database import ADMINISTRATOR


async def disable(patient: Patient, *, at: int) -> None:
    """The account of a patient; in the admin of the server `at`."""
    admin = f"{patient.place.addresses[at]}/admin"
    jar = aiohttp.CookieJar(unsafe=True)  # also of hosts that are numbers
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:

        async def post(path: str, **form: str) -> None:
            token = next(cookie.value for cookie in jar if cookie.key == "csrftoken")
            async with browser.post(f"{admin}{path}", data={**form, "csrfmiddlewaretoken": token}) as answer:
                assert answer.status == 200, answer

        async with browser.get(f"{admin}/sign-in") as page:
            assert page.status == 200
        await post("/sign-in", login=ADMINISTRATOR, password=PASSWORD)
        await post("/accounts/user/", action="disable", _selected_action=patient.account["id"])
