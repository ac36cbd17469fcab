"""How are new rows written by the thousand, from plain values?

``bulk_create`` takes several times as long over the fields of a row as the database does over the row. A sweep or an
import writes little else, so the two tables they fill most (history and ledger) are written this way. It calls no
defaults, no ``save`` and returns no keys: every column is named and every value given.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

#: What every driver takes as it is; anything else is prepared by its field.
PLAIN = frozenset({int, str, bytes, bool, type(None)})


def insert_values(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Insert one row per sequence of values, in the order of ``columns`` (attribute names, such as ``company_id``).

    ``ignore_conflicts``: a row that a unique constraint knows already is left out.
    """
    meta = model._meta  # noqa: SLF001  # Django documents it under this name
    by_attribute = {field.attname: field for field in meta.concrete_fields}
    into = [_Column(by_attribute[name]) for name in columns]
    prepared = [tuple(column.prepared(value) for column, value in zip(into, row, strict=True)) for row in rows]
    if not prepared:
        return
    names = ", ".join(column.name for column in into)
    places = ", ".join(["%s"] * len(into))
    unless = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    table = connection.ops.quote_name(meta.db_table)
    with connection.cursor() as cursor:
        statement = f"INSERT INTO {table} ({names}) VALUES ({places}){unless}"  # noqa: S608  # names of our own
        cursor.executemany(statement, prepared)


class _Column:
    """A column that prepares values for the driver; the same object twice in a row, such as now, only once."""

    __slots__ = ("before", "field", "name", "ready")

    def __init__(self, field: "models.Field[Any, Any]") -> None:
        self.field = field
        self.name = connection.ops.quote_name(str(field.column))
        self.before: object = None
        self.ready: Any = None

    def prepared(self, value: object) -> Any:
        if type(value) in PLAIN:
            return value
        if value is not self.before:
            self.before, self.ready = value, self.field.get_db_prep_save(value, connection)
        return self.ready
