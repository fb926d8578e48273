"""Routes under /account/."""

from __future__ import annotations

from django.urls import path

from accounts.profile import views

urlpatterns = [
    path("", views.profile, name="profile"),
    path("email/", views.email_change, name="email-change"),
    path("email/send-again/", views.verification_send, name="verification-send"),
    path("email/<str:token>/", views.email_confirm, name="email-confirm"),
    path("password/", views.password_change, name="password-change"),
]
