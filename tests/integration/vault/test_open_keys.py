"""Opening says who and why before it opens, outside every transaction, and gives only what it announced."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.errors import KeyNotKept, KeyNotProved, KeyOfAnotherCertificate, MasterKeyAbsent, SealBroken
from renewals.models import Certificate
from renewals.models.stored_key import CompanyKey, IntakeKey, StoredKey, StoredSecret
from renewals.vault import expecting, proving, taking
from renewals.vault.opening import opening
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)
BY = Machine("test")


@pytest.fixture
def certificate(vault_keys) -> Certificate:
    pair = make_pair()
    row = factories.certificate(factories.company(), pair)
    taking.take_custody(key_id=factories.sealed_key(row, pair), now=timezone.now())
    return row


def key_of(certificate: Certificate) -> StoredKey:
    return StoredKey.objects.with_secrets().get(certificate=certificate)


def openings(certificate: Certificate) -> list[dict[str, object]]:
    return [event.facts for event in audit.history_of(certificate) if event.name == "key.opened"]


def test_opening_inside_a_transaction_is_refused(certificate):
    with transaction.atomic(), pytest.raises(RuntimeError), opening(rows=[], by=BY, reason="test"):
        pass


def test_opening_without_a_reason_is_refused(certificate):
    with pytest.raises(RuntimeError), opening(rows=[], by=BY, reason=" "):
        pass


def test_what_was_opened_stays_on_the_record_whatever_follows(certificate, ana):
    key = key_of(certificate)

    def open_and_fail() -> None:
        with opening(rows=[key], by=ana, reason="para probar"), transaction.atomic():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_and_fail()
    newest = audit.history_of(certificate)[0]
    assert (newest.name, newest.person, newest.facts["reason"]) == ("key.opened", ana, "para probar")


def test_the_record_is_written_before_anything_is_opened(certificate):
    with opening(rows=[key_of(certificate)], by=BY, reason="test"):
        assert openings(certificate)[0]["reason"] == "test"


def test_what_was_opened_is_overwritten_at_the_end(certificate):
    key = key_of(certificate)
    with opening(rows=[key], by=BY, reason="test") as opener:
        file = opener.file_of(key)
        assert any(file)
    assert not any(file)


def test_only_what_was_announced_is_opened(certificate):
    key = key_of(certificate)
    with opening(rows=[], by=BY, reason="test") as opener:
        for attempt in (opener.file_of, opener.passphrase_of):
            with pytest.raises(RuntimeError):
                attempt(key)
    assert len(openings(certificate)) == 1


def test_what_a_key_does_not_have_is_not_there_to_open(vault_keys):
    prepared = expecting.prepare_expected_key(company=factories.company())
    with transaction.atomic():
        key_id = expecting.expect_prepared(prepared, by=BY)
    key = StoredKey.objects.with_secrets().get(pk=key_id)
    with opening(rows=[key], by=BY, reason="test") as opener:
        assert opener.generated_passphrase_of(key)
        with pytest.raises(KeyNotKept):
            opener.file_of(key)


def test_a_key_that_was_not_expected_has_no_generated_passphrase(certificate):
    key = key_of(certificate)
    with opening(rows=[key], by=BY, reason="test") as opener, pytest.raises(KeyNotKept):
        opener.generated_passphrase_of(key)


def test_without_a_master_key_nothing_is_announced(certificate, settings):
    settings.PROCESS_ROLE = "web"
    with pytest.raises(MasterKeyAbsent), opening(rows=[key_of(certificate)], by=BY, reason="test"):
        pass
    assert len(openings(certificate)) == 1


def test_a_ciphertext_moved_to_another_company_does_not_open(certificate):
    pair = make_pair(rfc="XIA190128J61")
    other = factories.certificate(factories.company(rfc="XIA190128J61", name="Xenon"), pair)
    taking.take_custody(key_id=factories.sealed_key(other, pair), now=timezone.now())
    mine, theirs = key_of(certificate), key_of(other)
    assert mine.key_secret
    assert theirs.key_secret
    StoredSecret.objects.filter(pk=mine.key_secret.pk).update(sealed=theirs.key_secret.sealed)
    with pytest.raises(SealBroken):
        proving.prove_certificate_pair(certificate=certificate, by=BY, reason="test")


def test_without_the_company_key_nothing_of_it_opens(certificate):
    CompanyKey.objects.all().delete()
    with pytest.raises(SealBroken):
        proving.prove_certificate_pair(certificate=certificate, by=BY, reason="test")


def test_a_seal_that_names_no_key_of_ours_does_not_open(certificate):
    key = key_of(certificate)
    assert key.key_secret
    StoredSecret.objects.filter(pk=key.key_secret.pk).update(sealed=b"\x02\x03abc" + b"0" * 40)
    with pytest.raises(SealBroken):
        proving.prove_certificate_pair(certificate=certificate, by=BY, reason="test")


def test_without_the_intake_key_a_sealed_key_does_not_open(vault_keys):
    pair = make_pair()
    row = factories.certificate(factories.company(), pair)
    key_id = factories.sealed_key(row, pair)
    IntakeKey.objects.all().delete()
    taking.take_custody(key_id=key_id, now=timezone.now())
    assert StoredKey.objects.get().failure_code == "seal_broken"


def test_a_key_in_custody_proves_itself_again(certificate):
    proving.prove_certificate_pair(certificate=certificate, by=BY, reason="preflight")
    proving.prove_and_package(certificate=certificate, by=BY, reason="generated")
    assert [facts["reason"] for facts in openings(certificate)] == ["generated", "preflight", "custody"]


def test_a_certificate_changed_behind_its_key_is_noticed(certificate):
    certificate.der = make_pair().certificate
    with pytest.raises(KeyOfAnotherCertificate):
        proving.prove_certificate_pair(certificate=certificate, by=BY, reason="test")


def test_without_a_key_there_is_nothing_to_prove(vault_keys):
    bare = factories.certificate(factories.company(), make_pair())
    with pytest.raises(KeyNotKept):
        proving.prove_certificate_pair(certificate=bare, by=BY, reason="test")


def test_a_key_that_only_arrived_proves_nothing_yet(vault_keys):
    pair = make_pair()
    row = factories.certificate(factories.company(), pair)
    factories.sealed_key(row, pair)
    with pytest.raises(KeyNotProved):
        proving.prove_certificate_pair(certificate=row, by=BY, reason="test")
