"""Signing in to the admin, and the second factor: of allauth's pages those that are needed."""

from allauth.account.views import login, reauthenticate
from allauth.mfa.base import views as codes
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from accounts.staff_site import again_page, entrance, staff_page

urlpatterns = [
    path("sign-in", entrance(login), name="account_login"),
    path("sign-in/code", entrance(codes.authenticate), name="mfa_authenticate"),
    path("sign-in/again", again_page(reauthenticate), name="account_reauthenticate"),
    path("sign-in/again/code", again_page(codes.reauthenticate), name="mfa_reauthenticate"),
    path("second-factor", staff_page(codes.index), name="mfa_index"),
    path("second-factor/set-up", staff_page(totp.activate_totp), name="mfa_activate_totp"),
    path("second-factor/remove", staff_page(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("second-factor/recovery-codes", staff_page(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "second-factor/recovery-codes/new",
        staff_page(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
]
