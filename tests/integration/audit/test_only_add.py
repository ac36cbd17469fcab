"""Is history only ever added to, whatever statement reaches the database?"""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, connection, transaction

from renewals.audit import Machine, record
from renewals.audit.canonical import moment_text
from renewals.models.event import Event, EventSeal, SignedHeads
from tests.factories import company
from tests.unguarded import GUARDED

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rows():
    """A row in each table of the history."""
    somebody = company()
    with transaction.atomic():
        record("company.created", by=Machine("test"), subject=somebody, company=somebody, name="Ñandú", branches=3)
    event = Event.objects.get()
    EventSeal.objects.create(event=event, chain=somebody.pk, position=1, link=b"l" * 32)
    SignedHeads.objects.create(at=event.at, statement=b"s", signature=b"s", audit_key_id="k")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def kept() -> list[list[tuple[object, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in (Event, EventSeal, SignedHeads)]


CHANGES = [
    "UPDATE renewals_event SET name = 'x'",
    "UPDATE renewals_event SET canonical = canonical",
    "DELETE FROM renewals_event",
    "UPDATE renewals_eventseal SET position = 9",
    "DELETE FROM renewals_eventseal",
    "UPDATE renewals_signedheads SET audit_key_id = 'x'",
    "DELETE FROM renewals_signedheads",
]
REPLACED = [
    "event (id, at, name, actor, subject_type, subject_id, facts) SELECT id, at, 'x', '', '', '', '{}'",
    "eventseal (event_id, chain, position, link) SELECT event_id, chain, 9, link",
    "eventseal (event_id, chain, position, link) SELECT event_id + 1, chain, position, link",
    "signedheads (id, at, statement, signature, audit_key_id) SELECT id, at, x'00', signature, audit_key_id",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_refuses_to_change_or_delete(rows, statement):
    before = kept()
    with pytest.raises(IntegrityError, match="history is only added to"):
        run(statement)
    assert kept() == before


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL truncates")
def test_the_database_refuses_to_truncate(rows, table):
    before = kept()
    with pytest.raises(IntegrityError, match="history is only added to"):
        run(f"TRUNCATE {table} CASCADE")
    assert kept() == before


@pytest.mark.parametrize("replacement", REPLACED)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces without deleting")
def test_the_database_refuses_to_replace(rows, replacement):
    before = kept()
    table = f"renewals_{replacement.split()[0]}"
    with pytest.raises(IntegrityError, match="history is only added to"):
        run(f"INSERT OR REPLACE INTO renewals_{replacement} FROM {table}")
    assert kept() == before


def test_an_event_is_written_with_the_bytes_that_will_be_chained(rows):
    event = Event.objects.get()
    assert event.facts == {"name": "Ñandú", "branches": 3}
    assert json.loads(bytes(event.canonical)) == {
        "actor": "machine:test",
        "at": moment_text(event.at),
        "company": event.company_id,
        "event": "company.created",
        "facts": event.facts,
        "format": 1,
        "person": None,
        "subject": "company",
        "subject_id": str(event.company_id),
    }


@pytest.mark.parametrize("turn", ["first", "second"])
def test_the_clean_up_between_tests_gets_past_and_leaves_the_guard_standing(rows, turn):
    assert [len(table) for table in kept()] == [1, 1, 1], turn
    with pytest.raises(IntegrityError, match="history is only added to"):
        run("DELETE FROM renewals_event")
