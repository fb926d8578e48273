"""Invitations: sent by administrators, accepted once, and of no use to anybody else."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.mail import EmailMessage
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.members import inviting
from accounts.members.accepting import accept_as_new_person, find_invitation
from accounts.models import Invitation, Membership, User
from accounts.services import add_member
from aviation.audit.models import AuditEvent
from aviation.common.errors import NotAllowed, NotFound
from aviation.tenants.context import platform_context, tenant_context
from tests.conftest import PASSWORD, Cast

SignIn = Callable[[Membership], Client]
Mails = list[EmailMessage]
CHOSEN = "seven grey herons wading"


@pytest.fixture(autouse=True)
def _mail_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send in the request; that mail waits for the commit is tests of accounts.mail."""
    from accounts.mail import send_mail_now

    monkeypatch.setattr(inviting, "send_mail_later", send_mail_now)


@pytest.fixture
def admin(alpha: Cast, sign_in: SignIn) -> Client:
    return sign_in(alpha.members[Role.ADMIN])


def invite(
    client: Client, cast: Cast, email: str = "ada@x.example", role: str = "pilot", name: str = ""
) -> str:
    body = {"email": email, "role": role, "full_name": name}
    return client.post(f"{cast.home}members/invite/", body, follow=True).content.decode()


def link_in(mail: EmailMessage) -> str:
    match = re.search(r"https?://\S+", str(mail.body))
    assert match is not None
    return urlsplit(match[0]).path


def only(email: str = "ada@x.example") -> Invitation:
    with platform_context(), transaction.atomic():
        return Invitation.objects.filter(email=email).latest("created_at")


def alter(**values: object) -> None:
    with platform_context(), transaction.atomic():
        Invitation.objects.filter(pk=only().pk).update(**values)


def membership(email: str, cast: Cast) -> Membership | None:
    with platform_context(), transaction.atomic():
        return Membership.objects.filter(user__email=email, organization=cast.organization).first()


def join(link: str, client: Client | None = None, password: str = CHOSEN) -> str:
    body = {"full_name": "Ada Pilot", "password": password}
    return (client or Client()).post(link, body, follow=True).content.decode()


# -- inviting


def test_invited_address_gets_a_link_whose_secret_is_kept_nowhere(
    admin: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    """A3: the database keeps a digest of 256 random bits, the audit trail neither."""
    assert "on its way to ada@x.example" in invite(admin, alpha, "Ada@X.example", name="Ada")
    (mail,) = mailoutbox
    assert mail.to == ["ada@x.example"]
    assert "Hello Ada," in mail.body
    assert "Alpha" in mail.subject
    secret = link_in(mail).split("/")[2]
    assert len(secret) >= 43
    kept = only()
    assert bytes(kept.secret_digest) == hashlib.sha256(secret.encode()).digest()
    assert timedelta(days=6, hours=23) < kept.expires_at - timezone.now() <= timedelta(days=7)
    with platform_context():
        events = AuditEvent.objects.filter(table_name="invitation", object_id=str(kept.pk))
        assert [each.action for each in events] == ["insert"]
        assert "secret_digest" not in events[0].columns


@pytest.mark.parametrize("role", [each for each in Role.values if each != "admin"])
def test_only_administrators_invite(role: str, alpha: Cast, sign_in: SignIn) -> None:
    client = sign_in(alpha.members[role])
    path = f"{alpha.home}members/invite/"
    assert client.get(path).status_code == 403
    assert client.post(path, {"email": "a@x.example", "role": "pilot"}).status_code == 403


def test_service_refuses_to_invite_above_the_actors_role(
    in_alpha: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inviting, "require", lambda *_: None)
    with pytest.raises(NotAllowed):
        inviting.invite(actor=in_alpha.members["manager"], email="a@x.example", role="admin")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"email": "pilot@alpha.example.org"}, "belongs to Alpha already"),
        ({"email": "not an address"}, "valid email"),
        ({"role": "owner"}, "valid choice"),
        ({"name": "http://evil.example/"}, "Letters, spaces"),
        ({"name": "Ada\nBcc: x@y.example"}, "Letters, spaces"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    values: dict[str, str], said: str, admin: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    assert said in invite(admin, alpha, **values)
    assert mailoutbox == []


def test_address_is_invited_once_at_a_time(admin: Client, alpha: Cast, mailoutbox: Mails) -> None:
    invite(admin, alpha)
    assert "has an open invitation" in invite(admin, alpha)
    alter(expires_at=timezone.now() - timedelta(seconds=1))
    assert "on its way" in invite(admin, alpha)
    assert len(mailoutbox) == 2


def test_answer_does_not_tell_whether_an_account_exists(
    admin: Client, alpha: Cast, bravo: Cast
) -> None:
    known, unknown = "pilot@bravo.example.org", "nobody@x.example"
    pages = [invite(admin, alpha, email).replace(email, "") for email in (known, unknown)]
    assert all("on its way to" in page for page in pages)


def test_mails_of_an_organization_are_limited(
    admin: Client, alpha: Cast, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts.signing_in.attempts import Allowance

    monkeypatch.setattr(inviting, "MAILS", Allowance("invitation_mail", burst=2, refill_s=60))
    pages = [invite(admin, alpha, f"p{number}@x.example") for number in range(3)]
    assert "Too many attempts" in pages[2]
    assert len(mailoutbox) == 2


def test_sent_again_the_new_link_works_and_the_old_one_no_longer(
    admin: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    invite(admin, alpha)
    alter(expires_at=timezone.now() - timedelta(days=3))
    page = admin.post(f"{alpha.home}members/invitations/{only().pk}/resend/", follow=True)
    assert "A new link is on its way" in page.content.decode()
    old, new = map(link_in, mailoutbox)
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200


@pytest.mark.parametrize("act", ["resend", "withdraw"])
def test_other_organizations_invitations_are_not_found(
    act: str, admin: Client, alpha: Cast, bravo: Cast, outsider: Client
) -> None:
    invite(outsider, bravo)
    path = f"{alpha.home}members/invitations/{only().pk}/{act}/"
    assert admin.post(path).status_code == 404
    assert only().withdrawn_at is None


@pytest.mark.parametrize("act", ["resend", "withdraw"])
def test_manager_sees_invitations_and_changes_none(
    act: str, admin: Client, manager: Client, alpha: Cast
) -> None:
    invite(admin, alpha)
    assert b"ada@x.example" in manager.get(f"{alpha.home}members/").content
    path = f"{alpha.home}members/invitations/{only().pk}/{act}/"
    assert manager.post(path).status_code == 403


# -- links that do not work


def spoil(kind: str, admin: Client, alpha: Cast) -> None:
    if kind == "withdrawn":
        admin.post(f"{alpha.home}members/invitations/{only().pk}/withdraw/")
    elif kind == "expired":
        alter(expires_at=timezone.now())
    elif kind == "used":
        alter(accepted_at=timezone.now())
    elif kind == "suspended":
        with platform_context(), transaction.atomic():
            alpha.organization.__class__.objects.filter(pk=alpha.organization.pk).update(
                status="suspended"
            )
    else:
        User.objects.filter(pk=alpha.members["admin"].user_id).update(is_active=False)


@pytest.mark.parametrize("kind", ["withdrawn", "expired", "used", "suspended", "inviter closed"])
def test_link_that_no_longer_works_looks_as_one_that_never_did(
    kind: str, admin: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    invite(admin, alpha)
    spoil(kind, admin, alpha)
    link, never = link_in(mailoutbox[0]), f"/invitation/{'x' * 43}/"
    client = Client()
    pages = [client.get(link), client.post(link, {"password": CHOSEN}), client.get(never)]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert b"no longer works" in pages[0].content
    assert not User.objects.filter(email="ada@x.example").exists()


# -- accepting


def test_new_person_joins_with_name_and_password(
    admin: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    invite(admin, alpha)
    client = Client()
    link = link_in(mailoutbox[0])
    assert "Make my account and join" in client.get(link).content.decode()
    assert "Welcome to Alpha" in join(link, client)
    member = membership("ada@x.example", alpha)
    assert member is not None
    assert (member.role, member.user.full_name) == ("pilot", "Ada Pilot")
    assert member.user.email_verified_at is not None
    assert member.user.check_password(CHOSEN)
    assert client.get(f"{alpha.home}flights/").status_code == 200
    assert Client().get(link).status_code == 404


def test_new_person_stands_as_the_actor_in_the_audit_trail(
    admin: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    invite(admin, alpha)
    join(link_in(mailoutbox[0]))
    member = membership("ada@x.example", alpha)
    assert member is not None
    with platform_context():
        event = AuditEvent.objects.get(action="invitation.accepted", object_id=str(only().pk))
        assert (event.actor_id, event.org_id) == (member.user_id, alpha.organization.pk)


def test_weak_password_is_refused_and_the_link_still_works(
    admin: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    invite(admin, alpha)
    link = link_in(mailoutbox[0])
    assert "too short" in join(link, password="short")
    assert not User.objects.filter(email="ada@x.example").exists()
    assert "Welcome to Alpha" in join(link)


def test_signed_in_person_of_that_address_joins_by_a_button(
    admin: Client, alpha: Cast, bravo: Cast, sign_in: SignIn, mailoutbox: Mails
) -> None:
    known = bravo.members[Role.PILOT]
    invite(admin, alpha, known.user.email, role="analyst")
    client, link = sign_in(known), link_in(mailoutbox[0])
    assert "Join Alpha" in client.get(link).content.decode()
    assert membership(known.user.email, alpha) is None
    assert "Welcome to Alpha" in client.post(link, follow=True).content.decode()
    member = membership(known.user.email, alpha)
    assert member is not None
    assert member.role == "analyst"
    assert member.user.email_verified_at is not None


def test_somebody_else_signed_in_cannot_accept(
    admin: Client, alpha: Cast, outsider: Client, mailoutbox: Mails
) -> None:
    invite(admin, alpha)
    link = link_in(mailoutbox[0])
    for page in (outsider.get(link), outsider.post(link)):
        assert "for somebody else" in page.content.decode()
        assert "ada@x.example" not in page.content.decode()
    assert only().accepted_at is None


def test_existing_person_is_asked_to_sign_in_first(
    admin: Client, alpha: Cast, bravo: Cast, mailoutbox: Mails
) -> None:
    email = bravo.members[Role.PILOT].user.email
    invite(admin, alpha, email)
    link = link_in(mailoutbox[0])
    assert f"/sign-in/?next={link.replace('/', '%2F')}" in Client().get(link).content.decode()
    join(link)
    assert membership(email, alpha) is None
    assert User.objects.get(email=email).check_password(PASSWORD)


def test_former_member_comes_back_by_invitation(
    admin: Client, alpha: Cast, sign_in: SignIn, mailoutbox: Mails
) -> None:
    former = alpha.members[Role.USER]
    with platform_context():
        Membership.objects.filter(pk=former.pk).update(ended_at=timezone.now())
    invite(admin, alpha, former.user.email, role="readonly")
    sign_in(former).post(link_in(mailoutbox[0]))
    again = membership(former.user.email, alpha)
    assert again is not None
    assert (again.pk, again.role, again.ended_at) == (former.pk, "readonly", None)


def test_member_by_now_is_told_so(
    admin: Client, alpha: Cast, bravo: Cast, sign_in: SignIn, mailoutbox: Mails
) -> None:
    known = bravo.members[Role.PILOT]
    invite(admin, alpha, known.user.email)
    add_member(organization=alpha.organization, email=known.user.email, role="readonly")
    page = sign_in(known).post(link_in(mailoutbox[0]), follow=True)
    assert "belongs to Alpha already" in page.content.decode()


def test_invitation_of_a_demoted_administrator_is_withdrawn(
    admin: Client, alpha: Cast, mailoutbox: Mails
) -> None:
    """Else they would invite themselves back under another address."""
    from accounts.members.services import change_role

    second = add_member(organization=alpha.organization, email="two@x.example", role="admin")
    invite(admin, alpha)
    with tenant_context(alpha.organization):
        change_role(actor=second, member=alpha.members["admin"], role="pilot")
    assert Client().get(link_in(mailoutbox[0])).status_code == 404


def test_one_link_used_by_20_threads_makes_one_member(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 4, part 10: single use holds under concurrency."""
    secrets: list[str] = []
    monkeypatch.setattr(
        inviting, "send_mail_later", lambda **mail: secrets.append(mail["context"]["link"])
    )
    organization = fresh_organization.organization
    email = f"ada@{organization.slug}.example"
    with tenant_context(organization), transaction.atomic():
        inviting.invite(actor=fresh_organization.members["admin"], email=email, role="pilot")
    found = find_invitation(secrets[0].rstrip("/").rsplit("/", 1)[1])
    together = threading.Barrier(20)
    outcomes: list[str] = []

    def accept() -> None:
        together.wait(20)
        try:
            accept_as_new_person(invitation=found, full_name="Ada", password=CHOSEN)
            outcomes.append("joined")
        except NotFound:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["joined"] + ["refused"] * 19
    assert User.objects.filter(email=email).count() == 1
