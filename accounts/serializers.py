from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import User


class UserSerializer(serializers.ModelSerializer[User]):
    consent_current = serializers.BooleanField(read_only=True)

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "name",
            "role",
            "country",
            "consent_version",
            "consent_current",
            "date_joined",
        ]
        read_only_fields = fields


class RegisterSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    name = serializers.CharField(max_length=150)
    consent = serializers.CharField(max_length=32, required=False, allow_blank=True, help_text="version of the terms")
    country = serializers.RegexField(
        r"^[A-Z]{2}$", required=False, allow_blank=True, help_text="ISO 3166 code; chooses the emergency numbers"
    )


class LoginSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(
        required=False, max_length=4096, help_text="left out by browsers: their cookie carries it"
    )


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField(required=False, help_text="not in the answer to a browser: its cookie carries it")


class ConsentSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(max_length=32)


class TicketRequestSerializer(serializers.Serializer[Any]):
    conversation = serializers.UUIDField()


class TicketSerializer(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")
