"""What a later file replaced is destroyed by the vault worker, on the record; what is in custody never is."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.models import Company
from renewals.models.stored_key import SecretKind, StoredKey, StoredSecret
from renewals.pki.authority import as_sat_key_file
from renewals.vault import expecting, storing, taking
from tests import factories
from tests.pairs import make_pair, pooled_key

pytestmark = pytest.mark.django_db(transaction=True)
BY = Machine("test")


@pytest.fixture
def company(vault_keys) -> Company:
    return factories.company()


@pytest.fixture
def expected(company) -> UUID:
    """A key whose passphrase exists and whose file does not."""
    prepared = expecting.prepare_expected_key(company=company)
    with transaction.atomic():
        return expecting.expect_prepared(prepared, by=BY)


def receive(key_id: UUID, company: Company, passphrase: str) -> None:
    file = as_sat_key_file(pooled_key(), "Mia12345")
    pair = storing.seal_key_file(company_id=company.pk, data=file, passphrase=passphrase)
    storing.receive_key_file(key_id=key_id, pair=pair, by=BY)


def discarded(company: Company) -> list[str]:
    events = audit.history_of_company(company).filter(name="secret.discarded")
    return sorted(event.subject_id for event in events)


def test_a_door_only_leaves_behind_what_it_replaces(company, expected):
    receive(expected, company, "Equivocada1")
    receive(expected, company, "Mia12345")
    # Two files, their two passphrases, and the one that the vault made.
    assert StoredSecret.objects.count() == 5
    assert discarded(company) == []


def test_the_vault_worker_destroys_it_on_the_record_once_the_later_file_is_decided(company, expected):
    receive(expected, company, "Equivocada1")
    taking.take_custody(key_id=expected, now=timezone.now())
    refused = StoredKey.objects.get()
    receive(expected, company, "Mia12345")
    taking.take_custody(key_id=expected, now=timezone.now())
    assert discarded(company) == sorted([str(refused.key_secret_id), str(refused.passphrase_secret_id)])
    key = StoredKey.objects.get()
    assert key.state == "proved"
    kept = {key.key_secret_id, key.passphrase_secret_id, key.generated_passphrase_secret_id}
    assert set(StoredSecret.objects.values_list("pk", flat=True)) == kept


def test_what_is_in_custody_stays_although_no_key_names_it(company, expected):
    """A web process that is not itself can make a key forget its secrets; it cannot have them destroyed."""
    pair = make_pair()
    kept = factories.sealed_key(factories.certificate(company, pair), pair)
    taking.take_custody(key_id=kept, now=timezone.now())
    StoredKey.objects.filter(pk=kept).update(key_secret=None, passphrase_secret=None)
    before = set(StoredSecret.objects.values_list("pk", flat=True))
    receive(expected, company, "Mia12345")
    taking.take_custody(key_id=expected, now=timezone.now())
    assert before <= set(StoredSecret.objects.values_list("pk", flat=True))
    assert discarded(company) == []


def test_what_belongs_to_others_or_to_a_step_stays(company, expected):
    upload = factories.uploaded_pfx(company, b"a PFX")
    other = factories.company(rfc="XIA190128J61", name="Xenon")
    waiting = StoredSecret.objects.create(company=other, kind=SecretKind.PASSPHRASE, intake_sealed=b"x")
    receive(expected, company, "Mia12345")
    taking.take_custody(key_id=expected, now=timezone.now())
    assert StoredSecret.objects.filter(pk__in=[upload, waiting.pk]).count() == 2
