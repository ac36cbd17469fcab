"""Which events hang in no chain yet, and how are they linked? Called by the vault worker alone, which signs.

Writers write their events and wait for nobody. The links come soon after, made from what is committed: whatever became
visible since the last look is linked in the order of its ids, and what becomes visible later (PostgreSQL gives ids
before it commits) is linked after it. Links and the signed heads that vouch for them are committed together.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from renewals.audit.canonical import canonical_bytes, facts_text, moment_text
from renewals.audit.links import (
    FIRM,
    NOTHING_BEFORE,
    Head,
    Line,
    Notes,
    link_of,
    read_statement,
    statement_after,
)
from renewals.errors import AlreadyMoved
from renewals.models.company import Company
from renewals.models.event import Event, EventSeal, SignedHeads
from renewals.models.inserting import insert_values

#: Signs bytes with the firm's audit key; gives the signature and the key's id.
Signer = Callable[[bytes], tuple[bytes, str]]

#: Id, moment, company and canonical bytes of an event.
_Row = tuple[int, datetime, int | None, bytes | memoryview]

#: So many events under one signature: more are taken in several turns, so that no turn holds the database for long.
BATCH = 5_000
#: At most one signature in so much time, however often somebody looks.
PAUSE = timedelta(minutes=1)
#: An event may be so much older than its first look without being strange: clocks are set, and transactions last.
SLACK = timedelta(hours=1)
#: So many ids before the last linked one are looked at every time; further back only once a day.
LOOK_BACK = 10_000


@dataclass(slots=True)
class _Chain:
    """The end of a chain while links are added."""

    position: int
    link: bytes


@dataclass(slots=True)
class _Links:
    """The links of one turn."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    chains: dict[int, _Chain] = field(default_factory=dict)
    late: list[int] = field(default_factory=list)


def is_due(*, now: datetime) -> bool:
    """Whether there is something to link, or today's heads are still to be signed."""
    last = SignedHeads.objects.order_by("-pk").values_list("at", flat=True).first()
    if last is None:
        return Event.objects.exists()
    if _is_new_day(last, now):
        return True
    return not timedelta(0) <= now - last < PAUSE and _unlinked(everywhere=False).exists()


def link_and_sign(*, now: datetime, sign: Signer) -> int:
    """Link what is committed and not linked yet, and sign the new heads. Returns how many events were linked.

    Each event is linked once, whoever else links at the same time: that is a constraint of the table. Signing is done
    outside any transaction.

    Raises:
        AlreadyMoved: another worker linked at the same time.
        RuntimeError: inside a transaction, whose own events are not committed yet.
    """
    if connection.in_atomic_block:
        raise RuntimeError("what is not committed cannot be linked")
    last = SignedHeads.objects.order_by("-pk").first()
    is_first_today = last is None or _is_new_day(last.at, now)
    unlinked = _unlinked(everywhere=is_first_today)
    events = _rows(unlinked)
    total = len(events)
    if events or (is_first_today and last):
        _turn(events, now=now, sign=sign)
    while len(events) == BATCH:
        events = _rows(unlinked.filter(pk__gt=events[-1][0]))
        total += len(events)
        if events:
            _turn(events, now=now, sign=sign)
    return total


def _rows(unlinked: QuerySet[Event]) -> list[_Row]:
    return list(unlinked.values_list("pk", "at", "company_id", "canonical")[:BATCH])


def _turn(events: Sequence[_Row], *, now: datetime, sign: Signer) -> None:
    row = SignedHeads.objects.order_by("-pk").first()
    before = read_statement(bytes(row.statement)) if row else None
    legacy_through = before.notes.legacy_through if before else _legacy_through()
    links = _linked(events, last_at=row.at if row else None, now=now, legacy_through=legacy_through)
    _commit(links, before.line if before else None, now=now, legacy_through=legacy_through, sign=sign)


def _is_new_day(last: datetime, now: datetime) -> bool:
    return timezone.localdate(last) != timezone.localdate(now)


def _unlinked(*, everywhere: bool) -> QuerySet[Event]:
    last = None if everywhere else EventSeal.objects.aggregate(last=Max("pk"))["last"]
    rows = Event.objects.filter(~Exists(EventSeal.objects.filter(pk=OuterRef("pk")))).order_by("pk")
    return rows if last is None else rows.filter(pk__gt=last - LOOK_BACK)


def _legacy_through() -> int:
    return Event.objects.filter(canonical=b"").aggregate(last=Max("pk"))["last"] or 0


def _linked(events: Sequence[_Row], *, last_at: datetime | None, now: datetime, legacy_through: int) -> _Links:
    links = _Links(chains=_ends_of({company_id or FIRM for _, _, company_id, _ in events}))
    made = _made_now([pk for pk, _, _, canonical in events if not canonical])
    for pk, at, company_id, canonical in events:
        key = company_id or FIRM
        chain = links.chains[key]
        chain.position += 1
        chain.link = link_of(
            chain.link,
            chain=key,
            position=chain.position,
            event_id=pk,
            canonical=bytes(canonical) or made[pk],
            is_legacy=not canonical,
        )
        links.rows.append((pk, key, chain.position, chain.link))
        if pk > legacy_through and not (last_at or at) - SLACK <= at <= now + SLACK:
            links.late.append(pk)
    return links


def _made_now(ids: Sequence[int]) -> dict[int, bytes]:
    """Bytes for events that were written without."""
    return {event.pk: bytes_of(event) for event in Event.objects.filter(pk__in=ids)} if ids else {}


def bytes_of(event: Event) -> bytes:
    """The bytes that stand for an event's columns; the database may hold others."""
    return canonical_bytes(
        at=moment_text(event.at),
        name=event.name,
        person_id=event.person_id,
        actor=event.actor,
        company_id=event.company_id,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        facts=facts_text(event.facts),
    )


def _ends_of(chains: Collection[int]) -> dict[int, _Chain]:
    last = EventSeal.objects.filter(chain=OuterRef("pk")).order_by("-position")
    companies = Company.objects.filter(pk__in=chains).annotate(
        last_position=Subquery(last.values("position")[:1]), last_link=Subquery(last.values("link")[:1])
    )
    found = list(companies.values_list("pk", "last_position", "last_link"))
    found += EventSeal.objects.filter(chain=FIRM).order_by("-position").values_list("chain", "position", "link")[:1]
    ends = {chain: _Chain(0, NOTHING_BEFORE) for chain in chains}
    ends |= {key: _Chain(position, bytes(link)) for key, position, link in found if key in ends and position}
    return ends


def _commit(links: _Links, before: Line | None, *, now: datetime, legacy_through: int, sign: Signer) -> None:
    heads = [Head(key, chain.position, chain.link) for key, chain in sorted(links.chains.items())]
    notes = Notes(legacy_through, links.late)
    statement = statement_after(before, at=moment_text(now), heads=heads, notes=notes)
    signature, key_id = sign(statement.line.as_bytes())
    signed = (statement.line.number, now, statement.as_bytes(), signature, key_id)
    try:
        with transaction.atomic(durable=True):
            insert_values(EventSeal, ("event_id", "chain", "position", "link"), links.rows)
            insert_values(SignedHeads, ("id", "at", "statement", "signature", "audit_key_id"), [signed])
    except IntegrityError as error:
        raise AlreadyMoved from error
