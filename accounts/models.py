"""Who may come in: users and the devices on which they are signed in."""

from __future__ import annotations

import unicodedata
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

EMAIL_KEY_CHARS = 508


def email_key(email: str) -> str:
    """What two spellings of one address have in common: compatibility forms, spaces and case are folded away."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).strip().casefold())


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email_key=email_key(username or ""))

    def create_user(self, *, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(
            email=email, password=password, **{"role": User.Role.ADMIN, "is_superuser": True, **fields}
        )


class User(AbstractBaseUser, PermissionsMixin):
    class Role(models.TextChoices):
        PATIENT = "patient"
        MODERATOR = "moderator"
        ADMIN = "admin"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail", max_length=254, unique=True)
    email_key = models.CharField(max_length=EMAIL_KEY_CHARS, unique=True, editable=False)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=16, choices=Role, default=Role.PATIENT)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code; chooses the emergency numbers")
    consent_version = models.CharField(max_length=32, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["date_joined"]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        password_changed = getattr(self, "_password", None) is not None and not self._state.adding
        self.email_key = email_key(self.email)
        super().save(*args, **kwargs)
        if password_changed:  # by whichever door: the devices that the old one signed in are signed out
            self.refresh_families.filter(revoked_at=None).update(revoked_at=timezone.now())

    @property
    def is_staff(self) -> bool:
        """Whether the Django admin lets this user in."""
        return self.role != self.Role.PATIENT

    @property
    def consent_current(self) -> bool:
        return bool(self.consent_version == settings.TERMS_VERSION)


class RefreshFamily(models.Model):
    """A signed-in device. Its refresh tokens are numbered; only the one of the current generation may be used.

    Nothing secret is stored: a token's id is an HMAC of family and generation, so a successor can be signed again
    byte for byte.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_families")
    method = models.CharField(max_length=16, help_text="how the person signed in")
    generation = models.PositiveIntegerField(default=1)
    issued_at = models.DateTimeField(help_text="when the token of this generation was issued")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "refresh families"
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%Y-%m-%d}"

    @property
    def expires_at(self) -> datetime:
        lifetime: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]  # type: ignore[assignment]
        return self.issued_at + lifetime
