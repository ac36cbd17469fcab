"""Which events hang in no chain yet, and how are they linked? Called by the vault worker alone, which signs.

Writers write their events and wait for nobody. The links come soon after, made from what is committed: whatever became
visible since the last look is linked in the order of its ids, and what becomes visible later (PostgreSQL gives ids
before it commits) is linked after it. Links and the signed heads that vouch for them are committed together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
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
from renewals.models.event import Event, EventSeal, SignedHeads
from renewals.models.inserting import insert_values

#: Signs bytes with the firm's audit key; gives the signature and the key's id.
Signer = Callable[[bytes], tuple[bytes, str]]

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
    total = 0
    while True:
        events = list(_unlinked(everywhere=is_first_today)[:BATCH])
        if events or (is_first_today and last and not total):
            _turn(events, now=now, sign=sign)
        total += len(events)
        if len(events) < BATCH:
            return total


def _turn(events: Sequence[Event], *, now: datetime, sign: Signer) -> None:
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


def _linked(events: Sequence[Event], *, last_at: datetime | None, now: datetime, legacy_through: int) -> _Links:
    links = _Links()
    for event in events:
        key = event.company_id or FIRM
        chain = links.chains.get(key)
        if chain is None:
            chain = links.chains[key] = _end_of(key)
        chain.position += 1
        canonical, is_legacy = bytes(event.canonical), not event.canonical
        chain.link = link_of(
            chain.link,
            chain=key,
            position=chain.position,
            event_id=event.pk,
            canonical=canonical or bytes_of(event),
            is_legacy=is_legacy,
        )
        links.rows.append((event.pk, key, chain.position, chain.link))
        if event.pk > legacy_through and not (last_at or event.at) - SLACK <= event.at <= now + SLACK:
            links.late.append(event.pk)
    return links


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


def _end_of(chain: int) -> _Chain:
    last = EventSeal.objects.filter(chain=chain).order_by("-position").first()
    return _Chain(last.position, bytes(last.link)) if last else _Chain(0, NOTHING_BEFORE)


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
