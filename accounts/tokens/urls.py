"""Routes under /api/v1/auth/. Each view keeps its own transactions."""

from __future__ import annotations

from django.db.transaction import non_atomic_requests
from django.urls import path

from accounts.tokens.api import TokenRefreshView, TokenRevokeView, TokenView

urlpatterns = [
    path("token", non_atomic_requests(TokenView.as_view()), name="token"),
    path("token/refresh", non_atomic_requests(TokenRefreshView.as_view()), name="token-refresh"),
    path("token/revoke", non_atomic_requests(TokenRevokeView.as_view()), name="token-revoke"),
]
