from __future__ import annotations

import json
import re
from typing import Any, Literal

import msgspec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.fields import FlagField, IdField, TextField
from chat.duty import help_as_json
from chat.models import Attachment, Conversation, Feedback, HealthProfile, Message
from pipeline.profiles import TOO_YOUNG_TO_BE_PREGNANT


class HelpSerializer(serializers.Serializer[Any]):
    """That a patient asked for a person, and what they are told."""

    asked_at = serializers.DateTimeField()
    on_duty = serializers.BooleanField(help_text="whether staff read messages now, by the operator's hours")
    message = serializers.CharField(help_text="when messages are read, for the patient")
    emergency = serializers.DictField(help_text="as in the `flag` frame")


class StaffSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()


class RenameSerializer(serializers.Serializer[Any]):
    title = TextField(max_length=200, allow_blank=True, required=False)


_LETTERS = r"0-9A-Za-z\u00c0-\u167f\u1681-\u1fff\u2c00-\u2fff\u3001-\ud7ff\uf900-\ufdcf"
_MARKS = r"\x00-\x1f\x7f-\x9f<>\[\]{}`*_#|\\\"@~^=$"
_NAME = f"^[^{_MARKS}{_LETTERS}]*[{_LETTERS}][^{_MARKS}]*$"
"""Some letter or digit, and nothing that Markdown, a prompt or a page would take for more than a name."""


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": HealthProfile.NAME_CHARS, "pattern": _NAME})
class NameField(TextField):
    """Of a medicine, or of what somebody is allergic to."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=HealthProfile.NAME_CHARS, **options)

    def to_internal_value(self, data: Any) -> str:
        name = " ".join(super().to_internal_value(data).split())
        if not re.match(_NAME, name):
            raise serializers.ValidationError("Please write names in letters, numbers and plain marks.")
        return name


class NamesField(serializers.ListField):
    def __init__(self, **options: Any) -> None:
        super().__init__(child=NameField(), max_length=HealthProfile.MOST_NAMES, required=False, **options)

    def to_internal_value(self, data: Any) -> list[str]:
        """Each once."""
        names: dict[str, str] = {}
        for name in super().to_internal_value(data):
            names.setdefault(name.casefold(), name)
        return list(names.values())


class HealthProfileSerializer(serializers.Serializer[Any]):
    """What is left out wasn't said."""

    about = serializers.ChoiceField(choices=HealthProfile.About.choices, default=HealthProfile.About.ME.value)
    age_band = serializers.ChoiceField(choices=HealthProfile.AgeBand.choices, allow_blank=True, default="")
    pregnancy = serializers.ChoiceField(choices=HealthProfile.Pregnancy.choices, allow_blank=True, default="")
    medicines = NamesField(default=list)
    allergies = NamesField(default=list)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["pregnancy"] in ("pregnant", "breastfeeding") and attrs["age_band"] in TOO_YOUNG_TO_BE_PREGNANT:
            raise serializers.ValidationError({"pregnancy": ["This doesn't go with the age."]})
        return attrs


class HeldHealthProfileSerializer(HealthProfileSerializer):
    set_for = serializers.SerializerMethodField(help_text="whose it is; null: nothing was said")
    updated_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_set_for(self, profile: HealthProfile) -> Literal["account", "conversation"] | None:
        if profile.conversation_id:
            return "conversation"
        return "account" if profile.user_id else None


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    title = TextField(max_length=200, allow_blank=True, required=False)
    temporary = FlagField(
        required=False, help_text="stands in no list, and is to be deleted by the client when its patient leaves it"
    )
    health_profile = HealthProfileSerializer(
        required=False, write_only=True, help_text="whom it is about, in place of what the account says"
    )
    help = serializers.SerializerMethodField(help_text="null: nobody was asked for")
    staff = serializers.SerializerMethodField(help_text="who of the staff is there now")

    class Meta:
        model = Conversation
        fields = [
            "id", "title", "temporary", "health_profile", "messages_count", "created_at", "updated_at", "help", "staff",
        ]  # fmt: skip
        read_only_fields = ["id", "messages_count", "created_at", "updated_at"]

    @extend_schema_field(HelpSerializer(allow_null=True))
    def get_help(self, conversation: Conversation) -> Any:
        for asked in conversation.help_requests.all():  # of a list they were fetched together
            if asked.closed_at is None:
                return HelpSerializer(help_as_json(asked, conversation.user.country)).data
        return None

    @extend_schema_field(StaffSerializer(allow_null=True))
    def get_staff(self, conversation: Conversation) -> Any:
        if conversation.is_attended and conversation.attended_by:
            return {"name": conversation.attended_by.name}
        return None


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    url = serializers.CharField(read_only=True, help_text="of the file, on this host")

    class Meta:
        model = Attachment
        fields = ["id", "url", "type", "mime_type", "size", "width", "height"]
        read_only_fields = fields


class RatingField(serializers.ChoiceField):
    """A number, and no text that looks like one."""

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        if isinstance(data, bool) or data not in tuple(Feedback.Rating):
            self.fail("invalid_choice", input=data)
        return int(data)


class FeedbackSerializer(serializers.ModelSerializer[Feedback]):
    rating = RatingField(choices=Feedback.Rating.choices)
    comment = TextField(max_length=Feedback.COMMENT_CHARS, allow_blank=True, default="")

    class Meta:
        model = Feedback
        fields = ["rating", "comment"]


class GivenFeedbackSerializer(FeedbackSerializer):
    flag = serializers.DictField(
        read_only=True, allow_null=True, help_text="as in the `flag` frame, where the comment calls for it"
    )

    class Meta(FeedbackSerializer.Meta):
        fields = [*FeedbackSerializer.Meta.fields, "flag"]


class MessageSerializer(serializers.ModelSerializer[Message]):
    """A message as REST and `done` give it."""

    attachments = serializers.SerializerMethodField()
    disclaimer = serializers.CharField(read_only=True, allow_null=True)
    feedback = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            "id", "conversation", "sender", "type", "content", "status", "metadata", "client_message_id", "reply_to",
            "attachments", "disclaimer", "feedback", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_attachments(self, message: Message) -> Any:
        return _attachments_of(message)

    @extend_schema_field(FeedbackSerializer(allow_null=True))
    def get_feedback(self, message: Message) -> Any:
        return _feedback_of(message)


SENT_TYPES = [("text", "text")]
"""What a message may be when it is sent as JSON."""
SENT_FILE_TYPES = [("image", "image"), ("audio", "audio"), ("voice", "voice")]
"""What a message may be when it is sent as a form. `voice` is `audio` under its other name."""
MAX_METADATA_BYTES = 2048


class SendSerializer(serializers.Serializer[Any]):
    content = TextField(allow_blank=True, trim_whitespace=False, max_length=None)
    type = serializers.ChoiceField(choices=SENT_TYPES, default="text")
    client_message_id = IdField(required=False)
    attachments = serializers.ListField(
        child=IdField(), required=False, help_text="ids, at most four, none sent before"
    )
    simplifies = IdField(required=False, help_text="a reply that is to be told again in plainer words")
    repeats = IdField(required=False, help_text="a reply to the same words, beside which another is wanted")


@extend_schema_field({"type": "object", "description": "as JSON text in the form", "additionalProperties": True})
class MetadataField(serializers.CharField):
    """What the client says about a file: a JSON object in a form's field, as PostgreSQL takes it too."""

    default_error_messages = {
        "no_object": "This must be a JSON object.",
        "too_long": f"This may have at most {MAX_METADATA_BYTES} bytes.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # type: ignore[override]
        text = super().to_internal_value(data)
        if len(text.encode()) > MAX_METADATA_BYTES:
            self.fail("too_long")
        try:
            metadata: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError):
            self.fail("no_object")
        if "\\u0000" in json.dumps(metadata):
            self.fail("no_object")
        return metadata


class FileSerializer(serializers.Serializer[Any]):
    """A form with a file. The file itself is checked by its content."""

    file = serializers.FileField(allow_empty_file=True, max_length=None)
    metadata = MetadataField(required=False)


class RecordingSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)


class SendFileSerializer(FileSerializer):
    type = serializers.ChoiceField(choices=SENT_FILE_TYPES)
    content = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    client_message_id = IdField(required=False)


class TranscriptSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    language = serializers.CharField(allow_null=True, help_text="ISO 639-1")
    duration = serializers.FloatField(help_text="seconds")
    flag = serializers.DictField(
        required=False, help_text="as in the `flag` frame, where what was said tells of a danger"
    )


class SentSerializer(MessageSerializer):
    replyId = serializers.UUIDField(
        allow_null=True, help_text="null: somebody of the staff is there, and answers in person"
    )
    url = serializers.CharField(required=False, help_text="of the picture; so are `mime_type` and `size`")
    mime_type = serializers.CharField(required=False)
    size = serializers.IntegerField(required=False)
    flag = serializers.DictField(required=False, help_text="as in the `flag` frame, where there is danger")

    class Meta(MessageSerializer.Meta):
        fields = [*MessageSerializer.Meta.fields, "replyId", "url", "mime_type", "size", "flag"]
        read_only_fields = fields


def message_as_json(message: Message) -> dict[str, Any]:
    """What the serializer gives, of JSON types only, for a frame: by hand, since each send and each reply needs it."""
    return {
        "id": str(message.id),
        "conversation": str(message.conversation_id),
        "sender": message.sender,
        "type": message.type,
        "content": message.content,
        "status": message.status,
        "metadata": message.metadata,
        "client_message_id": str(message.client_message_id) if message.client_message_id else None,
        "reply_to": str(message.reply_to_id) if message.reply_to_id else None,
        "attachments": [dict(row) for row in _attachments_of(message)],
        "disclaimer": message.disclaimer,
        "feedback": _feedback_of(message),
        "created_at": message.created_at.isoformat().replace("+00:00", "Z"),
    }


def _attachments_of(message: Message) -> Any:
    """Only these messages have some; the others are shown where the database can't be asked."""
    rows = list(message.attachments.all()) if message.type == Message.Type.IMAGE else []
    return AttachmentSerializer(rows, many=True).data if rows else []


def _feedback_of(message: Message) -> dict[str, Any] | None:
    """Read along with the rows that may have some: a reply that has only just ended has none, and asks for none."""
    feedback = message._state.fields_cache.get("feedback")
    return {"rating": feedback.rating, "comment": feedback.comment} if feedback else None
