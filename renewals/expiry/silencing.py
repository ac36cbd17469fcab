"""Who said that nobody is told about a certificate for a while, until when, and what ends it?

A *snooze* puts reminders off; a *waiver* says that the client renews by himself and when somebody looks again.
Neither lasts beyond the hard deadline: where the deadline moves to an earlier day, the silence ends with it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals import audit
from renewals.access import Right, certificate_for
from renewals.errors.silences import (
    AlreadySilenced,
    NothingToSilence,
    SilenceDayWrong,
    SilenceOver,
    SilenceTooLate,
    SilenceUnexplained,
)
from renewals.models import Certificate, Person, Silence, SilenceKind
from renewals.models.certificate import CertificateQuerySet
from renewals.models.reminder import WAIVED_AFTERWARDS

_LONGEST_REASON: Final = 300
#: Above so many certificates all silences are read instead of naming each: a statement takes only so many values.
_MOST_NAMED: Final = 1000
_EVENTS: Final = {SilenceKind.SNOOZE: "certificate.snoozed", SilenceKind.WAIVER: "certificate.waived"}


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which a silence may end, both included: on that day people are told again."""

    first: date
    last: date


def allowed(kind: SilenceKind, *, deadline_on: date, today: date) -> Span | None:
    """When a silence that begins today may end; ``None`` where none may begin any more.

    A snooze ends before the deadline. A waiver ends on the deadline at the latest; once that has passed, within 90
    days.
    """
    tomorrow = today + timedelta(days=1)
    if kind is SilenceKind.SNOOZE:
        last = deadline_on - timedelta(days=1)
    else:
        last = deadline_on if deadline_on >= today else today + WAIVED_AFTERWARDS
    return Span(tomorrow, last) if tomorrow <= last else None


def snooze(*, certificate: Certificate, until_on: date, reason: str, by: Person, now: datetime) -> Silence:
    """Put reminders off until a day before the deadline.

    Raises:
        NotVisible, NotPermitted, CompanyClosed: the person may not work for the company.
        NothingToSilence: the certificate was replaced or set aside.
        SilenceUnexplained: no reason.
        SilenceTooLate, SilenceDayWrong: it would not end before the deadline.
        AlreadySilenced: it is quiet.
    """
    return _silence(SilenceKind.SNOOZE, certificate, until_on=until_on, reason=reason, by=by, now=now)


def waive(*, certificate: Certificate, until_on: date, reason: str, by: Person, now: datetime) -> Silence:
    """Write down that the client renews by himself; on that day somebody looks whether he did.

    Raises what :func:`snooze` raises; the day may be the deadline itself, or within 90 days once that has passed.
    """
    return _silence(SilenceKind.WAIVER, certificate, until_on=until_on, reason=reason, by=by, now=now)


def end_silence(*, silence: Silence | None, by: Person, now: datetime) -> None:
    """Let people be told again at once; give what :func:`silence_of` found.

    Raises:
        NotVisible, NotPermitted, CompanyClosed: the person may not work for the company.
        SilenceOver: somebody ended it meanwhile, or there is none.
    """
    if silence is None:
        raise SilenceOver
    certificate = certificate_for(by, silence.certificate_id, Right.WORK)
    with transaction.atomic():
        if Silence.objects.not_ended().filter(pk=silence.pk).update(ended_at=now, ended_by=by) != 1:
            raise SilenceOver
        audit.record(
            "certificate.silence_ended",
            by=by,
            subject=certificate,
            company=certificate.company_id,
            until_on=silence.until_on.isoformat(),
        )


def silenced_ids(ids: Iterable[int], *, today: date) -> set[int]:
    """Those of ``ids`` about which nobody is told today."""
    asked = set(ids)
    rows = Silence.objects.in_force(today)
    if len(asked) <= _MOST_NAMED:
        rows = rows.filter(certificate__in=asked)
    return asked & set(rows.values_list("certificate", flat=True))


def silences_of(ids: Collection[int], *, today: date) -> dict[int, Silence]:
    """What keeps each of these certificates quiet today, with who said so."""
    rows = Silence.objects.in_force(today).filter(certificate__in=ids).select_related("by", "certificate")
    return {one.certificate_id: one for one in rows.defer("certificate__der")}


def silence_of(certificate: Certificate, *, today: date) -> Silence | None:
    """What keeps this certificate quiet today."""
    return silences_of([certificate.pk], today=today).get(certificate.pk)


def only_silenced(rows: CertificateQuerySet, *, today: date) -> CertificateQuerySet:
    """Those of the certificates about which nobody is told today."""
    return rows.filter(pk__in=Silence.objects.in_force(today).values("certificate"))


def _silence(
    kind: SilenceKind, certificate: Certificate, *, until_on: date, reason: str, by: Person, now: datetime
) -> Silence:
    current = certificate_for(by, certificate.pk, Right.WORK)
    today = timezone.localdate(now)
    if current.retired_at is not None:
        raise NothingToSilence
    why = " ".join(reason.split())[:_LONGEST_REASON]
    if not why:
        raise SilenceUnexplained
    span = allowed(kind, deadline_on=current.deadline_on, today=today)
    if span is None:
        raise SilenceTooLate(kind=kind.value)
    if not span.first <= until_on <= span.last:
        raise SilenceDayWrong(first_on=span.first.isoformat(), last_on=span.last.isoformat())
    is_late = current.deadline_on < today
    made = Silence(certificate=current, kind=kind, reason=why, until_on=until_on, by=by, after_deadline=is_late)
    with transaction.atomic():
        # One whose day has come says nothing any more, and only one may stand.
        Silence.objects.lapsed(today).filter(certificate=current).update(ended_at=now)
        _insert(made)
        audit.record(
            _EVENTS[kind],
            by=by,
            subject=current,
            company=current.company_id,
            reason=why,
            until_on=until_on.isoformat(),
        )
    return made


def _insert(silence: Silence) -> None:
    try:
        with transaction.atomic():
            silence.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadySilenced from error
