"""How each kind of cached value is kept: rows that platform staff edit."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from aviation.caching.choices import CacheKind, Invalidation

LONGEST_S = 7 * 86_400


class CachePolicy(models.Model):
    """What holds for the values of one name of aviation/caching/registry.py, on all of them."""

    name = models.SlugField(primary_key=True, max_length=40, editable=False)
    kind = models.CharField("kept in", max_length=10, choices=CacheKind)
    lifetime_s = models.PositiveIntegerField(
        "lifetime (s)",
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_S)],
        help_text="How long a value is answered at most: 3600 is an hour.",
    )
    invalidation = ArrayField(
        models.CharField(max_length=10, choices=Invalidation),
        help_text="What makes a value old before its lifetime is over.",
    )
    is_on = models.BooleanField(
        "on", default=True, help_text="Off: every value is made anew each time."
    )
    edition = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counted up by a purge: older values are forgotten."
    )
    purged_at = models.DateTimeField("purged", null=True, editable=False)

    class Meta:
        ordering = ("name",)
        verbose_name = "cache policy"
        verbose_name_plural = "cache policies"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=CacheKind.values), name="cache_policy_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(lifetime_s__gte=1, lifetime_s__lte=LONGEST_S),
                name="cache_policy_lifetime_bounded",
            ),
            models.CheckConstraint(
                condition=models.Q(invalidation__contained_by=Invalidation.values)
                & models.Q(invalidation__len__gte=1),
                name="cache_policy_invalidation_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(
                    kind=CacheKind.MEMORY, invalidation__contains=[Invalidation.PATTERN]
                ),
                name="cache_policy_pattern_needs_redis",
                violation_error_message="Only what is kept in Redis can be found by a pattern.",
            ),
        )

    def __str__(self) -> str:
        return self.name
