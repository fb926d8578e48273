"""Cache keys that carry the organization, whether or not the caller thought of it."""

from __future__ import annotations

from aviation.tenants.context import bound_organization


def organization_key(key: object, key_prefix: str, version: int) -> str:
    """The key in the bound organization's own room; without one, in the installation's.

    What is cached for one organization is thus never found while another is bound.
    """
    organization = bound_organization()
    room = organization.id if organization else "installation"
    return f"{key_prefix}:{version}:{room}:{key}"
