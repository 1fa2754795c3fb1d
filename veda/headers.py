"""What answers tell browsers beside their content: what a page may do, and that nothing private is kept or told on.

The Content-Security-Policy is django-csp's, and the rest of the usual ones Django's: see `veda/settings.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PERMISSIONS = ", ".join(
    [
        "microphone=(self)",
        *(
            f"{feature}=()"
            for feature in (
                "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation",
                "gyroscope", "hid", "magnetometer", "midi", "payment", "serial", "usb",
            )
        ),
    ]
)  # fmt: skip
PUBLIC = ("/api/schema", "/api/docs")


def private_by_default(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The innermost middleware: what it sets, those outside leave as it is."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        staff = request.path.startswith(f"/{settings.ADMIN_PATH}/")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if staff:
            # Under "no-referrer" Chromium sends `Origin: null` with a form, which Django's CSRF check refuses.
            response.headers.setdefault("Referrer-Policy", "same-origin")
        if staff or (request.path.startswith("/api/") and not request.path.startswith(PUBLIC)):
            response.headers["Cache-Control"] = "no-store"
        return response

    return answer
