"""How does a test stand at the door of intake, and see that a refusal left nothing behind?"""

from datetime import UTC, datetime

import pytest
from django.db import connection

from renewals.intake.pairs import take_in

NOW = datetime.now(UTC)


def taken(by, pair, **changes):
    """Bring a pair with its passphrase; ``changes`` replace what is told."""
    told = {"certificate": pair.certificate, "key": pair.key_file, "passphrase": pair.passphrase, "now": NOW}
    return take_in(by=by, **(told | changes))


def refused(by, pair, refusal, *, field, **changes):
    """It is refused, at this field of the form, and no row of any table that was there before is changed."""
    before = rows_of_every_table()
    with pytest.raises(refusal) as caught:
        taken(by, pair, **changes)
    assert caught.value.facts.get("field") == field
    assert rows_of_every_table() == before
    return caught.value.facts


def rows_of_every_table():
    """How many rows each table has."""
    counts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def codes(warnings):
    """What was warned of."""
    return [one.code for one in warnings]
