"""The organization's API keys: list, one key, making, rotating, revoking."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import requires
from accounts.api_keys.chart import HEIGHT, WIDTH, bars_of
from accounts.api_keys.forms import ApiKeyForm
from accounts.api_keys.reads import days_of, keys_visible_to, state_of
from accounts.api_keys.services import create_api_key, revoke_api_key, rotate_api_key
from accounts.api_keys.wording import in_words
from accounts.models import ApiKey
from accounts.requests import in_organization
from accounts.roles import Action, Resource
from accounts.sessions.recent import requires_recent_proof
from aviation.common.errors import DomainError

PAGE_SIZE = 50


@requires(Action.VIEW, Resource.API_KEY)
@require_safe
def key_list(request: HttpRequest) -> HttpResponse:
    keys = keys_visible_to(in_organization(request).membership)
    keys = keys.order_by(F("revoked_at").desc(nulls_first=True), "-created_at")
    page = Paginator(keys, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [_described(key) for key in page]
    context = {"rows": rows, "page_obj": page, "may_make": _may(request, Action.ADD)}
    return render(request, "accounts/api_keys/list.html", context)


@requires(Action.VIEW, Resource.API_KEY)
@require_safe
def key_detail(request: HttpRequest, key_id: uuid.UUID) -> HttpResponse:
    key = _find(request, key_id)
    days = days_of(key)
    is_own = key.owner_id == in_organization(request).membership.pk
    context = _described(key) | {
        "days": days,
        "total": sum(day.requests for day in days),
        "bars": bars_of(days),
        "chart_width": WIDTH,
        "chart_height": HEIGHT,
        "may_rotate": is_own and key.is_live and key.replaced_by_id is None,
        "may_revoke": key.is_live and _may(request, Action.DELETE),
        "is_own": is_own,
    }
    return render(request, "accounts/api_keys/detail.html", context)


@requires(Action.ADD, Resource.API_KEY)
@requires_recent_proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_new(request: HttpRequest) -> HttpResponse:
    membership = in_organization(request).membership
    form = ApiKeyForm(request.POST or None, membership=membership)
    if request.method == "POST" and form.is_valid():
        try:
            key, text = create_api_key(owner=membership, actor=membership, **form.wishes())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return _shown_once(request, key, text)
    return render(request, "accounts/api_keys/new.html", {"form": form})


@requires(Action.CHANGE, Resource.API_KEY)
@requires_recent_proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_rotate(request: HttpRequest, key_id: uuid.UUID) -> HttpResponse:
    key = _find(request, key_id)
    if request.method != "POST":
        return render(request, "accounts/api_keys/rotate.html", {"key": key})
    try:
        successor, text = rotate_api_key(key=key, actor=in_organization(request).membership)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("api-key-detail", key_id=key.pk)
    return _shown_once(request, successor, text, replaced=_find(request, key_id))


@requires(Action.DELETE, Resource.API_KEY)
@require_http_methods(["GET", "HEAD", "POST"])
def key_revoke(request: HttpRequest, key_id: uuid.UUID) -> HttpResponse:
    key = _find(request, key_id)
    if request.method != "POST":
        return render(request, "accounts/api_keys/revoke.html", {"key": key})
    try:
        revoke_api_key(key=key, actor=in_organization(request).membership)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{key.name} is revoked.")
    return redirect("api-key-detail", key_id=key.pk)


def _shown_once(
    request: HttpRequest, key: ApiKey, text: str, *, replaced: ApiKey | None = None
) -> HttpResponse:
    """The only page a key's text is ever on: neither kept by us nor, it is told, by the browser."""
    context = {"key": key, "text": text, "replaced": replaced}
    return render(request, "accounts/api_keys/shown_once.html", context, status=201)


def _find(request: HttpRequest, key_id: uuid.UUID) -> ApiKey:
    keys = keys_visible_to(in_organization(request).membership).select_related("replaced_by")
    return get_object_or_404(keys, pk=key_id)


def _described(key: ApiKey) -> dict[str, Any]:
    state, tag = state_of(key)
    words = [(scope, in_words(scope)) for scope in key.scopes]
    return {"key": key, "state": state, "tag": tag, "scopes": words}


def _may(request: HttpRequest, action: Action) -> bool:
    return in_organization(request).membership.may(action, Resource.API_KEY)
