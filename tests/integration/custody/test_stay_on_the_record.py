"""Whatever a web process that is not itself writes into the rows, what goes out is counted, and told of its own key."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from renewals import audit
from renewals.custody import authorising
from renewals.custody.preparing import prepare
from renewals.errors import ProverUnavailable
from renewals.models import Checkout, CheckoutState, Renewal
from renewals.models.checkout import What
from renewals.models.event import Event
from renewals.models.stored_key import StoredKey
from renewals.vault import prover
from renewals.vault.intake_seal import seal_transport_key

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_request_that_is_written_anew_counts_every_time(ask, certificate, transport_key, monkeypatch):
    monkeypatch.setattr(authorising, "MOST", 3)
    now = timezone.now()
    checkout = ask(now=now)
    sealed = seal_transport_key(transport_key, company_id=certificate.company_id, checkout_id=checkout.pk)
    states = []
    for _ in range(5):
        Checkout.objects.update(
            state=CheckoutState.ASKED,
            package=None,
            passphrase_box=None,
            expires_at=now + timedelta(minutes=10),
            sealed_transport_key=sealed,
        )
        prepare(checkout_id=checkout.pk, now=now)
        states.append(Checkout.objects.values_list("state", "failure_code").get())
    ready, refused = (CheckoutState.READY, ""), (CheckoutState.FAILED, "too_many_checkouts")
    assert states == [ready, ready, ready, refused, refused]


def test_a_key_that_was_detached_from_its_certificate_goes_out_on_the_certificates_record(ask, certificate):
    key = StoredKey.objects.get(certificate=certificate)
    StoredKey.objects.update(certificate=None)
    renewal = Renewal.objects.create(
        company=certificate.company, certificate=certificate, plan="npie", edition=1, state="open", pending_key=key
    )
    checkout = ask(certificate=None, renewal=renewal, step_key="install_with_new_key")
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert (checkout.what, checkout.state) == (What.PENDING_KEY, CheckoutState.READY)
    opened = [event for event in audit.history_of(certificate) if event.name == "key.opened" and event.person]
    assert [event.facts["checkout"] for event in opened] == [str(checkout.pk)]
    assert opened[0].facts["key"] == str(key.pk)
    assert opened[0].facts["public_key_sha256"] == certificate.public_key_sha256


def test_a_prover_that_cannot_start_uses_up_nobodys_limit(ask, monkeypatch):
    checkout = ask()

    def unavailable(*_: object) -> None:
        raise ProverUnavailable

    monkeypatch.setattr(prover, "ensure_running", unavailable)
    with pytest.raises(ProverUnavailable):
        prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.ASKED
    assert not Event.objects.filter(name="key.opened", person__isnull=False).exists()
