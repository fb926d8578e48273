"""Everything PostgreSQL knows of a schema, as sorted lines of text that can be compared."""

from __future__ import annotations

from typing import Any

from aviation.tenants.models import Organization

QUERIES = {
    "relation": """
        SELECT c.relname, c.relkind, c.relpersistence, c.relispartition, c.relrowsecurity,
               c.relforcerowsecurity, c.relreplident, c.reloptions,
               pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid),
               (SELECT array_agg(i.inhparent::regclass::text) FROM pg_inherits i
                WHERE i.inhrelid = c.oid),
               obj_description(c.oid, 'pg_class'), pg_get_userbyid(c.relowner)
        FROM pg_class c WHERE c.relnamespace = {schema}""",
    "column": """
        SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity, a.attgenerated, a.attstorage, a.attcompression, a.attcollation,
               a.attstattarget, pg_get_expr(d.adbin, d.adrelid), a.attacl
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = {schema} AND a.attnum > 0 AND c.relkind IN ('r', 'p', 'v', 'm')""",
    "constraint": """
        SELECT conrelid::regclass, conname, contype, condeferrable, condeferred, convalidated,
               pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = {schema}""",
    "index": """
        SELECT indexrelid::regclass, pg_get_indexdef(indexrelid), indisprimary, indisunique,
               indisvalid, indisreplident
        FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = {schema}""",
    "policy": """
        SELECT polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[],
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE c.relnamespace = {schema}""",
    "grant": """
        SELECT c.relname, x.grantee::regrole, x.privilege_type, x.is_grantable
        FROM pg_class c, aclexplode(c.relacl) x WHERE c.relnamespace = {schema}""",
    "schema grant": """
        SELECT x.grantee::regrole, x.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) x
        WHERE n.oid = {schema}""",
    "function": """
        SELECT p.proname, pg_get_functiondef(p.oid), p.proacl::text, pg_get_userbyid(p.proowner)
        FROM pg_proc p WHERE p.pronamespace = {schema}""",
    "trigger": """
        SELECT t.tgrelid::regclass, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = {schema} AND NOT t.tgisinternal""",
    "view": """
        SELECT c.relname, pg_get_viewdef(c.oid) FROM pg_class c
        WHERE c.relnamespace = {schema} AND c.relkind IN ('v', 'm')""",
    "sequence": """
        SELECT s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax,
               s.seqmin, s.seqcache, s.seqcycle
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace = {schema}""",
    "statistics": """
        SELECT stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
        WHERE stxnamespace = {schema}""",
    "type": """
        SELECT typname, typtype FROM pg_type WHERE typnamespace = {schema}""",
    "migration": "SELECT app, name FROM {name}.django_migrations ORDER BY id",
}


def snapshot(cursor: Any, organization: Organization) -> list[str]:
    """The schema's catalogue, its name and the organization's id replaced by stand-ins."""
    name = organization.schema_name
    lines = []
    for kind, query in QUERIES.items():
        cursor.execute(query.format(schema=f"'{name}'::regnamespace", name=name))
        for row in cursor.fetchall():
            text = f"{kind}: {row}"
            lines.append(
                text.replace(name, "org_…")
                .replace(str(organization.id), "id-…")
                .replace(organization.id.hex, "hex-…")
            )
    return sorted(lines)
