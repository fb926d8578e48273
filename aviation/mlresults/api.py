"""The API's analyses and findings: made by the product, so they can only be read."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.answers.reads import CachedReads
from accounts.roles import Resource
from accounts.viewsets import OrganizationViewSet
from aviation.mlresults.filters import AnalysisFilter, FindingFilter
from aviation.mlresults.models import Analysis, Finding
from aviation.mlresults.serializers import (
    AnalysisDetailSerializer,
    AnalysisSerializer,
    FindingSerializer,
)


class AnalysisViewSet(CachedReads, ListModelMixin, OrganizationViewSet):
    """What the analysis made of each flight."""

    resource = Resource.ANALYSIS
    cache_policy = "flight_analysis"
    queryset = Analysis.objects.select_related("session")
    serializer_class = AnalysisSerializer
    filterset_class = AnalysisFilter
    lookup_url_kwarg = "analysis_id"

    @extend_schema(responses={200: AnalysisDetailSerializer})
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """One analysis with its report, its findings and what could not be assessed."""
        analysis = self.get_object()
        serializer = AnalysisDetailSerializer(analysis, context=self.get_serializer_context())
        return Response(serializer.data)


class FindingViewSet(CachedReads, ListModelMixin, RetrieveModelMixin, OrganizationViewSet):
    """What the analysis found: value, limit, who published the limit, and the second."""

    resource = Resource.ANALYSIS
    cache_policy = "flight_analysis"
    queryset = Finding.objects.select_related("analysis")
    serializer_class = FindingSerializer
    filterset_class = FindingFilter
    lookup_url_kwarg = "finding_id"
