from django.urls import path

from accounts.api import consents, registration, sessions

urlpatterns = [
    path("register", registration.RegisterView.as_view()),
    path("me", registration.MeView.as_view()),
    path("login", sessions.LoginView.as_view()),
    path("refresh", sessions.RefreshView.as_view()),
    path("logout", sessions.LogoutView.as_view()),
    path("ws-ticket", sessions.TicketView.as_view()),
    path("consent", consents.ConsentView.as_view()),
]
