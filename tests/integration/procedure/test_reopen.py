"""A renewal that was cancelled goes on from where it stood."""

import pytest
from django.utils import timezone

from renewals import audit
from renewals.errors import CertificateNotCurrent, CompanyClosed, RenewalAlreadyOpen
from renewals.errors.handing_over import MoveReasonMissing, RenewalNotCancelled
from renewals.models import Certificate, ClientRequest, Company, Person, Renewal, RenewalState, RequestState, StepState
from renewals.procedure import cancelling, limits, reopening, waiting
from renewals.procedure.queueing import queue_renewals
from tests import factories, walks

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(beto):
    """A renewal that waited for the client at its second step when it was cancelled."""
    made = walks.laid_out(by=beto)
    made.hand_in(obtained="yes")
    now = timezone.now()
    waiting.begin_wait(
        renewal=made.renewal,
        kind="client",
        cause="El cliente busca su llave",
        check_on=limits.days_later(timezone.localdate(now), 2),
        by=beto,
        now=now,
    )
    factories.client_request(made.renewal.company, renewal=made.renewal)
    cancelling.cancel(renewal=made.renewal, reason="El cliente se fue con otro", by=beto, now=now)
    made.renewal.refresh_from_db()
    return made


def reopen(walk, **changes):
    terms = {"renewal": walk.renewal, "reason": "El cliente volvió", "by": walk.by, "now": timezone.now()}
    reopening.reopen(**{**terms, **changes})
    walk.renewal.refresh_from_db()


def test_it_goes_on_from_where_it_stood_and_waits_for_nobody(walk):
    reopen(walk, by=walk.second)
    assert (walk.renewal.state, walk.renewal.open, walk.renewal.closed_at) == (RenewalState.OPEN, True, None)
    assert (walk.row.key, walk.row.state) == ("take_in", StepState.PENDING)
    assert walk.renewal.assignee == walk.by
    assert audit.history_of(walk.renewal)[0].name == "renewal.reopened"


def test_what_the_client_was_asked_for_ends_with_the_renewal(walk):
    assert ClientRequest.objects.get().state == RequestState.WITHDRAWN


def test_it_is_reopened_once(walk):
    reopen(walk)
    with pytest.raises(RenewalNotCancelled):
        reopen(walk, by=walk.second)


def test_it_says_why(walk):
    with pytest.raises(MoveReasonMissing):
        reopen(walk, reason="sí")


def test_a_certificate_with_another_renewal_under_way_keeps_that_one(walk):
    queue_renewals(certificates=[walk.old_certificate], by=walk.by, now=timezone.now())
    with pytest.raises(RenewalAlreadyOpen):
        reopen(walk)
    assert Renewal.objects.under_way().count() == 1


def test_a_certificate_that_was_replaced_is_not_renewed_again(walk):
    Certificate.objects.filter(pk=walk.renewal.certificate_id).update(retired_at=timezone.now())
    with pytest.raises(CertificateNotCurrent):
        reopen(walk)


def test_nobody_works_for_a_company_that_was_given_up(walk):
    Company.objects.filter(pk=walk.renewal.company_id).update(closed_at=timezone.now())
    with pytest.raises(CompanyClosed):
        reopen(walk)


def test_it_is_the_reopeners_where_whoever_had_it_has_left(walk):
    Person.objects.filter(pk=walk.by.pk).update(is_active=False)
    reopen(walk, by=walk.second)
    assert walk.renewal.assignee == walk.second
