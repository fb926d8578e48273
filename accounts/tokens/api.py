"""POST /api/v1/auth/token and what renews and ends tokens.

These run outside a transaction, so that counted attempts and an ended family stand although the
answer is a refusal. Inside an organization's address there is a transaction already: there they
answer as if they did not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.origins import client_address
from accounts.second_step.services import has_second_step, verify_second_step
from accounts.signing_in.passwords import prove_password
from accounts.tokens import examples
from accounts.tokens.lifetimes import ACCESS_TOKEN
from accounts.tokens.serializers import RefreshTokenInput, SignInInput, TokenPairSerializer
from accounts.tokens.services import TokenPair, renew, sign_program_in, sign_program_out
from aviation.common.errors import DomainError, NotFound
from aviation.common.openapi import ApiSchema, refusals
from aviation.common.parsers import BoundedJSONParser
from aviation.common.problems import PROBLEM_JSON, problem


class SecondStepRefused(DomainError):
    """The password was right, the second step was not."""

    code = "second_step_refused"
    status = 401


class SignInAPIView(APIView):
    """The base of the views that anybody may call, by what they send in the body alone."""

    schema = ApiSchema()
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes: Sequence[type[BaseParser]] = (BoundedJSONParser,)
    metadata_class = None
    input: ClassVar[type[serializers.Serializer[Any]]]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if getattr(request._request, "organization", None) is not None:
            raise NotFound("Sign in at /api/v1/auth/token, with the organization in the body.")
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """As everywhere in the API, except that there is no transaction to undo."""
        if not isinstance(exc, DomainError):
            return super().handle_exception(exc)
        response = Response(
            problem(exc.status, exc.code, exc.message), exc.status, content_type=PROBLEM_JSON
        )
        if exc.retry_after_s is not None:
            response.headers["Retry-After"] = str(exc.retry_after_s)
        return response

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def read_input(self, request: Request) -> dict[str, Any]:
        given = self.input(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = given.validated_data
        return values


class TokenView(SignInAPIView):
    input = SignInInput

    @extend_schema(
        operation_id="auth_token",
        auth=[],
        request=SignInInput,
        responses={200: TokenPairSerializer} | refusals(401, 403, 415, 429),
        examples=examples.SIGN_IN,
    )
    def post(self, request: Request) -> Response:
        """Sign a program in: tokens that act for you in one organization, with your role.

        When a second step is set up, its code is asked for after a right password.
        """
        values = self.read_input(request)
        user = _prove(request, values)
        pair = sign_program_in(
            user,
            slug=values["organization"],
            device=values.get("device", ""),
            address=client_address(request._request),
            now=timezone.now(),
        )
        return Response(_described(pair))


class TokenRefreshView(SignInAPIView):
    input = RefreshTokenInput

    @extend_schema(
        operation_id="auth_token_refresh",
        auth=[],
        request=RefreshTokenInput,
        responses={200: TokenPairSerializer} | refusals(401, 415),
        examples=examples.REFRESH,
    )
    def post(self, request: Request) -> Response:
        """Renew: a new access token and a new refresh token; the one sent is used up.

        A refresh token that comes again later than ten seconds after its use was stolen, from you
        or by you: all tokens of that sign-in end at once.
        """
        values = self.read_input(request)
        return Response(_described(renew(values["refresh_token"], now=timezone.now())))


class TokenRevokeView(SignInAPIView):
    input = RefreshTokenInput

    @extend_schema(
        operation_id="auth_token_revoke",
        auth=[],
        request=RefreshTokenInput,
        responses={204: None} | refusals(415),
        examples=examples.REVOKE,
    )
    def post(self, request: Request) -> Response:
        """Sign a program out: all tokens of its sign-in end. Unknown tokens are over already."""
        sign_program_out(self.read_input(request)["refresh_token"])
        return Response(status=204)


def _prove(request: Request, values: dict[str, Any]) -> User:
    """The person, by password and, where they have one, second step."""
    user = prove_password(request._request, email=values["email"], password=values["password"])
    if not has_second_step(user):
        return user
    code = values.get("code", "").strip()
    if not code:
        raise SecondStepRefused(
            "Send the code of your second step as well.", code="second_step_needed"
        )
    if verify_second_step(user, code) is None:
        raise SecondStepRefused("This code is not valid, or was used already.")
    return user


def _described(pair: TokenPair) -> dict[str, Any]:
    membership = pair.membership
    lasts = pair.refresh_expires_at - timezone.now()
    return {
        "access_token": pair.access_token,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN.total_seconds()),
        "refresh_token": pair.refresh_token,
        "refresh_expires_in": round(lasts.total_seconds()),
        "organization": {
            "code": membership.organization.slug,
            "name": membership.organization.name,
            "role": membership.role,
        },
    }
