"""DRF plumbing: problem+json errors and newest-first cursor pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import transaction
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from aviation.common.errors import DomainError
from aviation.common.problems import PROBLEM_JSON, problem


class NewestFirstPagination(CursorPagination):
    """Pages by cursor, newest first: stable while new rows arrive."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = ("-created_at", "-id")

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor asked for. A broken one is the caller's mistake and no missing page."""
        try:
            found: Cursor | None = super().decode_cursor(request)
        except exceptions.NotFound:
            raise exceptions.ValidationError({"cursor": ["This cursor is not valid."]}) from None
        return found


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal becomes a problem document."""
    if isinstance(error, DomainError):
        transaction.set_rollback(True)
        response = Response(problem(error.status, error.code, error.message), status=error.status)
        if error.retry_after_s is not None:
            response.headers["Retry-After"] = str(error.retry_after_s)
    else:
        known = _as_api_exception(error)
        handled = exception_handler(known, context)
        if handled is None:
            return None
        response = handled
        response.data = _describe(known, response)
    response.content_type = PROBLEM_JSON
    return response


def _as_api_exception(error: Exception) -> Exception:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, ModelValidationError):
        detail = error.message_dict if hasattr(error, "error_dict") else error.messages
        return exceptions.ValidationError(detail)
    return error


def _describe(error: Exception, response: Response) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return problem(
            response.status_code, "invalid", "Some values are not valid.", errors=response.data
        )
    if isinstance(error, exceptions.APIException):
        return problem(response.status_code, str(error.default_code), str(error.detail))
    return problem(response.status_code, "error", "The request failed.")
