"""What the admin's pages say of the numbers to call."""

from __future__ import annotations

from django import template
from django.utils import timezone

from moderation.help import MAX_AGE_DAYS, shipped_help
from moderation.types import name_of_category

register = template.Library()
register.filter("category_name", name_of_category)


@register.simple_tag
def stale_numbers() -> int:
    """How many were read at their sources too long ago."""
    return sum(one.age_days > MAX_AGE_DAYS for one in shipped_help().dated(timezone.now().date()))
