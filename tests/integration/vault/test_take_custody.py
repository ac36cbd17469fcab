"""A sealed key comes into custody once, proved, or is refused with its reason."""

from __future__ import annotations

import pytest
from django.utils import timezone

from renewals import audit
from renewals.models import Certificate, PairState
from renewals.models.stored_key import KeyState, StoredKey, StoredSecret
from renewals.vault import taking
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def names_of(certificate: Certificate) -> list[str]:
    return [event.name for event in audit.history_of(certificate)][::-1]


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
