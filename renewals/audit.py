"""What happened, and who did it? The only writer and reader of history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection, models, transaction
from django.utils import timezone

from renewals.errors import Fact
from renewals.models.company import Company
from renewals.models.event import Event
from renewals.models.people import Person


@dataclass(frozen=True, slots=True)
class Machine:
    """The program itself as an actor; ``part`` names which part acted, such as ``sweep`` or ``vault``."""

    part: str

    def __str__(self) -> str:
        return f"machine:{self.part}"


Actor = Person | Machine


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to write down. ``subject`` is any saved row; ``facts`` hold no secret."""

    name: str
    by: Actor
    subject: models.Model
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
    Event.objects.bulk_create([_row(entry) for entry in entries], batch_size=1000)


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


def history_of_company(company: Company) -> models.QuerySet[Event]:
    """What happened to a company and to everything of it, newest first."""
    return Event.objects.filter(company=company).select_related("person")


def _row(entry: Entry) -> Event:
    person = entry.by if isinstance(entry.by, Person) else None
    return Event(
        at=timezone.now(),
        name=entry.name,
        person=person,
        actor=str(entry.by) if person is None else person.username,
        company_id=entry.company_id,
        subject_type=_type_of(entry.subject),
        subject_id=str(entry.subject.pk),
        facts=dict(entry.facts),
    )


def _type_of(subject: models.Model) -> str:
    # Not type(): the signed-in person reaches us wrapped in a lazy object, which only says whose class it stands for.
    return subject.__class__.__name__.lower()
