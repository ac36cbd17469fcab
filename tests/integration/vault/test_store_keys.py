"""Doors without the master key only seal; what they store waits for the vault worker, once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.errors import (
    AlreadyMoved,
    IntakeKeyAbsent,
    KeyAlreadyKept,
    KeyNotKept,
    KeyNotProved,
    KeyOfAnotherCertificate,
    WrongPassphrase,
)
from renewals.models import Company, PairState
from renewals.models.stored_key import KeyState, StoredKey, StoredSecret
from renewals.pki.authority import as_sat_key_file, new_key
from renewals.pki.private_key import encrypt_private_key
from renewals.vault import expecting, facts, proving, storing, taking
from tests import factories
from tests.hostile import plain_key
from tests.meanwhile import meanwhile
from tests.pairs import Pair, make_pair, pooled_key

pytestmark = pytest.mark.django_db(transaction=True)
BY = Machine("test")


@pytest.fixture
def company(vault_keys) -> Company:
    return factories.company()


@pytest.fixture
def expected(company):
    """A key whose passphrase exists and whose file does not: its id, and its passphrase."""
    prepared = expecting.prepare_expected_key(company=company)
    with transaction.atomic():
        return expecting.expect_prepared(prepared, by=BY)


def passphrase_of(key_id) -> str:
    """The generated passphrase, as the vault worker would hand it out."""
    from renewals.vault.opening import opening

    key = StoredKey.objects.with_secrets().get(pk=key_id)
    with opening(rows=[key], by=BY, reason="test") as opener:
        return opener.generated_passphrase_of(key).decode()


def receive(key_id, company, data, passphrase=None):
    pair = storing.seal_key_file(company_id=company.pk, data=data, passphrase=passphrase)
    storing.receive_key_file(key_id=key_id, pair=pair, by=BY)


def proved(key_id, company) -> None:
    receive(key_id, company, as_sat_key_file(pooled_key(), passphrase_of(key_id)))
    taking.take_custody(key_id=key_id, now=timezone.now())


# --- pairs --------------------------------------------------------------------------------------------------------


def test_a_pair_is_stored_with_its_certificate_and_wakes_the_vault_worker_once(company, monkeypatch):
    pairs = [make_pair(), make_pair()]
    rows = [factories.certificate(company, pair, is_primary=False) for pair in pairs]
    sealed = [
        storing.seal_pair(
            company_id=company.pk, container="private_key", data=pair.key_file, passphrase=pair.passphrase
        )
        for pair in pairs
    ]
    woken: list[str] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda task, args: woken.append(task))
    with transaction.atomic():
        ids = storing.store_sealed(list(zip(sealed, rows, strict=True)), by=BY)
    assert woken == ["renewals.vault.take_custody"]
    assert [facts.key_id_of(row) for row in rows] == ids
    assert {row.pair_state for row in rows} == {PairState.SEALED}
    for row, pair in zip(rows, pairs, strict=True):
        row.refresh_from_db()
        assert row.pair_state == PairState.SEALED
        assert [event.name for event in audit.history_of(row)] == ["key.received"]
        stored = facts.key_facts(StoredKey.objects.get(certificate=row).pk)
        assert (stored.state, stored.has_file, len(stored.file_sha256)) == ("sealed", True, 64)
        assert pair.passphrase not in repr(sealed)


def test_a_second_key_for_a_certificate_is_refused_by_the_verb_and_by_the_database(company):
    pair = make_pair()
    certificate = factories.certificate(company, pair)
    factories.sealed_key(certificate, pair)
    with pytest.raises(KeyAlreadyKept):
        factories.sealed_key(certificate, pair)
    with pytest.raises(IntegrityError):
        StoredKey.objects.create(company=company, certificate=certificate)


def test_of_two_keys_that_come_at_once_the_later_one_is_refused_by_name(company):
    pair = make_pair()
    certificate = factories.certificate(company, pair)

    def somebody_else() -> None:
        StoredKey.objects.create(company=company, certificate=certificate)

    sealed = storing.seal_pair(company_id=company.pk, container="private_key", data=b"x", passphrase="y")
    with (
        pytest.raises(KeyAlreadyKept) as refused,
        meanwhile('FROM "renewals_storedkey"', somebody_else),
        transaction.atomic(),
    ):
        storing.store_sealed([(sealed, certificate)], by=BY)
    assert refused.value.facts == {"certificate": certificate.pk}


def test_a_pair_is_stored_only_with_the_rows_it_belongs_to(company):
    with pytest.raises(RuntimeError):
        storing.store_sealed([], by=BY)


def test_nothing_to_store_wakes_nobody(company, monkeypatch):
    woken: list[str] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda task, args: woken.append(task))
    with transaction.atomic():
        assert storing.store_sealed([], by=BY) == []
    assert woken == []


def test_without_an_intake_key_nothing_is_sealed(settings):
    settings.INTAKE_PUBLIC_KEY = ""
    with pytest.raises(IntakeKeyAbsent):
        storing.seal_pair(company_id=1, container="private_key", data=b"x", passphrase="y")


# --- keys that are still to come ----------------------------------------------------------------------------------


def test_a_generated_passphrase_follows_the_rule_of_idse():
    for _ in range(300):
        text = expecting.generate_passphrase()
        assert 8 <= len(text) <= 20
        assert text.isalnum()
        assert text.isascii()
        assert any(one.isdigit() for one in text)
        assert any(one.isalpha() for one in text)


def test_an_expected_key_has_a_passphrase_and_no_file(company, expected):
    stored = facts.key_facts(expected)
    assert (stored.state, stored.has_file, stored.company_id) == ("expected", False, company.pk)
    assert not StoredSecret.objects.exclude(intake_sealed=None).exists()
    with pytest.raises(KeyNotProved):
        proving.read_pfx_certificate(secret_id=expected, key_id=expected, by=BY, reason="test")


def test_an_expected_key_is_stored_only_with_the_row_it_belongs_to(company):
    prepared = expecting.prepare_expected_key(company=company)
    with pytest.raises(RuntimeError):
        expecting.expect_prepared(prepared, by=BY)
    assert not StoredKey.objects.exists()


def test_a_file_locked_with_the_sealed_passphrase_is_proved(company, expected):
    key = pooled_key()
    receive(expected, company, as_sat_key_file(key, passphrase_of(expected)))
    taking.take_custody(key_id=expected, now=timezone.now())
    stored = facts.key_facts(expected)
    assert (stored.state, stored.key_bits, len(stored.public_key_sha256)) == ("proved", 2048, 64)


def test_a_file_locked_otherwise_is_refused_and_the_right_one_may_follow(company, expected):
    receive(expected, company, as_sat_key_file(pooled_key(), "otra1234"))
    taking.take_custody(key_id=expected, now=timezone.now())
    assert facts.key_facts(expected).failure_code == "wrong_passphrase"
    proved(expected, company)
    stored = facts.key_facts(expected)
    assert (stored.state, stored.failure_code) == ("proved", "")
    # The refused file is gone; the proved one and its passphrase remain.
    assert StoredSecret.objects.count() == 2


def test_a_person_may_have_used_a_passphrase_of_their_own(company, expected):
    file = as_sat_key_file(pooled_key(), "Mia12345")
    receive(expected, company, file, passphrase="Equivocada1")
    taking.take_custody(key_id=expected, now=timezone.now())
    assert facts.key_facts(expected).failure_code == "wrong_passphrase"
    receive(expected, company, file, passphrase="Mia12345")
    taking.take_custody(key_id=expected, now=timezone.now())
    assert facts.key_facts(expected).state == "proved"
    # File, their passphrase, and ours; the wrong one is gone.
    assert StoredSecret.objects.count() == 3
    assert passphrase_of(expected)


def test_a_short_key_is_refused(company, expected):
    receive(expected, company, as_sat_key_file(new_key(1024), passphrase_of(expected)))
    taking.take_custody(key_id=expected, now=timezone.now())
    stored = facts.key_facts(expected)
    assert (stored.failure_code, stored.failure_facts) == ("key_too_short", {"bits": 1024, "minimum": 2048})


def test_a_key_that_is_not_rsa_is_refused_as_a_new_one(company, expected):
    curve = ec.generate_private_key(ec.SECP256R1())
    receive(expected, company, encrypt_private_key(curve, passphrase_of(expected)))
    taking.take_custody(key_id=expected, now=timezone.now())
    assert facts.key_facts(expected).failure_code == "unsupported_key"


def test_a_key_that_nothing_locks_is_refused_as_a_new_one(company, expected):
    receive(expected, company, plain_key(pooled_key()))
    taking.take_custody(key_id=expected, now=timezone.now())
    assert facts.key_facts(expected).failure_code == "key_not_encrypted"


def test_the_old_key_is_not_a_new_one(company, expected):
    old = make_pair()
    factories.certificate(company, old)
    receive(expected, company, as_sat_key_file(old.key, passphrase_of(expected)))
    taking.take_custody(key_id=expected, now=timezone.now())
    assert facts.key_facts(expected).failure_code == "key_seen_before"


def test_the_new_key_of_another_renewal_is_not_a_new_one(company, expected):
    key = pooled_key()
    receive(expected, company, as_sat_key_file(key, passphrase_of(expected)))
    taking.take_custody(key_id=expected, now=timezone.now())
    prepared = expecting.prepare_expected_key(company=company)
    with transaction.atomic():
        second = expecting.expect_prepared(prepared, by=BY)
    receive(second, company, as_sat_key_file(key, passphrase_of(second)))
    taking.take_custody(key_id=second, now=timezone.now())
    assert facts.key_facts(second).failure_code == "key_seen_before"


def test_a_proved_key_is_not_replaced(company, expected):
    proved(expected, company)
    with pytest.raises(AlreadyMoved):
        receive(expected, company, as_sat_key_file(pooled_key(), "otra1234"))
    assert StoredSecret.objects.count() == 2


def test_a_key_is_received_only_for_its_own_company(company, expected):
    other = factories.company(rfc="XIA190128J61", name="Xenon")
    with pytest.raises(AlreadyMoved):
        receive(expected, other, as_sat_key_file(pooled_key(), "otra1234"))


# --- its certificate ----------------------------------------------------------------------------------------------


def certified(company, key_id) -> tuple[Pair, str]:
    """A proved pending key, and the pair its certificate would make."""
    key, passphrase = pooled_key(), passphrase_of(key_id)
    receive(key_id, company, as_sat_key_file(key, passphrase))
    taking.take_custody(key_id=key_id, now=timezone.now())
    return make_pair(key=key, passphrase=passphrase), passphrase


def test_the_new_certificate_gets_the_pending_key(company, expected):
    pair, _ = certified(company, expected)
    certificate = factories.certificate(company, pair)
    with transaction.atomic():
        storing.attach_certificate(key_id=expected, certificate=certificate, by=BY)
    assert facts.key_id_of(certificate) == expected
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY
    proving.prove_and_package(certificate=certificate, by=BY, reason="test")


def test_a_certificate_of_another_key_does_not_get_it(company, expected):
    certified(company, expected)
    certificate = factories.certificate(company, make_pair(key=new_key()))
    with pytest.raises(KeyOfAnotherCertificate), transaction.atomic():
        storing.attach_certificate(key_id=expected, certificate=certificate, by=BY)


def test_a_key_that_is_not_proved_is_attached_to_nothing(company, expected):
    certificate = factories.certificate(company, make_pair())
    with pytest.raises(AlreadyMoved), transaction.atomic():
        storing.attach_certificate(key_id=expected, certificate=certificate, by=BY)


def test_a_certificate_with_a_key_of_its_own_gets_no_other(company, expected):
    pair, _ = certified(company, expected)
    certificate = factories.certificate(company, pair)
    factories.sealed_key(certificate, pair)
    with pytest.raises(KeyAlreadyKept), transaction.atomic():
        storing.attach_certificate(key_id=expected, certificate=certificate, by=BY)


def test_a_key_is_attached_in_the_transaction_of_its_certificate(company, expected):
    pair, _ = certified(company, expected)
    certificate = factories.certificate(company, pair)
    with pytest.raises(RuntimeError):
        storing.attach_certificate(key_id=expected, certificate=certificate, by=BY)


# --- uploads only the vault worker looks into ---------------------------------------------------------------------


def test_the_certificate_comes_out_of_an_uploaded_pfx(company, expected):
    pair, _ = certified(company, expected)
    upload = factories.uploaded_pfx(company, pair.pfx())
    found = proving.read_pfx_certificate(secret_id=upload, key_id=expected, by=BY, reason="test")
    assert found == pair.facts
    storing.discard_upload(secret_id=upload, by=BY)
    storing.discard_upload(secret_id=upload, by=BY)
    with pytest.raises(KeyNotKept):
        proving.read_pfx_certificate(secret_id=upload, key_id=expected, by=BY, reason="test")


def test_what_is_sealed_is_never_read_where_it_is_only_stored(company, expected):
    """The database refuses these columns to the web process, so no statement of it may ask for them."""
    receive(expected, company, b"a first file", "otra1234")
    with CaptureQueriesContext(connection) as seen:
        receive(expected, company, b"a second file", "otra1234")
        storing.discard_upload(secret_id=factories.uploaded_pfx(company, b"x"), by=BY)
    asked = [query["sql"] for query in seen if query["sql"].startswith("SELECT")]
    assert asked
    assert not [sql for sql in asked if "intake_sealed" in sql or '"sealed"' in sql]


def test_a_pfx_of_another_key_gives_nothing(company, expected):
    _, passphrase = certified(company, expected)
    other = make_pair(key=new_key(), passphrase=passphrase)
    upload = factories.uploaded_pfx(company, other.pfx())
    with pytest.raises(KeyOfAnotherCertificate):
        proving.read_pfx_certificate(secret_id=upload, key_id=expected, by=BY, reason="test")


def test_a_pfx_under_another_passphrase_is_refused(company, expected):
    pair, _ = certified(company, expected)
    other = make_pair(key=pair.key, passphrase="otra1234")
    upload = factories.uploaded_pfx(company, other.pfx())
    with pytest.raises(WrongPassphrase):
        proving.read_pfx_certificate(secret_id=upload, key_id=expected, by=BY, reason="test")


def test_facts_of_no_key_are_refused():
    with pytest.raises(KeyNotKept):
        facts.key_facts(uuid4())


def test_a_failed_key_does_not_count_as_kept(company):
    pair, other = make_pair(), make_pair()
    certificate = factories.certificate(company, pair)
    taking.take_custody(key_id=factories.sealed_key(certificate, other), now=timezone.now())
    assert facts.key_id_of(certificate) is None
    assert StoredKey.objects.get().state == KeyState.FAILED
