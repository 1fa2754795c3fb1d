from __future__ import annotations

import factory
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import User

PASSWORD = "a horse and four staples"
_HASHED = make_password(PASSWORD)


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@veda.example")
    name = "Somebody"
    password = _HASHED
    consent_version = factory.LazyFunction(lambda: settings.TERMS_VERSION)
    consent_at = factory.LazyFunction(timezone.now)
