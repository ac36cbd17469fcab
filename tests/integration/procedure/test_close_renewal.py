"""When a renewal is closed, is exactly one certificate in use, and is the old one still there?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.utils import timezone

from renewals import audit, errors
from renewals.models import (
    Certificate,
    Evidence,
    PairState,
    Renewal,
    RenewalState,
    RenewalStep,
    RequestState,
    StepState,
)
from renewals.procedure import activation, cancelling
from tests import factories
from tests.killing import every_boundary
from tests.pairs import make_pair
from tests.walks import Walk, begin

pytestmark = pytest.mark.django_db(transaction=True)


def close(walk: Walk) -> None:
    activation.close(renewal=walk.renewal, by=walk.by, now=timezone.now())
    walk.renewal.refresh_from_db()


def test_the_new_certificate_takes_the_place_and_points_back(vault_keys: Path):
    walk = begin("csd").to("confirm")
    walk.hand_in(confirmed="yes")
    new, old = walk.new_certificate, walk.old_certificate
    assert (new.is_primary, new.predecessor, new.next_mark_on) == (True, old, timezone.localdate())
    assert (old.is_primary, old.next_mark_on) == (False, None)
    assert old.retired_at is not None
    assert old.pair_state == PairState.IN_CUSTODY
    assert (walk.renewal.state, walk.renewal.open, walk.renewal.current_step) == (RenewalState.DONE, None, "")


def test_everything_that_changed_is_told(vault_keys: Path):
    walk = begin("csd").to_the_end()
    assert audit.history_of(walk.new_certificate).filter(name="certificate.activated").exists()
    assert audit.history_of(walk.old_certificate).filter(name="certificate.retired").exists()
    assert audit.history_of(walk.renewal).filter(name="renewal.closed").exists()


def test_what_the_client_was_still_asked_for_is_not_needed_any_more(vault_keys: Path):
    walk = begin("csd").to("confirm")
    asked = factories.client_request(walk.renewal.company, renewal=walk.renewal)
    walk.hand_in(confirmed="yes")
    asked.refresh_from_db()
    assert asked.state == RequestState.WITHDRAWN


def test_closing_twice_is_refused(vault_keys: Path):
    walk = begin("csd").to_the_end()
    with pytest.raises(errors.RenewalClosed):
        close(walk)


def test_nothing_closes_without_the_new_certificate(vault_keys: Path):
    walk = begin("csd")
    with pytest.raises(errors.KeyNotInCustody):
        close(walk)
    walk.renewal.refresh_from_db()
    assert (walk.renewal.state, walk.old_certificate.is_primary) == (RenewalState.OPEN, True)


def test_nothing_closes_while_the_new_key_is_not_in_the_vault(vault_keys: Path):
    walk = begin("csd").to("confirm")
    Certificate.objects.filter(born_in=walk.renewal).update(pair_state=PairState.SEALED)
    with pytest.raises(errors.KeyNotInCustody):
        walk.hand_in(confirmed="yes")
    assert walk.row.key == "confirm"


def test_an_old_certificate_that_was_replaced_in_another_way_is_not_replaced_again(vault_keys: Path):
    walk = begin("csd").to("confirm")
    Certificate.objects.filter(pk=walk.old_certificate.pk).update(retired_at=timezone.now())
    with pytest.raises(errors.AlreadyReplaced):
        walk.hand_in(confirmed="yes")
    assert not walk.new_certificate.is_primary
    assert not Evidence.objects.filter(step__key="confirm").exists()


def test_a_new_certificate_that_was_set_aside_meanwhile_is_not_put_in_use(vault_keys: Path):
    walk = begin("csd").to("confirm")
    Certificate.objects.filter(born_in=walk.renewal).update(retired_at=timezone.now())
    with pytest.raises(errors.CertificateNotNew):
        walk.hand_in(confirmed="yes")
    assert walk.old_certificate.is_primary


def test_another_principal_certificate_of_the_same_place_steps_back_and_stays(vault_keys: Path):
    walk = begin("csd").to("confirm")
    Certificate.objects.filter(pk=walk.old_certificate.pk).update(is_primary=False)
    other = factories.certificate(walk.renewal.company, make_pair("csd", rfc=walk.renewal.company.rfc))
    walk.hand_in(confirmed="yes")
    other.refresh_from_db()
    assert (other.is_primary, other.retired_at) == (False, None)
    told = audit.history_of(other).get(name="certificate.stepped_back")
    assert told.facts == {"successor": walk.new_certificate.pk, "renewal": walk.renewal.pk}
    assert walk.new_certificate.is_primary


def test_a_cancelled_renewal_closes_nothing(vault_keys: Path):
    walk = begin("csd").to("confirm")
    cancelling.cancel(renewal=walk.renewal, reason="La empresa cerró", by=walk.by, now=timezone.now())
    with pytest.raises(errors.RenewalClosed):
        close(walk)
    assert (walk.old_certificate.is_primary, walk.new_certificate.is_primary) == (True, False)


def test_killed_anywhere_it_is_closed_whole_or_not_at_all(vault_keys: Path):
    walk = begin("csd").to("confirm")

    def stands_at_the_end() -> Walk:
        Evidence.objects.filter(step__key="confirm").delete()
        RenewalStep.objects.filter(renewal=walk.renewal, key="confirm").update(
            state=StepState.PENDING, version=F("version") + 1
        )
        Renewal.objects.filter(pk=walk.renewal.pk).update(
            state=RenewalState.OPEN, open=True, closed_at=None, current_step="confirm"
        )
        Certificate.objects.filter(born_in=walk.renewal).update(is_primary=False, predecessor=None)
        Certificate.objects.filter(pk=walk.old_certificate.pk).update(is_primary=True, retired_at=None)
        walk.renewal.refresh_from_db()
        return walk

    def whole_or_not_at_all(walk: Walk) -> None:
        walk.renewal.refresh_from_db()
        new, old = walk.new_certificate, walk.old_certificate
        is_done = walk.renewal.state == RenewalState.DONE
        assert (new.is_primary, old.is_primary) == (is_done, not is_done)
        assert (new.predecessor_id is not None) == (old.retired_at is not None) == is_done
        assert Evidence.objects.filter(step__key="confirm").exists() == is_done
        if not is_done:
            walk.hand_in(confirmed="yes")
            assert walk.new_certificate.is_primary

    boundaries = every_boundary(
        prepare=stands_at_the_end, run=lambda walk: walk.hand_in(confirmed="yes"), check=whole_or_not_at_all
    )
    assert boundaries > 10


def test_a_reason_is_needed_to_cancel_and_nothing_is_deleted(vault_keys: Path):
    walk = begin().to("mail_that_never_comes")
    with pytest.raises(errors.ClosingReasonMissing):
        cancelling.cancel(renewal=walk.renewal, reason="  no  ", by=walk.by, now=timezone.now())
    evidence = Evidence.objects.count()
    cancelling.cancel(renewal=walk.renewal, reason="La empresa cambió de despacho", by=walk.by, now=timezone.now())
    walk.renewal.refresh_from_db()
    assert walk.renewal.closing_reason == "La empresa cambió de despacho"
    assert walk.renewal.pending_key_id is not None
    assert Evidence.objects.count() == evidence
    with pytest.raises(errors.RenewalClosed):
        cancelling.cancel(renewal=walk.renewal, reason="Otra vez lo mismo", by=walk.by, now=timezone.now())


def test_a_new_certificate_is_watched_from_the_day_it_is_in_use(vault_keys: Path):
    walk = begin("csd").to_the_end()
    assert Certificate.objects.past_a_mark(today=timezone.localdate()).filter(pk=walk.new_certificate.pk).exists()
    later = timezone.localdate() + timedelta(days=4000)
    assert not Certificate.objects.past_a_mark(today=later).filter(pk=walk.old_certificate.pk).exists()
