"""Uploading logs, watching their import, downloading them again."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.models import Membership
from accounts.requests import in_organization
from accounts.roles import Action, Resource
from aviation.common.errors import DomainError
from aviation.common.problems import PROBLEM_JSON, problem, problem_json, wants_json
from aviation.flights.delivery import raw_log_response
from aviation.flights.logs import DuplicateLog, receive_log, retry_import
from aviation.flights.models import FlightLog
from aviation.flights.progress import progress_of, with_progress
from aviation.pages.forms import UploadForm


@requires(Action.ADD, Resource.FLIGHT_LOG)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    membership = in_organization(request).membership
    form = UploadForm(request.POST or None, request.FILES or None, membership=membership)
    if request.method == "POST" and wants_json(request):
        return _upload_one(form, membership)
    if request.method == "POST" and form.is_valid():
        return _upload_all(request, form, membership)
    context = {
        "form": form,
        "max_log_bytes": settings.MAX_LOG_BYTES,
        "upload_url": reverse("upload"),
    }
    return render(request, "flights/upload.html", context)


def _upload_one(form: UploadForm, membership: Membership) -> HttpResponse:
    """The answer to the page's script, which sends one file a request."""
    if not form.is_valid():
        errors = [str(error) for each in form.errors.values() for error in each]
        return problem_json(422, "invalid", "The upload is not complete.", " ".join(errors))
    try:
        log = _receive(form.cleaned_data["file"][0], form, membership)
    except DomainError as error:
        return _refusal(error, membership)
    return JsonResponse(_log_urls(log), status=201)


@transaction.atomic
def _receive(file: UploadedFile[Any], form: UploadForm, membership: Membership) -> FlightLog:
    """Keep one file of the form, in a transaction of its own: a refusal undoes no other file."""
    return receive_log(
        file=file,
        file_name=file.name or "",
        aircraft=form.cleaned_data["aircraft"],
        membership=membership,
    )


def _refusal(error: DomainError, membership: Membership) -> HttpResponse:
    body = problem(error.status, error.code, error.message)
    if isinstance(error, DuplicateLog):
        body |= _existing_urls(error.log, membership)
    return JsonResponse(body, status=error.status, content_type=PROBLEM_JSON)


def _existing_urls(log: FlightLog, membership: Membership) -> dict[str, Any]:
    """Where the earlier upload is, for those who may see it."""
    visible = FlightLog.objects.visible_to(membership).filter(pk=log.pk).exists()
    return _log_urls(log) if visible else {}


def _upload_all(request: HttpRequest, form: UploadForm, membership: Membership) -> HttpResponse:
    """Without JavaScript: every file of the form, then a page that tells of each."""
    received: list[FlightLog] = []
    for file in form.cleaned_data["file"]:
        try:
            log = _receive(file, form, membership)
        except DomainError as error:
            messages.error(request, f"{file.name}: {error.message}")
        else:
            received.append(log)
            messages.success(request, f"{log.file_name} was received.")
    if len(received) == 1:
        return redirect(received[0])
    return redirect("flight-list" if received else "upload")


@requires(Action.VIEW, Resource.FLIGHT_LOG)
@require_safe
def log_detail(request: HttpRequest, log_id: uuid.UUID) -> HttpResponse:
    log = with_progress(_find(request, log_id))
    return render(request, "flights/log_detail.html", {"log": log, "flight": log.session})


@requires(Action.VIEW, Resource.FLIGHT_LOG)
@require_safe
def log_status(request: HttpRequest, log_id: uuid.UUID) -> HttpResponse:
    log = _find(request, log_id)
    return JsonResponse(
        {
            "state": log.state,
            "message": log.error_message,
            **progress_of(log),
            **_log_urls(log),
        }
    )


@requires(Action.CHANGE, Resource.FLIGHT_LOG)
@require_POST
def log_retry(request: HttpRequest, log_id: uuid.UUID) -> HttpResponse:
    log = _find(request, log_id)
    try:
        retry_import(log=log, membership=in_organization(request).membership)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(log)


@requires(Action.VIEW, Resource.FLIGHT_LOG)
@require_safe
def raw_log(request: HttpRequest, log_id: uuid.UUID) -> HttpResponseBase:
    """The file as it came, byte for byte."""
    return raw_log_response(_find(request, log_id))


def _find(request: HttpRequest, log_id: uuid.UUID) -> FlightLog:
    logs = FlightLog.objects.visible_to(in_organization(request).membership)
    return get_object_or_404(logs.select_related("session", "aircraft"), pk=log_id)


def _log_urls(log: FlightLog) -> dict[str, Any]:
    return {
        "id": str(log.pk),
        "status_url": reverse("log-status", kwargs={"log_id": log.pk}),
        "log_url": log.get_absolute_url(),
        "flight_url": log.session.get_absolute_url() if log.session else None,
    }
