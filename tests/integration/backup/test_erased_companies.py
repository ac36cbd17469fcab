"""Does a company whose keys were destroyed stay destroyed, whichever archives somebody brings back?"""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import UUID

import pyrage
import pytest
from django.utils import timezone

from renewals import audit
from renewals.approvals import deciding
from renewals.clients import closing
from renewals.desk.backup.restoring import restore
from renewals.errors import KeyNotKept, SealBroken, SignatureWrong
from renewals.models import Approval, Certificate, Company, Destruction, KeyWork, PairState
from renewals.models.stored_key import CompanyKey, StoredSecret
from renewals.vault import audit_key, envelope, erasing, keyring, proving
from renewals.vault.data_keys import unwrapped
from tests import factories, walks
from tests.integration.backup.conftest import BACKUP
from tests.integration.vault.kept import a_day_later
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def in_custody(rfc: str) -> Certificate:
    pair = make_pair()
    certificate = factories.certificate(factories.company(rfc=rfc), pair)
    factories.sealed_key(certificate, pair)
    walks.run_workers()
    return certificate


def erase(company: Company, ana, dora) -> Destruction:
    now = timezone.now()
    closing.close(company=company, reason="Se va", by=ana, confirmed_at=now, now=now)
    company.refresh_from_db()
    erasing.ask_erasure(company=company, reason="Se va", by=ana, confirmed_at=now, now=now)
    approval = Approval.objects.get(company=company)
    deciding.approve(approval=approval, by=dora, confirmed_at=now, now=now + timedelta(seconds=1))
    a_day_later(KeyWork.objects.get(company=company))
    walks.run_workers()
    return Destruction.objects.get(company=company)


def sealed_of(company_id: int) -> list[StoredSecret]:
    return list(StoredSecret.objects.filter(company=company_id))


def company_keys() -> dict[UUID, CompanyKey]:
    return {row.pk: row for row in CompanyKey.objects.all()}


@pytest.fixture
def dora(db):
    """A second partner."""
    return factories.person("dora", role="socio")


def test_yesterdays_data_with_todays_keys_do_not_open_the_erased_company(
    vault_keys, identity, both, empty_database, ana, dora
):
    gone, stays = in_custody("XAX010101001"), in_custody("XAX010101002")
    yesterday = both()
    destruction = erase(gone.company, ana, dora)
    today = both()
    archives = {"data": yesterday["data"], "keys": today["keys"]}
    with empty_database() as files:
        restored = restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        # The data are those of yesterday, when the company was there and its pair in custody.
        assert Company.objects.get(pk=gone.company_id).closed_at is None
        with pytest.raises(KeyNotKept):
            proving.prove_certificate_pair(certificate=Certificate.objects.get(pk=gone.pk), by=BACKUP, reason="drill")
        proving.prove_certificate_pair(certificate=Certificate.objects.get(pk=stays.pk), by=BACKUP, reason="drill")
        assert Certificate.objects.get(pk=gone.pk).pair_state == PairState.NO_KEY
        told = [event.name for event in audit.history_of(Company(pk=gone.company_id))]
        assert "company.keys_erased_again" in told
        assert Destruction.objects.get().pk == destruction.pk
    assert restored.destroyed == 1
    assert restored.companies_without_key == 0


def test_the_sealed_bytes_themselves_open_with_no_key_that_is_left(vault_keys, identity, both, ana, dora, tmp_path):
    """Whoever reads the archives with tools of their own, past this program, with every master key in hand."""
    gone = in_custody("XAX010101001")
    secrets, destroyed = sealed_of(gone.company_id), company_keys()
    in_custody("XAX010101002")
    erase(gone.company, ana, dora)
    both()
    left = company_keys()
    assert left
    assert not set(left) & set(destroyed)
    ring = keyring.load()
    for secret in secrets:
        named = envelope.sealed_under(bytes(secret.sealed or b""))
        assert named in {row.pk.hex for row in destroyed.values()}
        for row in left.values():
            key = unwrapped(row, ring)
            place = envelope.Place(gone.company_id, secret.pk, secret.kind)
            with pytest.raises(SealBroken):
                envelope.decrypt_secret(
                    bytes(secret.sealed or b""), key=envelope.NamedKey(named, key.secret), place=place
                )


def test_todays_data_destroy_again_what_an_older_key_archive_still_has(
    vault_keys, identity, both, empty_database, ana, dora
):
    gone = in_custody("XAX010101001")
    yesterday = both()
    erase(gone.company, ana, dora)
    today = both()
    archives = {"data": today["data"], "keys": yesterday["keys"]}
    with empty_database() as files:
        restored = restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        assert not company_keys()
        assert restored.destroyed == 1


@pytest.mark.parametrize("passphrase", [None, "equivocada1"], ids=["not_taken_yet", "refused"])
def test_what_was_sealed_for_intake_is_in_no_archive_that_outlives_the_erasure(
    vault_keys, identity, both, ana, dora, passphrase
):
    gone = in_custody("XAX010101001")
    pair = make_pair("efirma")
    row = factories.certificate(gone.company, pair)
    if passphrase is None:
        factories.sealed_key(row, pair)
    else:
        factories.sealed_key(row, pair, passphrase=passphrase)
        walks.run_workers()
    waiting = StoredSecret.objects.filter(company=gone.company_id, intake_sealed__isnull=False)
    sealed = [base64.b64encode(bytes(one.intake_sealed or b"")) for one in waiting]
    assert sealed
    yesterday = both()
    erase(gone.company, ana, dora)
    today = both()
    found = {
        (day, kind): any(one in pyrage.decrypt(path.read_bytes(), [identity]) for one in sealed)
        for day, archives in (("yesterday", yesterday), ("today", today))
        for kind, path in archives.items()
    }
    # In the one that the certificate says when it lapses, and nowhere else.
    assert [place for place, is_there in found.items() if is_there] == [("yesterday", "keys")]


def test_older_keys_bring_newer_data_back_although_the_audit_key_was_replaced_since(
    vault_keys, identity, both, empty_database, ana, dora
):
    gone, stays = in_custody("XAX010101001"), in_custody("XAX010101002")
    audit_key.sign(b"algo")
    yesterday = both()
    first = audit_key.sign(b"algo").key_id
    for _ in range(2):
        audit_key.rotate_audit_key(by=BACKUP, now=timezone.now())
    erase(gone.company, ana, dora)
    archives = {"data": both()["data"], "keys": yesterday["keys"]}
    with empty_database() as files:
        restored = restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        proving.prove_certificate_pair(certificate=Certificate.objects.get(pk=stays.pk), by=BACKUP, reason="drill")
        assert not CompanyKey.objects.filter(company=gone.company_id).exists()
        # The one whose private half came back is in use again.
        assert audit_key.sign(b"algo").key_id == first
    assert restored.destroyed == 1


def test_a_tombstone_that_the_firm_did_not_sign_stops_the_restore(
    vault_keys, identity, both, empty_database, ana, dora
):
    gone, other = in_custody("XAX010101001"), in_custody("XAX010101002")
    destruction = erase(gone.company, ana, dora)
    forged = bytes(destruction.statement).replace(
        f'"company_id":{gone.company_id}'.encode(), f'"company_id":{other.company_id}'.encode()
    )
    assert forged != bytes(destruction.statement)
    Destruction.objects.filter(pk=destruction.pk).update(statement=forged)
    archives = both()
    with empty_database() as files:
        with pytest.raises(SignatureWrong):
            restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        assert not Company.objects.exists()
