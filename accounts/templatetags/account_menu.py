"""The ways through a person's own pages and through the running of their organization.

``url`` does not do: inside an organization it knows that organization's routes only, and outside
it none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import get_resolver

from accounts.memberships import memberships_of
from accounts.middleware import choose_membership
from accounts.models import Membership
from accounts.roles import Action, Resource

register = template.Library()

PERSONAL = (
    ("Profile", "profile"),
    ("Second step", "second-step"),
    ("Signed-in devices", "devices"),
)
OF_ORGANIZATION = (
    ("Members", "member-list", Resource.MEMBER),
    ("API keys", "api-key-list", Resource.API_KEY),
)


@dataclass(frozen=True, slots=True)
class MenuEntry:
    label: str
    path: str
    is_current: bool = False


@register.simple_tag(takes_context=True)
def personal_menu(context: dict[str, Any]) -> list[MenuEntry]:
    """Entries for the signed-in person."""
    root = get_resolver(settings.ROOT_URLCONF)
    entries = [(label, f"/{root.reverse(name)}") for label, name in PERSONAL]
    return _marked(entries, context["request"].path)


@register.simple_tag(takes_context=True)
def organization_menu(context: dict[str, Any]) -> list[MenuEntry]:
    """Entries the person's role opens, of the organization at hand or the one opened last."""
    membership = context.get("menu_membership") or menu_membership(context)
    if membership is None:
        return []
    routes = get_resolver(settings.ORGANIZATION_URLCONF)
    home = f"/o/{membership.organization.slug}/"
    entries = [
        (label, f"{home}{routes.reverse(name)}")
        for label, name, resource in OF_ORGANIZATION
        if membership.may(Action.VIEW, resource)
    ]
    return _marked(entries, context["request"].path)


@register.simple_tag(takes_context=True)
def menu_membership(context: dict[str, Any]) -> Membership | None:
    """The membership at hand; outside an organization, the one opened last."""
    request: HttpRequest = context["request"]
    inside: Membership | None = getattr(request, "membership", None)
    if inside is not None:
        return inside
    return choose_membership(request) if memberships_of(request) else None


def _marked(entries: list[tuple[str, str]], here: str) -> list[MenuEntry]:
    """The longest path that leads here is the current one."""
    leading = [path for _, path in entries if here.startswith(path)]
    current = max(leading, key=len, default=None)
    return [MenuEntry(label, path, path == current) for label, path in entries]
