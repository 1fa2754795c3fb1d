"""What this process stands on now, for administrators: parts, models, index, and versions of rules and prompts."""

from __future__ import annotations

import sys

import django
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from moderation.services import current_rules
from pipeline import prompts, wiring
from pipeline.models import Document
from veda import checkup


def system(request: HttpRequest) -> HttpResponse:
    """Asks hosts, so it may take a few seconds where one doesn't answer."""
    if not request.user.has_perm("accounts.view_system"):
        raise PermissionDenied
    topics = Document.objects.filter(retired_at=None)
    versions = {
        "Python": sys.version.split()[0],
        "Django": django.get_version(),
        "Screening rules": current_rules().version,
        "Health topics": f"{topics.count()}, of which {topics.exclude(clinically_reviewed_by='').count()} signed off",
        **{f"Prompt: {name}": version for name, version in prompts.versions().items()},
    }
    context = {
        **admin.site.each_context(request),
        "title": "System",
        "answerer": wiring.answerer().info,
        "findings": list(checkup.findings()),
        "versions": versions,
    }
    return TemplateResponse(request, "staff/system.html", context)
