"""Routes under /o/<slug>/keys/."""

from __future__ import annotations

from django.urls import path

from accounts.api_keys import views

urlpatterns = [
    path("", views.key_list, name="api-key-list"),
    path("new/", views.key_new, name="api-key-new"),
    path("<uuid:key_id>/", views.key_detail, name="api-key-detail"),
    path("<uuid:key_id>/rotate/", views.key_rotate, name="api-key-rotate"),
    path("<uuid:key_id>/revoke/", views.key_revoke, name="api-key-revoke"),
]
