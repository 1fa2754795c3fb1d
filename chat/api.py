"""`/api/conversations/…`: views only translate between HTTP and services."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import Error as DatabaseError
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils.log import log_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import BearerAuthentication, SignedInRequest
from accounts.clients import client_of
from accounts.models import User
from accounts.validation import validated
from chat import attendance, deletion, feedback, help_requests, selectors, services
from chat.attachments import disposition, open_file, presigned_address
from chat.duty import help_as_json
from chat.form_parser import FormParser
from chat.models import Attachment, Conversation, Message
from chat.paging import PAGING, NewestFirst, OldestFirst, page, page_of
from chat.refusals import help_for, words_in_bytes, words_of
from chat.screening import calls_for_help
from chat.sends import Sent
from chat.serializers import (
    AttachmentSerializer,
    ConversationSerializer,
    FeedbackSerializer,
    FileSerializer,
    GivenFeedbackSerializer,
    HelpSerializer,
    MessageSerializer,
    RecordingSerializer,
    RenameSerializer,
    SendFileSerializer,
    SendSerializer,
    SentSerializer,
    TranscriptSerializer,
)
from chat.staff_reading import reader_of
from moderation.services import resources
from veda.errors import FileMissing, Invalid, TooLarge, Unsafe, VedaError


class ConversationsView(APIView):
    @extend_schema(
        operation_id="conversations_list",
        parameters=[OpenApiParameter("q", str, description="searches titles and messages"), *PAGING],
        responses=page_of(ConversationSerializer),
    )
    def get(self, request: SignedInRequest) -> Response:
        search = request.query_params.get("q", "").replace("\x00", "").strip()[:200]
        rows = selectors.conversations_of(request.user, search)
        return page(NewestFirst(), rows, ConversationSerializer, request, self)

    @extend_schema(request=ConversationSerializer, responses={201: ConversationSerializer})
    def post(self, request: SignedInRequest) -> Response:
        conversation = services.create_conversation(user=request.user, **validated(ConversationSerializer, request))
        return Response(ConversationSerializer(conversation).data, status=status.HTTP_201_CREATED)


class ConversationView(APIView):
    def _conversation(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Conversation:
        return selectors.conversation_of(request.user, conversation_id)

    @extend_schema(responses=ConversationSerializer)
    def get(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        return Response(ConversationSerializer(self._conversation(request, conversation_id)).data)

    @extend_schema(request=RenameSerializer, responses=ConversationSerializer)
    def patch(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        conversation = self._conversation(request, conversation_id)
        given = validated(RenameSerializer, request)
        if "title" in given:
            services.rename_conversation(conversation=conversation, title=given["title"])
        return Response(ConversationSerializer(conversation).data)

    @extend_schema(responses={204: None})
    def delete(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        conversation = self._conversation(request, conversation_id)
        deletion.delete_conversation(conversation=conversation, client=client_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class _HeardView(APIView):
    """Whatever words are refused for, they are screened, and whoever is in danger is told whom to call."""

    words_in: ClassVar[str] = "content"

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if self.request.method in ("POST", "PUT") and not {"flag", "reply"} & response.data.keys():
            words, user = _written(self.request, exc, self.words_in)
            response.data |= help_for(words, user, self.kwargs["conversation_id"])
        return response


class MessagesView(_HeardView):
    parser_classes = [*APIView.parser_classes, FormParser]

    @extend_schema(operation_id="messages_list", parameters=PAGING, responses=page_of(MessageSerializer))
    def get(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        conversation = selectors.conversation_of(request.user, conversation_id)
        return page(OldestFirst(), selectors.messages_of(conversation), MessageSerializer, request, self)

    @extend_schema(
        request={"application/json": SendSerializer, "multipart/form-data": SendFileSerializer},
        responses={
            201: SentSerializer,
            422: OpenApiResponse(description="`unsafe`: stored, and answered with the safe text in `reply`"),
        },
    )
    def post(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        send = _send_file if isinstance(request.data, QueryDict) else _send
        sent = send(request, conversation_id)
        if sent.reply and sent.blocked:
            raise Unsafe(
                details={
                    "id": str(sent.message.id),
                    "replyId": str(sent.reply.id),
                    "reply": MessageSerializer(sent.reply).data,
                }
            )
        return Response(_sent(sent.message, sent.reply), status=status.HTTP_201_CREATED)


class FeedbackView(_HeardView):
    words_in = "comment"

    @extend_schema(request=FeedbackSerializer, responses=GivenFeedbackSerializer)
    def put(self, request: SignedInRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> Response:
        given = feedback.give_feedback(
            user=request.user,
            conversation_id=conversation_id,
            message_id=message_id,
            client=client_of(request),
            **validated(FeedbackSerializer, request),
        )
        return Response({**FeedbackSerializer(given.feedback).data, "flag": given.flag})

    @extend_schema(responses={204: None})
    def delete(self, request: SignedInRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> Response:
        feedback.take_back_feedback(user=request.user, conversation_id=conversation_id, message_id=message_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _written(request: Request, refusal: Exception, field: str) -> tuple[str, User | None]:
    """What somebody wrote, as far as it can be read, and who they are, if that is known."""
    try:
        words = words_of(request.data, field)  # no service saw it, or it would have told
    except Exception as unreadable:  # no JSON, no form, too large
        refusal, words = unreadable, ""
    words = words or words_in_bytes(_body(request, refusal), request.content_type or "", field)
    user = _user_of(request)
    return (words if user else words[: settings.MAX_MESSAGE_CHARS]), user  # anybody can send some


def _user_of(request: Request) -> User | None:
    try:
        user: object = request.user
    except (VedaError, DatabaseError):  # signed out, or the account is disabled; or nobody can tell
        return None
    return user if isinstance(user, User) else None


def _body(request: Request, refusal: Exception) -> bytes:
    """As its parser left it, or the beginning of what none was asked to take."""
    if body := getattr(refusal, "body", b""):
        return bytes(body)
    try:
        return request._request.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    except OSError:  # whoever sent it is gone
        return b""


def _send(request: SignedInRequest, conversation_id: uuid.UUID) -> Sent:
    data = validated(SendSerializer, request)
    return services.send_message(
        user=request.user,
        conversation_id=conversation_id,
        content=data["content"],
        client_message_id=data.get("client_message_id"),
        attachment_ids=data.get("attachments", []),
        simplifies=data.get("simplifies"),
        repeats=data.get("repeats"),
        client=client_of(request),
    )


def _send_file(request: SignedInRequest, conversation_id: uuid.UUID) -> Sent:
    file = _file_of(request)
    data = validated(SendFileSerializer, request)
    send: dict[str, Any] = {
        "user": request.user,
        "conversation_id": conversation_id,
        "file": file,
        "content": data["content"],
        "client_message_id": data.get("client_message_id"),
        "client": client_of(request),
    }
    if data["type"] == "image":
        return services.send_picture(**send, metadata=data.get("metadata", {}))
    return services.send_recording(**send)


def _sent(message: Message, reply: Message | None) -> dict[str, Any]:
    picture = {key: message.metadata[key] for key in ("url", "mime_type", "size") if key in message.metadata}
    flag = reply.metadata.get("flag", {}) if reply else {}
    danger = {"flag": flag} if calls_for_help(flag) else {}
    return {**MessageSerializer(message).data, "replyId": str(reply.id) if reply else None, **picture, **danger}


def _file_of(request: SignedInRequest) -> UploadedFile[Any]:
    """The one file of a form. Raises FileMissing, Invalid, TooLarge."""
    files = [file for _, several in request.FILES.lists() for file in several]
    if "file" not in request.FILES:
        raise FileMissing
    if len(files) > 1:
        raise Invalid(fields={"file": ["Please send one file at a time."]})
    if files[0].size > settings.UPLOAD_MAX_BYTES:
        raise TooLarge
    file: UploadedFile[Any] = files[0]
    return file


class AttachmentsView(APIView):
    parser_classes = [FormParser]

    @extend_schema(request={"multipart/form-data": FileSerializer}, responses={201: AttachmentSerializer})
    def post(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        file = _file_of(request)
        metadata = validated(FileSerializer, request).get("metadata", {})
        attachment = services.add_attachment(
            user=request.user,
            conversation_id=conversation_id,
            file=file,
            metadata=metadata,
            client=client_of(request),
        )
        return Response(AttachmentSerializer(attachment).data, status=status.HTTP_201_CREATED)


class TranscriptionsView(APIView):
    parser_classes = [FormParser]

    @extend_schema(request={"multipart/form-data": RecordingSerializer}, responses=TranscriptSerializer)
    def post(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        heard = services.transcribe(
            user=request.user, conversation_id=conversation_id, file=_file_of(request), client=client_of(request)
        )
        spoken = heard.transcript
        told = {"text": spoken.text, "language": spoken.language, "duration": spoken.seconds}
        return Response({**told, "flag": heard.flag} if heard.flag else told)


class HelpView(APIView):
    def handle_exception(self, exc: Exception) -> Response:
        """Who asks for a person and gets none is told whom to call."""
        response = super().handle_exception(exc)
        if self.request.method == "POST":
            user = _user_of(self.request)
            response.data["emergency"] = resources(user.country if user else "")
        return response

    @extend_schema(request=None, responses={201: HelpSerializer, 200: HelpSerializer})
    def post(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        asked, is_new = help_requests.ask_for_person(
            user=request.user, conversation_id=conversation_id, client=client_of(request)
        )
        told = HelpSerializer(help_as_json(asked, request.user.country)).data
        return Response(told, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(responses={204: None})
    def delete(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        attendance.take_back_request(user=request.user, conversation_id=conversation_id, client=client_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class UploadView(APIView):
    """A file, to those who may see it; to all others there is nothing here."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """An `Accept` of pictures alone is right here, though errors are JSON."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        auth=[{"bearer": []}],  # type: ignore[list-item]
        responses={
            (200, "image/png"): OpenApiTypes.BINARY,
            (200, "image/jpeg"): OpenApiTypes.BINARY,
            302: OpenApiResponse(description="to where the file lies, for a minute"),
        },
    )
    def get(self, request: Request, conversation_id: uuid.UUID, file_name: str) -> HttpResponseBase:
        attachment = selectors.attachment_at(
            conversation_id, file_name, patient=_bearer_of(request), staff=reader_of(request._request, conversation_id)
        )
        answer = _file_answer(attachment)
        answer["Cache-Control"] = "private, no-store"
        return answer

    @extend_schema(exclude=True)
    def head(self, request: Request, conversation_id: uuid.UUID, file_name: str) -> HttpResponseBase:
        """Without a body: Daphne sends all but the first part of one that streams, also where HEAD asked for none."""
        answer = self.get(request, conversation_id, file_name)
        if not isinstance(answer, FileResponse):
            return answer
        answer.close()
        return HttpResponse(headers=dict(answer.items()))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The log gets the address without the file's name, which is made of a patient's words."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code >= status.HTTP_400_BAD_REQUEST:
            log_response("%s: a file of %s", response.reason_phrase, kwargs["conversation_id"], response=response)
        return response


def _file_answer(attachment: Attachment) -> HttpResponseBase:
    """Raises NotFound."""
    if settings.S3_BUCKET:
        return HttpResponseRedirect(presigned_address(attachment))
    return FileResponse(
        open_file(attachment),
        content_type=attachment.mime_type,
        headers={
            "Content-Disposition": disposition(attachment),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _bearer_of(request: Request) -> User | None:
    try:
        authenticated = BearerAuthentication().authenticate(request)
    except VedaError:
        return None
    return authenticated[0] if authenticated else None
