"""``manage.py retention preview|apply|list|restore|certificate [--organization X]``"""

from __future__ import annotations

import json
import uuid
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from aviation.common.commands import DomainCommand
from aviation.common.errors import NotFound, Rejected
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations, find_organization
from aviation.tenants.models import Organization
from maintenance.retention.models import DeletionCertificate, RecycledBatch
from maintenance.retention.planning import KindPlan, RetentionPlan, make_plan
from maintenance.retention.restoring import KEPT_DAYS, Restored, restore
from maintenance.retention.running import one_run_at_a_time, run_retention
from maintenance.retention.telling import tell_outcome


class Command(DomainCommand):
    help = (
        "Keep each organization's data for as long as its policies say. preview counts what is "
        "due; apply moves it to the recycle archive and deletes what has lain there for its grace "
        "period; restore brings a batch back. Interrupted, run it again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=("preview", "apply", "list", "restore", "certificate"))
        parser.add_argument("id", nargs="?", help="a batch to restore, or a certificate to print")
        parser.add_argument("--organization", metavar="SLUG", help="one only; without it all")
        parser.add_argument(
            "--days", type=int, default=KEPT_DAYS, help="how long a restored batch is not due"
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, **options: Any) -> None:
        self._is_json = options["json"]
        acts: dict[str, Callable[[dict[str, Any]], None]] = {
            "preview": self._preview,
            "apply": self._apply,
            "list": self._list,
            "restore": self._restore,
            "certificate": self._certificate,
        }
        acts[options["part"]](options)

    def _preview(self, options: dict[str, Any]) -> None:
        document = {}
        for organization in _organizations(options["organization"]):
            with tenant_context(organization):
                plan = make_plan(timezone.now())
            document[organization.slug] = described(plan)
            self._tell(f"{organization.slug}: {plan.count} things are due")
            for line in lines_of(plan):
                self._tell(f"  {line}")
        if self._is_json:
            self.stdout.write(json.dumps(document, indent=2))

    def _apply(self, options: dict[str, Any]) -> None:
        failures, document = [], {}
        for organization in _organizations(options["organization"]):
            self._tell(organization.slug)
            with tenant_context(organization):
                outcome = run_retention(at=timezone.now(), tell=self._tell)
            tell_outcome(organization, len(outcome.failures))
            self._tell(f"  {outcome.recycled} recycled, {outcome.removed} deleted for good")
            document[organization.slug] = vars(outcome)
            failures += outcome.failures
        if self._is_json:
            self.stdout.write(json.dumps(document, indent=2))
        for failure in failures:
            self.stderr.write(failure)
        if failures:
            raise Rejected(f"{len(failures)} things failed; they are where they were.")

    def _list(self, options: dict[str, Any]) -> None:
        document = {}
        for organization in _organizations(options["organization"]):
            with tenant_context(organization), transaction.atomic():
                batches = list(RecycledBatch.objects.filter(organization=organization.pk))
            for batch in batches:
                self._tell(
                    f"{batch.pk}  {organization.slug}  {batch}  {batch.things} things  "
                    f"{batch.get_state_display()}"
                )
            document[organization.slug] = [
                {"id": str(batch.pk), "batch": str(batch), "state": batch.state}
                for batch in batches
            ]
        if self._is_json:
            self.stdout.write(json.dumps(document, indent=2))

    def _restore(self, options: dict[str, Any]) -> None:
        with tenant_context(_one(options)), one_run_at_a_time():
            with transaction.atomic():
                batch = _found(RecycledBatch, options["id"])
            restored = restore(batch, at=timezone.now(), days=options["days"])
        back = restored.batch.things
        self._tell(f"{back} things are back, and not due for {options['days']} days.")
        self._tell_rest(restored)

    def _tell_rest(self, restored: Restored) -> None:
        if restored.rest is None:
            return
        self._tell(
            f"{restored.rest.things} stay in the recycle archive until"
            f" {restored.rest.remove_after:%-d %B %Y}, as {restored.rest.pk}:"
        )
        for each in restored.left_out:
            self._tell(f"  {each}")

    def _certificate(self, options: dict[str, Any]) -> None:
        with tenant_context(_one(options)), transaction.atomic():
            certificate = _found(DeletionCertificate, options["id"])
        document = {"certificate": str(certificate.pk), **certificate.document,
                    "sha256": certificate.sha256}  # fmt: skip
        self.stdout.write(json.dumps(document, indent=2))

    def _tell(self, text: str) -> None:
        if not self._is_json:
            self.stdout.write(text)


def lines_of(plan: RetentionPlan) -> list[str]:
    """The plan in words."""
    lines = [line for kind in plan.kinds for line in _kind_lines(kind)]
    lines += [f"{batch}: {batch.things} deleted for good" for batch in plan.to_remove]
    lines += [f"{batch}: {batch.things} kept by a legal hold" for batch in plan.held_back]
    return lines


def described(plan: RetentionPlan) -> dict[str, Any]:
    """The plan for programs."""
    return {
        "kinds": [
            {
                "kind": str(kind.rule.kind),
                "keep_days": kind.rule.keep_days,
                "grace_days": kind.rule.grace_days,
                "months": [
                    {
                        "month": f"{line.month:%Y-%m}",
                        "due": line.due,
                        "held": line.held,
                        "kept_back": line.kept_back,
                    }
                    for line in kind.months
                ],
                "to_archive": [f"{month.month:%Y-%m}" for month in kind.to_archive],
            }
            for kind in plan.kinds
        ],
        "to_remove": [str(batch.pk) for batch in plan.to_remove],
        "held_back": [str(batch.pk) for batch in plan.held_back],
    }


def _kind_lines(kind: KindPlan) -> list[str]:
    label = kind.rule.kind.label
    lines = [
        f"{label}, {month.month:%Y-%m}: {month.rows:,} rows leave the table first"
        for month in kind.to_archive
    ]
    for line in kind.months:
        notes = f", {line.held} held" if line.held else ""
        notes += f", {line.kept_back} restored lately" if line.kept_back else ""
        lines.append(f"{label}, {line.month:%Y-%m}: {line.due} to recycle{notes}")
    return lines


def _organizations(slug: str | None) -> list[Organization]:
    return active_organizations() if slug is None else [find_organization(slug)]


def _one(options: dict[str, Any]) -> Organization:
    if options["organization"] is None or options["id"] is None:
        raise Rejected("Name the organization with --organization, and the id.")
    return find_organization(options["organization"])


def _found(model: Any, identity: str) -> Any:
    try:
        return model.objects.get(pk=uuid.UUID(identity))
    except (ValueError, model.DoesNotExist):
        raise NotFound(f"There is no {model._meta.verbose_name} {identity}.") from None
