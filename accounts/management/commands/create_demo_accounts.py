"""Makes a demo patient, moderator and administrator with new random passwords, and prints them. In DEBUG only."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import consents
from accounts.agreement import agreement_version
from accounts.models import User, email_key

DEMO_ACCOUNTS = {User.Role.PATIENT: "Pat", User.Role.MODERATOR: "Mo", User.Role.ADMIN: "Ada"}
YEAR_OF_BIRTH = 1990


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo accounts are made in DEBUG only.")
        self.stdout.write("Demo accounts (new passwords at each start):")
        for role, name in DEMO_ACCOUNTS.items():
            email = f"{role}@demo.example"
            user = User.objects.filter(email_key=email_key(email)).first() or User(email=email)
            password = secrets.token_urlsafe(9)
            user.name, user.role = f"{name} (demo {role})", role
            user.is_superuser = False  # a superuser may do more than administrators do
            user.email_confirmed_at, user.year_of_birth = timezone.now(), YEAR_OF_BIRTH
            user.set_password(password)
            user.save()
            consents.give(user=user, version=agreement_version())
            self.stdout.write(f"  {role.label:<10} {email:<24} {password}")
