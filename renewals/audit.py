"""What happened, and who did it? The only writer and reader of history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, models, transaction
from django.utils import timezone

from renewals.errors import Fact
from renewals.models.company import Company
from renewals.models.event import Event
from renewals.models.inserting import insert_values
from renewals.models.people import Person


@dataclass(frozen=True, slots=True)
class Machine:
    """The program itself as an actor; ``part`` names which part acted, such as ``sweep`` or ``vault``."""

    part: str

    def __str__(self) -> str:
        return f"machine:{self.part}"


Actor = Person | Machine


@dataclass(frozen=True, slots=True)
class RowOf:
    """A row as the subject of an event, where the row itself was not loaded."""

    model: type[models.Model]
    pk: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to write down. ``subject`` is any saved row; ``facts`` hold no secret."""

    name: str
    by: Actor
    subject: models.Model | RowOf
    company_id: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


def record(
    name: str, /, *, by: Actor, subject: models.Model, company: Company | int | None = None, **facts: Fact
) -> None:
    """Write one event in the transaction of the change it tells.

    Raises:
        RuntimeError: outside a transaction; what is not written together is not true.
    """
    company_id = company.pk if isinstance(company, Company) else company
    record_many([Entry(name=name, by=by, subject=subject, company_id=company_id, facts=facts)])


def record_many(entries: Iterable[Entry]) -> None:
    """Write many events at once, in the transaction of the changes they tell.

    Raises:
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event is written in the transaction of what it tells")
    now = timezone.now()
    insert_values(Event, _COLUMNS, (_values(entry, now) for entry in entries))


def record_first(
    name: str, /, *, by: Actor, subject: models.Model, company: Company | int | None = None, **facts: Fact
) -> None:
    """Commit one event at once, before the dangerous thing it tells is done; no later rollback takes it back.

    Raises:
        RuntimeError: inside a transaction, where the event could still be rolled back.
    """
    with transaction.atomic(durable=True):
        record(name, by=by, subject=subject, company=company, **facts)


def history_of(subject: models.Model) -> models.QuerySet[Event]:
    """What happened to one row, newest first."""
    return Event.objects.filter(subject_type=_type_of(subject), subject_id=str(subject.pk)).select_related("person")


def count_of(name: str, *, by: Person | None, since: datetime, with_fact: str) -> int:
    """How often a person (None: all people together) is on the record with this event since a moment.

    Only events that hold the fact count. For limits that shall not stand on rows which somebody could change: history
    is only ever added to.
    """
    events = Event.objects.filter(name=name, at__gt=since, facts__has_key=with_fact)
    return (events.filter(person__isnull=False) if by is None else events.filter(person=by)).count()


def history_of_company(company: Company) -> models.QuerySet[Event]:
    """What happened to a company and to everything of it, newest first."""
    return Event.objects.filter(company=company).select_related("person")


_COLUMNS = ("at", "name", "person_id", "actor", "company_id", "subject_type", "subject_id", "facts")


def _values(entry: Entry, now: datetime) -> tuple[object, ...]:
    """The values of ``_COLUMNS``."""
    person = entry.by if isinstance(entry.by, Person) else None
    return (
        now,
        entry.name,
        person.pk if person is not None else None,
        person.username if person is not None else str(entry.by),
        entry.company_id,
        _type_of(entry.subject),
        str(entry.subject.pk),
        dict(entry.facts),
    )


def _type_of(subject: models.Model | RowOf) -> str:
    if isinstance(subject, RowOf):
        return subject.model.__name__.lower()
    # Not type(): the signed-in person reaches us wrapped in a lazy object, which only says whose class it stands for.
    return subject.__class__.__name__.lower()
