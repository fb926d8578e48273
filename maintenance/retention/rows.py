"""Rows, and all rows that hang on them, as JSON: read from the tables and put back.

The tables are found by the models' own foreign keys that cascade, so that a table which is added
some day is neither forgotten nor lost.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from psycopg import sql

Rows = dict[str, list[dict[str, Any]]]
"""By table, parents before what hangs on them."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A table of the tree, and the condition that finds its rows by the keys of the roots."""

    table: str
    condition: sql.Composable


def read_rows(model: type[models.Model], keys: Sequence[str]) -> Rows:
    """The rows with these keys and all that would go with them. Inside a transaction."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for branch in _branches(model):
            query = sql.SQL("SELECT to_jsonb(t) FROM {} AS t WHERE {} ORDER BY to_jsonb(t)::text")
            cursor.execute(
                query.format(sql.Identifier(branch.table), branch.condition), [list(keys)]
            )
            found.setdefault(branch.table, []).extend(_document(row[0]) for row in cursor)
    return {table: rows for table, rows in found.items() if rows}


def insert_rows(rows: Rows, model: type[models.Model]) -> None:
    """Put rows of the model and what hangs on them back, in the order they were read in.

    Columns that were added since take their default. Raises IntegrityError when what they hang on
    is gone, ProgrammingError when a column is.
    """
    known = {each._meta.db_table: each for each in _tree(model)}
    with connection.cursor() as cursor:
        for table, taken in rows.items():
            documents = [_defaults(known[table], each) | each for each in taken]
            names = sql.SQL(", ").join(map(sql.Identifier, documents[0]))
            place = sql.Identifier(table)
            statement = sql.SQL(
                "INSERT INTO {} ({}) SELECT {} FROM jsonb_populate_recordset(NULL::{}, %s::jsonb)"
            ).format(place, names, names, place)
            cursor.execute(statement, [json.dumps(documents, cls=_Encoder)])


def foreign_tables(rows: Rows, model: type[models.Model]) -> list[str]:
    """Tables of rows that were read whose rows hang on the model's no longer."""
    known = {each._meta.db_table for each in _tree(model)}
    return [table for table in rows if table not in known]


def is_back(rows: Rows, model: type[models.Model], keys: Sequence[str]) -> bool:
    """Whether the tables hold just these rows with the keys, columns that were added since left
    out. Inside a transaction."""
    found = read_rows(model, keys)
    return found.keys() == rows.keys() and all(
        _texts(found[table], taken[0]) == _texts(taken, taken[0]) for table, taken in rows.items()
    )


def part_of(rows: Rows, model: type[models.Model], keys: Collection[str]) -> Rows:
    """Of rows that were read, those with these keys and all that hangs on them, in their order."""
    found: Rows = {}
    _gather(rows, model, str(model._meta.pk.column), set(keys), found)
    return {table: found[table] for table in rows if found.get(table)}


def _gather(
    rows: Rows, model: type[models.Model], column: str, keys: set[str], found: Rows
) -> None:
    meta = model._meta
    mine = [each for each in rows.get(meta.db_table, ()) if str(each[column]) in keys]
    if not mine:
        return
    found.setdefault(meta.db_table, []).extend(mine)
    parents = {str(each[str(meta.pk.column)]) for each in mine}
    for child, reference in _children(model):
        _gather(rows, child, reference, parents, found)


def as_text(rows: Rows) -> bytes:
    """The same bytes for the same rows."""
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, indent=0).encode()


def from_text(text: bytes) -> Rows:
    rows: Rows = json.loads(text)
    return rows


def _texts(documents: list[dict[str, Any]], names: Collection[str]) -> list[str]:
    parts = ({name: each.get(name) for name in names} for each in documents)
    return sorted(json.dumps(each, sort_keys=True) for each in parts)


def _defaults(model: type[models.Model], document: dict[str, Any]) -> dict[str, Any]:
    """The model's, of columns that the document does not have: migrations leave none behind in the
    table. Where the table keeps one, it is taken."""
    return {
        str(field.column): _default_of(field)
        for field in model._meta.concrete_fields
        if field.column not in document and field.db_default is models.NOT_PROVIDED
    }


def _default_of(field: models.Field[Any, Any]) -> Any:
    """Times that the model sets by itself have no default: those are now."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return field.pre_save(field.model(), add=True)
    return field.get_default()


class _Encoder(DjangoJSONEncoder):
    """Bytes as PostgreSQL reads them."""

    def default(self, o: Any) -> Any:
        return f"\\x{o.hex()}" if isinstance(o, bytes) else super().default(o)


def _tree(model: type[models.Model]) -> Iterator[type[models.Model]]:
    yield model
    for child, _ in _children(model):
        yield from _tree(child)


def _document(value: Any) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return row


def _branches(model: type[models.Model]) -> Iterator[Branch]:
    key = model._meta.pk
    kind = sql.SQL(str(key.rel_db_type(connection)))
    roots = sql.SQL("{} = ANY(%s::{}[])").format(sql.Identifier(str(key.column)), kind)
    yield from _with_children(model, roots)


def _with_children(model: type[models.Model], condition: sql.Composable) -> Iterator[Branch]:
    meta = model._meta
    yield Branch(meta.db_table, condition)
    for child, reference in _children(model):
        parents = sql.SQL("SELECT {} FROM {} WHERE {}").format(
            sql.Identifier(str(meta.pk.column)), sql.Identifier(meta.db_table), condition
        )
        column = sql.Identifier(reference)
        yield from _with_children(child, sql.SQL("{} IN ({})").format(column, parents))


def _children(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """The tables whose rows go with this one's, and the column that says with which."""
    for relation in model._meta.related_objects:
        if relation.on_delete is models.CASCADE and relation.related_model._meta.managed:
            yield relation.related_model, str(relation.field.column)
