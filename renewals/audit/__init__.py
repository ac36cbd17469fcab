"""What happened, and who did it? The only writer and reader of history."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, models, transaction
from django.db.models import Count, Q
from django.utils import timezone

from renewals.audit.canonical import canonical_bytes, facts_text, moment_text
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
    now_text = moment_text(now)
    insert_values(Event, _COLUMNS, (_values(entry, now, now_text) for entry in entries))


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

    Only events that hold the fact count, and each of them does: a request may be written anew under the id of an old
    one. For limits that shall not stand on rows which somebody could change: history is only ever added to.
    """
    events = Event.objects.filter(name=name, at__gt=since, facts__has_key=with_fact).order_by()
    return (events.filter(person__isnull=False) if by is None else events.filter(person=by)).count()


@dataclass(frozen=True, slots=True)
class Openings:
    """How many keys were opened for people; ``companies_lately`` are those of the one person."""

    of_person: int
    of_firm: int
    companies_lately: frozenset[int]


def openings_for_people(*, of: Person, since: datetime, lately: datetime) -> Openings:
    """How many keys were opened since a moment for one person and for all, and of which companies for them lately."""
    opened = Event.objects.filter(name="key.opened", person__isnull=False, at__gt=since).order_by()
    numbers = opened.aggregate(firm=Count("pk"), person=Count("pk", filter=Q(person=of)))
    recent = opened.filter(person=of, at__gt=lately, company__isnull=False)
    return Openings(
        of_person=numbers["person"],
        of_firm=numbers["firm"],
        companies_lately=frozenset(recent.values_list("company_id", flat=True).distinct()),
    )


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """A key that was opened for a person, as the history files it: how often, when last, for which checkouts."""

    subject_type: str
    subject_id: str
    company_id: int | None
    times: int
    last_at: datetime
    checkouts: tuple[str, ...]
    is_signature: bool


def keys_opened_for(person: Person) -> list[OpenedKey]:
    """Every key that was ever opened for a person, the one opened last first."""
    events = Event.objects.filter(name="key.opened", person=person).order_by("id")
    found: dict[tuple[str, str], OpenedKey] = {}
    for kind, pk, company_id, at, facts in events.values_list(
        "subject_type", "subject_id", "company_id", "at", "facts"
    ).iterator():
        before = found.get((kind, pk))
        found[kind, pk] = OpenedKey(
            subject_type=kind,
            subject_id=pk,
            company_id=company_id,
            times=1 if before is None else before.times + 1,
            last_at=at,
            checkouts=(*(before.checkouts if before else ()), *((facts["checkout"],) if "checkout" in facts else ())),
            is_signature="signing" in facts and (before is None or before.is_signature),
        )
    return sorted(found.values(), key=lambda one: one.last_at, reverse=True)


def subjects_of(person: Person, *, names: Collection[str], subject_type: str) -> set[str]:
    """The rows of one kind with which a person did one of these things."""
    events = Event.objects.filter(name__in=names, person=person, subject_type=subject_type).order_by()
    return set(events.values_list("subject_id", flat=True))


def subjects_with(name: str, *, of: type[models.Model]) -> set[str]:
    """The ids of the rows of one kind that have this event."""
    events = Event.objects.filter(name=name, subject_type=of.__name__.lower()).order_by()
    return set(events.values_list("subject_id", flat=True))


def facts_of(subject: models.Model, name: str, fact: str) -> set[Fact]:
    """Every value that a fact has had in one kind of event about a row."""
    return {facts.get(fact) for facts in history_of(subject).filter(name=name).values_list("facts", flat=True)}


def companies_given_to(person: Person) -> set[int]:
    """The companies that were ever assigned to a person."""
    given = Event.objects.filter(
        name="company.person_assigned", facts__person=person.username, company__isnull=False
    ).order_by()
    return set(given.values_list("company_id", flat=True))


def people_stood_in_for(person: Person, *, today: date) -> set[int]:
    """The people in whose place somebody was ever to act, on a day that has come; by id."""
    named = Event.objects.filter(name="person.stand_in_appointed", facts__person=person.username).order_by()
    rows = named.values_list("subject_id", "facts")
    return {int(subject) for subject, facts in rows if facts["from_on"] <= today.isoformat()}


def history_of_company(company: Company) -> models.QuerySet[Event]:
    """What happened to a company and to everything of it, newest first."""
    return Event.objects.filter(company=company).select_related("person")


_COLUMNS = ("at", "name", "person_id", "actor", "company_id", "subject_type", "subject_id", "facts", "canonical")


def _values(entry: Entry, now: datetime, now_text: str) -> tuple[object, ...]:
    """The values of ``_COLUMNS``; the facts as the text that is chained, which a database takes for JSON as it is."""
    person = entry.by if isinstance(entry.by, Person) else None
    person_id = person.pk if person is not None else None
    actor = person.username if person is not None else str(entry.by)
    subject_type, subject_id = _type_of(entry.subject), str(entry.subject.pk)
    facts = facts_text(entry.facts)
    canonical = canonical_bytes(
        at=now_text,
        name=entry.name,
        person_id=person_id,
        actor=actor,
        company_id=entry.company_id,
        subject_type=subject_type,
        subject_id=subject_id,
        facts=facts,
    )
    return now, entry.name, person_id, actor, entry.company_id, subject_type, subject_id, facts, canonical


def _type_of(subject: models.Model | RowOf) -> str:
    if isinstance(subject, RowOf):
        return subject.model.__name__.lower()
    # Not type(): the signed-in person reaches us wrapped in a lazy object, which only says whose class it stands for.
    return subject.__class__.__name__.lower()
