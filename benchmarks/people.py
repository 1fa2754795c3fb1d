"""Patients who are signed in, with conversations, made directly in the database that the environment names.

    python benchmarks/people.py --root CHECKOUT PEOPLE CONVERSATIONS     as JSON: of each, tokens and conversations

A program of its own, so that one benchmark can fill several databases, by the models of the checkout that it measures.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Person:
    access: str
    refresh: str
    conversations: list[str]


def sign_in(root: Path, environment: Mapping[str, str], people: int, conversations: int) -> list[Person]:
    command = [sys.executable, __file__, "--root", str(root), str(people), str(conversations)]
    made = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return [Person(**person) for person in json.loads(made.stdout)]


def _make(people: int, conversations: int) -> list[Person]:
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.db import transaction
    from django.utils import timezone

    from accounts.agreement import agreement_version
    from accounts.models import Consent, User, email_key
    from accounts.tokens import start_session
    from chat.models import Conversation

    run, now, version, password = uuid.uuid4().hex[:8], timezone.now(), agreement_version(), make_password(None)
    users = []
    for n in range(people):
        email = f"device{n}.{run}@bench.example"
        users.append(
            User(email=email, email_key=email_key(email), name="Bench", password=password,
                 consent_version=version, consent_at=now)
        )  # fmt: skip
    with transaction.atomic():
        User.objects.bulk_create(users)
        Consent.objects.bulk_create(
            Consent(user=user, purpose=purpose, version=version, given_at=now)
            for user in users
            for purpose in Consent.REQUIRED
        )
        made = Conversation.objects.bulk_create(
            [Conversation(user=user) for user in users for _ in range(conversations)], batch_size=5000
        )
        tokens = [start_session(user=user, method="password") for user in users]
    ids = [str(conversation.id) for conversation in made]
    return [
        Person(pair.access, pair.refresh, ids[n * conversations : (n + 1) * conversations])
        for n, pair in enumerate(tokens)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--root", required=True)
    parser.add_argument("people", type=int)
    parser.add_argument("conversations", type=int)
    arguments = parser.parse_args()
    sys.path[0] = arguments.root  # in place of this folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "veda.settings"
    print(json.dumps([asdict(person) for person in _make(arguments.people, arguments.conversations)]))
