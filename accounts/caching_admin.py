"""Cache policies in the platform's admin: how each is kept, what it is worth, and its purge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin import PlatformModelAdmin
from accounts.admin_site import platform_admin
from accounts.model_admin import link, utc
from accounts.remembered import Remembered
from aviation.caching.choices import Invalidation
from aviation.caching.figures import Figures, figures_of
from aviation.caching.models import CachePolicy
from aviation.caching.policies import forget_policies
from aviation.caching.purging import purge_policy
from aviation.caching.registry import REGISTRY
from aviation.caching.wording import as_duration, as_share
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization

UNKNOWN = "Redis does not answer"


class CachePolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    invalidation = forms.MultipleChoiceField(
        choices=Invalidation.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What makes a value old before its lifetime is over. Several may apply.",
    )

    class Meta:
        model = CachePolicy
        fields = ("kind", "lifetime_s", "invalidation", "is_on")

    def clean_invalidation(self) -> list[str]:
        """An event is there to stay where there is one, and cannot be had where there is none."""
        chosen: list[str] = self.cleaned_data["invalidation"]
        has_event = bool(REGISTRY[self.instance.pk].topics)
        if has_event and Invalidation.EVENT not in chosen:
            raise forms.ValidationError(
                "Without the event people would not see their own changes. Lower the lifetime, or "
                "switch the policy off."
            )
        if not has_event and Invalidation.EVENT in chosen:
            raise forms.ValidationError("No change in the database is noted for these values.")
        return chosen


@admin.register(CachePolicy, site=platform_admin)
class CachePolicyAdmin(PlatformModelAdmin):
    place = 80
    icon = "memory"
    form = CachePolicyForm
    list_display = (
        "name",
        "kind",
        "lifetime",
        "ends_by",
        "is_on",
        "hit_rate",
        "entries",
        "size",
        "oldest",
        "time_saved",
        "without_redis",
        "purge_link",
    )
    ordering = ("name",)
    fields = (
        "name",
        "what",
        ("kind", "lifetime_s"),
        "invalidation",
        "is_on",
        ("hit_rate", "time_saved"),
        ("entries", "size", "oldest"),
        ("without_redis", "alone"),
        ("purged", "purge_link"),
        "by_organization",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        entered = CachePolicyForm.Meta.fields
        rows = [each if isinstance(each, tuple) else (each,) for each in self.fields]
        return tuple(name for row in rows for name in row if name not in entered)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(forget_policies)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.purge_view)
        own = [path("<slug:name>/purge/", view, name="caching_cachepolicy_purge")]
        return [*own, *super().get_urls()]

    def purge_view(self, request: HttpRequest, name: str) -> HttpResponseBase:
        """First says what goes, then forgets it."""
        policy = get_object_or_404(CachePolicy, pk=name)
        if not self.has_change_permission(request) or not _may_be_purged(policy):
            raise PermissionDenied
        if request.method == "POST":
            purge_policy(name=policy.pk, reason=request.POST.get("reason", ""))
            self.message_user(request, f"{policy} is purged.", messages.SUCCESS)
            return HttpResponseRedirect(reverse("platform_admin:caching_cachepolicy_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Purge {policy}?",
            "opts": self.opts,
            "policy": policy,
            "what": REGISTRY[policy.pk].what,
            "figures": _figures(policy),
        }
        return TemplateResponse(request, "admin/cache_purge.html", context)

    @admin.display(description="what it keeps")
    def what(self, policy: CachePolicy) -> str:
        return REGISTRY[policy.pk].what

    @admin.display(description="lifetime", ordering="lifetime_s")
    def lifetime(self, policy: CachePolicy) -> str:
        return as_duration(policy.lifetime_s)

    @admin.display(description="ends by")
    def ends_by(self, policy: CachePolicy) -> str:
        return ", ".join(policy.invalidation)

    @admin.display(description="hit rate")
    def hit_rate(self, policy: CachePolicy) -> str:
        figures = _figures(policy)
        return as_share(figures.counted.hit_rate) if figures.is_known else UNKNOWN

    @admin.display(description="values")
    def entries(self, policy: CachePolicy) -> int:
        return _figures(policy).entries

    @admin.display(description="size")
    def size(self, policy: CachePolicy) -> str:
        return filesizeformat(_figures(policy).bytes)

    @admin.display(description="oldest")
    def oldest(self, policy: CachePolicy) -> str | None:
        oldest_at = _figures(policy).oldest_at
        if oldest_at is None:
            return None
        return as_duration(max(0.0, (timezone.now() - oldest_at).total_seconds()))

    @admin.display(description="time saved")
    def time_saved(self, policy: CachePolicy) -> str:
        return as_duration(_figures(policy).counted.saved_us / 1_000_000)

    @admin.display(description="without Redis")
    def without_redis(self, policy: CachePolicy) -> int:
        return _figures(policy).counted.away

    @admin.display(description="in transactions that had changed it")
    def alone(self, policy: CachePolicy) -> int:
        return _figures(policy).counted.alone

    @admin.display(description="purged (UTC)", empty_value="Never")
    def purged(self, policy: CachePolicy) -> str | None:
        return utc(policy.purged_at)

    @admin.display(description="purge")
    def purge_link(self, policy: CachePolicy) -> SafeString | str:
        if not _may_be_purged(policy):
            return "Not by hand"
        place = reverse("platform_admin:caching_cachepolicy_purge", args=(policy.pk,))
        return link(place, "Purge …")

    @admin.display(description="by organization")
    def by_organization(self, policy: CachePolicy) -> SafeString:
        return _by_organization(_figures(policy))


def _may_be_purged(policy: CachePolicy) -> bool:
    return Invalidation.MANUAL in policy.invalidation


_remembered: Remembered[str, Figures] = Remembered(most=len(REGISTRY), kept_s=1.0)


def _figures(policy: CachePolicy) -> Figures:
    """Read once for all columns of a row."""
    return _remembered.get_or_read(policy.pk, lambda _name: figures_of(policy))


def _by_organization(figures: Figures) -> SafeString:
    with platform_context():
        names = {str(pk): name for pk, name in Organization.objects.values_list("pk", "name")}
    rows = [
        {
            "name": names.get(each.room, "The installation"),
            "asked": each.counted.hits + each.counted.misses,
            "hit_rate": as_share(each.counted.hit_rate),
            "saved": as_duration(each.counted.saved_us / 1_000_000),
            "entries": each.entries,
            "size": filesizeformat(each.bytes),
        }
        for each in figures.rooms
    ]
    return render_to_string("admin/cache_by_organization.html", {"rows": rows})
