from __future__ import annotations

import factory
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.utils import timezone

from accounts.models import User

PASSWORD = "a horse and four staples"
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 64  # the full price would be most of the time
_HASHED = make_password(PASSWORD)


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@veda.example")
    name = "Somebody"
    password = _HASHED
    consent_version = factory.LazyFunction(lambda: settings.TERMS_VERSION)
    consent_at = factory.LazyFunction(timezone.now)
