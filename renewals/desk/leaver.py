"""Which keys could somebody open, which did they open, and what is to be done about it when they leave?

Read from the history, which is only ever added to, and not from rows that somebody could have changed: who was given a
company or stood in for whom, what was opened for them, what they downloaded. What left the vault cannot be called back;
only another certificate makes it worthless. A signature inside the vault lets nothing out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone

from renewals import audit
from renewals.audit import OpenedKey
from renewals.models import Certificate, Company, KeyWork, KeyWorkKind, KeyWorkState, PairState, Person, Renewal, Role
from renewals.models.stand_in import MOST_STEPS
from renewals.people.leads import led_by
from renewals.people.stand_ins import acts_for
from renewals.vault.facts import certificates_of_keys


class Use(StrEnum):
    """What became of a key for this person, the most serious first."""

    TAKEN = "taken"
    OPENED = "opened"
    SIGNED = "signed"
    COULD = "could"


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One certificate: what the person did with its key, and how far its replacement has come.

    ``at`` is the last time; ``is_done``: it was replaced. A copy of it still works until it ends or is revoked.
    """

    certificate: Certificate
    use: Use
    times: int
    at: datetime | None
    renewal: Renewal | None
    is_done: bool


@dataclass(frozen=True, slots=True)
class CompanyLine:
    """One company of which keys were taken: whether its data key was replaced since, or is being."""

    company: Company
    rekeyed_at: datetime | None
    is_under_way: bool


@dataclass(frozen=True, slots=True)
class LeaverReport:
    """``pending_keys`` are keys that were taken out before they had a certificate, and have none yet."""

    person: Person
    saw_everything: bool
    to_renew: tuple[KeyLine, ...]
    to_rekey: tuple[CompanyLine, ...]
    other: tuple[KeyLine, ...]
    pending_keys: tuple[OpenedKey, ...]


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What still counts on somebody: the companies they answer for, whom they lead, who stands in for them today."""

    companies: int
    led: tuple[Person, ...]
    acting: Person | None


def left_behind(person: Person) -> LeftBehind:
    """What somebody else has to be named for when this person leaves."""
    acting = acts_for(person, today=timezone.localdate())
    return LeftBehind(
        companies=Company.objects.of_responsible(person.pk).filter(closed_at=None).count(),
        led=tuple(led_by(person)),
        acting=None if acting == person else acting,
    )


def leaver_report(person: Person) -> LeaverReport:
    """What the firm has to see to when this person leaves, or has left."""
    opened = audit.keys_opened_for(person)
    taken = audit.subjects_of(person, names=("checkout.taken", "checkout.passphrase_shown"), subject_type="checkout")
    of_key = certificates_of_keys([one.subject_id for one in opened if one.subject_type == "storedkey"])
    by_certificate: dict[int, list[OpenedKey]] = {}
    pending = []
    for one in opened:
        certificate = of_key.get(one.subject_id) if one.subject_type == "storedkey" else int(one.subject_id)
        if certificate is None:
            pending.append(one)
        else:
            by_certificate.setdefault(certificate, []).append(one)
    saw_everything = person.is_partner or Role.PARTNER in audit.facts_of(person, "person.role_changed", "was")
    could = _could_open(person, saw_everything=saw_everything)
    lines = _lines(by_certificate, taken=taken, could=could)
    to_renew = tuple(one for one in lines if one.use is Use.TAKEN)
    return LeaverReport(
        person=person,
        saw_everything=saw_everything,
        to_renew=to_renew,
        to_rekey=tuple(_companies(to_renew)),
        other=tuple(one for one in lines if one.use is not Use.TAKEN),
        pending_keys=tuple(one for one in pending if taken & set(one.checkouts)),
    )


def _could_open(person: Person, *, saw_everything: bool) -> list[int]:
    """Ids of the certificates with a key in custody that were ever within this person's reach."""
    kept = Certificate.objects.filter(pair_state=PairState.IN_CUSTODY)
    if saw_everything:
        return list(kept.values_list("pk", flat=True))
    if not person.may_work and Role.STAFF not in audit.facts_of(person, "person.role_changed", "was"):
        return []
    people = [person, *_stood_in_for(person)]
    given = {pk for one in people for pk in audit.companies_given_to(one)}
    theirs = Q(responsible__in=people) | Q(assignments__person__in=people) | Q(pk__in=given)
    return list(kept.filter(company__in=Company.objects.filter(theirs)).values_list("pk", flat=True))


def _stood_in_for(person: Person) -> list[Person]:
    """Everybody whose companies the person ever saw in their place, or in the place of who stood in for them."""
    today = timezone.localdate()
    found: set[int] = set()
    ahead = [person]
    for _step in range(MOST_STEPS):
        new = {pk for one in ahead for pk in audit.people_stood_in_for(one, today=today)} - found - {person.pk}
        found |= new
        ahead = list(Person.objects.filter(pk__in=new))
    return list(Person.objects.filter(pk__in=found))


def _lines(opened: Mapping[int, list[OpenedKey]], *, taken: Collection[str], could: Collection[int]) -> list[KeyLine]:
    wanted = {*opened, *could}
    rows = Certificate.objects.filter(pk__in=wanted).select_related("company").defer("der")
    under_way = {one.certificate_id: one for one in Renewal.objects.under_way().filter(certificate__in=wanted)}
    lines = [_line(row, opened.get(row.pk, []), set(taken), under_way.get(row.pk)) for row in rows]
    order = list(Use)
    return sorted(lines, key=lambda one: (one.is_done, order.index(one.use), one.certificate.company.name))


def _line(row: Certificate, opened: list[OpenedKey], taken: set[str], renewal: Renewal | None) -> KeyLine:
    if not opened:
        use = Use.COULD
    elif any(taken & set(one.checkouts) for one in opened):
        use = Use.TAKEN
    else:
        use = Use.SIGNED if all(one.is_signature for one in opened) else Use.OPENED
    return KeyLine(
        certificate=row,
        use=use,
        times=sum(one.times for one in opened),
        at=max((one.last_at for one in opened), default=None),
        renewal=renewal,
        is_done=row.retired_at is not None,
    )


def _companies(taken: Collection[KeyLine]) -> list[CompanyLine]:
    last_taken: dict[int, datetime] = {}
    companies = {line.certificate.company_id: line.certificate.company for line in taken}
    for line in taken:
        if line.at is not None:
            pk = line.certificate.company_id
            last_taken[pk] = max(line.at, last_taken.get(pk, line.at))
    works = KeyWork.objects.filter(kind=KeyWorkKind.REKEY, company__in=companies).order_by("asked_at")
    rekeyed: dict[int, datetime] = {}
    under_way: set[int] = set()
    for work in works:
        if work.company_id is None:
            continue
        if work.state == KeyWorkState.DONE and work.finished_at and work.finished_at > last_taken[work.company_id]:
            rekeyed[work.company_id] = work.finished_at
        if work.open:
            under_way.add(work.company_id)
    lines = [CompanyLine(one, rekeyed.get(pk), pk in under_way) for pk, one in companies.items()]
    return sorted(lines, key=lambda line: (line.rekeyed_at is not None, line.company.name))
