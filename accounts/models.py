"""Who may come in: users, the devices on which they are signed in, what they consented to, and what is on record."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from accounts.agreement import agreement_version
from accounts.look_alikes import SKELETON_CHARS, skeleton
from accounts.signals import sessions_ended

EMAIL_KEY_CHARS = 508
ADULT_AGE = 18


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
    email_skeleton = models.CharField(
        max_length=SKELETON_CHARS, db_index=True, editable=False, help_text="alike for addresses that look alike"
    )
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=16, choices=Role, default=Role.PATIENT)
    country = models.CharField(max_length=2, blank=True, help_text="like GB; chooses the emergency numbers")
    email_confirmed_at = models.DateTimeField(null=True, blank=True, help_text="when a link mailed there was followed")
    year_of_birth = models.PositiveSmallIntegerField(null=True, blank=True)
    consent_version = models.CharField(
        max_length=48, blank=True, help_text="of the agreement whose required consents all stand; `Consent` has each"
    )
    consent_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="deleted by the patient; an emptied shell stays while staff review a danger"
    )
    is_active = models.BooleanField(default=True)
    paused_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="by staff: nothing is sent any more; reading, asking for a person, export and deletion go on",
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["date_joined"]
        permissions = [
            ("pause_user", "Can pause an account"),
            ("view_system", "Can see the state of the system"),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """By whichever door the password, the role or the standing changes, all devices are signed out."""
        ends_sessions = not self._state.adding and self._changes_who_may_come_in(kwargs.get("update_fields"))
        self.email_key = email_key(self.email)
        self.email_skeleton = skeleton(self.email_key)
        super().save(*args, **kwargs)
        if ends_sessions:
            self.refresh_families.end()

    def _changes_who_may_come_in(self, saved: Iterable[str] | None) -> bool:
        if getattr(self, "_password", None) is not None:  # not so where only its hash is made anew
            return True
        if saved is not None and {"role", "is_active"}.isdisjoint(saved):
            return False
        before = User.objects.filter(id=self.id).values_list("role", "is_active").first()
        return before is not None and before != (self.role, self.is_active)

    @property
    def is_staff(self) -> bool:
        """Whether the Django admin lets this user in."""
        return self.role != self.Role.PATIENT

    @property
    def may_be_under_age(self) -> bool:
        """Only the year of birth is known: whoever turns 18 in this year may still be 17."""
        return self.year_of_birth is not None and timezone.now().year - self.year_of_birth <= ADULT_AGE

    @property
    def consent_current(self) -> bool:
        return self.consent_version == agreement_version()


class RefreshFamilyQuerySet(models.QuerySet["RefreshFamily"]):
    def end(self) -> int:
        """Signs these devices out and tells so. How many they were."""
        user_ids = set(self.filter(revoked_at=None).values_list("user_id", flat=True))
        ended = self.filter(revoked_at=None).update(revoked_at=timezone.now())
        for user_id in user_ids:
            _tell_sessions_ended(user_id)
        return ended


def _tell_sessions_ended(user_id: uuid.UUID) -> None:
    transaction.on_commit(lambda: sessions_ended.send(User, user_id=user_id))


@receiver(post_delete, sender=User)
def _on_deletion(instance: User, **_: Any) -> None:
    _tell_sessions_ended(instance.id)


class RefreshFamily(models.Model):
    """A signed-in device. Its refresh tokens are numbered; only the one of the current generation may be used.

    Nothing secret is stored: a token's id is an HMAC of family and generation, so a successor can be signed again
    byte for byte.
    """

    class Method(models.TextChoices):
        PASSWORD = "password"  # noqa: S105
        GOOGLE = "google"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_families")
    method = models.CharField(max_length=16, choices=Method, help_text="how the person signed in")
    second_factor = models.BooleanField(default=False, help_text="whether a code was asked for and given")
    browser = models.CharField(max_length=80, blank=True, help_text="like Firefox on Windows")
    generation = models.PositiveIntegerField(default=1)
    issued_at = models.DateTimeField(help_text="when the token of this generation was issued: last seen")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[RefreshFamily]] = RefreshFamilyQuerySet.as_manager()

    class Meta:
        verbose_name = "device"
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%Y-%m-%d}"

    @property
    def expires_at(self) -> datetime:
        lifetime: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]  # type: ignore[assignment]
        return self.issued_at + lifetime


class Consent(models.Model):
    """One "I agree", separate for each purpose. A row changes only to say that it ended: it is the proof."""

    class Purpose(models.TextChoices):
        TERMS = "terms", "terms of use"
        HEALTH_DATA = "health_data", "use of my health data to answer me"
        STAFF_READING = "staff_reading", "staff may read my conversations"
        IMPROVEMENT = "improvement", "use of my conversations to improve Veda"

    REQUIRED = (Purpose.TERMS, Purpose.HEALTH_DATA)
    """Without these nobody chats."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose)
    version = models.CharField(max_length=48, help_text="of the agreement that was shown")
    recipients = models.JSONField(default=list, blank=True, help_text="who else got the data then, as it was shown")
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(
        null=True, blank=True, help_text="when the same was given to a newer agreement"
    )

    class Meta:
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "purpose"],
                condition=models.Q(withdrawn_at=None, superseded_at=None),
                name="consent_one_stands",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class Invitation(models.Model):
    """Lets one person register where registration is by invitation. Its link is signed; no secret is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail", max_length=254, blank=True, help_text="only this address; empty: any")
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Invitation of {self.created_at:%Y-%m-%d}"


class AuditEvent(models.Model):
    """Who did what to whose account or data, and when. Ids only, so that it outlives accounts; never a patient's words.

    Rows are added and, when their time is over, purged: a trigger of the database refuses to change one.
    """

    class Action(models.TextChoices):
        REGISTERED = "registered"
        SIGNED_IN = "signed_in", "signed in"
        SIGN_IN_FAILED = "sign_in_failed", "sign-in failed"
        SIGNED_OUT = "signed_out", "signed out"
        DEVICE_SIGNED_OUT = "device_signed_out", "device signed out"
        TOKEN_REUSED = "token_reused", "spent token used again"
        PASSWORD_CHANGED = "password_changed", "password changed"
        RESET_REQUESTED = "reset_requested", "password reset asked for"
        PASSWORD_RESET = "password_reset", "password reset"
        EMAIL_CONFIRMED = "email_confirmed", "e-mail address confirmed"
        EMAIL_CHANGED = "email_changed", "e-mail address changed"
        GOOGLE_LINKED = "google_linked", "Google account linked"
        SECOND_FACTOR_ADDED = "second_factor_added", "second factor added"
        SECOND_FACTOR_REMOVED = "second_factor_removed", "second factor removed"
        CONSENT_GIVEN = "consent_given", "consent given"
        CONSENT_WITHDRAWN = "consent_withdrawn", "consent withdrawn"
        ROLE_CHANGED = "role_changed", "role changed"
        ACCOUNT_DISABLED = "account_disabled", "account disabled"
        ACCOUNT_ENABLED = "account_enabled", "account enabled"
        ACCOUNT_PAUSED = "account_paused", "account paused"
        ACCOUNT_RESUMED = "account_resumed", "account no longer paused"
        INVITED = "invited"
        STAFF_READ = "staff_read", "conversation read by staff"
        STAFF_JOINED = "staff_joined", "staff joined a conversation"
        STAFF_LEFT = "staff_left", "staff left a conversation"
        DECISION_REVIEWED = "decision_reviewed", "decision reviewed"
        DECISION_HANDLED = "decision_handled", "decision assigned, noted or acknowledged"
        HELP_ASKED = "help_asked", "a person asked for"
        HELP_CLOSED = "help_closed", "request for a person closed"
        TOPIC_SIGNED = "topic_signed", "health topic signed off"
        DOCUMENT_ADDED = "document_added", "document added to the knowledge"
        DOCUMENT_EDITED = "document_edited", "document of the knowledge edited"
        DOCUMENT_RETIRED = "document_retired", "document retired"
        DOCUMENT_RESTORED = "document_restored", "document taken back into use"
        INDEX_REBUILT = "index_rebuilt", "search index built anew"
        EXPORTED = "exported", "data exported"
        CONVERSATION_DELETED = "conversation_deleted", "conversation deleted"
        ACCOUNT_DELETED = "account_deleted", "account deleted"
        PURGED = "purged", "old data purged"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    action = models.CharField(max_length=24, choices=Action)
    actor_id = models.UUIDField(
        null=True, db_index=True, help_text="who did it; empty: nobody signed in, or Veda itself"
    )
    subject_id = models.UUIDField(null=True, db_index=True, help_text="whose account or data it concerns")
    object_id = models.UUIDField(null=True, help_text="a conversation, a device, an invitation")
    reason = models.CharField(max_length=300, blank=True, help_text="what staff gave as their reason")
    details = models.JSONField(default=dict, help_text="like the new role or the way of signing in")
    network = models.CharField(max_length=48, blank=True, help_text="the caller's address without its last part")
    browser = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.at:%Y-%m-%d %H:%M}"
