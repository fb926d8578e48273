"""Routes under /o/<slug>/members/."""

from __future__ import annotations

from django.urls import path

from accounts.members import views

urlpatterns = [
    path("", views.member_list, name="member-list"),
    path("invite/", views.invite, name="member-invite"),
    path("<uuid:member_id>/role/", views.member_role, name="member-role"),
    path("<uuid:member_id>/end/", views.member_end, name="member-end"),
    path("<uuid:member_id>/second-step/", views.member_second_step, name="member-second-step"),
    path(
        "invitations/<uuid:invitation_id>/resend/",
        views.invitation_resend,
        name="invitation-resend",
    ),
    path(
        "invitations/<uuid:invitation_id>/withdraw/",
        views.invitation_withdraw,
        name="invitation-withdraw",
    ),
]
