"""Which messages does today need? One a person a day, carrying every line that waits for them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor, Entry
from renewals.errors import AlreadyMoved
from renewals.expiry.due import silent_ids
from renewals.models import Delivery, DeliveryLine, DeliveryState, Detour, Notice, NoticeState, Person, Renewal
from renewals.notices.lines import Line, Work, line_for
from renewals.notices.message import compose_digest
from renewals.notices.message_id import new_message_id
from renewals.notices.recipients import reachable_partners, recipients_of
from renewals.notices.returns import Return, reachable, waiting_returns
from renewals.vault.held_heads import heads_to_hold

log = structlog.get_logger(__name__)

PURPOSE = "digest"
#: So many ids in one statement; databases limit how many they take.
SLICE = 500
#: What a line needs of its certificate; the certificate's own bytes are not among it.
FIELDS = (
    "mark",
    *(f"certificate__{name}" for name in ("kind", "scope", "serial", "expires_on", "pair_state")),
    *(f"certificate__company__{name}" for name in ("name", "responsible")),
    *(
        f"certificate__company__responsible__{name}"
        for name in ("username", "first_name", "last_name", "email", "is_active")
    ),
)


@dataclass(slots=True)
class Assembled:
    """What one assembly did.

    ``moot``: lines that nobody needs any more. ``unreachable``: lines that nobody can be told; they go on waiting, as
    do those that could not be put into words or into a message, which ``failures`` names with their reason.
    """

    deliveries: int = 0
    moot: int = 0
    unreachable: int = 0
    failures: list[dict[str, int | str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Told:
    """One line of the ledger on its way to a person."""

    notice: Notice
    detour: Detour
    line: Line


@dataclass(slots=True)
class _Bundle:
    """Messages that are made together or not at all, since they share lines."""

    lines: dict[int, list[_Told]] = field(default_factory=lambda: defaultdict(list))
    returns: dict[int, Sequence[Return]] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)

    def add(self, person: Person, *told: _Told) -> None:
        self.people[person.pk] = person
        self.lines[person.pk].extend(told)

    def notices(self) -> set[int]:
        return {told.notice.pk for lines in self.lines.values() for told in lines}


def assemble(*, now: datetime, by: Actor) -> Assembled:
    """Make today's messages from the lines that wait; whoever already has today's is told tomorrow.

    Messages are written before anything is sent: text, HTML and Message-ID are frozen here. Two assemblies at once
    make each message once, by its unique constraint.
    """
    today = timezone.localdate(now)
    assembled = Assembled()
    waiting = _needed(_waiting(), assembled, by=by)
    bundles = _with_returns(_bundles(waiting, assembled, today=today), today=today)
    for bundle in _with_heads(bundles, today=today):
        _make(bundle, assembled, today=today, by=by)
    if assembled.unreachable:
        log.error("digest.nobody_to_tell", notices=assembled.unreachable)
    if assembled.deliveries:
        dispatch.wake("renewals.work_pending")
    return assembled


def _waiting() -> list[Notice]:
    return list(
        Notice.objects.waiting().select_related("certificate__company__responsible").only(*FIELDS).order_by("pk")
    )


def _needed(notices: Sequence[Notice], assembled: Assembled, *, by: Actor) -> list[Notice]:
    """Drop what was settled since the mark was crossed: renewed, retired, or the company left."""
    silent: set[int] = set()
    for ids in _sliced({notice.certificate_id for notice in notices}):
        silent |= silent_ids(ids)
    for notice in notices:
        if notice.certificate_id in silent:
            _drop(notice, by=by)
            assembled.moot += 1
    return [notice for notice in notices if notice.certificate_id not in silent]


def _drop(notice: Notice, *, by: Actor) -> None:
    row = notice.certificate
    with transaction.atomic():
        if Notice.objects.waiting().filter(pk=notice.pk).update(state=NoticeState.MOOT):
            audit.record("notice.moot", by=by, subject=row, company=row.company_id, mark=notice.mark)


def _bundles(notices: Sequence[Notice], assembled: Assembled, *, today: date) -> list[_Bundle]:
    """Who gets which line. Partners who share lines share a bundle; everybody else has one of their own."""
    partners = reachable_partners()
    undelivered = _undelivered({notice.pk for notice in notices})
    work = _work_on({notice.certificate_id for notice in notices})
    told_today = set(Delivery.objects.filter(day=today, purpose=PURPOSE).values_list("person_id", flat=True))
    shared: set[int] = set()
    everything = _Bundle()
    for notice in notices:
        refused = undelivered.get(notice.pk, set())
        found = recipients_of(notice.certificate.company, partners=partners, undelivered=refused)
        if not found.people:
            assembled.unreachable += 1
            continue
        if any(person.pk in told_today for person in found.people):
            continue
        told = _worded(notice, found.detour, assembled, work=work.get(notice.certificate_id), today=today)
        if told is None:
            continue
        if len(found.people) > 1:
            shared.update(person.pk for person in found.people)
        for person in found.people:
            everything.add(person, told)
    return _split(everything, shared)


def _worded(notice: Notice, detour: Detour, assembled: Assembled, *, work: Work | None, today: date) -> _Told | None:
    """A line that cannot be put into words waits, and does not keep the others from being told."""
    try:
        return _Told(notice, detour, line_for(notice.certificate, today=today, work=work, detour=detour))
    except Exception as error:
        log.exception("digest.line_failed", notice=notice.pk)
        assembled.failures.append({"notice": notice.pk, "error": type(error).__name__})
        return None


def _split(everything: _Bundle, shared: Collection[int]) -> list[_Bundle]:
    together = _Bundle()
    alone: list[_Bundle] = []
    for pk, lines in everything.lines.items():
        bundle = together
        if pk not in shared:
            bundle = _Bundle()
            alone.append(bundle)
        bundle.add(everything.people[pk], *lines)
    return [*alone, together] if together.people else alone


def _with_returns(bundles: list[_Bundle], *, today: date) -> list[_Bundle]:
    """Ask those who have key files on their computer, in their message of the day or, without one, in one for that."""
    returns = waiting_returns(today=today)
    home = {pk: bundle for bundle in bundles for pk in bundle.people}
    told_today = set(Delivery.objects.filter(day=today, purpose=PURPOSE).values_list("person_id", flat=True))
    for person in reachable(returns.keys() - told_today):
        if person.pk not in home:
            home[person.pk] = _Bundle()
            home[person.pk].add(person)
            bundles = [*bundles, home[person.pk]]
        home[person.pk].returns[person.pk] = returns[person.pk]
    return bundles


def _with_heads(bundles: list[_Bundle], *, today: date) -> list[_Bundle]:
    """Give every partner the signed heads of the history to keep, also on a day without anything else to tell."""
    heads = heads_to_hold()
    if not heads:
        return bundles
    home = {pk: bundle for bundle in bundles for pk in bundle.people}
    told_today = set(Delivery.objects.filter(day=today, purpose=PURPOSE).values_list("person_id", flat=True))
    for person in reachable_partners():
        if person.pk in told_today:
            continue
        if person.pk not in home:
            home[person.pk] = _Bundle()
            home[person.pk].add(person)
            bundles = [*bundles, home[person.pk]]
        home[person.pk].heads[person.pk] = heads
    return bundles


def _undelivered(notices: Collection[int]) -> dict[int, set[int]]:
    """Notice → people whose message with it failed for good."""
    failed: dict[int, set[int]] = defaultdict(set)
    for ids in _sliced(notices):
        rows = DeliveryLine.objects.filter(notice__in=ids, delivery__state=DeliveryState.FAILED)
        for notice, person in rows.values_list("notice_id", "delivery__person_id"):
            failed[notice].add(person)
    return failed


def _work_on(certificates: Collection[int]) -> dict[int, Work]:
    """Certificate → how far its renewal has come, where one is under way."""
    work: dict[int, Work] = {}
    for ids in _sliced(certificates):
        rows = Renewal.objects.under_way().filter(certificate__in=ids).order_by()
        found = rows.values_list("certificate_id", "pk", "current_step")
        work |= {certificate: Work(renewal, step) for certificate, renewal, step in found}
    return work


def _make(bundle: _Bundle, assembled: Assembled, *, today: date, by: Actor) -> None:
    """Write the messages of a bundle, unless another assembly was faster."""
    try:
        rows = {pk: _row(person, bundle, today=today) for pk, person in bundle.people.items()}
        with transaction.atomic():
            _take(bundle.notices())
            _write(rows, bundle, by=by)
    except (AlreadyMoved, IntegrityError):
        log.info("digest.somebody_was_faster", people=len(bundle.people))
    except Exception as error:
        # One person's message must not keep everybody else's from being made; its lines go on waiting.
        log.exception("digest.not_made", people=sorted(bundle.people))
        assembled.failures += [{"person": pk, "error": type(error).__name__} for pk in sorted(bundle.people)]
    else:
        assembled.deliveries += len(rows)


def _row(person: Person, bundle: _Bundle, *, today: date) -> Delivery:
    # One line a certificate, however many of its marks waited.
    lines = {one.notice.certificate_id: one.line for one in bundle.lines[person.pk]}
    message = compose_digest(
        name=person.first_name or str(person),
        today=today,
        new=list(lines.values()),
        returns=bundle.returns.get(person.pk, ()),
        heads=bundle.heads.get(person.pk, ""),
    )
    return Delivery(
        person=person,
        day=today,
        purpose=PURPOSE,
        address=person.email,
        message_id=new_message_id(),
        subject=message.subject,
        text=message.text,
        html=message.html,
        # By the real clock, also where a sweep was asked to look from another day.
        next_try_at=timezone.now(),
    )


def _take(notices: Collection[int]) -> None:
    taken = sum(
        Notice.objects.waiting().filter(pk__in=ids).update(state=NoticeState.CARRIED) for ids in _sliced(notices)
    )
    if taken != len(notices):
        raise AlreadyMoved


def _write(rows: dict[int, Delivery], bundle: _Bundle, *, by: Actor) -> None:
    for row in rows.values():
        row.save(force_insert=True)
    DeliveryLine.objects.bulk_create(
        DeliveryLine(delivery=rows[pk], notice=told.notice, detour=told.detour)
        for pk, lines in bundle.lines.items()
        for told in lines
    )
    audit.record_many(
        Entry("delivery.made", by=by, subject=row, facts={"person": row.person_id, "lines": len(bundle.lines[pk])})
        for pk, row in rows.items()
    )


def _sliced(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + SLICE] for start in range(0, len(ordered), SLICE))
