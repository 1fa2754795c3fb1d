"""The days in numbers, as rows and as a file. The charts of them are on the first page."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from accounts.admin import ReadOnlyAdmin
from chat.models import DayCounts
from chat.statistics import PeriodForm, statistics_of
from chat.statistics_page import as_csv


@admin.register(DayCounts)
class DayCountsAdmin(ReadOnlyAdmin):
    list_display = ["day", "conversations", "messages", "active_patients", "not_found", "withdrawn", "counted_at"]
    date_hierarchy = "day"

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.csv_view)
        return [path("csv/", download, name="chat_daycounts_csv"), *super().get_urls()]

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = PeriodForm(request.GET)
        if not form.is_valid():  # which the page tells
            return HttpResponseRedirect(f"{reverse('admin:index')}?{request.GET.urlencode()}")
        name = f"veda-statistics-{form.period.first}-{form.period.last}.csv"
        return HttpResponse(
            as_csv(statistics_of(form.period)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
