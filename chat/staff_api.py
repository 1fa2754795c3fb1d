"""`/api/admin/…`: what staff see of the whole."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsStaff, MayDo, StaffView
from chat.models import DayCounts, Message
from chat.statistics import PERMISSION, PeriodForm, latencies_of, statistics_of
from moderation.models import Decision
from veda.errors import Invalid

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
        active = Message.objects.filter(created_at__gte=now - ACTIVE).order_by().values("conversation_id").distinct()
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


class LatencySerializer(serializers.Serializer[Any]):
    stage = serializers.CharField()
    count = serializers.IntegerField(help_text="replies")
    p50 = serializers.IntegerField(allow_null=True, help_text="milliseconds, right to 4.5 %")
    p95 = serializers.IntegerField(allow_null=True)


class CountsSerializer(serializers.ModelSerializer[DayCounts]):
    flags = serializers.DictField(child=serializers.IntegerField(), help_text="by category")
    latencies = serializers.SerializerMethodField()

    class Meta:
        model = DayCounts
        fields = [
            "conversations", "messages", "replies", "active_patients", "prompt_tokens", "completion_tokens",
            "not_found", "withdrawn", "checked", "unsupported", "thumbs_up", "thumbs_down", "flags", "latencies",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(LatencySerializer(many=True))
    def get_latencies(self, counts: DayCounts) -> Any:
        return LatencySerializer(latencies_of(counts), many=True).data


class DayCountsSerializer(CountsSerializer):
    class Meta(CountsSerializer.Meta):
        fields = ["day", *CountsSerializer.Meta.fields]
        read_only_fields = fields


class StatsView(StaffView):
    permission_classes = [IsStaff, MayDo]
    permission = PERMISSION

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "from", OpenApiTypes.DATE, description="the first day; without it, 29 days before the last"
            ),
            OpenApiParameter("to", OpenApiTypes.DATE, description="the last day; without it, today"),
            OpenApiParameter("days", {"type": "integer", "minimum": 1}, description="how many, in place of `from`"),
        ],
        responses=inline_serializer(
            "Stats",
            {
                "from": serializers.DateField(),
                "to": serializers.DateField(),
                "totals": CountsSerializer(help_text="`active_patients` is the most of a day"),
                "days": DayCountsSerializer(many=True, help_text="all of the period, the oldest first"),
                "uncounted": serializers.IntegerField(help_text="days that are over and have no numbers yet"),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        form = PeriodForm(request.query_params)
        if not form.is_valid():
            raise Invalid(fields={name: [str(error) for error in errors] for name, errors in form.errors.items()})
        found = statistics_of(form.period)
        return Response(
            {
                "from": form.period.first,
                "to": form.period.last,
                "totals": CountsSerializer(found.total).data,
                "days": DayCountsSerializer(found.days, many=True).data,
                "uncounted": found.uncounted,
            }
        )
