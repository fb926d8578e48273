"""What the API's analytics views have in common: the question, the figures' age, the entity tag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from django.http.response import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Resource
from accounts.viewsets import OrganizationViewSet
from analytics.narrowing import Narrowing
from analytics.periods import Period
from analytics.reading.standing import Standing, standing
from analytics.rest.asking import NarrowingQuery, PeriodQuery
from analytics.rest.serializers import AnswerSerializer
from aviation.caching.reading import cached
from aviation.common.rest import NewestFirstPagination

READS = frozenset({"GET", "HEAD"})
AGE_HEADER = "Figures-Age"
BEGUN: dict[str, dict[str, str]] = {
    "figures": {"$ref": "#/components/schemas/Standing"},
    "time_zone": {"type": "string"},
    "start": {"type": "string", "format": "date"},
    "end": {"type": "string", "format": "date"},
}
"""AnswerSerializer as the description of a page of rows has it."""

Action = Callable[..., Response]

Query = TypeVar("Query", bound=NarrowingQuery)


class FiguresViewSet(OrganizationViewSet):
    """Figures about all of the organization's flights.

    Each answer has a strong entity tag made from its content. What changes by the second, the
    figures' age, is in a header beside it: so the tag changes when the figures do.

    The content is kept under the policy ``fleet_figures`` and made anew when anything changes that
    it is made from, the day included. Who may ask, and how old the figures are, is found out each
    time.
    """

    resource = Resource.ANALYTICS
    pagination_class: Any = None
    filter_backends: Any = ()
    made_anew: ClassVar[frozenset[str]] = frozenset()
    """Actions that show what no topic tells of, such as people's names."""
    at: datetime
    standing: Standing
    get: Any

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the permission is known: one moment and one state for the whole answer."""
        super().initial(request, *args, **kwargs)
        self.at = timezone.now()
        self.standing = standing(self.at)
        if self.action not in self.made_anew and request.method in READS:
            self.get = self.head = partial(self._from_memory, self.get)

    def _from_memory(self, action: Action, request: Request, **kwargs: Any) -> HttpResponse:
        """The action's answer; what it raises is its own."""

        def make() -> bytes:
            return bytes(JSONRenderer().render(action(request, **kwargs).data))

        asked = request._request
        today = self.at.astimezone(self.zone).date()
        key = f"{asked.build_absolute_uri()} {today} {self.standing}"
        content = cached("fleet_figures", key, make)
        return HttpResponse(content, content_type="application/json")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if request.method not in READS or response.status_code != HTTPStatus.OK:
            return response
        if isinstance(response, Response):
            response.render()
        return _tagged(request, response, age_s=self.age_s)

    @property
    def age_s(self) -> int:
        return max(int((self.at - self.standing.refreshed_at).total_seconds()), 0)

    @property
    def zone(self) -> ZoneInfo:
        return self.membership.organization.zone

    def checked(self, kind: type[Query]) -> Query:
        """The question. Raises ValidationError."""
        query = kind(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return query

    def asked(self, kind: type[PeriodQuery]) -> tuple[Period, Narrowing]:
        """The days and the aircraft asked for. Raises ValidationError."""
        query = self.checked(kind)
        return query.period(self.at, self.zone), query.narrowing

    def begun(self, period: Period) -> dict[str, Any]:
        """What every answer about a period begins with."""
        return {
            "figures": self.standing,
            "time_zone": period.tz.key,
            "start": period.start,
            "end": period.end,
        }


class DailyPagination(NewestFirstPagination):
    """Pages of rows by day, with what every answer about a period begins with."""

    page_size = 500
    max_page_size = 5_000
    offset_cutoff = 100_000
    """Rows of one day: more than any fleet has."""
    view: Any

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """No two rows alike in it: else a page's end would lie between equals."""
        ordering: tuple[str, ...] = view.ordering
        return ordering

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        self.view = view
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        page = super().get_paginated_response(data).data
        begun = AnswerSerializer(self.view.begun(self.view.period)).data
        return Response({**begun, **page})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        described["required"] = [*BEGUN, *described["required"]]
        described["properties"] = BEGUN | described["properties"]
        return described


def _tagged(request: Any, response: Any, *, age_s: int) -> HttpResponseBase:
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    found = get_conditional_response(request, etag=tag, response=response) or response
    found.headers[AGE_HEADER] = str(age_s)
    return found
