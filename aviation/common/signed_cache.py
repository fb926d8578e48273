"""Cached values that carry a signature of ours.

Values are pickled, and reading a pickle runs what it says. Whoever can write to Redis, and does not
know our secret, must not thereby run code here: what is not signed by us is taken for not cached.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from django.conf import settings
from django_redis.serializers.pickle import PickleSerializer

_DIGEST_BYTES = 32


class SignedPickleSerializer(PickleSerializer):  # type: ignore[misc]
    def dumps(self, value: Any) -> bytes:
        pickled: bytes = super().dumps(value)
        return _signature(pickled) + pickled

    def loads(self, value: bytes) -> Any:
        signature, pickled = value[:_DIGEST_BYTES], value[_DIGEST_BYTES:]
        if not hmac.compare_digest(signature, _signature(pickled)):
            return None
        return super().loads(pickled)


def _signature(pickled: bytes) -> bytes:
    key = hashlib.sha256(b"aviation.common.signed_cache" + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, pickled, "sha256")
