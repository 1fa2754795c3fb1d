from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from accounts.fields import EmailField, IdField, TextField
from accounts.models import Consent, RefreshFamily, User
from accounts.second_factor import has_second_factor


class CountryField(serializers.RegexField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            r"^[A-Z]{2}$", allow_blank=True, help_text="ISO 3166 code; chooses the emergency numbers", **options
        )


class YearOfBirthField(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1900, max_value=9999, help_text="is set once", **options)


class UserSerializer(serializers.ModelSerializer[User]):
    email_confirmed = serializers.SerializerMethodField()
    has_password = serializers.BooleanField(source="has_usable_password", read_only=True)
    second_factor = serializers.SerializerMethodField()
    staff_url = serializers.SerializerMethodField(help_text="where staff work; null for everybody else")
    consent_current = serializers.BooleanField(read_only=True)

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "email_confirmed",
            "name",
            "role",
            "country",
            "year_of_birth",
            "has_password",
            "second_factor",
            "staff_url",
            "consent_version",
            "consent_current",
            "paused_at",
            "date_joined",
        ]
        read_only_fields = fields

    def get_email_confirmed(self, user: User) -> bool:
        return user.email_confirmed_at is not None

    def get_second_factor(self, user: User) -> bool:
        return has_second_factor(user)

    def get_staff_url(self, user: User) -> str | None:
        return reverse("admin:index") if user.is_staff else None


class RegisterSerializer(serializers.Serializer[Any]):
    email = EmailField(max_length=254)
    password = TextField(max_length=1024, trim_whitespace=False)
    name = TextField(max_length=150)
    consent = serializers.RegexField(
        r"^[0-9A-Za-z.-]{0,48}$", required=False, allow_blank=True, help_text="version of the agreement"
    )
    purposes = serializers.ListField(
        child=serializers.ChoiceField(choices=Consent.Purpose.choices),
        required=False,
        max_length=len(Consent.Purpose),
        help_text="the optional ones that are agreed to besides; only with `consent`",
    )
    country = CountryField(required=False)
    year_of_birth = YearOfBirthField(required=False)
    invitation = TextField(
        max_length=512, required=False, allow_blank=True, help_text="what stands behind # in the link of an invitation"
    )


class ProfileSerializer(serializers.Serializer[Any]):
    name = TextField(max_length=150, required=False)
    country = CountryField(required=False)
    year_of_birth = YearOfBirthField(required=False)


class LoginSerializer(serializers.Serializer[Any]):
    email = TextField(max_length=254)
    password = TextField(max_length=1024, trim_whitespace=False)
    code = TextField(
        max_length=64,
        required=False,
        allow_blank=True,
        help_text="of an account with a second factor: from the authenticator app, or a recovery code",
    )


class PasswordChangeSerializer(serializers.Serializer[Any]):
    current_password = TextField(max_length=1024, trim_whitespace=False, allow_blank=True)
    new_password = TextField(max_length=1024, trim_whitespace=False)


class ResetRequestSerializer(serializers.Serializer[Any]):
    email = TextField(max_length=254)


class ResetSerializer(serializers.Serializer[Any]):
    token = TextField(max_length=512, help_text="what stands behind # in the link")
    password = TextField(max_length=1024, trim_whitespace=False)


class LinkSerializer(serializers.Serializer[Any]):
    token = TextField(max_length=2048, help_text="what stands behind # in the link")


class DeviceSerializer(serializers.ModelSerializer[RefreshFamily]):
    first_seen = serializers.DateTimeField(source="created_at", read_only=True)
    last_seen = serializers.DateTimeField(source="issued_at", read_only=True)
    current = serializers.SerializerMethodField()

    class Meta:
        model = RefreshFamily
        fields = ["id", "browser", "method", "second_factor", "first_seen", "last_seen", "current"]
        read_only_fields = fields

    def get_current(self, device: RefreshFamily) -> bool:
        """Whether the one who asks is signed in there."""
        return bool(device.id == self.context["current"])


class CodeSerializer(serializers.Serializer[Any]):
    code = TextField(max_length=64, help_text="from the authenticator app, or a recovery code")


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = TextField(required=False, max_length=4096, help_text="left out by browsers: their cookie carries it")


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField(required=False, help_text="not in the answer to a browser: its cookie carries it")


class ConsentSerializer(serializers.Serializer[Any]):
    version = serializers.RegexField(r"^[0-9A-Za-z.-]{1,48}$")
    purposes = serializers.ListField(
        child=serializers.ChoiceField(choices=Consent.Purpose.choices),
        required=False,
        max_length=len(Consent.Purpose),
        help_text="left out: the required ones",
    )
    year_of_birth = YearOfBirthField(required=False)


class RecipientSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    receives = serializers.CharField()


class PurposeSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=Consent.Purpose.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # the names of the fields, not of a field's settings
    required = serializers.BooleanField()  # type: ignore[assignment]


class PurposeStateSerializer(PurposeSerializer):
    given = serializers.BooleanField(help_text="to the current version")
    given_at = serializers.DateTimeField(allow_null=True)
    given_version = serializers.CharField(allow_null=True)


class ConsentHistorySerializer(serializers.ModelSerializer[Consent]):
    recipients = RecipientSerializer(many=True)

    class Meta:
        model = Consent
        fields = ["purpose", "version", "recipients", "given_at", "withdrawn_at", "superseded_at"]
        read_only_fields = fields


class ConsentsSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    recipients = RecipientSerializer(many=True)
    purposes = PurposeStateSerializer(many=True)
    history = ConsentHistorySerializer(many=True)


class TicketRequestSerializer(serializers.Serializer[Any]):
    conversation = IdField()


class TicketSerializer(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")
