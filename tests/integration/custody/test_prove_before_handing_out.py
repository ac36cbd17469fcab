"""A key leaves custody only after it was proved again, whatever its row says about itself."""

from __future__ import annotations

import pytest
from django.utils import timezone

from renewals.custody.preparing import prepare
from renewals.errors import ProverUnavailable
from renewals.models import CheckoutState, PairState
from renewals.models.stored_key import KeyState, StoredKey
from renewals.vault import prover
from renewals.vault.taking import take_custody
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(checkout) -> tuple[str, str]:
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    return checkout.state, checkout.failure_code


def test_a_key_that_was_only_marked_as_proved_does_not_go_out(ask, certificate):
    pair = make_pair("csd")
    row = factories.certificate(certificate.company, pair, pair_state=PairState.IN_CUSTODY)
    key_id = factories.sealed_key(row, pair, passphrase="mala")
    StoredKey.objects.filter(pk=key_id).update(state=KeyState.PROVED)
    assert outcome(ask(certificate=row)) == (CheckoutState.FAILED, "wrong_passphrase")


def test_a_key_that_was_moved_to_another_certificate_of_the_company_does_not_go_out(ask, certificate):
    pair = make_pair("csd")
    row = factories.certificate(certificate.company, pair)
    take_custody(key_id=factories.sealed_key(row, pair), now=timezone.now())
    StoredKey.objects.filter(certificate=certificate).delete()
    StoredKey.objects.filter(certificate=row).update(certificate=certificate)
    assert outcome(ask()) == (CheckoutState.FAILED, "key_of_another_certificate")


def test_a_request_waits_while_nothing_can_be_proved(ask, monkeypatch):
    checkout = ask()
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    prover._prover.close()
    with pytest.raises(ProverUnavailable):
        prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.ASKED
    monkeypatch.undo()
    assert outcome(checkout) == (CheckoutState.READY, "")
