from django.urls import path

from accounts import api

urlpatterns = [
    path("register", api.RegisterView.as_view()),
    path("login", api.LoginView.as_view()),
    path("refresh", api.RefreshView.as_view()),
    path("logout", api.LogoutView.as_view()),
    path("me", api.MeView.as_view()),
    path("consent", api.ConsentView.as_view()),
    path("ws-ticket", api.TicketView.as_view()),
]
