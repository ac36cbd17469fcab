"""How does a renewal end without a new certificate? With a reason, and nothing of it deleted."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.errors import ClosingReasonMissing, RenewalClosed
from renewals.models import Certificate, Person, Renewal, RenewalState, WaitEnd
from renewals.procedure import runs, waiting
from renewals.procedure.client_requests import withdraw_requests
from renewals.procedure.gates import SHORTEST_REASON

LONGEST_REASON = 300


def cancel(*, renewal: Renewal, reason: str, by: Person, now: datetime) -> None:
    """Cancel a renewal. Steps, evidence, the pending key and a certificate that was taken in stay as they are.

    Raises:
        ClosingReasonMissing: no reason, or one too short to explain anything.
        RenewalClosed: it was closed or cancelled already.
    """
    reason = reason.strip()[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise ClosingReasonMissing(shortest=SHORTEST_REASON)
    with transaction.atomic():
        cancelled = Renewal.objects.filter(pk=renewal.pk, open=True).update(
            state=RenewalState.CANCELLED, open=None, closed_at=now, closing_reason=reason
        )
        if cancelled != 1:
            raise RenewalClosed
        waiting.close_wait(renewal.pk, how=WaitEnd.CLOSED, by=by, now=now)
        runs.close_run(renewal.pk, by=by, now=now)
        withdraw_requests(renewal, by=by, now=now)
        # Nobody works on it any more: whoever hears only of such ones may be late already.
        Certificate.objects.filter(pk=renewal.certificate_id).look_again(on=timezone.localdate(now))
        audit.record("renewal.cancelled", by=by, subject=renewal, company=renewal.company_id, reason=reason)
