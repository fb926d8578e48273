"""Routes under /account/."""

from __future__ import annotations

from django.urls import path

from accounts.sessions import views

urlpatterns = [
    path("confirm/", views.confirm, name="confirm"),
    path("devices/", views.devices, name="devices"),
    path("devices/end-others/", views.end_others, name="devices-end-others"),
    path("devices/browsers/<uuid:public_id>/end/", views.end_browser, name="device-end"),
    path("devices/programs/<uuid:family_id>/end/", views.end_program, name="program-end"),
]
