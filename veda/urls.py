from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from veda import health, pages

urlpatterns = [
    path("health", health.live),
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
    path("emergency", pages.emergency, name="emergency"),
    path("api/config", pages.ConfigView.as_view()),
    path("api/auth/", include("accounts.urls")),
    path("api/conversations", include("chat.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema")),
    re_path(r"^(?:login|register|consent|chat(?:/.*)?)?$", pages.front_end),
]

handler400 = "veda.errors.bad_request"
handler403 = "veda.errors.permission_denied"
handler404 = "veda.errors.page_not_found"
handler500 = "veda.errors.server_error"
