"""Members: who sees them, who changes them, and what nobody may do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.members import services
from accounts.members.services import change_role, end_membership, may_give
from accounts.models import ApiKey, Invitation, Membership, TokenFamily, TotpDevice, User
from accounts.services import add_member
from accounts.sessions.recent import PROVED_AT
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict, NotAllowed
from aviation.tenants.context import platform_context, tenant_context
from tests.conftest import PASSWORD, Cast
from tests.queries import queries

SignIn = Callable[[Membership], Client]


def proved(client: Client) -> Client:
    """As if the person had just given their password."""
    session = client.session
    session[PROVED_AT] = int(timezone.now().timestamp())
    session.save()
    return client


@pytest.fixture
def admin(alpha: Cast, sign_in: SignIn) -> Client:
    return proved(sign_in(alpha.members[Role.ADMIN]))


def now(member: Membership) -> Membership:
    with platform_context(), transaction.atomic():
        return Membership.objects.get(pk=member.pk)


def last_events(table: str, count: int = 1) -> list[AuditEvent]:
    """The newest events of a table, as whoever reads the whole trail sees them."""
    with platform_context():
        return list(AuditEvent.objects.filter(table_name=table).order_by("-id")[:count])


def place(cast: Cast, role: str, act: str) -> str:
    return f"{cast.home}members/{cast.members[role].pk}/{act}/"


# -- who sees and who changes


@pytest.mark.parametrize("role", Role.values)
def test_managers_see_the_members_and_others_do_not(
    role: str, alpha: Cast, sign_in: SignIn
) -> None:
    page = sign_in(alpha.members[role]).get(f"{alpha.home}members/")
    assert page.status_code == (200 if role in {"admin", "manager"} else 403)


def test_list_shows_each_member_and_nobody_elses(manager: Client, alpha: Cast) -> None:
    TotpDevice.objects.create(
        user=alpha.members[Role.PILOT].user, sealed_secret=b"x", confirmed_at=timezone.now()
    )
    text = manager.get(f"{alpha.home}members/").content.decode()
    assert "pilot@alpha.example.org" in text
    assert "bravo.example.org" not in text
    assert text.count("No second step") == len(alpha.members) - 1


def test_list_offers_a_manager_no_change(manager: Client, alpha: Cast) -> None:
    text = manager.get(f"{alpha.home}members/").content.decode()
    assert "Change role" not in text
    assert "Invite somebody" not in text


def test_list_is_searched_and_a_former_member_is_not_on_it(manager: Client, alpha: Cast) -> None:
    with platform_context():
        Membership.objects.filter(pk=alpha.members[Role.USER].pk).update(ended_at=timezone.now())
    text = manager.get(f"{alpha.home}members/?q=PILOT@alpha").content.decode()
    assert "pilot@alpha.example.org" in text
    assert "readonly@alpha.example.org" not in text
    assert "user@alpha.example.org" not in manager.get(f"{alpha.home}members/").content.decode()


def test_list_costs_the_same_queries_however_many_members(admin: Client, alpha: Cast) -> None:
    admin.get(f"{alpha.home}members/")
    few = queries(admin, f"{alpha.home}members/")
    for number in range(12):
        add_member(organization=alpha.organization, email=f"p{number}@x.example", role="pilot")
    many = queries(admin, f"{alpha.home}members/")
    assert len(many) == len(few)


@pytest.mark.parametrize("act", ["role", "end", "second-step"])
@pytest.mark.parametrize("role", [each for each in Role.values if each != "admin"])
def test_only_administrators_change_members(
    act: str, role: str, alpha: Cast, sign_in: SignIn
) -> None:
    client = proved(sign_in(alpha.members[role]))
    assert client.post(place(alpha, "user", act), {"role": "admin"}).status_code == 403
    assert now(alpha.members["user"]).role == "user"


@pytest.mark.parametrize("act", ["role", "end", "second-step"])
def test_change_asks_for_a_recent_proof(act: str, alpha: Cast, sign_in: SignIn) -> None:
    """Issue 4, part 1: an open browser alone changes nobody."""
    client = sign_in(alpha.members[Role.ADMIN])
    for answer in (client.get(place(alpha, "user", act)), client.post(place(alpha, "user", act))):
        assert answer.headers["Location"].startswith("/account/confirm/")
    assert now(alpha.members["user"]).ended_at is None


@pytest.mark.parametrize("act", ["role", "end", "second-step"])
def test_members_of_another_organization_are_not_found(
    act: str, admin: Client, alpha: Cast, bravo: Cast
) -> None:
    member = bravo.members[Role.PILOT]
    path = f"{alpha.home}members/{member.pk}/{act}/"
    assert admin.post(path, {"role": "readonly"}).status_code == 404
    assert now(member).role == "pilot"


# -- changing a role


def test_role_is_changed_and_holds_at_once(admin: Client, alpha: Cast, sign_in: SignIn) -> None:
    """A17: the former manager's next page is refused."""
    manager = sign_in(alpha.members[Role.MANAGER])
    assert manager.get(f"{alpha.home}members/").status_code == 200
    assert "Change the role" in admin.get(place(alpha, "manager", "role")).content.decode()
    page = admin.post(place(alpha, "manager", "role"), {"role": "pilot"}, follow=True)
    assert "is now pilot" in page.content.decode()
    assert manager.get(f"{alpha.home}members/").status_code == 403
    (event,) = last_events("membership")
    assert (event.action, event.actor_id) == ("update", alpha.members["admin"].user_id)


def test_unknown_role_is_refused(admin: Client, alpha: Cast) -> None:
    page = admin.post(place(alpha, "pilot", "role"), {"role": "owner"})
    assert page.status_code == 200
    assert now(alpha.members["pilot"]).role == "pilot"


@pytest.mark.parametrize("act", ["role", "end"])
def test_last_administrator_stays(act: str, admin: Client, alpha: Cast) -> None:
    page = admin.post(place(alpha, "admin", act), {"role": "pilot"}, follow=True)
    assert "is the last administrator" in page.content.decode()
    assert (now(alpha.members["admin"]).role, now(alpha.members["admin"]).ended_at) == (
        "admin",
        None,
    )


def test_administrator_whose_account_is_closed_does_not_count(admin: Client, alpha: Cast) -> None:
    second = add_member(organization=alpha.organization, email="two@x.example", role="admin")
    second.user.is_active = False
    second.user.save()
    admin.post(place(alpha, "admin", "role"), {"role": "pilot"})
    assert now(alpha.members["admin"]).role == "admin"


def test_one_of_two_administrators_may_step_down(admin: Client, alpha: Cast) -> None:
    add_member(organization=alpha.organization, email="two@x.example", role="admin")
    admin.post(place(alpha, "admin", "role"), {"role": "pilot"})
    assert now(alpha.members["admin"]).role == "pilot"


def test_two_administrators_cannot_demote_each_other_at_once(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is allowed alone; together they would leave nobody."""
    keep = services._keep_an_administrator
    both_checked = threading.Barrier(2)

    def keep_and_dawdle(member: Membership) -> None:
        """Leaves the other the time to check as well, if nothing holds it up."""
        keep(member)
        with suppress(threading.BrokenBarrierError):
            both_checked.wait(1)

    monkeypatch.setattr(services, "_keep_an_administrator", keep_and_dawdle)
    one = fresh_organization.members[Role.ADMIN]
    two = add_member(
        organization=fresh_organization.organization,
        email=f"two@{fresh_organization.organization.slug}.example",
        role="admin",
    )
    together = threading.Barrier(2)

    def demote(actor: Membership, member: Membership) -> None:
        try:
            with tenant_context(fresh_organization.organization), transaction.atomic():
                actor = Membership.objects.select_related("organization", "user").get(pk=actor.pk)
                together.wait(10)
                change_role(actor=actor, member=member, role="pilot")
        except (NotAllowed, Conflict):
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted((now(one).role, now(two).role)) == ["admin", "pilot"]


@pytest.mark.parametrize(
    ("giver", "role", "may"),
    [
        ("admin", "admin", True),
        ("manager", "admin", False),
        ("manager", "manager", True),
        ("manager", "pilot", True),
        ("analyst", "manager", False),
        ("user", "readonly", True),
        # A viewer sees the figures of all flights, a pilot only their own flights.
        ("pilot", "readonly", False),
    ],
)
def test_nobody_gives_a_role_above_their_own(giver: str, role: str, may: bool) -> None:
    assert may_give(Membership(role=giver), role) is may


def test_service_refuses_a_role_above_the_actors_own(
    in_alpha: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if managers were allowed to change members one day."""
    monkeypatch.setattr("accounts.members.services.require", lambda *_: None)
    manager, pilot = in_alpha.members["manager"], in_alpha.members["pilot"]
    for member, role in ((pilot, "admin"), (manager, "admin"), (in_alpha.members["admin"], "user")):
        with pytest.raises(NotAllowed):
            change_role(actor=manager, member=member, role=role)


def test_service_asks_for_the_permission(in_alpha: Cast) -> None:
    with pytest.raises(NotAllowed):
        end_membership(actor=in_alpha.members["manager"], member=in_alpha.members["pilot"])


# -- ending a membership


def test_ended_member_is_out_with_keys_tokens_and_invitations(
    admin: Client, alpha: Cast, sign_in: SignIn
) -> None:
    """A17: everything that acts for the membership ends with it."""
    member = alpha.members[Role.MANAGER]
    client = sign_in(member)
    with tenant_context(alpha.organization):
        key = ApiKey.objects.create(
            organization=alpha.organization,
            owner=member,
            name="k",
            key_id="abcdefghijkl",
            digest=b"x" * 32,
            pepper_number=1,
            scopes=["read"],
        )
        family = TokenFamily.objects.create(
            membership=member, credential_epoch=1, expires_at=timezone.now() + timedelta(days=1)
        )
        Invitation.objects.create(
            organization=alpha.organization,
            email="friend@x.example",
            invited_by=member.user,
            secret_digest=b"y" * 32,
            expires_at=timezone.now() + timedelta(days=1),
        )
    page = admin.post(place(alpha, "manager", "end"), follow=True)
    assert "is no longer a member" in page.content.decode()
    assert client.get(alpha.home).status_code == 404
    with platform_context():
        key.refresh_from_db()
        family.refresh_from_db()
        assert key.revoked_at is not None
        assert family.revoked_at is not None
        assert Invitation.objects.get(email="friend@x.example").withdrawn_at is not None


def test_ended_member_comes_back_with_the_same_membership(admin: Client, alpha: Cast) -> None:
    member = alpha.members[Role.PILOT]
    admin.post(place(alpha, "pilot", "end"))
    again = add_member(organization=alpha.organization, email=member.user.email, role=Role.READONLY)
    assert (again.pk, again.ended_at, again.role) == (member.pk, None, Role.READONLY)


def test_member_is_not_added_twice(alpha: Cast) -> None:
    with pytest.raises(Conflict):
        add_member(organization=alpha.organization, email="pilot@alpha.example.org", role="user")


# -- the second step


def test_administrator_resets_a_members_second_step(admin: Client, alpha: Cast) -> None:
    user = alpha.members[Role.PILOT].user
    TotpDevice.objects.create(user=user, sealed_secret=b"x", confirmed_at=timezone.now())
    assert b"Reset" in admin.get(place(alpha, "pilot", "second-step")).content
    admin.post(place(alpha, "pilot", "second-step"))
    assert not TotpDevice.objects.filter(user=user).exists()


# -- in the fleet admin


def in_admin(cast: Cast, role: str) -> str:
    return f"{cast.home}admin/accounts/membership/{cast.members[role].pk}/change/"


def test_role_is_changed_in_the_fleet_admin(admin: Client, alpha: Cast) -> None:
    assert admin.post(in_admin(alpha, "pilot"), {"role": "analyst"}).status_code == 302
    assert now(alpha.members["pilot"]).role == "analyst"


def test_fleet_admin_asks_for_a_recent_proof(alpha: Cast, sign_in: SignIn) -> None:
    client = sign_in(alpha.members[Role.ADMIN])
    answer = client.post(in_admin(alpha, "pilot"), {"role": "analyst"})
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert now(alpha.members["pilot"]).role == "pilot"


def test_fleet_admin_keeps_the_last_administrator(admin: Client, alpha: Cast) -> None:
    page = admin.post(in_admin(alpha, "admin"), {"role": "pilot"}, follow=True)
    assert "is the last administrator" in page.content.decode()
    assert now(alpha.members["admin"]).role == "admin"


def test_manager_changes_no_member_in_the_fleet_admin(alpha: Cast, sign_in: SignIn) -> None:
    client = proved(sign_in(alpha.members[Role.MANAGER]))
    assert client.post(in_admin(alpha, "pilot"), {"role": "analyst"}).status_code == 403


def test_membership_is_ended_from_the_fleet_admin(admin: Client, alpha: Cast) -> None:
    member = alpha.members["pilot"]
    body = {"action": "end", "_selected_action": [str(member.pk)], "index": 0}
    answer = admin.post(f"{alpha.home}admin/accounts/membership/", body)
    assert answer.headers["Location"] == f"{alpha.home}members/{member.pk}/end/"


def test_invitations_are_listed_in_the_fleet_admin(admin: Client, alpha: Cast) -> None:
    admin.post(f"{alpha.home}members/invite/", {"email": "ada@x.example", "role": "pilot"})
    text = admin.get(f"{alpha.home}admin/accounts/invitation/").content.decode()
    assert "ada@x.example" in text


# -- in the platform admin


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.org", PASSWORD))
    return proved(client)


def act_on(client: Client, member: Membership, action: str) -> str:
    body = {"action": action, "_selected_action": [str(member.user_id)], "index": 0}
    return client.post("/admin/accounts/user/", body, follow=True).content.decode()


def test_platform_staff_disable_and_enable_a_person(
    staff: Client, manager: Client, alpha: Cast
) -> None:
    """A17: the disabled person's session ends at once, and does not come back."""
    member = alpha.members[Role.MANAGER]
    act_on(staff, member, "disable")
    assert manager.get(alpha.home).status_code == 302
    act_on(staff, member, "enable")
    assert User.objects.get(pk=member.user_id).is_active
    assert manager.get(alpha.home).status_code == 302
    actions = [each.action for each in last_events("person", 6)]
    assert {"person.disabled", "sessions.ended", "person.enabled"} <= set(actions)


def test_platform_staff_cannot_disable_themselves(staff: Client) -> None:
    own = User.objects.get(email="boss@example.org")
    assert "cannot disable your own" in act_on(staff, Membership(user=own), "disable")
    assert User.objects.get(pk=own.pk).is_active


def test_platform_staff_end_a_persons_sessions(staff: Client, manager: Client, alpha: Cast) -> None:
    act_on(staff, alpha.members[Role.MANAGER], "end_sessions")
    assert manager.get(alpha.home).status_code == 302


def test_platform_staff_reset_a_second_step(staff: Client, alpha: Cast) -> None:
    user = alpha.members[Role.ADMIN].user
    TotpDevice.objects.create(user=user, sealed_secret=b"x", confirmed_at=timezone.now())
    act_on(staff, alpha.members[Role.ADMIN], "reset_second_step")
    assert not TotpDevice.objects.filter(user=user).exists()


def test_platform_staff_prove_themselves_before_a_reset(alpha: Cast) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.org", PASSWORD))
    user = alpha.members[Role.ADMIN].user
    TotpDevice.objects.create(user=user, sealed_secret=b"x", confirmed_at=timezone.now())
    body = {"action": "reset_second_step", "_selected_action": [str(user.pk)], "index": 0}
    answer = client.post("/admin/accounts/user/", body)
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert TotpDevice.objects.filter(user=user).exists()
