"""Routes under /invitation/, for whoever holds the mailed link."""

from __future__ import annotations

from django.urls import path

from accounts.members.invitation_views import invitation

urlpatterns = [path("<str:token>/", invitation, name="invitation")]
