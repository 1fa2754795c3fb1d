from __future__ import annotations

from typing import Any

import factory
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.utils import timezone

from accounts.agreement import agreement_version
from accounts.models import Consent, User

PASSWORD = "a horse and four staples"
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 64  # the full price would be most of the time
_HASHED = make_password(PASSWORD)


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@veda.example")
    name = "Somebody"
    password = _HASHED
    consent_version = factory.LazyFunction(agreement_version)
    consent_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def consents(user: User, create: bool, extracted: Any) -> None:
        """The rows that `consent_version` follows from."""
        if create and user.consent_version:
            Consent.objects.bulk_create(
                Consent(user=user, purpose=purpose, version=user.consent_version, given_at=user.consent_at)
                for purpose in Consent.REQUIRED
            )
