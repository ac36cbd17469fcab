"""Which rows does a certificate that came in become, and what does it replace?

A newer certificate with its key takes the place of the company's primary one of the same kind and scope: the old row
and its key stay, set aside and pointed to. Without a key it cannot replace anything yet and stands beside. An older
one is kept set aside. Certificates of an unknown kind replace nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Actor, Entry
from renewals.clients.closing import require_open
from renewals.clients.registros import add_registro_patronal
from renewals.errors import AlreadyMoved, CertificateAlreadyHere, RenewalUnderWay
from renewals.expiry.deadlines import deadline_of
from renewals.expiry.refreshing import refresh_deadlines
from renewals.intake import matching
from renewals.intake.practising import refuse_practice
from renewals.models import Certificate, Company, RegistroPatronal, Renewal
from renewals.models.certificate import Kind
from renewals.pki.certificate import CertificateFacts

Slot = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A certificate that came in for a company; ``with_key`` when its private key was proved at the door."""

    facts: CertificateFacts
    company: Company
    with_key: bool


def certificate_from(facts: CertificateFacts, *, company: Company, now: datetime) -> Certificate:
    """The unsaved row of a certificate, as its file says it; the next sweep finds its first reminder mark.

    Its deadline is the one it has by itself; once it is saved, ``refresh_deadlines`` looks at the company's others.

    Raises:
        PracticeCertificate: it is for practice, and the company is a real one.
    """
    refuse_practice(facts, company)
    today, expires_on = timezone.localdate(now), timezone.localdate(facts.not_after)
    deadline = deadline_of(kind=facts.kind.value, expires_on=expires_on, efirma=None, today=today)
    return Certificate(
        company=company,
        kind=facts.kind.value,
        scope=_scope(facts),
        serial=facts.serial[:64],
        rfc=facts.rfc,
        name=facts.name[:254],
        representative_rfc=facts.representative_rfc,
        curp=facts.curp,
        issuer=facts.issuer[:300],
        not_before=facts.not_before,
        not_after=facts.not_after,
        expires_on=expires_on,
        deadline_on=deadline.on,
        deadline_reason=deadline.reason.value,
        key_bits=facts.key_bits,
        sha256=facts.sha256,
        public_key_sha256=facts.public_key_sha256,
        der=facts.der,
        next_mark_on=today,
    )


def keep(arrivals: Sequence[Arrival], *, by: Actor, now: datetime) -> list[Certificate]:
    """Write the rows of certificates in the caller's transaction, and set aside those they replace.

    One that came alone gets the key that was waiting for it, where there is one.

    Raises:
        CertificateAlreadyHere: one of them is kept already.
        RenewalUnderWay: one of those to be replaced is being renewed.
        RegistroPatronalTaken: a registro patronal was given to another company meanwhile.
        AlreadyMoved: another process replaced one of them at the same moment.
        CompanyClosed: one of the companies was given up.
        PracticeCertificate: one of them is for practice, and its company is a real one.
    """
    require_open({one.company.pk for one in arrivals})
    waiting = matching.keys_waiting_for((one.facts, one.company) for one in arrivals if not one.with_key)
    order = sorted(range(len(arrivals)), key=lambda index: _age(arrivals[index].facts))
    rows = [certificate_from(one.facts, company=one.company, now=now) for one in arrivals]
    primaries = _primaries({one.company.pk for one in arrivals})
    replaced: list[tuple[Certificate, Certificate]] = []
    for index in order:
        row = rows[index]
        with_key = arrivals[index].with_key or (row.company_id, row.public_key_sha256) in waiting
        old = _settle(row, primaries, with_key=with_key, now=now)
        if old is not None:
            replaced.append((old, row))
    _set_aside([old for old, _ in replaced if old.pk], now=now)
    _insert(rows)
    _point_back(replaced)
    _name_registros(rows, arrivals, by=by)
    refresh_deadlines({row.company_id for row in rows}, today=timezone.localdate(now))
    audit.record_many([_told("certificate.taken_in", row, by) for row in rows])
    matching.attach_waiting(rows, waiting, by=by)
    audit.record_many([_told("certificate.replaced", old, by, successor=new.serial) for old, new in replaced])
    return rows


def promote(certificate: Certificate, *, by: Actor, now: datetime) -> None:
    """Let a certificate whose key has come replace the primary one, in the caller's transaction, if it is newer.

    Raises:
        RenewalUnderWay: the one to be replaced is being renewed.
        AlreadyMoved: somebody else changed one of them at the same moment.
    """
    if certificate.is_primary or certificate.retired_at is not None or certificate.kind == Kind.UNKNOWN:
        return
    old = _primaries({certificate.company_id}).get(_slot(certificate))
    if old is not None and _row_age(old) >= _row_age(certificate):
        return
    if old is not None:
        _set_aside([old], now=now)
    changed = Certificate.objects.filter(pk=certificate.pk, is_primary=False, retired_at=None).update(is_primary=True)
    if changed != 1:
        raise AlreadyMoved
    certificate.is_primary = True
    refresh_deadlines({certificate.company_id}, today=timezone.localdate(now))
    if old is None:
        audit.record_many([_told("certificate.made_primary", certificate, by)])
    else:
        _point_back([(old, certificate)])
        audit.record_many([_told("certificate.replaced", old, by, successor=certificate.serial)])


def _scope(facts: CertificateFacts) -> str:
    """What may have a primary certificate of its own; IMSS writes the registro with and without its check digit."""
    return (facts.registro_patronal[:10] or facts.branch)[:200]


def _slot(row: Certificate) -> Slot:
    return row.company_id, row.kind, row.scope


def _age(facts: CertificateFacts) -> tuple[datetime, datetime]:
    return facts.not_after, facts.not_before


def _row_age(row: Certificate) -> tuple[datetime, datetime]:
    return row.not_after, row.not_before


def _primaries(companies: Iterable[int]) -> dict[Slot, Certificate]:
    rows = Certificate.objects.filter(company__in=companies, is_primary=True).defer("der")
    return {_slot(row): row for row in rows}


def _settle(
    row: Certificate, primaries: dict[Slot, Certificate], *, with_key: bool, now: datetime
) -> Certificate | None:
    """Decide what an unsaved row is beside the primary one of its slot; returns the one it replaces."""
    if row.kind == Kind.UNKNOWN:
        row.is_primary = False
        return None
    old = primaries.get(_slot(row))
    if old is None:
        primaries[_slot(row)] = row
        return None
    row.is_primary = False
    if _row_age(row) <= _row_age(old):
        _retire(row, now)
        return None
    if not with_key:
        return None
    row.is_primary, old.is_primary = True, False
    _retire(old, now)
    primaries[_slot(row)] = row
    return old


def _retire(row: Certificate, now: datetime) -> None:
    row.retired_at, row.next_mark_on = now, None


def _set_aside(rows: Sequence[Certificate], *, now: datetime) -> None:
    """Take the primary place from saved rows, unless somebody is renewing them."""
    ids = [row.pk for row in rows]
    held = Certificate.objects.filter(pk__in=ids, is_primary=True)
    moved = held.update(is_primary=False, retired_at=now, next_mark_on=None)
    # Only now that nobody can queue one of them any more.
    under_way = Renewal.objects.under_way().filter(certificate__in=ids).values_list("pk", flat=True).first()
    if under_way is not None:
        raise RenewalUnderWay(renewal=under_way)
    if moved != len(ids):
        raise AlreadyMoved


def _insert(rows: Sequence[Certificate]) -> None:
    try:
        with transaction.atomic():
            Certificate.objects.bulk_create(rows, batch_size=200)
    except IntegrityError as error:
        here = Certificate.objects.filter(sha256__in=[row.sha256 for row in rows]).first()
        if here is None:
            raise AlreadyMoved from error
        raise CertificateAlreadyHere(serial=here.serial, certificate=here.pk) from error


def _point_back(replaced: Sequence[tuple[Certificate, Certificate]]) -> None:
    """Let each new row point to the one it replaced, unless an abandoned renewal's certificate points there."""
    ids = [old.pk for old, _ in replaced]
    taken = set(Certificate.objects.filter(predecessor__in=ids).values_list("predecessor", flat=True))
    pointing = [(old, new) for old, new in replaced if old.pk not in taken]
    for old, new in pointing:
        new.predecessor = old
    Certificate.objects.bulk_update([new for _, new in pointing], ["predecessor"], batch_size=200)


def _name_registros(rows: Sequence[Certificate], arrivals: Sequence[Arrival], *, by: Actor) -> None:
    """Tie the certificates to their registros patronales; one the company did not have yet is added."""
    named = [(row, one) for row, one in zip(rows, arrivals, strict=True) if one.facts.registro_patronal]
    registros = RegistroPatronal.objects.filter(company__in={row.company_id for row, _ in named})
    known = {(one.company_id, one.number_10): one for one in registros}
    links = []
    for row, arrival in named:
        number = arrival.facts.registro_patronal
        place = (row.company_id, number[:10])
        if place not in known:
            known[place] = add_registro_patronal(company=arrival.company, number=number, by=by)
        links.append(Certificate.registros_patronales.through(certificate=row, registropatronal=known[place]))
    Certificate.registros_patronales.through.objects.bulk_create(links, batch_size=400)


def _told(name: str, row: Certificate, by: Actor, **facts: str) -> Entry:
    told = {"kind": row.kind, "serial": row.serial, "expires_on": row.expires_on.isoformat()}
    return Entry(name=name, by=by, subject=row, company_id=row.company_id, facts=told | facts)
