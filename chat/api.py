"""`/api/conversations/…`: views only translate between HTTP and services."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import SignedInRequest
from chat import selectors, services
from chat.models import Conversation, Message
from chat.serializers import ConversationSerializer, MessageSerializer, SendSerializer, SentSerializer
from veda.errors import NotFound, Unsafe


class NewestFirst(CursorPagination):
    page_size = 30
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = ("-updated_at", "-id")


class OldestFirst(CursorPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "position"


def _page(
    paginator: CursorPagination, rows: Any, serializer: type[Any], request: SignedInRequest, view: APIView
) -> Response:
    try:
        page: list[Any] | None = paginator.paginate_queryset(rows, request, view=view)
    except ValueError:  # a cursor that names no place
        raise NotFound from None
    return paginator.get_paginated_response(serializer(page, many=True).data)


def _page_of(serializer: type[serializers.ModelSerializer[Any]]) -> Any:
    """How a page of these looks in the OpenAPI document."""
    return inline_serializer(
        serializer.__name__.removesuffix("Serializer") + "Page",
        {
            "results": serializer(many=True),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
        },
    )


_PAGING = [OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)]


class ConversationsView(APIView):
    @extend_schema(
        operation_id="conversations_list",
        parameters=[OpenApiParameter("q", str, description="searches titles and messages"), *_PAGING],
        responses=_page_of(ConversationSerializer),
    )
    def get(self, request: SignedInRequest) -> Response:
        search = request.query_params.get("q", "").replace("\x00", "").strip()[:200]
        rows = selectors.conversations_of(request.user, search)
        return _page(NewestFirst(), rows, ConversationSerializer, request, self)

    @extend_schema(request=ConversationSerializer, responses={201: ConversationSerializer})
    def post(self, request: SignedInRequest) -> Response:
        serializer = ConversationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        conversation = services.create_conversation(user=request.user, **serializer.validated_data)
        return Response(ConversationSerializer(conversation).data, status=status.HTTP_201_CREATED)


class ConversationView(APIView):
    def _conversation(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Conversation:
        return selectors.conversation_of(request.user, conversation_id)

    @extend_schema(responses=ConversationSerializer)
    def get(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        return Response(ConversationSerializer(self._conversation(request, conversation_id)).data)

    @extend_schema(request=ConversationSerializer, responses=ConversationSerializer)
    def patch(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        conversation = self._conversation(request, conversation_id)
        serializer = ConversationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        if "title" in serializer.validated_data:
            services.rename_conversation(conversation=conversation, title=serializer.validated_data["title"])
        return Response(ConversationSerializer(conversation).data)

    @extend_schema(responses={204: None})
    def delete(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        services.delete_conversation(conversation=self._conversation(request, conversation_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessagesView(APIView):
    @extend_schema(operation_id="messages_list", parameters=_PAGING, responses=_page_of(MessageSerializer))
    def get(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        conversation = selectors.conversation_of(request.user, conversation_id)
        return _page(OldestFirst(), conversation.messages.order_by("position"), MessageSerializer, request, self)

    @extend_schema(
        request=SendSerializer,
        responses={
            201: SentSerializer,
            422: OpenApiResponse(description="`unsafe`: stored, and answered with the safe text in `reply`"),
        },
    )
    def post(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        serializer = SendSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        sent = services.send_message(
            user=request.user,
            conversation_id=conversation_id,
            content=data["content"],
            client_message_id=data.get("client_message_id"),
        )
        if sent.blocked:
            raise Unsafe(
                details={
                    "id": str(sent.message.id),
                    "replyId": str(sent.reply.id),
                    "reply": MessageSerializer(sent.reply).data,
                }
            )
        return Response(_sent(sent.message, sent.reply), status=status.HTTP_201_CREATED)


def _sent(message: Message, reply: Message) -> dict[str, Any]:
    return {**MessageSerializer(message).data, "replyId": str(reply.id)}
