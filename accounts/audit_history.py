"""An object's history page in the admin, told by the audit trail in place of Django's own log."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.audit_wording import changes_of, what, when, who
from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.audit.models import AuditEvent

MOST_SHOWN = 200


def audited_name(model: Any) -> str | None:
    """What the trail calls the model's rows; None when it is not audited."""
    label = model._meta.label
    return next((each.name for each in settings.AUDITED_TABLES if each.model == label), None)


def history_path(site: AdminSite, event: AuditEvent) -> str | None:
    """The page of the object's history; None where the site has none for it."""
    for model in site._registry:
        if event.object_id and audited_name(model) == event.table_name:
            name = f"{site.name}:{model._meta.app_label}_{model._meta.model_name}_history"
            return (
                reverse(name, args=(quote(event.object_id),))
                if site.name == "fleet_admin"
                else None
            )
    return None


class AuditHistory:
    """For a ModelAdmin of the fleet admin: its history page, for those who may see the trail."""

    admin_site: Any
    model: Any
    opts: Any

    def has_history(self, request: HttpRequest) -> bool:
        membership: Membership = request.membership  # type: ignore[attr-defined]
        return audited_name(self.model) is not None and membership.may(Action.VIEW, Resource.AUDIT)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponseBase:
        context["show_history"] = self.has_history(request)
        answer: HttpResponseBase = super().render_change_form(request, context, **kwargs)  # type: ignore[misc]
        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        thing = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if thing is None:
            answer: HttpResponseBase = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]
                request, self.opts, object_id
            )
            return answer
        if not self.has_history(request) or not self.has_view_permission(request, thing):  # type: ignore[attr-defined]
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {thing}",
            "opts": self.opts,
            "object": thing,
            "steps": self._steps(request, thing),
            "most_shown": MOST_SHOWN,
        }
        return TemplateResponse(request, "admin/audit_history.html", context)

    def _steps(self, request: HttpRequest, thing: Any) -> list[dict[str, Any]]:
        """The newest first, each in words."""
        name = audited_name(self.model)
        trail = self.admin_site.get_model_admin(AuditEvent).get_queryset(request)
        events = trail.filter(table_name=name, object_id=str(thing.pk))[:MOST_SHOWN]
        return [
            {
                "when": when(event),
                "who": who(event, event.actor_label),
                "what": what(event),
                "changes": changes_of(event),
            }
            for event in events
        ]
