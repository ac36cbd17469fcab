"""A renewal that was cancelled goes on from where it stood."""

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.errors import CertificateNotCurrent, CompanyClosed, RenewalAlreadyOpen
from renewals.errors.handing_over import MoveReasonMissing, RenewalNotCancelled
from renewals.intake.pairs import take_in
from renewals.models import (
    Certificate,
    ClientRequest,
    Company,
    Evidence,
    Person,
    Renewal,
    RenewalState,
    RequestState,
    StepState,
)
from renewals.procedure import adopting, cancelling, limits, reopening, waiting
from renewals.procedure.queueing import queue_renewals
from renewals.vault import pending_keys as kept_keys
from tests import factories, walks
from tests.pairs import pooled_key

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


@pytest.fixture
def walk_with_key(transactional_db, vault_keys, ana, beto):
    """A renewal that was cancelled after its key had come in, and whose key another one took over."""
    made = walks.begin().to("sign_terms_old")
    cancelling.cancel(renewal=made.renewal, reason="El portal no responde", by=beto, now=timezone.now())
    queue_renewals(certificates=[made.old_certificate], by=ana, now=timezone.now())
    walks.run_workers()
    other = Renewal.objects.select_related("company", "certificate").get(open=True)
    key_id = made.pending_key_id
    adopting.adopt(renewal=other, key_id=key_id, by=ana, now=timezone.now())
    cancelling.cancel(renewal=other, reason="El portal no responde", by=ana, now=timezone.now())
    assert Renewal.objects.get(pk=made.renewal.pk).pending_key_id is None
    return made, other, key_id


def test_the_key_that_was_made_in_it_is_its_own_again_where_nobody_else_goes_on_with_it(walk_with_key):
    walk, other, key_id = walk_with_key
    reopen(walk)
    walks.run_workers()
    assert (walk.row.key, walk.pending_key_id) == ("sign_terms_old", key_id)
    assert Renewal.objects.get(pk=other.pk).pending_key_id is None
    assert audit.history_of(walk.renewal).filter(name="key.adopted").count() == 1
    walk.to("certificate_saved")


def test_a_renewal_whose_key_is_lost_to_it_goes_back_to_where_one_is_made(walk_with_key):
    walk, _other, key_id = walk_with_key
    # Its certificate came in by itself.
    take_in(certificate=walk.new.certificate, key=None, passphrase=None, by=walk.by, now=timezone.now())
    Certificate.objects.filter(pk=walk.renewal.certificate_id).update(retired_at=None)
    reopen(walk)
    assert walk.row.key == "new_key_place"
    proofs = Evidence.objects.filter(step__renewal=walk.renewal, superseded_at=None)
    assert not proofs.filter(step__key__in=["new_key_place", "mouse_entropy", "sign_terms_old"]).exists()
    assert [one.name for one in audit.history_of(walk.renewal)[:2]] == ["renewal.sent_back", "renewal.reopened"]
    walks.run_workers()
    assert walk.pending_key_id != key_id
    walk.new_key = pooled_key()
    walk.to("sign_terms_old")


def test_a_key_that_was_given_up_is_hoped_for_again(transactional_db, vault_keys, ana, beto):
    walk = walks.begin().to("sign_terms_old")
    cancelling.cancel(renewal=walk.renewal, reason="El portal no responde", by=beto, now=timezone.now())
    key_id, company = walk.pending_key_id, walk.renewal.company
    with transaction.atomic():
        kept_keys.give_up(
            key_id=key_id, company_id=company.pk, reason="El IMSS la canceló", by=beto, now=timezone.now()
        )
    reopen(walk)
    assert kept_keys.given_up(Company.objects.all()) == []
    cancelling.cancel(renewal=walk.renewal, reason="El portal no responde", by=beto, now=timezone.now())
    assert [one.key_id for one in kept_keys.orphans(Company.objects.all())] == [key_id]


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
