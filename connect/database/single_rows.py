"""Reading, updating and deleting one row without the ORM's SELECT of all columns.

For a table of fifty columns the ORM takes several times as long to build that statement as PostgreSQL to answer it.
"""

from functools import cache
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.sql import UpdateQuery

from connect.database.prepared import prepared

M = TypeVar("M", bound=Model)


def get_row(model: type[M], pk: int, *, locked: bool = False) -> M | None:
    """The row with that id, or None; `locked` keeps others from changing it until the transaction ends."""
    lock = " FOR NO KEY UPDATE" if locked else ""
    rows = prepared(f"SELECT {_columns(model)} FROM {_by_id(model)}{lock}", [pk])
    return _instance(model, rows[0]) if rows else None


def update_row(rows: QuerySet[M], **columns: Any) -> M | None:
    """Update a queryset of at most one row, and return the updated row; None if there was none."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(columns)
    sql, params = query.get_compiler(rows.db).as_sql()
    return _returned(rows.model, sql, params)


def delete_row(model: type[M], pk: int) -> M | None:
    """Delete the row with that id, and return it; None if there is none. No other row may refer to it."""
    return _returned(model, f"DELETE FROM {_by_id(model)}", [pk])


def _returned(model: type[M], sql: str, params: Any) -> M | None:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {_columns(model)}", params)
        row = cursor.fetchone()
    return _instance(model, row) if row else None


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
    """Position and converter of the columns whose values need conversion from the database, such as JSON."""
    fields = enumerate(model._meta.concrete_fields)
    return [(place, field.from_db_value) for place, field in fields if hasattr(field, "from_db_value")]


def _instance(model: type[M], row: tuple[Any, ...]) -> M:
    values = list(row)
    for place, read in _readers(model):
        values[place] = read(values[place], None, connection)
    return model.from_db(connection.alias, _names(model), values)
