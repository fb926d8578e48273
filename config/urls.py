"""Routes outside any organization: signing in, health, the API and the platform's own admin."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts import views as people
from accounts.signing_in import reset_views as resets
from accounts.signing_in import views as doors
from aviation.common import health_views
from config.admin import platform_admin
from config.documentation import ApiPageView

handler404 = "aviation.common.error_views.not_found"
handler500 = "aviation.common.error_views.server_error"

urlpatterns = [
    path("", people.organizations, name="organizations"),
    path("sign-in/", doors.SignInView.as_view(), name="sign-in"),
    path("sign-in/code/", doors.SecondStepView.as_view(), name="sign-in-code"),
    path("sign-out/", doors.SignOutView.as_view(), name="sign-out"),
    path("password-reset/", resets.PasswordResetView.as_view(), name="password-reset"),
    path(
        "password-reset/sent/", resets.PasswordResetDoneView.as_view(), name="password-reset-done"
    ),
    path(
        "password-reset/<uidb64>/<token>/",
        resets.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path(
        "password-reset/done/",
        resets.PasswordResetCompleteView.as_view(),
        name="password-reset-complete",
    ),
    path("verify-email/<str:token>/", resets.verify_email, name="verify-email"),
    path("account/", include("accounts.profile.urls")),
    path("account/", include("accounts.second_step.urls")),
    path("account/", include("accounts.sessions.urls")),
    path("platform/", include("accounts.visits.urls")),
    path("invitation/", include("accounts.members.invitation_urls")),
    path("admin/", platform_admin.urls),
    path("api/v1/", include("config.api")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", login_required(ApiPageView.as_view()), name="api-docs"),
    path("api/health", health_views.health, name="health"),
    path("api/health/live", health_views.live, name="health-live"),
    path("api/health/ready", health_views.ready, name="health-ready"),
]
