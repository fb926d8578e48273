"""How a limit is told to programs: draft-ietf-httpapi-ratelimit-headers-10.

``RateLimit-Policy`` says how many requests (q) in how many seconds (w), ``RateLimit`` how many
remain (r) and when all of them are back (t).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.http.response import HttpResponseBase

from aviation.common.gcra.rules import SECOND_US, Bucket, Decision


def tell_limits(
    response: HttpResponseBase, buckets: Sequence[Bucket], decision: Decision
) -> HttpResponseBase:
    told = [
        f'"{bucket.name}";r={standing.remaining};t={whole_seconds(standing.full_in_us)}'
        for bucket, standing in zip(buckets, decision.standings, strict=True)
    ]
    response.headers["RateLimit-Policy"] = ", ".join(map(_policy, buckets))
    response.headers["RateLimit"] = ", ".join(told)
    return response


def retry_after_s(decision: Decision) -> int:
    """When all buckets have room again; at least a second."""
    return max(1, whole_seconds(max(each.retry_in_us for each in decision.standings)))


def violated(buckets: Sequence[Bucket], decision: Decision) -> list[str]:
    """The names of the limits that were reached."""
    pairs = zip(buckets, decision.standings, strict=True)
    return [bucket.name for bucket, standing in pairs if standing.retry_in_us]


def whole_seconds(time_us: int) -> int:
    return -(-time_us // SECOND_US)


def _policy(bucket: Bucket) -> str:
    return f'"{bucket.name}";q={bucket.size};w={whole_seconds(bucket.size * bucket.refill_us)}'
