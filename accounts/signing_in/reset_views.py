"""The pages of a forgotten password and of a mailed link that confirms an address."""

from __future__ import annotations

from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.generic import FormView, TemplateView

from accounts.forms import AskForResetForm
from accounts.models import User
from accounts.signing_in.devices import known_device, remember_device
from accounts.signing_in.reset import ask_for_reset, reset_password, reset_tokens
from accounts.signing_in.verification import person_to_verify, verify_address
from aviation.common.errors import DomainError


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class PasswordResetView(FormView):  # type: ignore[type-arg]
    """The same answer for every address, and no look-up whose time would tell."""

    template_name = "accounts/password_reset_form.html"
    form_class = AskForResetForm
    success_url = reverse_lazy("password-reset-done")

    def form_valid(self, form: AskForResetForm) -> HttpResponse:
        try:
            ask_for_reset(self.request, form.cleaned_data["email"])
        except DomainError as error:
            form.add_error(None, error.message)
            response = self.form_invalid(form)
            response.status_code = error.status
            response.headers["Retry-After"] = str(error.retry_after_s)
            return response
        return super().form_valid(form)


class PasswordResetDoneView(TemplateView):
    template_name = "accounts/password_reset_done.html"


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    """Django keeps the token in the session and out of the address; the rest is ours."""

    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("password-reset-complete")
    token_generator = reset_tokens

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        token = self.request.session.pop(auth_views.INTERNAL_RESET_SESSION_TOKEN)
        try:
            reset_password(form.user, token=token, password=form.cleaned_data["new_password1"])
        except DomainError:
            self.validlink = False
            return self.render_to_response(self.get_context_data(form=None))
        # Who reads the mailbox is no guesser: this browser gets an allowance of its own, so that
        # a person under attack gets in from here.
        remember_device(self.request, form.user, known_device(self.request, form.user.email))
        return HttpResponseRedirect(str(self.success_url))


class PasswordResetCompleteView(TemplateView):
    template_name = "accounts/password_reset_complete.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_email(request: HttpRequest, token: str) -> HttpResponseBase:
    """Asked by a button: programs that follow the links in mails confirm nothing."""
    person = person_to_verify(token)
    if person is None:
        return render(request, "accounts/verify_email.html", {"state": "void"}, status=410)
    if request.method == "POST":
        verify_address(person)
        return render(request, "accounts/verify_email.html", {"state": "done"})
    context = {"state": "asking", "email": person.email}
    return render(request, "accounts/verify_email.html", context)
