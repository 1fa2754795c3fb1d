from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chat.models import Conversation, Message


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    title = serializers.CharField(max_length=200, allow_blank=True, required=False)

    class Meta:
        model = Conversation
        fields = ["id", "title", "messages_count", "created_at", "updated_at"]
        read_only_fields = ["id", "messages_count", "created_at", "updated_at"]


class MessageSerializer(serializers.ModelSerializer[Message]):
    """A message as REST and `done` give it."""

    disclaimer = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = Message
        fields = [
            "id", "conversation", "sender", "type", "content", "status", "metadata", "client_message_id", "reply_to",
            "disclaimer", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


SENT_TYPES = [("text", "text")]
"""What a message may be when it is sent as JSON."""


class SendSerializer(serializers.Serializer[Any]):
    content = serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=None)
    type = serializers.ChoiceField(choices=SENT_TYPES, default="text")
    client_message_id = serializers.UUIDField(required=False)


class SentSerializer(MessageSerializer):
    replyId = serializers.UUIDField()

    class Meta(MessageSerializer.Meta):
        fields = [*MessageSerializer.Meta.fields, "replyId"]
        read_only_fields = fields


def message_as_json(message: Message) -> dict[str, Any]:
    """Of JSON types only, for a frame."""
    data = MessageSerializer(message).data
    return {key: str(value) if key in _IDS and value is not None else value for key, value in data.items()}


_IDS = {"id", "conversation", "client_message_id", "reply_to"}
