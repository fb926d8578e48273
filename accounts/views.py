"""Sign-in, password reset and the choice of an organization."""

from __future__ import annotations

import structlog
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy

from accounts.context_processors import memberships_of
from accounts.forms import ChoosePasswordForm, SignInForm
from aviation.common.problems import problem_json, wants_json

log = structlog.get_logger("dbx.accounts")


class SignInView(auth_views.LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOutView(auth_views.LogoutView):
    http_method_names = ("post", "options")


class PasswordResetView(auth_views.PasswordResetView):
    template_name = "accounts/password_reset_form.html"
    form_class = ChoosePasswordForm
    email_template_name = "accounts/mail/password_reset.txt"
    subject_template_name = "accounts/mail/password_reset_subject.txt"
    success_url = reverse_lazy("password-reset-done")


class PasswordResetDoneView(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("password-reset-complete")


class PasswordResetCompleteView(auth_views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"


@login_required
def organizations(request: HttpRequest) -> HttpResponse:
    """Straight into the only organization, or the choice of several."""
    memberships = memberships_of(request)
    if len(memberships) == 1 and "choose" not in request.GET:
        return redirect(memberships[0].organization)
    return render(request, "accounts/organizations.html", {"memberships": memberships})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or a request from another site."""
    log.info("csrf refused", reason=reason)
    title = "This form has expired."
    if wants_json(request):
        return problem_json(403, "csrf", title, "Send the CSRF token with the request.")
    return render(request, "403_csrf.html", {"title": title}, status=403)
