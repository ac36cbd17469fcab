"""Does the vault worker say once, and rightly, whether what was handed in passes?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from renewals import errors
from renewals.models import Certificate, Evidence, PairState, Person, Renewal, RenewalStep, StepState
from renewals.models.stored_key import KeyState, StoredKey, StoredSecret
from renewals.pki.authority import new_key
from renewals.procedure import cancelling, checking, progress
from renewals.procedure.handed import Upload
from tests.killing import every_boundary
from tests.meanwhile import meanwhile
from tests.pairs import Pair, make_pair
from tests.walks import Walk, begin, run_workers

pytestmark = pytest.mark.django_db(transaction=True)


def check(walk: Walk, *, later: timedelta = timedelta()) -> RenewalStep:
    row = walk.row
    checking.check_step(step_id=row.pk, now=timezone.now() + later)
    row.refresh_from_db()
    return row


def pair_files(pair: Pair) -> dict[str, Upload]:
    return {
        "certificate_file": Upload("nuevo.cer", pair.certificate),
        "key_file": Upload("nuevo.key", pair.key_file),
    }


def verdict(walk: Walk) -> tuple[str, str]:
    row = walk.row
    return row.state, row.verdict_code


# --- step 4: the new key


def test_a_key_that_its_passphrase_does_not_open_fails_and_the_right_one_passes(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file(passphrase="OtraClave2026")})
    run_workers()
    assert verdict(walk) == (StepState.FAILED, "wrong_passphrase")
    walk.hand_in(files={"key_file": walk.key_file()})
    run_workers()
    assert walk.row.key == "sign_terms_old"


def test_the_old_key_is_no_new_key(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file(walk.old.key)})
    run_workers()
    assert verdict(walk) == (StepState.FAILED, "key_seen_before")


def test_a_short_key_fails_with_its_length(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file(new_key(1024))})
    run_workers()
    assert verdict(walk) == (StepState.FAILED, "key_too_short")
    assert walk.row.verdict_facts == {"bits": 1024, "minimum": 2048}


def test_a_key_on_its_way_into_custody_is_looked_at_again_in_seconds(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file()})
    StoredKey.objects.filter(pk=walk.pending_key_id).update(
        state=KeyState.TAKING, lease_until=timezone.now() + timedelta(seconds=5)
    )
    row = check(walk)
    assert row.state == StepState.WORKING
    assert row.lease_until is not None
    assert row.lease_until <= timezone.now() + checking.LOOK_AGAIN
    assert check(walk, later=timedelta(seconds=15)).state == StepState.DONE


# --- step 8: a PFX that only the vault can open


def test_a_pfx_under_the_new_passphrase_passes_and_the_upload_is_gone(vault_keys: Path):
    walk = begin().to("certificate_saved")
    walk.hand_in(files={"certificate_file": Upload("nuevo.cer", walk.new.pfx(windows_compatible=True))})
    assert walk.row.state == StepState.WORKING
    assert StoredSecret.objects.filter(kind="pfx").count() == 1
    run_workers()
    assert walk.row.key == "terms_offered_again"
    assert walk.new_certificate.pair_state == PairState.IN_CUSTODY
    assert not StoredSecret.objects.filter(kind="pfx").exists()


def test_a_pfx_under_another_passphrase_fails_and_the_upload_is_gone(vault_keys: Path):
    walk = begin().to("certificate_saved")
    other = walk.issued(passphrase="OtraClave2026")
    walk.hand_in(files={"certificate_file": Upload("nuevo.pfx", other.pfx())})
    run_workers()
    assert verdict(walk) == (StepState.FAILED, "wrong_passphrase")
    assert not StoredSecret.objects.filter(kind="pfx").exists()


def test_a_pfx_of_another_key_fails(vault_keys: Path):
    walk = begin().to("certificate_saved")
    other = make_pair("npie", rfc=walk.renewal.company.rfc, passphrase=walk.passphrase)
    walk.hand_in(files={"certificate_file": Upload("nuevo.pfx", other.pfx())})
    run_workers()
    assert verdict(walk) == (StepState.FAILED, "key_of_another_certificate")
    assert not Certificate.objects.filter(born_in=walk.renewal).exists()


def test_a_pfx_waits_while_the_pending_key_is_not_proved(vault_keys: Path):
    walk = begin().to("certificate_saved")
    walk.hand_in(files={"certificate_file": Upload("nuevo.pfx", walk.new.pfx(windows_compatible=True))})
    key = StoredKey.objects.filter(pk=walk.pending_key_id)
    key.update(state=KeyState.TAKING)
    assert check(walk).state == StepState.WORKING
    assert StoredSecret.objects.filter(kind="pfx").exists()
    key.update(state=KeyState.PROVED)
    assert check(walk, later=timedelta(minutes=1)).state == StepState.DONE


def test_a_pfx_of_another_client_fails_by_name(vault_keys: Path):
    walk = begin().to("certificate_saved")
    other = walk.issued(rfc="XIA190128J61")
    walk.hand_in(files={"certificate_file": Upload("nuevo.pfx", other.pfx())})
    run_workers()
    assert verdict(walk) == (StepState.FAILED, "certificate_of_another_holder")


# --- step 11: the machine's own


def test_a_pair_that_does_not_work_fails_and_is_tried_again(vault_keys: Path):
    walk = begin().to("generated")
    Certificate.objects.filter(born_in=walk.renewal).update(der=walk.old.certificate)
    run_workers()
    assert verdict(walk) == (StepState.FAILED, "key_of_another_certificate")
    Certificate.objects.filter(born_in=walk.renewal).update(der=walk.new.certificate)
    row = walk.row
    progress.try_again(renewal=walk.renewal, key="generated", version=row.version, by=walk.by, now=timezone.now())
    run_workers()
    assert walk.row.key == "conditions_at_login"


def test_trying_again_what_did_not_fail_is_refused(vault_keys: Path):
    walk = begin()
    with pytest.raises(errors.AlreadyMoved):
        progress.try_again(renewal=walk.renewal, key="enter_idse", version=0, by=walk.by, now=timezone.now())


def test_a_new_pair_that_is_gone_fails_and_says_so(vault_keys: Path):
    walk = begin().to("generated")
    Renewal.objects.filter(pk=walk.renewal.pk).update(new_certificate=None)
    run_workers()
    assert verdict(walk) == (StepState.FAILED, "key_not_kept")


def test_a_new_pair_that_the_vault_refuses_after_all_fails_and_another_passes(vault_keys: Path):
    walk = begin("csd").to("take_in")
    walk.hand_in(files=pair_files(walk.new), passphrase=walk.new.passphrase)
    Certificate.objects.filter(born_in=walk.renewal).update(der=walk.old.certificate)
    run_workers()
    assert walk.row.state == StepState.FAILED
    Certificate.objects.filter(born_in=walk.renewal).update(der=walk.new.certificate)
    walk.hand_in(files=pair_files(walk.new), passphrase=walk.new.passphrase)
    run_workers()
    assert walk.row.key == "confirm"


def test_a_new_pair_on_its_way_into_custody_is_waited_for(vault_keys: Path):
    walk = begin("csd").to("take_in")
    walk.hand_in(files=pair_files(walk.new), passphrase=walk.new.passphrase)
    key = StoredKey.objects.filter(certificate=walk.new_certificate)
    key.update(state=KeyState.TAKING, lease_until=timezone.now() + timedelta(seconds=5))
    assert check(walk).state == StepState.WORKING
    assert check(walk, later=timedelta(minutes=1)).state == StepState.DONE


# --- once, late, never


def test_a_second_check_changes_nothing(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file()})
    step = walk.row
    for _ in range(2):
        checking.check_step(step_id=step.pk, now=timezone.now())
    assert Evidence.objects.filter(step=step).count() == 1


def test_a_step_that_another_worker_holds_is_left_alone_until_its_hold_lapses(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file()})
    RenewalStep.objects.filter(pk=walk.row.pk).update(lease_until=timezone.now() + checking.LEASE)
    assert check(walk).state == StepState.WORKING
    assert check(walk, later=checking.LEASE * 2).state == StepState.DONE


def test_a_step_that_vanished_is_no_fault(vault_keys: Path, db: None):
    checking.check_step(step_id=404, now=timezone.now())
    assert not Evidence.objects.exists()


def test_a_step_of_a_cancelled_renewal_is_left_alone(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file()})
    step = walk.row
    cancelling.cancel(renewal=walk.renewal, reason="La empresa cerró", by=walk.by, now=timezone.now())
    checking.check_step(step_id=step.pk, now=timezone.now())
    step.refresh_from_db()
    assert step.state == StepState.WORKING


def test_without_a_master_key_the_step_goes_on_waiting(vault_keys: Path, settings: Any):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file()})
    settings.PROCESS_ROLE = "default"
    with pytest.raises(errors.MasterKeyAbsent):
        check(walk)
    settings.PROCESS_ROLE = "vault"
    assert check(walk, later=checking.LEASE * 2).state == StepState.DONE


def test_a_cancellation_while_it_checks_is_told_and_nothing_is_written(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file()})
    step = walk.row

    def cancel() -> None:
        cancelling.cancel(renewal=walk.renewal, reason="La empresa cerró", by=walk.by, now=timezone.now())

    with meanwhile('SET "lease_until"', cancel), pytest.raises(errors.RenewalClosed):
        checking.check_step(step_id=step.pk, now=timezone.now())
    assert not Evidence.objects.filter(step=step).exists()


# --- killed anywhere


def stand_again_at(walk: Walk, key: str, *, state: str) -> None:
    """Put a renewal back to a step it has been through, so that it need not walk there for every death."""
    Evidence.objects.filter(step__renewal=walk.renewal, step__key=key).delete()
    RenewalStep.objects.filter(renewal=walk.renewal, key=key).update(
        state=state, version=F("version") + 1, lease_until=None, done_at=None, done_by=None
    )
    following = {"mouse_entropy": "sign_terms_old", "generated": "conditions_at_login"}.get(key)
    RenewalStep.objects.filter(renewal=walk.renewal, key=following).update(state=StepState.PENDING, started_at=None)
    Renewal.objects.filter(pk=walk.renewal.pk).update(current_step=key)
    walk.renewal.refresh_from_db()


def passes_in_the_end(walk: Walk, step: RenewalStep, *, after: str) -> None:
    for later in (timedelta(minutes=16), timedelta(minutes=32), timedelta(minutes=48)):
        checking.check_step(step_id=step.pk, now=timezone.now() + later)
    walk.renewal.refresh_from_db()
    step.refresh_from_db()
    assert (step.state, walk.renewal.current_step) == (StepState.DONE, after)
    assert Evidence.objects.filter(step=step).count() == 1


def test_a_worker_killed_anywhere_while_it_checks_a_key_passes_it_once_in_the_end(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    upload = walk.key_file()

    def handed_in() -> RenewalStep:
        stand_again_at(walk, "mouse_entropy", state=StepState.PENDING)
        StoredKey.objects.filter(pk=walk.pending_key_id).update(
            state=KeyState.EXPECTED, key_secret=None, lease=None, lease_until=None, public_key_sha256=""
        )
        walk.hand_in(files={"key_file": upload})
        return walk.row

    boundaries = every_boundary(
        prepare=handed_in,
        run=lambda step: checking.check_step(step_id=step.pk, now=timezone.now()),
        check=lambda step: passes_in_the_end(walk, step, after="sign_terms_old"),
    )
    assert boundaries > 15


def test_a_worker_killed_anywhere_while_it_tries_the_new_pair_passes_it_once_in_the_end(vault_keys: Path):
    walk = begin().to("generated")

    def waiting() -> RenewalStep:
        stand_again_at(walk, "generated", state=StepState.WORKING)
        return walk.row

    boundaries = every_boundary(
        prepare=waiting,
        run=lambda step: checking.check_step(step_id=step.pk, now=timezone.now()),
        check=lambda step: passes_in_the_end(walk, step, after="conditions_at_login"),
    )
    assert boundaries > 10


def test_a_worker_killed_anywhere_while_it_reads_a_pfx_makes_one_certificate_in_the_end(vault_keys: Path):
    walk = begin().to("certificate_saved")
    upload = Upload("nuevo.pfx", walk.new.pfx(windows_compatible=True))

    def handed_in() -> RenewalStep:
        StoredKey.objects.filter(pk=walk.pending_key_id).update(certificate=None)
        Renewal.objects.filter(pk=walk.renewal.pk).update(new_certificate=None)
        Certificate.objects.exclude(pk=walk.renewal.certificate_id).delete()
        stand_again_at(walk, "certificate_saved", state=StepState.PENDING)
        walk.hand_in(files={"certificate_file": upload})
        return walk.row

    def one_certificate(step: RenewalStep) -> None:
        passes_in_the_end(walk, step, after="terms_offered_again")
        assert walk.new_certificate.pair_state == PairState.IN_CUSTODY
        assert not StoredSecret.objects.filter(kind="pfx").exists()

    boundaries = every_boundary(
        prepare=handed_in,
        run=lambda step: checking.check_step(step_id=step.pk, now=timezone.now()),
        check=one_certificate,
    )
    assert boundaries > 15


def test_the_step_belongs_to_whoever_handed_it_in(vault_keys: Path, ana: Person):
    walk = begin().to("mouse_entropy")
    walk.hand_in(files={"key_file": walk.key_file()}, by=ana)
    step = walk.row
    run_workers()
    step.refresh_from_db()
    assert step.done_by == ana
