"""Which object may this person have, and for what? The only functions that hand an object to a person."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from renewals.errors import CompanyClosed, ConfirmationNeeded, NotPermitted, NotVisible
from renewals.models import (
    Approval,
    Bounce,
    BulkJob,
    Certificate,
    Checkout,
    ClientRequest,
    Company,
    Destruction,
    Dossier,
    Evidence,
    Feed,
    Incident,
    Installation,
    KeyWork,
    Mandate,
    Person,
    PlaybookRun,
    Renewal,
    StandIn,
)

#: How long a password typed again counts as "this is really me".
CONFIRMATION_LASTS = timedelta(minutes=10)

Row = TypeVar("Row", bound=models.Model)
Somebody = Person | AnonymousUser


class Right(StrEnum):
    """What a person wants to do with what they ask for."""

    SEE = "see"
    WORK = "work"
    MANAGE = "manage"


def may(person: Somebody, right: Right) -> bool:
    """Whether the person's role allows this at all; which companies it covers is asked separately."""
    if not isinstance(person, Person) or not person.is_active:
        return False
    if right is Right.SEE:
        return True
    if right is Right.WORK:
        return person.may_work
    return person.is_partner


def require(person: Somebody, right: Right) -> Person:
    """The person, if their role allows this.

    Raises:
        NotVisible: nobody is signed in.
        NotPermitted: the role does not allow it.
    """
    if not isinstance(person, Person):
        raise NotVisible
    if not may(person, right):
        raise NotPermitted(right=right.value)
    return person


def company_for(person: Somebody, company_id: int, right: Right) -> Company:
    """A company, for this person and purpose.

    Raises:
        NotVisible: it does not exist for this person.
        NotPermitted: visible, but the role does not allow this.
        CompanyClosed: it was given up, and somebody wants to work for it.
    """
    row = _handed_out(Company.objects.visible_to(person), company_id, person, right)
    _require_open(row, right)
    return row


def certificate_for(person: Somebody, certificate_id: int, right: Right) -> Certificate:
    """A certificate with its company. Raises as :func:`company_for`."""
    rows = Certificate.objects.visible_to(person).select_related("company")
    row = _handed_out(rows, certificate_id, person, right)
    _require_open(row.company, right)
    return row


def renewal_for(person: Somebody, renewal_id: int, right: Right) -> Renewal:
    """A renewal with its company, certificates and people. Raises as :func:`company_for`."""
    rows = Renewal.objects.visible_to(person).select_related(
        "company__responsible", "certificate", "new_certificate", "assignee"
    )
    row = _handed_out(rows, renewal_id, person, right)
    _require_open(row.company, right)
    return row


def evidence_for(person: Somebody, evidence_id: int, right: Right) -> Evidence:
    """A piece of evidence whose renewal the person may see. Raises as :func:`company_for`."""
    rows = Evidence.objects.filter(step__renewal__in=Renewal.objects.visible_to(person))
    return _handed_out(rows, evidence_id, person, right)


def playbook_run_for(person: Somebody, run_id: int, right: Right) -> PlaybookRun:
    """A walk along a playbook with its renewal. Raises as :func:`company_for`."""
    rows = PlaybookRun.objects.filter(renewal__in=Renewal.objects.visible_to(person))
    row = _handed_out(rows.select_related("renewal__company", "renewal__certificate"), run_id, person, right)
    _require_open(row.renewal.company, right)
    return row


def dossier_for(person: Somebody, dossier_id: int, right: Right) -> Dossier:
    """The signed paper of a renewal that the person may see. Raises as :func:`company_for`."""
    rows = Dossier.objects.visible_to(person).select_related("renewal__company", "renewal__certificate")
    return _handed_out(rows, dossier_id, person, right)


def installation_for(person: Somebody, installation_id: int, right: Right) -> Installation:
    """A place where a company uses a certificate, with the company. Raises as :func:`company_for`."""
    rows = Installation.objects.visible_to(person).select_related("company")
    row = _handed_out(rows, installation_id, person, right)
    _require_open(row.company, right)
    return row


def checkout_for(person: Somebody, checkout_id: UUID) -> Checkout:
    """The person's own checkout; somebody else's does not exist, whatever the role. Raises as :func:`company_for`."""
    worker = require(person, Right.WORK)
    rows = Checkout.objects.visible_to(worker).filter(person=worker).select_related("company", "certificate")
    return _handed_out(rows, checkout_id, worker, Right.WORK)


def download_for(person: Somebody, checkout_id: UUID) -> Checkout:
    """Files the person downloaded, whoever works for the company by now; for partners also of those who have left.

    Raises as :func:`company_for`.
    """
    worker = require(person, Right.WORK)
    theirs = Q(person=worker) | Q(person__is_active=False) if worker.is_partner else Q(person=worker)
    return _handed_out(Checkout.objects.filter(theirs).select_related("person"), checkout_id, worker, Right.WORK)


def mandate_for(person: Somebody, mandate_id: int, right: Right) -> Mandate:
    """A mandate with its company. Raises as :func:`company_for`."""
    rows = Mandate.objects.visible_to(person).select_related(
        "company", "registered_by", "confirmed_by", "revoked_by", "accepted_through"
    )
    return _handed_out(rows, mandate_id, person, right)


def client_request_for(person: Somebody, request_id: int, right: Right) -> ClientRequest:
    """A question to a client, with its company and who asked. Raises as :func:`company_for`."""
    rows = ClientRequest.objects.visible_to(person).select_related("company", "certificate", "renewal", "asked_by")
    return _handed_out(rows, request_id, person, right)


def incident_for(person: Somebody, incident_id: int, right: Right) -> Incident:
    """A portal that does not work: everybody of the firm knows of it. Raises as :func:`company_for`."""
    who = require(person, Right.SEE)
    return _handed_out(Incident.objects.all(), incident_id, who, right)


def bulk_job_for(person: Somebody, job_id: UUID) -> BulkJob:
    """A bulk job: one's own, or anybody's for whoever sees everything. Raises as :func:`company_for`."""
    return _handed_out(BulkJob.objects.visible_to(person), job_id, person, Right.SEE)


def approval_for(person: Somebody, approval_id: UUID) -> Approval:
    """A request that needs two people, for whoever may know of it. Raises as :func:`company_for`."""
    rows = Approval.objects.visible_to(person).select_related("company", "asked_by", "decided_by")
    return _handed_out(rows, approval_id, person, Right.SEE)


def bounce_for(person: Somebody, bounce_id: int, right: Right) -> Bounce:
    """Mail that came back, with whose it was. Raises as :func:`company_for`."""
    rows = Bounce.objects.visible_to(person)
    rows = rows.select_related("delivery__company", "person", "contact", "settled_by")
    return _handed_out(rows, bounce_id, person, right)


def feed_for(person: Somebody, feed_id: int) -> Feed:
    """A calendar link that the person may end: their own, for a partner anybody's. Raises as :func:`company_for`."""
    return _handed_out(Feed.objects.revocable_by(person), feed_id, person, Right.SEE)


def destruction_for(person: Somebody, destruction_id: UUID) -> Destruction:
    """The proof that a company's keys were destroyed, with the company. Raises as :func:`company_for`."""
    rows = Destruction.objects.visible_to(person).select_related("company")
    return _handed_out(rows, destruction_id, person, Right.SEE)


def key_work_for(person: Somebody, work_id: UUID) -> KeyWork:
    """A long work on keys, for whoever sees everything. Raises as :func:`company_for`."""
    rows = KeyWork.objects.visible_to(person).select_related("company", "asked_by", "approval")
    return _handed_out(rows, work_id, person, Right.SEE)


def person_for(person: Somebody, person_id: int, right: Right) -> Person:
    """Somebody of the firm: colleagues know of each other. Raises as :func:`company_for`."""
    who = require(person, Right.SEE)
    return _handed_out(Person.objects.all(), person_id, who, right)


def absence_for(person: Somebody, absence_id: int, right: Right) -> StandIn:
    """An absence with both people: colleagues know who is away and who stands in. Raises as :func:`company_for`."""
    who = require(person, Right.SEE)
    return _handed_out(StandIn.objects.select_related("person", "stand_in"), absence_id, who, right)


def require_recent_confirmation(*, confirmed_at: datetime | None, now: datetime) -> None:
    """Refuse where the password was not typed again in the last minutes; a second factor will join it here.

    Raises:
        ConfirmationNeeded: never confirmed, too long ago, or in the future.
    """
    if confirmed_at is None or not now - CONFIRMATION_LASTS <= confirmed_at <= now:
        raise ConfirmationNeeded


def _require_open(company: Company, right: Right) -> None:
    """Whoever gave a company up can look at it and take it on again; nobody works for it."""
    if right is Right.WORK and company.closed_at is not None:
        raise CompanyClosed


def _handed_out(rows: models.QuerySet[Row], key: int | UUID, person: Somebody, right: Right) -> Row:
    row = rows.filter(pk=key).first()
    if row is None:
        raise NotVisible
    require(person, right)
    return row
