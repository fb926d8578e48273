"""Routes under /platform/."""

from __future__ import annotations

from django.urls import path

from accounts.visits import views

urlpatterns = [
    path("visits/leave/", views.leave, name="visit-leave"),
    path("organizations/<slug:slug>/visit/", views.enter, name="visit-enter"),
]
