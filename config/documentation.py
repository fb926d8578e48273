"""The API's description as a page. Everything it loads comes from this installation."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

# Without the last one the page would send its address to a validator elsewhere.
SETTINGS = {"deepLinking": True, "validatorUrl": None}


class ApiPageView(SpectacularSwaggerSplitView):
    """Swagger UI without a line of inline script or style, so the strict policy stands."""

    url_name = "api-schema"
    template_name = "api/documentation.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response.data = {**response.data, "settings": json.dumps(SETTINGS)}
        return response
