"""The pages of signing in: password, second step, and the way out.

None of them runs in the request's transaction: what a guess costs must stand, whatever follows.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts.forms import SecondStepForm, SignInForm
from accounts.models import User
from accounts.second_step.services import has_second_step, verify_second_step
from accounts.signing_in import pending
from accounts.signing_in.completing import complete_sign_in
from accounts.signing_in.passwords import prove_password
from aviation.common.errors import DomainError

_GUARDS = (sensitive_post_parameters("password", "code"), csrf_protect, never_cache)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
@method_decorator(_GUARDS, name="dispatch")
class DoorView(auth_views.RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """One form on the way in; whoever is in already is led on."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)

    def refuse(self, form: Form, error: DomainError) -> HttpResponseBase:
        """The form again with the reason; too many attempts also say so to programs."""
        form.add_error(None, error.message)
        response = self.form_invalid(form)
        if error.retry_after_s is not None:
            response.status_code = error.status
            response.headers["Retry-After"] = str(error.retry_after_s)
        return response

    def let_in(self, user: User) -> HttpResponseBase:
        complete_sign_in(self.request, user)
        return HttpResponseRedirect(self.get_success_url())


class SignInView(DoorView):
    """The first page: e-mail and password."""

    template_name = "accounts/sign_in.html"
    form_class = SignInForm

    def form_valid(self, form: Form) -> HttpResponseBase:  # type: ignore[override]
        typed = form.cleaned_data
        try:
            user = prove_password(self.request, email=typed["username"], password=typed["password"])
        except DomainError as error:
            return self.refuse(form, error)
        if not has_second_step(user):
            return self.let_in(user)
        pending.begin(self.request, user)
        return HttpResponseRedirect(_with_next("/sign-in/code/", self.get_redirect_url()))


class SecondStepView(DoorView):
    """The second page, for people with an authenticator app: a code."""

    template_name = "accounts/sign_in_code.html"
    form_class = SecondStepForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.person = pending.waiting_user(request)
        if self.person is None and not request.user.is_authenticated:
            messages.info(request, "Begin with your password; the code must follow in 5 minutes.")
            self.setup(request, *args, **kwargs)
            return HttpResponseRedirect(_with_next("/sign-in/", self.get_redirect_url()))
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Form) -> HttpResponseBase:  # type: ignore[override]
        user = self.person
        assert user is not None, "dispatch has led everybody else away"
        try:
            way = verify_second_step(user, form.cleaned_data["code"])
        except DomainError as error:
            return self.refuse(form, error)
        if way is None:
            form.add_error("code", "This code is not right, or it was used already.")
            return self.form_invalid(form)
        pending.end(self.request)
        return self.let_in(user)


class SignOutView(auth_views.LogoutView):
    http_method_names = ("post", "options")


def _with_next(path: str, target: str) -> str:
    return f"{path}?{urlencode({'next': target})}" if target else path
