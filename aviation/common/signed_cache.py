"""Cached values that carry a signature of ours.

Values are pickled, and reading a pickle runs what it says. Whoever can write to Redis, and does not
know our secret, must not thereby run code here: what is not signed by us is taken for not cached.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import Any

from django.conf import settings
from django_redis.serializers.pickle import PickleSerializer

DIGEST_BYTES = 32


class SignedPickleSerializer(PickleSerializer):  # type: ignore[misc]
    def dumps(self, value: Any) -> bytes:
        pickled: bytes = super().dumps(value)
        return signature(pickled) + pickled

    def loads(self, value: bytes) -> Any:
        given, pickled = value[:DIGEST_BYTES], value[DIGEST_BYTES:]
        if not hmac.compare_digest(given, signature(pickled)):
            return None
        return super().loads(pickled)


def signature(content: bytes) -> bytes:
    """What only we can make of the content: 32 bytes."""
    return hmac.digest(_key(settings.SECRET_KEY), content, "sha256")


@cache
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"aviation.common.signed_cache" + secret.encode()).digest()
