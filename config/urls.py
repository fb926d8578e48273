"""Routes outside any organization: signing in, health, the API and the platform's own admin."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts import views as people
from aviation.common import health_views
from config.admin import platform_admin
from config.documentation import ApiPageView

handler404 = "aviation.common.error_views.not_found"
handler500 = "aviation.common.error_views.server_error"

urlpatterns = [
    path("", people.organizations, name="organizations"),
    path("sign-in/", people.SignInView.as_view(), name="sign-in"),
    path("sign-out/", people.SignOutView.as_view(), name="sign-out"),
    path("password-reset/", people.PasswordResetView.as_view(), name="password-reset"),
    path(
        "password-reset/sent/", people.PasswordResetDoneView.as_view(), name="password-reset-done"
    ),
    path(
        "password-reset/<uidb64>/<token>/",
        people.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path(
        "password-reset/done/",
        people.PasswordResetCompleteView.as_view(),
        name="password-reset-complete",
    ),
    path("admin/", platform_admin.urls),
    path("api/v1/", include("config.api")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", login_required(ApiPageView.as_view()), name="api-docs"),
    path("api/health", health_views.health, name="health"),
    path("api/health/live", health_views.live, name="health-live"),
    path("api/health/ready", health_views.ready, name="health-ready"),
]
