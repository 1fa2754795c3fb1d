"""`/api/admin/…`: what staff see of the whole."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import StaffView
from chat.models import Conversation, Message
from moderation.models import Decision

ACTIVE = timedelta(minutes=15)
_STARTED = time.monotonic()


class MetricsView(StaffView):
    @extend_schema(
        responses=inline_serializer(
            "Metrics",
            {
                "uptime": serializers.IntegerField(help_text="seconds since the process that answers was started"),
                "active_conversations": serializers.IntegerField(help_text="with a message in the last 15 minutes"),
                "messages_today": serializers.IntegerField(help_text="of patients and replies, since midnight UTC"),
                "flagged_messages": serializers.IntegerField(help_text="with a decision that is open for review"),
            },
        )
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        active = Conversation.objects.filter(updated_at__gte=now - ACTIVE, messages_count__gt=0)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        flagged = Decision.objects.filter(review=Decision.Review.OPEN)
        return Response(
            {
                "uptime": int(time.monotonic() - _STARTED),
                "active_conversations": active.count(),
                "messages_today": Message.objects.filter(created_at__gte=midnight).count(),
                "flagged_messages": flagged.values("message_id").distinct().count(),
            }
        )
