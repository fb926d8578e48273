"""Examples of requests and answers, for the API's description. None of the tokens is real."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

from aviation.common.problems import PROBLEM_JSON, problem

_TOKENS = {
    "access_token": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 600,
    "refresh_token": "dbr_an-example-of-forty-three-random-characters",
    "refresh_expires_in": 1_209_600,
    "organization": {"code": "alpine", "name": "Alpine Rescue", "role": "pilot"},
}


def _refusal(name: str, status: int, code: str, title: str) -> OpenApiExample:
    return OpenApiExample(
        name,
        problem(status, code, title),
        response_only=True,
        status_codes=[str(status)],
        media_type=PROBLEM_JSON,
    )


TOKENS = OpenApiExample("Tokens", _TOKENS, response_only=True, status_codes=["200"])
SIGN_IN = [
    OpenApiExample(
        "Sign-in with a second step",
        {
            "email": "ana@example.org",
            "password": "a quiet runway at dawn",
            "code": "123456",
            "organization": "alpine",
            "device": "ground station laptop",
        },
        request_only=True,
    ),
    TOKENS,
    _refusal(
        "Wrong address or password",
        401,
        "sign_in_refused",
        "This e-mail and password do not match an account here.",
    ),
    _refusal(
        "Second step needed",
        401,
        "second_step_needed",
        "Send the code of your second step as well.",
    ),
    _refusal(
        "Wrong code", 401, "second_step_refused", "This code is not valid, or was used already."
    ),
    _refusal(
        "Not a member", 403, "no_organization", "You belong to no organization with this code."
    ),
    _refusal(
        "Second step missing",
        403,
        "second_step_required",
        "Your role needs a second step. Set one up on the site first.",
    ),
    _refusal("Too many attempts", 429, "too_many_attempts", "Too many attempts. Try again later."),
]
_REFRESH_TOKEN = OpenApiExample(
    "Refresh token", {"refresh_token": _TOKENS["refresh_token"]}, request_only=True
)
REFRESH = [
    _REFRESH_TOKEN,
    TOKENS,
    _refusal(
        "Not valid",
        401,
        "credential_refused",
        "This refresh token is not valid. Sign in again.",
    ),
]
REVOKE = [_REFRESH_TOKEN]
