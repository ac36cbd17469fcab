"""When a renewal is proved to its end, which certificate is in use from now on, and what remains of the old one?"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor, Entry, RowOf
from renewals.errors import AlreadyReplaced, CertificateNotNew, KeyNotInCustody, RenewalClosed
from renewals.expiry.refreshing import refresh_deadlines
from renewals.models import Certificate, PairState, Renewal, RenewalState
from renewals.procedure import installing
from renewals.procedure.client_requests import withdraw_requests


def close(*, renewal: Renewal, by: Actor, now: datetime) -> None:
    """Make the new certificate the principal one, retire the old one, and close the renewal, all at once or not at all.

    The old row, its key and its passphrase stay: an expired certificate can still sign.

    Raises:
        RenewalClosed: somebody closed or cancelled it meanwhile.
        KeyNotInCustody: the new certificate or its key is not there.
        AlreadyReplaced: the old certificate was replaced in another way.
        CertificateNotNew: the new certificate was put aside meanwhile.
        PlacesUnanswered: nobody said yet whether it is installed everywhere.
    """
    with transaction.atomic():
        installing.require_answered(renewal)
        closed = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN).update(
            state=RenewalState.DONE, open=None, closed_at=now, current_step=""
        )
        if closed != 1:
            raise RenewalClosed
        new = Certificate.objects.filter(born_in=renewal, pair_state=PairState.IN_CUSTODY).first()
        if new is None:
            raise KeyNotInCustody
        old = renewal.certificate
        _retire(old, now=now)
        overtaken = _promote(new, old=old, now=now)
        refresh_deadlines({renewal.company_id}, today=timezone.localdate(now))
        audit.record(
            "certificate.retired", by=by, subject=old, company=renewal.company_id, successor=new.pk, renewal=renewal.pk
        )
        audit.record(
            "certificate.activated",
            by=by,
            subject=new,
            company=renewal.company_id,
            predecessor=old.pk,
            renewal=renewal.pk,
        )
        audit.record_many(
            Entry(
                name="certificate.stepped_back",
                by=by,
                subject=RowOf(Certificate, pk),
                company_id=renewal.company_id,
                facts={"successor": new.pk, "renewal": renewal.pk},
            )
            for pk in overtaken
        )
        installing.take_off_unused(renewal=renewal, by=by, now=now)
        withdraw_requests(renewal, by=by, now=now)
        audit.record("renewal.closed", by=by, subject=renewal, company=renewal.company_id, certificate=new.pk)
        # For its dossier.
        dispatch.wake("renewals.vault.work_pending")


def _retire(old: Certificate, *, now: datetime) -> None:
    rows = Certificate.objects.filter(pk=old.pk, retired_at=None, successor=None)
    if rows.update(is_primary=False, retired_at=now, next_mark_on=None) != 1:
        raise AlreadyReplaced


def _promote(new: Certificate, *, old: Certificate, now: datetime) -> list[int]:
    """Only one certificate is the principal one, so another that took the place meanwhile steps back and stays.

    Returns the ids of such others.
    """
    same = Certificate.objects.filter(company=new.company_id, kind=new.kind, scope=new.scope, is_primary=True)
    overtaken = list(same.exclude(pk=new.pk).order_by("pk").values_list("pk", flat=True))
    Certificate.objects.filter(pk__in=overtaken).update(is_primary=False)
    changed = Certificate.objects.filter(pk=new.pk, retired_at=None).update(
        is_primary=True, predecessor=old, next_mark_on=timezone.localdate(now)
    )
    if changed != 1:
        raise CertificateNotNew(serial=new.serial)
    return overtaken
