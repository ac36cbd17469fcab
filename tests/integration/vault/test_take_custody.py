"""A sealed key comes into custody once, proved, or is refused with its reason."""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.errors import MasterKeyAbsent, ProverUnavailable, SealBroken
from renewals.models import Certificate, PairState
from renewals.models.stored_key import CompanyKey, KeyState, StoredKey, StoredSecret
from renewals.vault import intake_seal, prover, storing, taking
from renewals.vault.envelope import Place
from renewals.vault.opening import opening
from tests import factories
from tests.hostile import asking_for_rounds, plain_key
from tests.integration.vault.conftest import READY
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)
BY = Machine("test")


def names_of(certificate: Certificate) -> list[str]:
    return [event.name for event in audit.history_of(certificate)][::-1]


def secret_of(certificate: Certificate) -> StoredSecret:
    secret = StoredKey.objects.with_secrets().get(certificate=certificate).key_secret
    assert secret is not None
    return secret


def several(number: int) -> list[Certificate]:
    """Certificates of as many companies, each with its sealed key."""
    made = []
    for index in range(number):
        rfc = f"XAA01010{index}AAA"
        pair = make_pair(rfc=rfc)
        row = factories.certificate(factories.company(rfc=rfc, name=f"Empresa {index}"), pair)
        factories.sealed_key(row, pair)
        made.append(row)
    return made


def test_a_proved_key_is_in_custody_and_sealed_to_the_intake_key_no_more(vault_keys):
    pair = make_pair()
    certificate = factories.certificate(factories.company(), pair)
    key_id = factories.sealed_key(certificate, pair)
    now = timezone.now()

    taking.take_custody(key_id=key_id, now=now)

    key = StoredKey.objects.get(pk=key_id)
    assert (key.state, key.key_bits, key.proved_at, key.lease) == (KeyState.PROVED, 2048, now, None)
    assert key.public_key_sha256 == pair.facts.public_key_sha256
    assert not StoredSecret.objects.exclude(intake_sealed=None).exists()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY
    assert names_of(certificate) == ["key.received", "key.opened", "key.taken_into_custody"]


def test_what_is_in_custody_is_what_arrived(vault_keys):
    pair = make_pair()
    certificate = factories.certificate(factories.company(), pair)
    key_id = factories.sealed_key(certificate, pair)
    taking.take_custody(key_id=key_id, now=timezone.now())
    key = StoredKey.objects.with_secrets().get(pk=key_id)
    with opening(rows=[key], by=BY, reason="test") as opener:
        assert opener.file_of(key) == pair.key_file
        assert bytes(opener.passphrase_of(key) or b"") == pair.passphrase.encode()


def test_a_pfx_is_taken_into_custody_as_it_is(vault_keys):
    pair = make_pair()
    certificate = factories.certificate(factories.company(), pair)
    sealed = storing.seal_pair(
        company_id=certificate.company_id, container="pfx", data=pair.pfx(), passphrase=pair.passphrase
    )
    with transaction.atomic():
        (key_id,) = storing.store_sealed([(sealed, certificate)], by=BY)
    taking.take_custody(key_id=key_id, now=timezone.now())
    assert StoredKey.objects.get(pk=key_id).state == KeyState.PROVED


def test_a_key_that_nothing_locks_is_taken_into_custody(vault_keys):
    pair = make_pair()
    certificate = factories.certificate(factories.company(), pair)
    sealed = storing.seal_pair(
        company_id=certificate.company_id, container="private_key", data=plain_key(pair.key), passphrase=None
    )
    assert sealed.file_sha256 == ""
    with transaction.atomic():
        (key_id,) = storing.store_sealed([(sealed, certificate)], by=BY)
    taking.take_custody(key_id=key_id, now=timezone.now())
    assert StoredKey.objects.get(pk=key_id).state == KeyState.PROVED


@pytest.mark.parametrize(
    ("file", "passphrase", "code"),
    [
        (None, "otra", "wrong_passphrase"),
        (asking_for_rounds(2**31 - 1), "x", "excessive_work"),
        (b"no key at all, and long enough to look at", "x", "unexpected_content"),
    ],
)
def test_a_key_that_proves_nothing_is_refused_with_its_reason(vault_keys, file, passphrase, code):
    pair = make_pair()
    certificate = factories.certificate(factories.company(), pair)
    sealed = storing.seal_pair(
        company_id=certificate.company_id,
        container="private_key",
        data=file or pair.key_file,
        passphrase=passphrase,
    )
    with transaction.atomic():
        (key_id,) = storing.store_sealed([(sealed, certificate)], by=BY)
    taking.take_custody(key_id=key_id, now=timezone.now())
    key = StoredKey.objects.get(pk=key_id)
    assert (key.state, key.failure_code, key.lease) == (KeyState.FAILED, code, None)
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.FAILED
    assert names_of(certificate)[-1] == "key.refused"


def test_a_key_of_another_certificate_is_refused_and_a_better_one_may_follow(vault_keys):
    pair, other = make_pair(), make_pair()
    certificate = factories.certificate(factories.company(), pair)
    taking.take_custody(key_id=factories.sealed_key(certificate, other), now=timezone.now())
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.FAILED
    better = factories.sealed_key(certificate, pair)
    taking.take_custody(key_id=better, now=timezone.now())
    assert StoredKey.objects.get(pk=better).state == KeyState.PROVED
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY


def test_a_seal_moved_to_another_row_opens_nothing_and_is_refused(vault_keys):
    first, second = several(2)
    stolen = secret_of(first).intake_sealed
    StoredSecret.objects.filter(pk=secret_of(second).pk).update(intake_sealed=stolen)
    taking.take_custody_batch(limit=10, now=timezone.now())
    states = dict(StoredKey.objects.values_list("certificate", "failure_code"))
    assert states == {first.pk: "", second.pk: "seal_broken"}


def test_a_batch_takes_all_and_one_bad_row_stops_no_other(vault_keys):
    certificates = several(5)
    bad = StoredKey.objects.get(certificate=certificates[2])
    StoredSecret.objects.filter(pk=secret_of(certificates[2]).pk).update(intake_sealed=b"\x01\x00nonsense")
    assert taking.take_custody_batch(limit=100, now=timezone.now()) == 5
    assert StoredKey.objects.filter(state=KeyState.PROVED).count() == 4
    bad.refresh_from_db()
    assert bad.failure_code == "seal_broken"
    assert CompanyKey.objects.count() == 5
    assert taking.take_custody_batch(limit=100, now=timezone.now()) == 0


def test_a_batch_stops_at_its_limit_and_takes_the_oldest_first(vault_keys):
    certificates = several(3)
    assert taking.take_custody_batch(limit=2, now=timezone.now()) == 2
    (left,) = taking.keys_waiting(timezone.now(), 10)
    assert StoredKey.objects.get(pk=left).certificate_id == certificates[-1].pk


def test_taking_twice_changes_nothing(vault_keys):
    (certificate,) = several(1)
    (key_id,) = taking.keys_waiting(timezone.now(), 10)
    taking.take_custody(key_id=key_id, now=timezone.now())
    before = list(StoredSecret.objects.values())
    taking.take_custody(key_id=key_id, now=timezone.now())
    assert list(StoredSecret.objects.values()) == before
    assert names_of(certificate).count("key.taken_into_custody") == 1


def test_a_key_that_is_not_there_is_nothing_to_take(vault_keys):
    taking.take_custody(key_id=uuid4(), now=timezone.now())


def test_without_a_master_key_the_key_goes_on_waiting_and_nothing_is_told(vault_keys, settings):
    (certificate,) = several(1)
    settings.MASTER_KEYS_DIR = ""
    with pytest.raises(MasterKeyAbsent):
        taking.take_custody_batch(limit=10, now=timezone.now())
    assert StoredKey.objects.get().state == KeyState.SEALED
    assert names_of(certificate) == ["key.received"]


def test_a_prover_that_cannot_start_leaves_the_key_waiting(vault_keys, monkeypatch):
    several(1)
    prover._prover.close()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ProverUnavailable):
        taking.take_custody_batch(limit=10, now=timezone.now())
    assert StoredKey.objects.get().state == KeyState.SEALED


def test_a_prover_lost_half_way_keeps_what_was_done_and_frees_the_rest(vault_keys, child_program, monkeypatch):
    certificates = several(3)
    # Answers one request as it should, then ends; and no other child can be started.
    child_program(*READY, "frames.send(channel, prover_child.answer(frames.receive(channel)))")
    prover.ensure_running()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ProverUnavailable):
        taking.take_custody_batch(limit=10, now=timezone.now())
    states = dict(StoredKey.objects.values_list("certificate", "state"))
    assert states == {
        certificates[0].pk: KeyState.PROVED,
        certificates[1].pk: KeyState.SEALED,
        certificates[2].pk: KeyState.SEALED,
    }
    assert not StoredKey.objects.exclude(lease=None).exists()


def test_a_worker_that_runs_out_of_time_lets_go_of_the_rest_and_goes_on(vault_keys, monkeypatch):
    several(3)
    monkeypatch.setattr(taking, "WORK_SECONDS", 0.000_001)
    now = timezone.now()
    first = taking.keys_waiting(now, 3)
    assert taking._take(first, now) <= 1
    assert len(taking.keys_waiting(now, 10)) >= 2
    monkeypatch.setattr(taking, "WORK_SECONDS", 60)
    taking.take_custody_batch(limit=10, now=now)
    assert StoredKey.objects.filter(state=KeyState.PROVED).count() == 3


def test_a_row_that_nobody_foresaw_rests_under_its_lease_and_stops_no_other(vault_keys, monkeypatch):
    first, second = several(2)
    prove = prover.prove

    def stumble(material, *, certificate):
        if certificate == bytes(first.der):
            raise ValueError("a fault of the program")
        return prove(material, certificate=certificate)

    monkeypatch.setattr(prover, "prove", stumble)
    now = timezone.now()
    assert taking.take_custody_batch(limit=10, now=now) == 1
    states = dict(StoredKey.objects.values_list("certificate", "state"))
    assert states == {first.pk: KeyState.TAKING, second.pk: KeyState.PROVED}
    assert not taking.keys_waiting(now, 10)
    monkeypatch.undo()
    assert taking.take_custody_batch(limit=10, now=now + taking.LEASE + timedelta(seconds=1)) == 1


def test_a_passphrase_that_is_no_text_opens_nothing(vault_keys):
    (certificate,) = several(1)
    secret = StoredKey.objects.with_secrets().get().passphrase_secret
    assert secret
    place = Place(secret.company_id, secret.pk, "passphrase")
    StoredSecret.objects.filter(pk=secret.pk).update(intake_sealed=intake_seal.seal(b"\xff\xfe", place=place))
    taking.take_custody_batch(limit=10, now=timezone.now())
    assert StoredKey.objects.get(certificate=certificate).failure_code == "wrong_passphrase"


def test_a_company_whose_master_key_is_gone_waits_and_stops_no_other(vault_keys):
    certificates = several(3)
    CompanyKey.objects.create(
        company=certificates[1].company, master_key_id="mk-gone", wrapped_key=b"\x03\x07mk-gone" + b"0" * 60
    )
    assert taking.take_custody_batch(limit=10, now=timezone.now()) == 2
    waiting = StoredKey.objects.get(certificate=certificates[1])
    assert waiting.state == KeyState.TAKING
    assert names_of(certificates[1]) == ["key.received", "key.opened"]


def test_a_worker_that_lost_its_lease_writes_nothing(vault_keys):
    (certificate,) = several(1)
    now = timezone.now()
    (key_id,) = taking.keys_waiting(now, 1)
    slow = taking._claim([key_id], uuid4(), now)
    late = now + taking.LEASE + timedelta(seconds=1)
    taking.take_custody(key_id=key_id, now=late)
    found = prover.ProvedKey(public_key_sha256="0" * 64, bits=2048, is_rsa=True, was_encrypted=True)
    for outcome in (SealBroken(), found):
        assert taking._settle([taking._Settled(key, outcome) for key in slow], uuid4(), late) == 0
    assert StoredKey.objects.get().state == KeyState.PROVED
    assert names_of(certificate)[-1] == "key.taken_into_custody"


def test_a_key_held_by_a_live_worker_is_left_to_it(vault_keys):
    several(1)
    now = timezone.now()
    (key_id,) = taking.keys_waiting(now, 1)
    assert taking._claim([key_id], uuid4(), now)
    assert not taking.keys_waiting(now, 1)
    assert not taking._claim([key_id], uuid4(), now)
    assert taking.keys_waiting(now + taking.LEASE + timedelta(seconds=1), 1) == [key_id]


def test_a_prover_killed_in_the_middle_of_a_batch_loses_nothing(vault_keys):
    several(2)
    prover.ensure_running()
    child = prover._prover.child
    assert child is not None
    os.kill(child.process.pid, signal.SIGKILL)
    assert taking.take_custody_batch(limit=10, now=timezone.now()) == 2
    assert StoredKey.objects.filter(state=KeyState.PROVED).count() == 2
