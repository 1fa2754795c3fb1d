"""Sets up a database with signed-in accounts, and prints them: `python -m chat.tests.faults.seed_database 30`."""

from __future__ import annotations

import json
import sys

import django

ADMINISTRATOR = "administrator@veda.example"


def main(count: int) -> None:
    django.setup()
    from django.core.management import call_command

    from accounts.models import User
    from accounts.tests.factories import PASSWORD, UserFactory
    from accounts.tokens import start_session

    call_command("migrate", verbosity=0)
    UserFactory(email=ADMINISTRATOR, role=User.Role.ADMIN)
    patients = [UserFactory(email=f"patient{number}@veda.example") for number in range(count)]
    accounts = [
        {
            "id": str(user.id),
            "email": user.email,
            "password": PASSWORD,
            "access": start_session(user=user, method="password").access,
        }
        for user in patients
    ]
    print(json.dumps(accounts))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
