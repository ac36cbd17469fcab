"""Whatever a web process that is not itself writes into the rows, no key of one company goes out as another's."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from renewals import audit
from renewals.custody.preparing import prepare
from renewals.errors import KeyNotKept, NothingToHandOut, SealBroken
from renewals.models import Certificate, Checkout, CheckoutState, Company, Person, Renewal, RenewalState
from renewals.models.checkout import What
from renewals.models.stored_key import StoredKey
from renewals.vault import packaging, proving
from renewals.vault.intake_seal import seal_transport_key
from renewals.vault.opening import opening
from renewals.vault.taking import take_custody
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other(certificate, carla: Person) -> Certificate:
    """In custody as well, of a company that carla answers for; ``certificate`` belongs to beto's."""
    pair = make_pair(rfc="XIA190128J61")
    row = factories.certificate(factories.company(rfc="XIA190128J61", name="Xenon", responsible=carla), pair)
    take_custody(key_id=factories.sealed_key(row, pair), now=timezone.now())
    return row


@pytest.fixture
def renewal(other) -> Renewal:
    """One of carla's company, over and done with, so that anything may be written into it."""
    return Renewal.objects.create(
        company=other.company, certificate=other, plan="npie", edition=1, state=RenewalState.CANCELLED, open=None
    )


def prepared(*, company: Company, person: Person, what: What, transport_key: bytes, **rows: object) -> Checkout:
    """What became of a request that was written by hand, as whoever holds the web's role in the database can."""
    checkout_id, now = uuid4(), timezone.now()
    Checkout.objects.create(
        pk=checkout_id,
        company=company,
        what=what,
        person=person,
        reason="x",
        sealed_transport_key=seal_transport_key(transport_key, company_id=company.pk, checkout_id=checkout_id),
        asked_at=now,
        expires_at=now + timedelta(minutes=10),
        **rows,
    )
    prepare(checkout_id=checkout_id, now=now)
    return Checkout.objects.get(pk=checkout_id)


def assert_refused(checkout: Checkout, code: str) -> None:
    assert (checkout.state, checkout.failure_code) == (CheckoutState.FAILED, code)
    assert (checkout.package, checkout.passphrase_box) == (None, None)


def test_a_certificate_of_another_company_does_not_go_out(certificate, other, carla, transport_key):
    checkout = prepared(
        company=other.company,
        person=carla,
        what=What.CERTIFICATE_PAIR,
        transport_key=transport_key,
        certificate=certificate,
    )
    assert_refused(checkout, "nothing_to_hand_out")


def test_a_key_that_was_moved_to_another_company_does_not_open(certificate, other, renewal, carla, transport_key):
    stolen = StoredKey.objects.get(certificate=certificate)
    StoredKey.objects.filter(pk=stolen.pk).update(company=other.company, certificate=None)
    Renewal.objects.update(pending_key=stolen)
    for what, code in ((What.PENDING_KEY, "seal_key_unknown"), (What.NEW_PASSPHRASE, "key_not_kept")):
        checkout = prepared(
            company=other.company, person=carla, what=what, transport_key=transport_key, renewal=renewal
        )
        assert_refused(checkout, code)


def test_a_key_that_was_moved_to_a_certificate_of_another_company_does_not_go_out(
    certificate, other, carla, transport_key
):
    StoredKey.objects.filter(certificate=other).delete()
    StoredKey.objects.filter(certificate=certificate).update(certificate=other)
    checkout = prepared(
        company=other.company, person=carla, what=What.CERTIFICATE_PAIR, transport_key=transport_key, certificate=other
    )
    assert_refused(checkout, "key_not_kept")
    with pytest.raises(KeyNotKept):
        proving.prove_certificate_pair(certificate=other, by=carla, reason="test")


@pytest.mark.parametrize("what", [What.PENDING_KEY, What.NEW_PASSPHRASE])
def test_a_pending_key_of_another_company_does_not_go_out(certificate, other, renewal, carla, transport_key, what):
    Renewal.objects.update(pending_key=StoredKey.objects.get(certificate=certificate))
    checkout = prepared(company=other.company, person=carla, what=what, transport_key=transport_key, renewal=renewal)
    assert_refused(checkout, "nothing_to_hand_out")


@pytest.mark.parametrize("what", [What.PENDING_KEY, What.NEW_PASSPHRASE])
def test_a_renewal_of_another_company_hands_out_nothing(certificate, other, renewal, beto, transport_key, what):
    Renewal.objects.update(pending_key=StoredKey.objects.get(certificate=other))
    checkout = prepared(
        company=certificate.company, person=beto, what=what, transport_key=transport_key, renewal=renewal
    )
    assert_refused(checkout, "nothing_to_hand_out")


def test_a_pair_without_a_certificate_is_nothing_to_hand_out(other, renewal, carla, transport_key):
    Renewal.objects.update(pending_key=StoredKey.objects.get(certificate=other))
    checkout = prepared(
        company=other.company, person=carla, what=What.CERTIFICATE_PAIR, transport_key=transport_key, renewal=renewal
    )
    assert_refused(checkout, "nothing_to_hand_out")


def test_packing_itself_asks_whose_key_it_is(certificate, other, carla, transport_key):
    order = packaging.Order(
        checkout_id=uuid4(),
        company=other.company,
        sealed_transport_key=b"",
        by=carla,
        reason="test",
        now=timezone.now(),
    )
    with pytest.raises(NothingToHandOut):
        packaging.pack_certificate_pair(order, certificate=certificate)


def test_what_opens_is_on_the_record_of_the_company_whose_key_it_is(certificate, other, carla):
    """The row may say what it likes: under another company it opens nothing, so the record cannot name a wrong one."""
    key = StoredKey.objects.with_secrets().get(certificate=certificate)
    key.company = other.company
    with opening(rows=[key], by=carla, reason="test") as opener:
        for attempt in (opener.file_of, opener.passphrase_of):
            with pytest.raises(SealBroken):
                attempt(key)
    key.refresh_from_db()
    with opening(rows=[key], by=carla, reason="test") as opener:
        assert opener.file_of(key)
    assert audit.history_of_company(certificate.company)[0].facts["reason"] == "test"
