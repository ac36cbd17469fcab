"""What becomes of a key whose certificate has not come: is it found again, adopted, matched, or given up?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.errors import AlreadyMoved
from renewals.errors.pending_keys import GivingUpReasonMissing, KeyMadeForAnother, RenewalHasItsKey
from renewals.intake.pairs import take_in
from renewals.models import Certificate, Company, Evidence, PlaybookState, Renewal, RenewalStep, Wait, WaitEnd
from renewals.procedure import adopting, branching, cancelling, limits, pending_keys, waiting
from renewals.procedure.queueing import queue_renewals
from renewals.vault import pending_keys as kept_keys
from renewals.vault.facts import key_facts, key_id_of
from renewals.vault.proving import prove_certificate_pair
from tests import factories, walks
from tests.pairs import make_pair
from tests.walks import Walk

if TYPE_CHECKING:
    from uuid import UUID

    from renewals.models import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]


def orphan_ids() -> list[UUID]:
    return [one.key_id for one in kept_keys.orphans(Company.objects.all())]


def broken_off(at: str = "sign_terms_old") -> Walk:
    """A renewal that was cancelled after its key had come in."""
    walk = walks.begin().to(at)
    cancelling.cancel(renewal=walk.renewal, reason="El portal dejó de responder", by=walk.by, now=timezone.now())
    return walk


def test_a_key_of_a_cancelled_renewal_is_found_again_and_knows_where_it_was_made():
    walk = broken_off()
    assert orphan_ids() == [walk.pending_key_id]
    assert kept_keys.orphans(Company.objects.all())[0].born_in == walk.renewal.pk


def test_a_renewal_that_goes_back_before_its_key_leaves_it_behind_and_expects_another_one():
    walk = walks.begin().to("sign_terms_old")
    made = walk.pending_key_id
    assert pending_keys.first_step_undone(walk.renewal, "mouse_entropy") == "new_key_place"
    with transaction.atomic():
        pending_keys.forget_pending_key(renewal=walk.renewal, by=walk.by)
    walks.run_workers()
    assert walk.pending_key_id != made
    assert key_facts(walk.pending_key_id).state == "expected"
    assert key_facts(made).state == "proved"
    assert orphan_ids() == [made]
    assert audit.history_of(Renewal.objects.get(pk=walk.renewal.pk)).filter(name="key.left_behind").exists()


def test_a_key_whose_file_never_came_is_still_expected():
    walk = walks.begin().to("mouse_entropy")
    expected = walk.pending_key_id
    assert pending_keys.first_step_undone(walk.renewal, "mouse_entropy") == "mouse_entropy"
    with transaction.atomic():
        pending_keys.forget_pending_key(renewal=walk.renewal, by=walk.by)
    assert walk.pending_key_id == expected
    assert orphan_ids() == []


def test_a_certificate_that_is_undone_leaves_the_pending_key_and_can_come_in_again():
    walk = walks.begin().to("terms_offered_again")
    certificate, key_id = walk.new_certificate, walk.pending_key_id
    walk.renewal.refresh_from_db()
    with transaction.atomic():
        pending_keys.forget_new_certificate(renewal=walk.renewal, by=walk.by)
    certificate.refresh_from_db()
    assert certificate.pair_state == "no_key"
    assert Renewal.objects.get(pk=walk.renewal.pk).new_certificate is None
    assert walk.pending_key_id == key_id


def test_a_renewal_broken_between_key_and_certificate_is_finished_weeks_later_by_somebody_else(ana: Person):
    walk = broken_off("certificate_saved")
    made, before = walk.pending_key_id, walk.renewal
    queue_renewals(certificates=[walk.old_certificate], by=ana, now=timezone.now())
    walks.run_workers()
    later = Walk(
        renewal=Renewal.objects.select_related("company", "certificate").get(open=True, company=before.company),
        old=walk.old,
        by=ana,
        second=walk.by,
        passphrase=walk.passphrase,
        new_key=walk.new_key,
    )
    [found] = adopting.adoptable(later.renewal)
    adopting.adopt(renewal=later.renewal, key_id=found.key_id, by=ana, now=timezone.now())
    assert later.pending_key_id == made
    assert Renewal.objects.get(pk=before.pk).pending_key is None
    assert later.row.key == "certificate_saved"
    letters = Evidence.objects.filter(step__key="sign_terms_old").exclude(file_sha256="")
    original, carried = letters.filter(step__renewal=before)[0], letters.filter(step__renewal=later.renewal)[0]
    proofs = Evidence.objects.filter(step__key="sign_terms_old").values_list("grade", flat=True)
    assert list(proofs.filter(step__renewal=before)) == list(proofs.filter(step__renewal=later.renewal))
    assert (carried.file_sha256, carried.facts["from_renewal"]) == (original.file_sha256, before.pk)
    with pytest.raises(RenewalHasItsKey):
        adopting.adopt(renewal=later.renewal, key_id=made, by=ana, now=timezone.now())
    later.to_the_end()
    assert later.renewal.state == "done"
    assert orphan_ids() == []


def test_a_renewal_that_went_back_takes_its_own_key_up_again_and_goes_on_after_it():
    walk = walks.begin().to("sign_terms_old")
    made = walk.pending_key_id
    with transaction.atomic():
        pending_keys.forget_pending_key(renewal=walk.renewal, by=walk.by)
        undone = ["new_key_place", "mouse_entropy"]
        RenewalStep.objects.filter(renewal=walk.renewal, key__in=undone).update(state="pending", done_at=None)
        Evidence.objects.filter(step__renewal=walk.renewal, step__key__in=undone).update(superseded_at=timezone.now())
        Renewal.objects.filter(pk=walk.renewal.pk).update(current_step="new_key_place")
    walks.run_workers()
    walk.renewal.refresh_from_db()
    adopting.adopt(renewal=walk.renewal, key_id=made, by=walk.by, now=timezone.now())
    assert walk.row.key == "sign_terms_old"
    assert walk.pending_key_id == made
    proofs = Evidence.objects.filter(step__renewal=walk.renewal, step__key="mouse_entropy", superseded_at=None)
    assert [one.what for one in proofs] == ["adopted_key"]


def test_the_way_out_that_was_being_walked_and_the_wait_are_over_when_the_renewal_goes_on_with_a_key(ana: Person):
    walk = broken_off()
    queue_renewals(certificates=[walk.old_certificate], by=ana, now=timezone.now())
    walks.run_workers()
    later = Renewal.objects.select_related("company", "certificate").get(open=True)
    run = branching.begin(renewal=later, step_key="enter_idse", key="old_passphrase", by=ana, now=timezone.now())
    waiting.begin_wait(
        renewal=later,
        kind="client",
        cause="El cliente busca su contraseña",
        check_on=limits.days_later(timezone.localdate(), 2),
        by=ana,
        now=timezone.now(),
    )
    adopting.adopt(renewal=later, key_id=walk.pending_key_id, by=ana, now=timezone.now())
    assert later.current_step == "sign_terms_old"
    run.refresh_from_db()
    assert (run.open, run.state, run.ended_by) == (None, PlaybookState.LEFT, ana)
    assert Wait.objects.get().how_ended == WaitEnd.MOVED


def test_a_key_made_for_another_registro_patronal_is_not_taken_over():
    walk = broken_off()
    company = walk.renewal.company
    beside = factories.certificate(company, make_pair("npie", rfc=company.rfc, registro_patronal="H4300001131"))
    queue_renewals(certificates=[beside], by=walk.by, now=timezone.now())
    walks.run_workers()
    other = Renewal.objects.get(open=True)
    assert adopting.adoptable(other) == []
    with pytest.raises(KeyMadeForAnother):
        adopting.adopt(renewal=other, key_id=walk.pending_key_id, by=walk.by, now=timezone.now())


def test_a_certificate_that_comes_in_by_itself_meets_the_key_that_waited_for_it(beto: Person):
    walk = broken_off("install_with_new_key")
    key_id, company = walk.pending_key_id, walk.renewal.company_id
    with transaction.atomic():
        kept_keys.give_up(
            key_id=key_id, company_id=company, reason="Nadie la encuentra ya", by=beto, now=timezone.now()
        )
    taken = take_in(certificate=walk.new.certificate, key=None, passphrase=None, by=walk.by, now=timezone.now())
    assert [one.code for one in taken.warnings] == ["key_was_waiting", "replaced"]
    new = Certificate.objects.get(pk=taken.certificate.pk)
    assert (new.pair_state, new.is_primary, new.predecessor) == ("in_custody", True, walk.old_certificate)
    assert key_id_of(new) == key_id
    prove_certificate_pair(certificate=new, by=beto, reason="preflight")
    assert orphan_ids() == []


def test_a_certificate_that_comes_while_a_renewal_waits_for_it_is_sent_there(ana: Person):
    walk = walks.begin().to("certificate_saved")
    new = walk.new.certificate
    taken = take_in(certificate=new, key=None, passphrase=None, by=walk.by, now=timezone.now())
    assert ("key_is_in_renewal", str(walk.renewal.pk)) in [(one.code, one.detail) for one in taken.warnings]
    cancelling.cancel(renewal=walk.renewal, reason="El portal dejó de responder", by=walk.by, now=timezone.now())
    again = take_in(certificate=new, key=None, passphrase=None, by=ana, now=timezone.now())
    assert [one.code for one in again.warnings] == ["key_was_waiting"]
    assert Certificate.objects.get(pk=again.certificate.pk).is_primary


def test_a_key_is_given_up_only_for_a_reason_and_stays_sealed(beto: Person):
    walk = broken_off()
    key_id, company = walk.pending_key_id, walk.renewal.company_id
    with pytest.raises(GivingUpReasonMissing), transaction.atomic():
        kept_keys.give_up(key_id=key_id, company_id=company, reason="no", by=beto, now=timezone.now())
    assert orphan_ids() == [key_id]
    with transaction.atomic():
        kept_keys.give_up(
            key_id=key_id, company_id=company, reason="El IMSS canceló la solicitud", by=beto, now=timezone.now()
        )
    assert orphan_ids() == []
    assert [one.key_id for one in kept_keys.given_up(Company.objects.all())] == [key_id]
    assert key_facts(key_id).state == "proved"
    with pytest.raises(AlreadyMoved), transaction.atomic():
        kept_keys.give_up(key_id=key_id, company_id=company, reason="Otra vez lo mismo", by=beto, now=timezone.now())
