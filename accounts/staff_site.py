"""The admin, with a sign-in of its own and the second factor; and the pages of both, which allauth serves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup, DisallowedModelAdminToField
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts import audit, mail
from accounts.clients import client_of
from accounts.models import AuditEvent, User
from accounts.second_factor import has_second_factor
from accounts.staff_sessions import device_of, is_admitted, lacks_code
from accounts.staff_sign_in import PasswordChangeForm
from veda.errors import bad_request

logger = logging.getLogger(__name__)


class StaffSite(admin.AdminSite):
    site_header = site_title = "Veda"
    index_title = "Staff"

    def has_permission(self, request: HttpRequest) -> bool:
        return is_admitted(request)

    def get_urls(self) -> list[Any]:
        """Without the redirect to a row's page on the site: no row has one, and it fails on ids of another shape."""
        return [entry for entry in super().get_urls() if getattr(entry, "name", "") != "view_on_site"]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        return super().admin_view(_unless_nonsense_is_asked(view), cacheable)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Leads to what is still missing."""
        goal = request.GET.get(REDIRECT_FIELD_NAME) or resolve_url("admin:index")
        if is_admitted(request):
            return HttpResponseRedirect(resolve_url("admin:index"))
        device = device_of(request)
        if device is None:
            end_session(request)
            return _lead("account_login", goal)
        return _lead("mfa_reauthenticate", goal) if has_second_factor(device.user) else _lead("mfa_activate_totp", "")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        page = PasswordChangeView.as_view(
            form_class=PasswordChangeForm,
            success_url=resolve_url("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        answer = page(request)
        if isinstance(answer, HttpResponseRedirect) and isinstance(request.user, User):
            user = request.user
            audit.record(
                AuditEvent.Action.PASSWORD_CHANGED, actor_id=user.id, subject_id=user.id, client=client_of(request)
            )
            mail.send_password_changed(user)
        return answer


def _unless_nonsense_is_asked(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A query that Django takes and the database doesn't, like a NUL or the year 99999, is left out.

    For a column that nobody may ask for it is refused in a line of the log: Django writes a failure, with its name.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (DisallowedModelAdminLookup, DisallowedModelAdminToField) as error:
            return bad_request(request, error)
        except (DataError, OverflowError, ValueError, ValidationError) as error:
            if request.method == "POST" and ACTION_CHECKBOX_NAME in request.POST:  # rows of ids that are none
                logger.warning("An action of the admin's was left out: %s at %s", type(error).__name__, request.path)
                return HttpResponseRedirect(request.get_full_path())
            if request.method != "GET" or not request.GET or ERROR_FLAG in request.GET:
                raise
            logger.warning("A query of the admin's was left out: %s at %s", type(error).__name__, request.path)
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

    return page


def end_session(request: HttpRequest) -> None:
    """Of somebody who is staff no more, or whose device was signed out."""
    if request.user.is_authenticated:
        logout(request)


def entrance(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page for those who aren't signed in yet; it looks like one of the admin."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and device_of(request) is None:
            end_session(request)
            request.user = AnonymousUser()
        return _dressed(view(request, *args, **kwargs), request)

    return page


def staff_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page of the second factor: for staff who gave it, or have none yet. It looks like one of the admin."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if lacks_code(request):
            return _lead("mfa_reauthenticate", request.get_full_path())
        return view(request, *args, **kwargs)

    return again_page(page)


def again_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Where staff who are signed in give what is missing."""

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        device = device_of(request)
        if device is None:
            end_session(request)
            return _lead("account_login", request.get_full_path())
        return _dressed(view(request, *args, **kwargs), request)

    return page


def _dressed(answer: HttpResponseBase, request: HttpRequest) -> HttpResponseBase:
    if isinstance(answer, TemplateResponse):
        answer.context_data = {
            **admin.site.each_context(request),
            "is_nav_sidebar_enabled": False,
            **(answer.context_data or {}),
        }
    return answer


def _lead(name: str, goal: str) -> HttpResponseRedirect:
    address = resolve_url(name)
    return HttpResponseRedirect(f"{address}?{urlencode({REDIRECT_FIELD_NAME: goal})}" if goal else address)
