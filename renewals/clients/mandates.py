"""Which client allowed the firm to hand out which keys, until when, and who compared it with the paper?

One person registers what the client signed, another one confirms it, and the client says yes to it themselves, in
whichever order. Nothing of a mandate changes afterwards; it can only be ended.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from renewals import audit
from renewals.access import Right, company_for, may, require_recent_confirmation
from renewals.audit import Machine
from renewals.clients import documents
from renewals.errors import (
    MandateDatesWrong,
    MandateEnded,
    MandateIncomplete,
    MandateMissing,
    MandateNotAccepted,
    MandateNotConfirmed,
    MandateOfOneself,
    MandateOver,
    ReasonMissing,
)
from renewals.models import ClientRequest, Company, Mandate, Person
from renewals.models.certificate import Kind

_LONGEST_GIVER, _LONGEST_REASON = 150, 300


def register(
    *,
    company: Company,
    kinds: Sequence[str],
    valid_from_on: date,
    valid_until_on: date,
    given_by: str,
    document_name: str,
    document: bytes,
    by: Person,
    now: datetime,
) -> Mandate:
    """Write down what a client signed; it counts once somebody else has confirmed it and the client has said yes.

    Raises:
        NotVisible, NotPermitted: the person may not work for the company.
        MandateIncomplete, MandateDatesWrong: what the names say.
        EmptyFile, EvidenceTooLarge, KeyIsNoEvidence, NotADocument: the paper is refused, and nothing is kept.
    """
    company_for(by, company.pk, Right.WORK)
    giver = " ".join(given_by.split())[:_LONGEST_GIVER]
    covered = [kind for kind in Kind.values if kind in kinds]
    if not giver or not covered:
        raise MandateIncomplete
    if valid_until_on < valid_from_on or valid_until_on < timezone.localdate(now):
        raise MandateDatesWrong
    kept = documents.keep(name=document_name, data=document)
    mandate = Mandate(
        company=company,
        kinds=covered,
        valid_from_on=valid_from_on,
        valid_until_on=valid_until_on,
        given_by=giver,
        document=kept.path,
        document_name=kept.name,
        document_sha256=kept.sha256,
        registered_by=by,
        registered_at=now,
    )
    try:
        with transaction.atomic():
            mandate.save(force_insert=True)
            audit.record(
                "mandate.registered",
                by=by,
                subject=mandate,
                company=company,
                given_by=giver,
                kinds=", ".join(covered),
                valid_from_on=valid_from_on.isoformat(),
                valid_until_on=valid_until_on.isoformat(),
                sha256=kept.sha256,
            )
    except Exception:
        documents.forget(kept)
        raise
    return mandate


def confirm(*, mandate: Mandate, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Say, as another person than the one who registered it, that it says what the paper says.

    Raises:
        NotVisible, NotPermitted: the person may not work for the company.
        MandateOfOneself: they registered it themselves.
        ConfirmationNeeded: the password was not typed again lately.
        MandateOver: it was confirmed or ended meanwhile.
    """
    company_for(by, mandate.company_id, Right.WORK)
    if mandate.registered_by_id == by.pk:
        raise MandateOfOneself
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    with transaction.atomic():
        waiting = Mandate.objects.filter(pk=mandate.pk, confirmed_at=None, revoked_at=None)
        if waiting.update(confirmed_by=by, confirmed_at=now) != 1:
            raise MandateOver
        audit.record(
            "mandate.confirmed", by=by, subject=mandate, company=mandate.company_id, sha256=mandate.document_sha256
        )


def printed(name: str) -> str:
    """A name as it was typed, in one line and without signs that nobody sees; a database refuses some of those."""
    return " ".join("".join(one if one.isprintable() else " " for one in name).split())


def accept(
    *, mandate: Mandate, through: ClientRequest, name: str, from_address: str | None, by: Machine, now: datetime
) -> None:
    """Note the client's own yes, which came through a link of theirs; may run inside the caller's transaction.

    ``name`` is what the person there typed as theirs, ``from_address`` where they sat. No person of the firm can be
    ``by``.

    Raises:
        MandateIncomplete: no name.
        MandateOver: the client had said yes, it was ended meanwhile, or the link is another company's.
    """
    giver = printed(name)[:_LONGEST_GIVER]
    if not giver:
        raise MandateIncomplete
    with transaction.atomic():
        waiting = Mandate.objects.of_company(through.company_id).filter(
            pk=mandate.pk, accepted_at=None, revoked_at=None
        )
        if waiting.update(accepted_through=through, accepted_at=now, accepted_by=giver) != 1:
            raise MandateOver
        audit.record(
            "mandate.accepted",
            by=by,
            subject=mandate,
            company=mandate.company_id,
            request=through.pk,
            mailed_to=through.address,
            address=from_address,
            name=giver,
            sha256=mandate.document_sha256,
        )


def revoke(*, mandate: Mandate, reason: str, by: Person, now: datetime) -> None:
    """End a mandate at once, confirmed or not: what was asked under it and not fetched does not go out any more.

    Raises:
        NotVisible, NotPermitted: the person may not work for the company.
        ReasonMissing: no reason.
        MandateOver: it was ended meanwhile.
    """
    company_for(by, mandate.company_id, Right.WORK)
    why = reason.strip()[:_LONGEST_REASON]
    if not why:
        raise ReasonMissing
    with transaction.atomic():
        standing = Mandate.objects.filter(pk=mandate.pk, revoked_at=None)
        if standing.update(revoked_by=by, revoked_at=now, revoked_because=why) != 1:
            raise MandateOver
        audit.record("mandate.revoked", by=by, subject=mandate, company=mandate.company_id, reason=why)


def mandate_for(*, company_id: int, kind: str, on: date) -> Mandate:
    """The mandate that allows handing out a key of this kind on this day; of several, the one that lasts longest.

    Raises:
        MandateNotConfirmed: one would, once a second person confirms it.
        MandateNotAccepted: one would, once the client says yes to it.
        MandateEnded: one did, until its last day.
        MandateMissing: there is none, it was ended, or the word of two people is not there.
    """
    in_force = Mandate.objects.of_company(company_id).in_force(day=on)
    counting = [
        one for one in in_force if kind in one.kinds and one.confirmed_by_id not in {None, one.registered_by_id}
    ]
    if not counting:
        raise _why_none(company_id=company_id, kind=kind, on=on)
    return max(counting, key=lambda one: one.valid_until_on)


def mandate_to_confirm(*, company_id: int, kind: str, on: date) -> Mandate | None:
    """The newest mandate that would allow it if a second person confirmed it."""
    waiting = Mandate.objects.of_company(company_id).to_confirm(today=on)
    return next((one for one in waiting if kind in one.kinds and one.valid_from_on <= on), None)


def mandate_to_accept(*, company_id: int, kind: str, on: date) -> Mandate | None:
    """The newest mandate that would allow it if the client said yes to it; ``""`` for any kind."""
    waiting = Mandate.objects.of_company(company_id).to_accept(today=on)
    return next((one for one in waiting if not kind or (kind in one.kinds and one.valid_from_on <= on)), None)


def waiting_for(person: Person, *, today: date) -> QuerySet[Mandate]:
    """The mandates that others registered and this person could confirm."""
    waiting = Mandate.objects.visible_to(person).to_confirm(today=today).exclude(registered_by=person)
    return waiting.select_related("company") if may(person, Right.WORK) else waiting.none()


def mandates_of(company: Company) -> QuerySet[Mandate]:
    """All that a company ever gave, newest first, with the people who wrote and confirmed them."""
    return Mandate.objects.of_company(company.pk).select_related("registered_by", "confirmed_by", "revoked_by")


def who_may_confirm(mandate: Mandate) -> list[Person]:
    """The people whose word would count as the second one."""
    people = (
        Person.objects.filter(is_active=True).exclude(pk=mandate.registered_by_id).order_by("first_name", "username")
    )
    companies = Company.objects.filter(pk=mandate.company_id)
    return [one for one in people if one.may_work and companies.visible_to(one).exists()]


def _why_none(*, company_id: int, kind: str, on: date) -> MandateMissing:
    if mandate_to_confirm(company_id=company_id, kind=kind, on=on) is not None:
        return MandateNotConfirmed(kind=kind)
    if mandate_to_accept(company_id=company_id, kind=kind, on=on) is not None:
        return MandateNotAccepted(kind=kind)
    past = Mandate.objects.of_company(company_id).filter(
        accepted_at__isnull=False, confirmed_at__isnull=False, revoked_at=None, valid_until_on__lt=on
    )
    ended = [one.valid_until_on for one in past if kind in one.kinds]
    return MandateEnded(kind=kind, until=max(ended).isoformat()) if ended else MandateMissing(kind=kind)
