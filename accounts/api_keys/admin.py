"""API keys in the fleet admin. A key's text is on one page, once."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.admin_site import fleet_admin
from accounts.api_keys.chart import HEIGHT, WIDTH, bars_of
from accounts.api_keys.forms import LIFETIMES, ApiKeyForm
from accounts.api_keys.reads import days_of, keys_visible_to, state_of
from accounts.api_keys.services import create_api_key, revoke_api_key, rotate_api_key
from accounts.api_keys.wording import in_words
from accounts.model_admin import Counted, OrganizationModelAdmin, membership_of, utc
from accounts.models import ApiKey, Membership
from accounts.roles import Resource
from accounts.sessions.recent import ask_for_proof, has_recent_proof, requires_recent_proof
from aviation.common.errors import DomainError

COLOURS = {"ok": "success", "warning": "warning", "unknown": "default"}


class AdminApiKeyForm(ApiKeyForm):
    """The same form in the admin's clothes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lifetime"].widget = UnfoldAdminSelectWidget(choices=LIFETIMES)
        self.fields["networks"].widget = UnfoldAdminTextareaWidget()


@admin.register(ApiKey, site=fleet_admin)
class ApiKeyAdmin(OrganizationModelAdmin):
    """A key is made, replaced or revoked; none of its values is changed afterwards."""

    resource = Resource.API_KEY
    place = 60
    icon = "key"
    title = "API keys"
    counted = (Counted("API keys", {"revoked_at__isnull": True}),)
    form = AdminApiKeyForm
    list_display = ("name", "key_id", "owner", "scope_list", "last_used", "ends", "state")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "key_id", "owner__user__email", "owner__user__full_name")
    ordering = ("-created_at",)
    list_select_related = ("owner__user", "replaced_by")
    actions = ("rotate", "revoke")
    add_fields = ("name", "scopes", "lifetime", "networks", "rate_limit_per_minute")
    shown_fields = (
        ("name", "state"),
        ("key_id", "owner"),
        "scope_words",
        ("network_list", "rate_limit_per_minute"),
        ("created_at", "ends", "revoked_at"),
        ("last_used", "replaced_by"),
        "usage_chart",
    )

    def visible_to(self, membership: Membership) -> models.QuerySet[Any]:
        return keys_visible_to(membership)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On a key's own page nothing can be typed; the actions ask by the list's permission."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keys are revoked: a deleted one would leave changes of which nobody knows the author."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.add_fields if obj is None else self.shown_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [each if isinstance(each, tuple) else (each,) for each in self.shown_fields]
        return () if obj is None else tuple(name for names in shown for name in names)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, **kwargs | {"form": forms.ModelForm})
        return _form_for(membership_of(request))

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        view = requires_recent_proof(partial(super().add_view, *args, **kwargs))
        return view(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        owner = membership_of(request)
        obj.made, obj.text = create_api_key(owner=owner, actor=owner, **form.wishes())
        obj.pk = obj.made.pk

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponseBase:
        return self._shown_once(request, obj.made, obj.text)

    @admin.action(description="Replace by a new key", permissions=["change"])
    def rotate(
        self, request: HttpRequest, chosen: models.QuerySet[ApiKey]
    ) -> HttpResponseBase | None:
        if not has_recent_proof(request):
            return ask_for_proof(request)
        keys = list(chosen[:2])
        if len(keys) != 1:
            self.message_user(request, "Replace one key at a time.", messages.ERROR)
            return None
        try:
            successor, text = rotate_api_key(key=keys[0], actor=membership_of(request))
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return None
        return self._shown_once(request, successor, text)

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, chosen: models.QuerySet[ApiKey]) -> None:
        actor = membership_of(request)
        self.act_on_each(
            request, chosen, lambda key: revoke_api_key(key=key, actor=actor), "{count} revoked."
        )

    def _shown_once(self, request: HttpRequest, key: ApiKey, text: str) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "title": "Your new API key",
            "opts": self.opts,
            "key": key,
            "text": text,
        }
        response = TemplateResponse(request, "admin/api_key_shown_once.html", context, status=201)
        response.headers["Cache-Control"] = "no-store"
        return response

    @display(description="state", label=COLOURS)  # type: ignore[untyped-decorator]
    def state(self, key: ApiKey) -> tuple[str, str]:
        label, tag = state_of(key)
        return tag, label

    @admin.display(description="may")
    def scope_list(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="may")
    def scope_words(self, key: ApiKey) -> str:
        return "; ".join(in_words(scope) for scope in key.scopes)

    @admin.display(description="only from")
    def network_list(self, key: ApiKey) -> str:
        return ", ".join(key.networks) or "Anywhere"

    @admin.display(description="last used (UTC)", ordering="last_used_at")
    def last_used(self, key: Any) -> str | None:
        return utc(key.last_used_at)

    @admin.display(description="ends (UTC)", ordering="expires_at", empty_value="Never")
    def ends(self, key: ApiKey) -> str | None:
        return utc(key.expires_at)

    @admin.display(description="requests in the last 30 days")
    def usage_chart(self, key: ApiKey) -> SafeString:
        days = days_of(key)
        context = {
            "days": days,
            "total": sum(day.requests for day in days),
            "bars": bars_of(days),
            "chart_width": WIDTH,
            "chart_height": HEIGHT,
        }
        return render_to_string("accounts/api_keys/_usage.html", context)


def _form_for(membership: Membership) -> type[AdminApiKeyForm]:
    class OwnApiKeyForm(AdminApiKeyForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, membership=membership, **kwargs)

    return OwnApiKeyForm
