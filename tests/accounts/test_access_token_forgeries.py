"""A19: forged access tokens, each made as cleverly as its name says, and each refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.callers import CredentialRefused
from accounts.choices import Role
from accounts.models import SigningKey
from accounts.tokens import keys
from accounts.tokens.access import issue_access_token
from accounts.tokens.authentication import find_token_caller
from accounts.tokens.keys import find_signer
from accounts.tokens.standing import read_family
from tests.accounts.tokens import call, program_of
from tests.conftest import Cast

JsonObject = dict[str, Any]


def in_base64(data: bytes | JsonObject) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Genuine:
    """A valid token taken apart, and the key that could sign more: what a forger would change."""

    token: str
    header: JsonObject
    claims: JsonObject
    private_key: ed25519.Ed25519PrivateKey

    @property
    def public_key(self) -> ed25519.Ed25519PublicKey:
        return self.private_key.public_key()

    @property
    def signature(self) -> str:
        return self.token.split(".")[2]

    def signed(
        self,
        *,
        header: JsonObject | None = None,
        claims: JsonObject | None = None,
        key: ed25519.Ed25519PrivateKey | None = None,
    ) -> str:
        """Signed in earnest, by our own key unless another is given; None takes a member out."""
        head, body = changed(self.header, header), changed(self.claims, claims)
        text = f"{in_base64(head)}.{in_base64(body)}"
        return f"{text}.{in_base64((key or self.private_key).sign(text.encode()))}"

    def unsigned(self, algorithm: str, signature: str = "") -> str:
        head = in_base64(self.header | {"alg": algorithm})
        return f"{head}.{in_base64(self.claims)}.{signature}"

    def by_hmac(self, secret: bytes, algorithm: str = "HS256") -> str:
        """The public key taken for a shared secret."""
        text = f"{in_base64(self.header | {'alg': algorithm})}.{in_base64(self.claims)}"
        digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[algorithm]
        return f"{text}.{in_base64(hmac.new(secret, text.encode(), digest).digest())}"


def changed(members: JsonObject, changes: JsonObject | None) -> JsonObject:
    merged = members | (changes or {})
    return {name: value for name, value in merged.items() if value is not None}


@pytest.fixture
def genuine(alpha: Cast) -> Genuine:
    token = program_of(alpha.members[Role.ADMIN]).pair.access_token
    return Genuine(
        token,
        jwt.get_unverified_header(token),
        jwt.decode(token, options={"verify_signature": False}),
        find_signer(now=timezone.now()).private_key,
    )


OTHER_KEY = ed25519.Ed25519PrivateKey.generate()
RSA_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
PEM = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
JWK = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(OTHER_KEY.public_key()))
HOUR = 3_600


def with_rsa(real: Genuine) -> str:
    header = {"typ": real.header["typ"], "kid": real.header["kid"]}
    return jwt.encode(real.claims, RSA_KEY, algorithm="RS256", headers=header)


def altered(real: Genuine) -> str:
    head, _, signature = real.token.split(".")
    claims = real.claims | {"org": str(uuid.uuid4())}
    return f"{head}.{in_base64(claims)}.{signature}"


def soon_over(real: Genuine) -> str:
    return real.signed(claims={"exp": int(time.time()) - 1})


FORGERIES: dict[str, Callable[[Genuine], str]] = {
    "algorithm none": lambda real: real.unsigned("none"),
    "algorithm NONE": lambda real: real.unsigned("NONE"),
    "algorithm nOnE with the old signature": lambda real: real.unsigned("nOnE", real.signature),
    "our algorithm without a signature": lambda real: real.unsigned("EdDSA"),
    "HS256 with the public key's bytes": lambda real: real.by_hmac(
        real.public_key.public_bytes_raw()
    ),
    "HS256 with the public key as PEM": lambda real: real.by_hmac(
        real.public_key.public_bytes(*PEM)
    ),
    "HS512 with the public key as PEM": lambda real: real.by_hmac(
        real.public_key.public_bytes(*PEM), "HS512"
    ),
    "HS256 with the public key as DER": lambda real: real.by_hmac(
        real.public_key.public_bytes(*DER)
    ),
    "HS256 with an empty secret": lambda real: real.by_hmac(b""),
    "RS256 with a key of one's own": with_rsa,
    "our algorithm with a key of one's own": lambda real: real.signed(key=OTHER_KEY),
    "another audience": lambda real: real.signed(claims={"aud": "https://elsewhere.example/api/"}),
    "our audience among others": lambda real: real.signed(
        claims={"aud": [real.claims["aud"], "https://elsewhere.example/api/"]}
    ),
    "no audience": lambda real: real.signed(claims={"aud": None}),
    "another issuer": lambda real: real.signed(claims={"iss": "https://elsewhere.example"}),
    "no issuer": lambda real: real.signed(claims={"iss": None}),
    "type JWT": lambda real: real.signed(header={"typ": "JWT"}),
    "no type": lambda real: real.signed(header={"typ": None}),
    "expired by a second": soon_over,
    "expires this second": lambda real: real.signed(claims={"exp": int(time.time())}),
    "never expires": lambda real: real.signed(claims={"exp": None}),
    "not yet valid": lambda real: real.signed(claims={"nbf": int(time.time()) + HOUR}),
    "issued in the future": lambda real: real.signed(claims={"iat": int(time.time()) + HOUR}),
    "kid leads to a file": lambda real: real.signed(header={"kid": "../../../../dev/null"}),
    "kid with SQL": lambda real: real.signed(header={"kid": "' OR '1'='1"}),
    "kid nobody knows": lambda real: real.signed(header={"kid": "0123456789abcdef"}),
    "kid in capitals": lambda real: real.signed(header={"kid": real.header["kid"].upper() + "A"}),
    "kid with a line break": lambda real: real.signed(header={"kid": real.header["kid"] + "\n"}),
    "kid is a list": lambda real: real.signed(header={"kid": [real.header["kid"]]}),
    "no kid": lambda real: real.signed(header={"kid": None}),
    "brings its own key": lambda real: real.signed(header={"jwk": JWK}, key=OTHER_KEY),
    "says where its key is": lambda real: real.signed(
        header={"jku": "https://evil.example/k"}, key=OTHER_KEY
    ),
    "names a key's address beside our kid": lambda real: real.signed(
        header={"jku": "https://evil.example/k"}
    ),
    "names a certificate": lambda real: real.signed(header={"x5u": "https://evil.example/c"}),
    "asks for an extension": lambda real: real.signed(header={"crit": ["exp"]}),
    "altered payload": altered,
    "another member's place": lambda real: real.signed(claims={"mbr": str(uuid.uuid4())}),
    "another person": lambda real: real.signed(claims={"sub": str(uuid.uuid4())}),
    "another organization": lambda real: real.signed(claims={"org": str(uuid.uuid4())}),
    "a family that never was": lambda real: real.signed(claims={"fam": str(uuid.uuid4())}),
    "an epoch of before": lambda real: real.signed(claims={"epoch": 0}),
    "an id that is none": lambda real: real.signed(claims={"fam": "x"}),
    "an id that is a number": lambda real: real.signed(claims={"fam": 5}),
    "no token identity": lambda real: real.signed(claims={"jti": None}),
    "a header nested without end": lambda real: in_base64(b"[" * 2_000) + ".e30." + "A" * 86,
    "a part too many": lambda real: f"{real.token}.{real.signature}",
    "nothing": lambda real: "",
    "letters of no alphabet we know": lambda real: real.token[:-1] + "é",
}


def test_genuine_token_is_accepted(genuine: Genuine) -> None:
    """Without this, a defect that refuses everything would pass below; so would a bad forger."""
    assert find_token_caller(genuine.token).membership.role == Role.ADMIN
    assert find_token_caller(genuine.signed()).membership.role == Role.ADMIN


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forgery_is_refused(forgery: str, genuine: Genuine) -> None:
    """A19."""
    with pytest.raises(CredentialRefused):
        find_token_caller(FORGERIES[forgery](genuine))


@pytest.mark.parametrize("forgery", ["algorithm none", "altered payload", "kid nobody knows"])
def test_forgery_opens_nothing_in_the_api(forgery: str, genuine: Genuine) -> None:
    """A19: refused before anything is looked up for it, even beside a session's cookie."""
    response = call("get", "/api/v1/aircraft/", FORGERIES[forgery](genuine))
    assert (response.status_code, response.json()["code"]) == (401, "credential_refused")


def test_token_of_another_installation_is_refused(genuine: Genuine, monkeypatch: Any) -> None:
    """A19: should two installations ever share a key, the address still tells them apart."""
    monkeypatch.setattr(settings, "BASE_URL", "https://elsewhere.example")
    with pytest.raises(CredentialRefused):
        find_token_caller(genuine.token)


def test_token_ends_after_ten_minutes(alpha: Cast) -> None:
    family = read_family(program_of(alpha.members[Role.ADMIN]).family.pk)
    assert family is not None
    now = timezone.now()
    assert find_token_caller(issue_access_token(family, now=now - timedelta(seconds=595)))
    with pytest.raises(CredentialRefused):
        find_token_caller(issue_access_token(family, now=now - timedelta(seconds=601)))


def test_unknown_key_names_cost_no_query_each(
    genuine: Genuine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = time.monotonic()
    monkeypatch.setattr(keys._remembered, "clock", lambda: at)
    find_token_caller(genuine.token)
    with CaptureQueriesContext(connection) as queries:
        for number in range(50):
            with pytest.raises(CredentialRefused):
                find_token_caller(genuine.signed(header={"kid": f"{number:016x}"}))
    assert len(queries) == 0
    assert SigningKey.objects.count() >= 1
