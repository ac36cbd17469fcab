"""A vault worker may die between any two things it does: no key is lost, none is taken twice, nothing is torn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from renewals import audit
from renewals.models import Certificate, PairState
from renewals.models.stored_key import CompanyKey, KeyState, StoredKey, StoredSecret
from renewals.vault import proving, taking
from tests import factories
from tests.killing import every_boundary
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)
BY = audit.Machine("test")


def test_a_death_at_any_moment_of_taking_custody_loses_nothing_and_doubles_nothing(vault_keys):
    good, other = make_pair(), make_pair()
    numbers = iter(range(1000))

    def prepare() -> tuple[Certificate, Certificate, datetime]:
        """One key that proves its certificate and one that does not, each of a company of its own."""
        number = next(numbers)
        StoredKey.objects.all().delete()
        Certificate.objects.all().delete()
        certificates = [
            factories.certificate(factories.company(rfc=f"{letters}010101{number:03d}", name=letters), pair)
            for letters, pair in (("XAA", good), ("XBB", other))
        ]
        for certificate in certificates:
            factories.sealed_key(certificate, good)
        return certificates[0], certificates[1], timezone.now()

    def run(state: tuple[Certificate, Certificate, datetime]) -> None:
        taking.take_custody_batch(limit=10, now=state[2])

    def check(state: tuple[Certificate, Certificate, datetime]) -> None:
        proved, refused, now = state
        assert not halves()
        after_the_lease = now + taking.LEASE + timedelta(seconds=1)
        taking.take_custody_batch(limit=10, now=after_the_lease)
        taking.take_custody_batch(limit=10, now=after_the_lease)
        assert states(proved) == (KeyState.PROVED, PairState.IN_CUSTODY)
        assert states(refused) == (KeyState.FAILED, PairState.FAILED)
        assert told(proved).count("key.taken_into_custody") == 1
        assert told(refused).count("key.refused") == 1
        assert CompanyKey.objects.filter(company=proved.company).count() == 1
        assert not halves()
        proving.prove_certificate_pair(certificate=proved, by=BY, reason="test")

    boundaries = every_boundary(prepare=prepare, run=run, check=check)
    assert boundaries > 15


def states(certificate: Certificate) -> tuple[str, str]:
    certificate.refresh_from_db()
    return StoredKey.objects.get(certificate=certificate).state, certificate.pair_state


def told(certificate: Certificate) -> list[str]:
    return [event.name for event in audit.history_of(certificate)]


def halves() -> list[StoredKey]:
    """Keys in custody of which something is still sealed to the intake key."""
    sealed = StoredSecret.objects.exclude(intake_sealed=None)
    return list(StoredKey.objects.filter(state=KeyState.PROVED, key_secret__in=sealed))
