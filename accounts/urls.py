from django.urls import path

from accounts.api import consents, devices, google, passwords, registration, sessions

urlpatterns = [
    path("register", registration.RegisterView.as_view()),
    path("me", registration.MeView.as_view()),
    path("email/confirmation", registration.EmailConfirmationView.as_view()),
    path("email/confirm", registration.EmailConfirmView.as_view()),
    path("password", passwords.PasswordView.as_view()),
    path("password/reset", passwords.ResetRequestView.as_view()),
    path("password/reset/confirm", passwords.ResetView.as_view()),
    path("devices", devices.DevicesView.as_view()),
    path("devices/<uuid:device_id>", devices.DeviceView.as_view()),
    path("login", sessions.LoginView.as_view()),
    path("refresh", sessions.RefreshView.as_view()),
    path("logout", sessions.LogoutView.as_view()),
    path("google/login", google.LoginView.as_view()),
    path("google/callback", google.CallbackView.as_view()),
    path("google/second-factor", google.SecondFactorView.as_view()),
    path("ws-ticket", sessions.TicketView.as_view()),
    path("consent", consents.ConsentView.as_view()),
    path("consents", consents.ConsentsView.as_view()),
    path("consents/<slug:purpose>", consents.GivenConsentView.as_view()),
]
