"""Routes under /account/."""

from __future__ import annotations

from django.urls import URLPattern, path

from accounts.second_step import views

urlpatterns: list[URLPattern] = [
    path("second-step/", views.state, name="second-step"),
    path("second-step/set-up/", views.set_up, name="second-step-set-up"),
    path("second-step/new-codes/", views.new_codes, name="second-step-new-codes"),
    path("second-step/remove/", views.remove, name="second-step-remove"),
]
