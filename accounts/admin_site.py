"""The two admin sites: a fleet manager's, inside one organization, and the platform staff's.

Neither has a sign-in, sign-out or password page of its own: those of the product serve. The
admin's pages are built with Alpine, which evaluates expressions and styles elements; its policy
is relaxed by exactly that much and for these pages alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import update_wrapper
from typing import Any

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, reverse
from django.utils.text import capfirst
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite

from accounts.installation import installation_figures
from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.tenants.context import platform_context

View = Callable[..., HttpResponseBase]

POLICY_UPDATE = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
NOT_OFFERED = frozenset({"login", "logout", "password_change", "password_change_done"})
BY_BARE_ID = frozenset({"view_on_site"})
"""Routes that would look an object up by its id alone, past every rule of sight."""
RESULTS_PER_KIND = 10
BRAND = {
    "50": "#eef5fc",
    "100": "#d9e8f8",
    "200": "#b6d2f1",
    "300": "#86b4e6",
    "400": "#5191d8",
    "500": "#2a72c3",
    "600": "#0d4f9e",
    "700": "#0b4284",
    "800": "#0a366c",
    "900": "#092d59",
    "950": "#061c39",
}
"""The product's blue in the steps the admin's style sheet asks for."""
SEARCH_CHARACTERS = 100


class GuardedAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """What both sites share. A subclass says who may enter and what becomes of others."""

    subheader = ""
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLPattern | URLResolver]:
        urls: list[URLPattern | URLResolver] = super().get_urls()
        return [url for url in urls if getattr(url, "name", "") not in NOT_OFFERED | BY_BARE_ID]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        inside: View = super().admin_view(view, cacheable)

        @csp_update(POLICY_UPDATE)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                return self.refuse(request)
            request.current_app = self.name
            return self.answer(inside, request, *args, **kwargs)

        guarded.admin_site = self  # type: ignore[attr-defined]
        return update_wrapper(guarded, view)

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        raise PermissionDenied

    def answer(
        self, view: View, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        return context | {
            "site_subheader": self.subheader,
            "site_icon": static("dbx/img/logo.svg"),
            "site_favicons": [{"href": static("dbx/img/favicon.svg"), "rel": "icon"}],
            "sidebar_show_search": self.has_permission(request),
            "colors": context["colors"] | {"primary": BRAND},
        }

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The kinds of things this person may see, in the order their admins give."""
        items = [
            {
                "title": model_admin.title or capfirst(model._meta.verbose_name_plural),
                "icon": model_admin.icon,
                "link": (link := self._list_url(model)),
                "active": request.path.startswith(link),
                "has_permission": True,
            }
            for model, model_admin in self._visible(request)
        ]
        return [{"title": "", "items": items}]

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Things whose words match; nothing is cached, as a person's sight differs by place."""
        term = request.GET.get("s", "").strip()[:SEARCH_CHARACTERS]
        results = [each for found in self._found(request, term) for each in found] if term else []
        name = "command" if "extended" in request.GET else "search"
        page = Paginator(results, len(results) or 1)
        context = {"results": page.page(1), "page_obj": page, "page_counter": 0}
        return TemplateResponse(request, f"unfold/helpers/{name}_results.html", context)

    def _found(self, request: HttpRequest, term: str) -> Iterator[list[SearchResult]]:
        for model, model_admin in self._visible(request):
            if not model_admin.get_search_fields(request):
                continue
            things, _ = model_admin.get_search_results(
                request, model_admin.get_queryset(request), term
            )
            kind = capfirst(model._meta.verbose_name)
            yield [
                SearchResult(str(thing), kind, self._change_url(thing), model_admin.icon)
                for thing in things[:RESULTS_PER_KIND]
            ]

    def _visible(self, request: HttpRequest) -> list[tuple[Any, Any]]:
        known = [
            (model, model_admin)
            for model, model_admin in self._registry.items()
            if model_admin.has_view_permission(request)
        ]
        return sorted(known, key=lambda pair: pair[1].place)

    def _list_url(self, model: Any) -> str:
        return reverse(f"{self.name}:{model._meta.app_label}_{model._meta.model_name}_changelist")

    def _change_url(self, thing: Any) -> str:
        meta = thing._meta
        return reverse(f"{self.name}:{meta.app_label}_{meta.model_name}_change", args=(thing.pk,))


class FleetAdminSite(GuardedAdminSite):
    """Inside one organization, for the roles that may see ADMIN_SITE."""

    subheader = "Fleet administration"
    index_title = "Fleet administration"
    index_template = "admin/fleet_index.html"

    def has_permission(self, request: HttpRequest) -> bool:
        membership: Membership | None = getattr(request, "membership", None)
        return membership is not None and membership.may(Action.VIEW, Resource.ADMIN_SITE)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """What there is and what needs somebody's attention, each with the way to it."""
        cards = [card for _, each in self._visible(request) for card in each.cards(request)]
        response: TemplateResponse = super().index(request, {"cards": cards})
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        organization = request.organization  # type: ignore[attr-defined]
        home = organization.get_absolute_url()
        return super().each_context(request) | {
            "site_title": organization.name,
            "site_header": organization.name,
            "site_url": home,
        }

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        back = {
            "title": "Back to flights",
            "icon": "arrow_back",
            "link": f"{request.organization.get_absolute_url()}flights/",  # type: ignore[attr-defined]
            "active": False,
            "has_permission": True,
        }
        return [{"title": "", "items": [back]}, *super().get_sidebar_list(request)]


class PlatformAdminSite(GuardedAdminSite):
    """Organizations and people, for those who run the installation.

    Everything here acts for the platform, with no organization bound: an organization's own
    tables cannot be reached, whatever a page asks for.
    """

    subheader = "Platform administration"
    index_title = "Platform administration"
    index_template = "admin/platform_index.html"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        response: TemplateResponse = super().index(request, {"figures": installation_figures()})
        return response

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_active and user.is_staff and user.is_superuser

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return super().refuse(request)

    def answer(
        self, view: View, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """The page is drawn here and not later: its queries need the platform's context."""
        with platform_context(), transaction.atomic():
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
        return response


fleet_admin = FleetAdminSite(name="fleet_admin")
fleet_admin.disable_action("delete_selected")
platform_admin = PlatformAdminSite(name="platform_admin")
platform_admin.disable_action("delete_selected")
