from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from chat.account_api import AccountView, ExportView
from chat.api import UploadView
from chat.health_profile_api import AccountHealthProfileView
from chat.staff_api import MetricsView, StatsView
from veda import errors, health, metrics, pages, system_page

urlpatterns = [
    path("health", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.show),
    path(f"{settings.ADMIN_PATH}/", include("accounts.staff_urls")),
    path(f"{settings.ADMIN_PATH}/system/", admin.site.admin_view(system_page.system), name="system"),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("favicon.ico", RedirectView.as_view(url="/static/app/favicon.svg")),  # the admin's pages name none
    path("service-worker.js", pages.service_worker),
    path("emergency", pages.emergency, name="emergency"),
    path("api/config", pages.ConfigView.as_view()),
    path("api/auth/", include("accounts.urls")),
    path("api/account", AccountView.as_view()),
    path("api/account/export", ExportView.as_view()),
    path("api/account/health-profile", AccountHealthProfileView.as_view()),
    path("api/conversations", include("chat.urls")),
    path("api/admin/stats", StatsView.as_view()),
    path("api/admin/metrics", MetricsView.as_view()),
    path("uploads/<uuid:conversation_id>/<str:file_name>", UploadView.as_view()),
    re_path(r"^uploads(?:/|$)", errors.nothing_here),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema")),
    re_path(r"^(?:chat(?:/.*)?)?$", pages.front_end),
    re_path(rf"^(?:{'|'.join(settings.PAGES)})$", pages.front_end),
    path(settings.ADMIN_PATH, RedirectView.as_view(pattern_name="admin:index")),
    re_path(r"", pages.unknown_address),
]

handler400 = "veda.errors.bad_request"
handler403 = "veda.errors.permission_denied"
handler404 = "veda.errors.page_not_found"
handler500 = "veda.errors.server_error"
