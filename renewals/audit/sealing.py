"""Which events hang in no chain yet, and how are they linked? Called by the vault worker alone, which signs.

Writers write their events and wait for nobody. The links come soon after, made from what is committed: whatever became
visible since the last look is linked in the order of its ids, and what becomes visible later (PostgreSQL gives ids
before it commits) is linked after it. Links and the signed heads that vouch for them are committed together.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from renewals.audit.canonical import moment_text
from renewals.audit.columns import stored_and_made
from renewals.audit.links import (
    FIRM,
    NOTHING_BEFORE,
    Head,
    Notes,
    Statement,
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

#: Id and company of an event, and whether it says that it happened when it cannot have.
_Row = tuple[int, int | None, bool]

#: So many events under one signature: more are taken in several turns, so that no turn holds the database for long.
BATCH = 10_000
#: At most one signature in so much time, however often somebody looks.
PAUSE = timedelta(minutes=1)
#: An event may be so much older than its first look without being strange: clocks are set, and transactions last.
SLACK = timedelta(hours=1)
#: What is not linked is looked for behind so many linked ones every time, further back once a day.
LOOK_BACK = 10_000
_COLUMNS = ("pk", "company_id", "is_late")


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
    misfits: list[int] = field(default_factory=list)


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
    total, after = 0, None
    while True:
        row = SignedHeads.objects.order_by("-pk").first()
        before = read_statement(bytes(row.statement)) if row else None
        rows = unlinked if after is None else unlinked.filter(pk__gt=after)
        events = _read(rows, before, now=now)
        is_last = len(events) < BATCH
        if events or (is_last and total) or (is_first_today and before):
            _turn(events, before, now=now, is_last=is_last, sign=sign)
        if is_last:
            return total + len(events)
        total, after = total + len(events), events[-1][0]


def _read(rows: QuerySet[Event], before: Statement | None, *, now: datetime) -> list[_Row]:
    # The database compares: a moment that Python has no form for, such as PostgreSQL's infinity, must stop nobody.
    is_late = Q(at__gt=now + SLACK)
    if before is not None and before.notes.all_linked_at:
        is_late |= Q(at__lt=datetime.fromisoformat(before.notes.all_linked_at) - SLACK)
    return list(rows.annotate(is_late=ExpressionWrapper(is_late, BooleanField())).values_list(*_COLUMNS)[:BATCH])


def _turn(events: Sequence[_Row], before: Statement | None, *, now: datetime, is_last: bool, sign: Signer) -> None:
    legacy_through = before.notes.legacy_through if before else _legacy_through()
    links = _linked(events, legacy_through=legacy_through)
    all_linked_at = moment_text(now) if is_last else before.notes.all_linked_at if before else ""
    heads = [Head(key, chain.position, chain.link) for key, chain in sorted(links.chains.items())]
    notes = Notes(legacy_through, links.late, all_linked_at, links.misfits)
    statement = statement_after(before.line if before else None, at=moment_text(now), heads=heads, notes=notes)
    signature, key_id = sign(statement.line.as_bytes())
    signed = (statement.line.number, now, statement.as_bytes(), signature, key_id)
    try:
        with transaction.atomic(durable=True):
            insert_values(EventSeal, ("event_id", "chain", "position", "link"), links.rows)
            insert_values(SignedHeads, ("id", "at", "statement", "signature", "audit_key_id"), [signed])
    except IntegrityError as error:
        raise AlreadyMoved from error


def _is_new_day(last: datetime, now: datetime) -> bool:
    return timezone.localdate(last) != timezone.localdate(now)


def _unlinked(*, everywhere: bool) -> QuerySet[Event]:
    rows = Event.objects.filter(~Exists(EventSeal.objects.filter(pk=OuterRef("pk")))).order_by("pk")
    # So many rows back, not so many ids: a single id from far ahead must not hide the others.
    back = None if everywhere else EventSeal.objects.order_by("-pk").values_list("pk", flat=True)[LOOK_BACK:].first()
    return rows if back is None else rows.filter(pk__gt=back)


def _legacy_through() -> int:
    return Event.objects.filter(canonical=b"").aggregate(last=Max("pk"))["last"] or 0


def _linked(events: Sequence[_Row], *, legacy_through: int) -> _Links:
    links = _Links(chains=_ends_of({company_id or FIRM for _, company_id, _ in events}))
    written = {pk: (stored, made) for pk, stored, made in stored_and_made([pk for pk, _, _ in events])}
    for pk, company_id, is_late in events:
        stored, made = written[pk]
        is_legacy = not stored and pk <= legacy_through
        # Whoever may write events may write other bytes than the columns make. What is linked is what people read.
        fits = bool(made) and stored == made
        if not fits and not is_legacy:
            links.misfits.append(pk)
        key = company_id or FIRM
        chain = links.chains[key]
        chain.position += 1
        chain.link = link_of(
            chain.link,
            chain=key,
            position=chain.position,
            event_id=pk,
            canonical=made,
            is_legacy=not fits,
        )
        links.rows.append((pk, key, chain.position, chain.link))
        if is_late and pk > legacy_through:
            links.late.append(pk)
    return links


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
