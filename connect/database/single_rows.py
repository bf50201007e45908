"""One row by its id, and one row as a statement leaves it, without building a SELECT of all its columns each time.

For a table of fifty columns that costs the ORM several times what PostgreSQL needs to answer it.
"""

from functools import cache
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.sql import UpdateQuery

from connect.database.prepared import prepared

M = TypeVar("M", bound=Model)


def row_of(model: type[M], pk: int, *, locked: bool = False) -> M | None:
    """The row of that id, or None; nobody else changes it before the end of the transaction if it is `locked`."""
    lock = " FOR NO KEY UPDATE" if locked else ""
    found = prepared(f"SELECT {_columns(model)} FROM {_by_id(model)}{lock}", [pk])
    return _made(model, found[0]) if found else None


def changed_row(rows: QuerySet[M], **columns: Any) -> M | None:
    """Update a set of one row at most, as `update` does, and return what it is then; None if nothing was changed."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(columns)
    sql, params = query.get_compiler(rows.db).as_sql()
    return _returned(rows.model, sql, params)


def taken_row(model: type[M], pk: int) -> M | None:
    """Delete the row of that id, on which no other may hang, and return it; None if there is none."""
    return _returned(model, f"DELETE FROM {_by_id(model)}", [pk])


def _returned(model: type[M], sql: str, params: Any) -> M | None:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {_columns(model)}", params)
        row = cursor.fetchone()
    return _made(model, row) if row else None


@cache
def _columns(model: type[Model]) -> str:
    meta = model._meta
    return ", ".join(f'"{meta.db_table}"."{field.column}"' for field in meta.concrete_fields)


@cache
def _by_id(model: type[Model]) -> str:
    meta = model._meta
    return f'"{meta.db_table}" WHERE "{meta.pk.column}" = %s'


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _readers(model: type[Model]) -> list[tuple[int, Any]]:
    """The columns that do not come as they are kept in an object, such as JSON, and who reads them."""
    fields = enumerate(model._meta.concrete_fields)
    return [(place, field.from_db_value) for place, field in fields if hasattr(field, "from_db_value")]


def _made(model: type[M], row: tuple[Any, ...]) -> M:
    values = list(row)
    for place, read in _readers(model):
        values[place] = read(values[place], None, connection)
    return model.from_db(connection.alias, _names(model), values)
