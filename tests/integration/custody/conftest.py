"""What do the tests of handing out keys share: a certificate whose key is in custody, and somebody who asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from renewals.custody import asking
from renewals.models import Certificate, Checkout, Person
from renewals.vault.taking import take_custody
from tests import factories
from tests.pairs import Pair, make_pair


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def certificate(vault_keys, beto: Person, pair: Pair) -> Certificate:
    """In custody, of a company that beto answers for."""
    row = factories.certificate(factories.company(responsible=beto), pair)
    take_custody(key_id=factories.sealed_key(row, pair), now=timezone.now())
    row.refresh_from_db()
    return row


@pytest.fixture
def transport_key() -> bytes:
    return asking.new_transport_key()


@pytest.fixture
def ask(certificate: Certificate, beto: Person, transport_key: bytes) -> Callable[..., Checkout]:
    """Beto asks for the certificate's files with a good reason; give what shall be otherwise."""

    def asked(**otherwise: Any) -> Checkout:
        now = otherwise.pop("now", timezone.now())
        wanted = {
            "certificate": certificate,
            "reason": "Entrar a IDSE para renovar",
            "person": beto,
            "confirmed_at": now,
            "from_address": "127.0.0.1",
            "transport_key": transport_key,
            "now": now,
        }
        return asking.ask(**wanted | otherwise)

    return asked
