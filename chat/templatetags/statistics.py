from __future__ import annotations

from typing import Any

from django import template

from chat.statistics import OFFERED, PERMISSION, PeriodForm, statistics_of
from chat.statistics_page import charts_of, tiles_of

register = template.Library()


@register.inclusion_tag("staff/statistics.html", takes_context=True)
def statistics(context: dict[str, Any]) -> dict[str, Any]:
    """For who may see them; for everybody else nothing."""
    request = context["request"]
    if not request.user.has_perm(PERMISSION):
        return {}
    form = PeriodForm(request.GET)
    period = (form if form.is_valid() else PeriodForm({})).period
    found = statistics_of(period)
    return {
        "form": form,
        "statistics": found,
        "tiles": tiles_of(found),
        "charts": charts_of(found),
        "offered": OFFERED.items(),
        "chosen": None if request.GET.get("from") or request.GET.get("to") else period.days,
    }
