"""The addresses, as they are where ADMIN_PATH is another one."""

from importlib import util

from django.conf import settings
from django.test import override_settings

_spec = util.find_spec("veda.urls")
assert _spec
assert _spec.loader
_urls = util.module_from_spec(_spec)
with override_settings(ADMIN_PATH="back/office"):
    _spec.loader.exec_module(_urls)
    assert settings.ADMIN_PATH == "back/office"

urlpatterns = _urls.urlpatterns
handler404 = _urls.handler404
