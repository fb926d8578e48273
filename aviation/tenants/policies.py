"""Which table carries which row level security policy, and what each role may do with it.

The one place that says so. ``securing`` makes the catalogue match it after every migration,
``inspection`` tells where it does not.

What must never happen: a table that holds an organization's data without forced row level
security, or a grant to the application role on a partition (a partition addressed by its own name
is not protected by its parent's policy).
"""

from __future__ import annotations

from dataclasses import dataclass

from aviation.tenants.context import BoundOrganization

OWNER_ROLE = "dbx_owner"
APP_ROLE = "dbx_app"
READER_ROLE = "dbx_reader"
READER_PREFIX = "dbx_reader_"
"""A reporting tool's login role: this, the organization's id in hex, and what else one likes."""

ORG = "nullif(current_setting('app.current_org_id', true), '')::uuid"
USER = "nullif(current_setting('app.current_user_id', true), '')::uuid"
PLATFORM = "current_setting('app.platform', true) = 'on'"
# Asked once per statement instead of once per row. An OR over settings keeps PostgreSQL from using
# an index, and 3,000 memberships read row by row cost a page a millisecond or more.
_ORG_ONCE, _USER_ONCE, _PLATFORM_ONCE = (f"(SELECT {each})" for each in (ORG, USER, PLATFORM))
# Who logged in cannot be changed from inside a session, unlike a setting. Only dbx_reader and
# its members are asked, so that the application pays nothing for it.
_READER = f"left(session_user::text, {len(READER_PREFIX) + 32}) = '{READER_PREFIX}'"

Grants = frozenset[tuple[str, str]]
"""Pairs of role and privilege."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. Restrictive ones narrow; nothing can widen them."""

    name: str
    using: str
    role: str = "public"
    is_restrictive: bool = True
    command: str = "ALL"


@dataclass(frozen=True, slots=True)
class TableRules:
    """What the catalogue must say of one table; no policies means no row level security."""

    policies: tuple[Policy, ...]
    grants: Grants


@dataclass(frozen=True, slots=True)
class TableAccess:
    """One shared table: who may do what, and which rows are in sight (None: no row policy)."""

    table: str
    app: str
    """Privileges of the application role, such as ``SELECT, INSERT``."""
    visible: str | None = None
    """SQL condition; the same rows may be read and written."""
    reader: bool = False
    """Whether an organization's reporting tools may read its own rows."""
    is_append_only: bool = False
    """Rows come by the owner's functions only; the condition is for reading."""
    is_compacted: bool = False
    """The owner's functions also take rows away: many become one that says the same."""
    is_set_by_platform: bool = False
    """Everybody may read the rows, platform work alone may change them."""

    @property
    def organization_column(self) -> str:
        return "id" if self.table == "tenants_organization" else "org_id"

    def rules(self, *, is_partition: bool = False) -> TableRules:
        """Partitions carry their parent's policies and no grants."""
        policies = self._policies()
        if is_partition:
            return TableRules(tuple(policies), frozenset())
        grants = grants_of(APP_ROLE, self.app)
        if self.reader:
            hex_id = f"replace({self.organization_column}::text, '-', '')"
            policies.append(Policy("org_reader_policy", f"{_READER} || {hex_id}", READER_ROLE))
            grants |= grants_of(READER_ROLE, "SELECT")
        return TableRules(tuple(policies), grants)

    def _policies(self) -> list[Policy]:
        if self.is_set_by_platform:
            opened = Policy("org_access_policy", "true", is_restrictive=False)
            return [opened, Policy("org_change_policy", _PLATFORM_ONCE, command="UPDATE")]
        if self.visible is None:
            return []
        if not self.is_append_only:
            return opened_only_for(self.visible)
        policies = opened_only_for(self.visible, command="SELECT")
        policies.append(Policy("org_append_policy", "true", OWNER_ROLE, False, command="INSERT"))
        if self.is_compacted:
            compact = Policy("org_compact_policy", "true", OWNER_ROLE, False, command="DELETE")
            policies.append(compact)
        return policies


_ALL = "SELECT, INSERT, UPDATE, DELETE"
_OF_ORGANIZATION = f"org_id = {_ORG_ONCE} OR {_PLATFORM_ONCE}"

SHARED_TABLES: tuple[TableAccess, ...] = (
    TableAccess(
        "tenants_organization",
        "SELECT, UPDATE",
        f"id = {_ORG_ONCE} OR {_PLATFORM_ONCE} OR EXISTS ("  # noqa: S608 - constants
        "SELECT 1 FROM public.accounts_membership m "
        f"WHERE m.org_id = tenants_organization.id AND m.user_id = {_USER_ONCE})",
        reader=True,
    ),
    TableAccess("tenants_domain", _ALL, _OF_ORGANIZATION),
    TableAccess("tenants_organizationfigures", _ALL, _OF_ORGANIZATION),
    TableAccess("tenants_schemascript", ""),
    TableAccess("tenants_schemastate", ""),
    TableAccess(
        "accounts_membership",
        "SELECT, INSERT, UPDATE",
        f"org_id = {_ORG_ONCE} OR user_id = {_USER_ONCE} OR {_PLATFORM_ONCE}",
        reader=True,
    ),
    TableAccess("accounts_user", "SELECT, INSERT, UPDATE"),
    TableAccess("audit_event", "SELECT", f"org_id = {ORG} OR {PLATFORM}", is_append_only=True),
    TableAccess(
        "caching_change", "SELECT", _OF_ORGANIZATION, is_append_only=True, is_compacted=True
    ),
    TableAccess("caching_cachepolicy", "SELECT, UPDATE", is_set_by_platform=True),
    TableAccess("accounts_user_groups", "SELECT"),
    TableAccess("accounts_user_user_permissions", "SELECT"),
    TableAccess("auth_group", "SELECT"),
    TableAccess("auth_group_permissions", "SELECT"),
    TableAccess("auth_permission", "SELECT"),
    TableAccess("django_admin_log", "SELECT, INSERT"),
    TableAccess("django_content_type", "SELECT"),
    TableAccess("django_migrations", "SELECT"),
    TableAccess("maintenance_backuppolicy", _ALL, _PLATFORM_ONCE),
    TableAccess("maintenance_backup", "SELECT, INSERT, UPDATE", _PLATFORM_ONCE),
    TableAccess("maintenance_backupalarm", "SELECT, INSERT, UPDATE", _PLATFORM_ONCE),
    TableAccess("maintenance_backupdrill", "SELECT, INSERT", _PLATFORM_ONCE),
    TableAccess("maintenance_recoveryrequest", "SELECT, INSERT, UPDATE", _PLATFORM_ONCE),
    TableAccess("maintenance_recoveryphase", "SELECT, INSERT, UPDATE", _PLATFORM_ONCE),
    TableAccess("maintenance_retentiondefault", "SELECT, UPDATE", is_set_by_platform=True),
    TableAccess("maintenance_retentionpolicy", "SELECT, INSERT, UPDATE", _OF_ORGANIZATION),
    TableAccess("maintenance_legalhold", "SELECT, INSERT, UPDATE", _OF_ORGANIZATION),
    TableAccess("maintenance_recycledbatch", _ALL, _OF_ORGANIZATION),
    # A certificate is written once; a trigger refuses the owner too.
    TableAccess("maintenance_deletioncertificate", "SELECT, INSERT", _OF_ORGANIZATION),
    # What belongs to a person and to no organization: found by a secret's digest or by the person.
    TableAccess("accounts_usersession", _ALL),
    TableAccess("accounts_totpdevice", _ALL),
    TableAccess("accounts_recoverycode", _ALL),
    TableAccess("accounts_knowndevice", _ALL),
    TableAccess("accounts_tokenfamily", _ALL),
    TableAccess("accounts_refreshtoken", _ALL),
    TableAccess("accounts_signingkey", _ALL),
    TableAccess("accounts_attemptallowance", _ALL),
    TableAccess("axes_accessattempt", _ALL),
    TableAccess("axes_accessattemptexpiration", _ALL),
    TableAccess("axes_accessfailurelog", _ALL),
    TableAccess("axes_accesslog", _ALL),
    TableAccess("accounts_invitation", "SELECT, INSERT, UPDATE", _OF_ORGANIZATION),
    TableAccess("accounts_apikey", "SELECT, INSERT, UPDATE", _OF_ORGANIZATION),
    TableAccess("accounts_apikeyusage", _ALL, _OF_ORGANIZATION),
    TableAccess(
        "accounts_platformvisit",
        "SELECT, INSERT, UPDATE",
        f"{_OF_ORGANIZATION} OR user_id = {_USER_ONCE}",
    ),
)
ORGANIZATION_TABLE_PRIVILEGES = "SELECT, INSERT, UPDATE, DELETE"
READ_ONLY_ORGANIZATION_TABLES = frozenset({"django_migrations"})
UNDECLARED = TableRules((), frozenset())
"""A shared table nobody declared is nobody's but the owner's."""


def is_own(organization: BoundOrganization) -> str:
    """The condition that the organization is bound: no column, so no cost per row."""
    return f"{ORG} = '{organization.id}'::uuid"


def is_own_reader(organization: BoundOrganization) -> str:
    """The condition that a reporting tool of the organization is logged in."""
    return f"{_READER} || '{organization.id.hex}'"


def organization_table_rules(
    organization: BoundOrganization, table: str, *, is_partition: bool
) -> TableRules:
    """What the catalogue must say of a table in the organization's schema."""
    policies = opened_only_for(is_own(organization))
    if is_partition:
        return TableRules(tuple(policies), frozenset())
    policies.append(Policy("org_reader_policy", is_own_reader(organization), READER_ROLE))
    is_read_only = table in READ_ONLY_ORGANIZATION_TABLES
    privileges = "SELECT" if is_read_only else ORGANIZATION_TABLE_PRIVILEGES
    grants = grants_of(APP_ROLE, privileges) | grants_of(READER_ROLE, "SELECT")
    return TableRules(tuple(policies), grants)


def opened_only_for(condition: str, *, command: str = "ALL") -> list[Policy]:
    """Two policies: a permissive one opens the table, a restrictive one narrows it."""
    return [
        Policy("org_access_policy", "true", is_restrictive=False, command=command),
        Policy("org_isolation_policy", condition, command=command),
    ]


def grants_of(role: str, privileges: str) -> Grants:
    return frozenset((role, each.strip()) for each in privileges.split(",") if each.strip())
