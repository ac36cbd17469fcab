"""Files and passphrase reach the asking browser, each once, in time, and nobody else."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.custody import taking
from renewals.custody.authorising import USUAL_MINUTES
from renewals.custody.lapsing import checkouts_lapsed, lapse
from renewals.custody.preparing import prepare
from renewals.errors import (
    CheckoutFailed,
    CheckoutLapsed,
    CheckoutNotReady,
    CheckoutOfAnotherBrowser,
    CheckoutTaken,
    NothingToHandOut,
    NotVisible,
    PassphraseShown,
)
from renewals.models import Checkout, CheckoutState
from renewals.pki.private_key import open_private_key, public_key_sha256
from renewals.vault.storing import seal_pair, store_sealed
from renewals.vault.taking import take_custody
from tests import factories
from tests.hostile import plain_key
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ready(ask) -> Checkout:
    checkout: Checkout = ask()
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    return checkout


@pytest.fixture
def take(beto, transport_key):
    def taken(checkout, **otherwise):
        return taking.take(
            checkout=checkout, **{"person": beto, "transport_key": transport_key, "now": timezone.now()} | otherwise
        )

    return taken


@pytest.fixture
def show(beto, transport_key):
    def shown(checkout, **otherwise):
        return taking.show_passphrase(
            checkout=checkout, **{"person": beto, "transport_key": transport_key, "now": timezone.now()} | otherwise
        )

    return shown


def events_of(checkout: Checkout) -> list[str]:
    return [event.name for event in audit.history_of(checkout)][::-1]


def test_the_files_are_those_that_came_in_and_the_passphrase_opens_them(ready, take, show, pair):
    with zipfile.ZipFile(io.BytesIO(take(ready))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    key_name, certificate_name = sorted(files, key=lambda name: name.endswith(".cer"))
    assert files[certificate_name] == pair.certificate
    key = open_private_key(files[key_name], show(ready)).key
    assert public_key_sha256(key) == pair.facts.public_key_sha256


def test_the_names_tell_whose_files_they_are_and_nothing_else(ready, take):
    with zipfile.ZipFile(io.BytesIO(take(ready))) as archive:
        for name in [*archive.namelist(), ready.package_name]:
            assert name.startswith("EKU9003173C9_npie_")
            assert "/" not in name


def test_taking_is_on_the_record_and_leaves_nothing_behind(ready, take, show):
    take(ready)
    show(ready)
    row = Checkout.objects.get()
    assert (row.state, row.package, row.passphrase_box) == (CheckoutState.TAKEN, None, None)
    assert row.taken_at
    assert row.passphrase_shown_at
    assert events_of(ready) == [
        "checkout.asked",
        "checkout.prepared",
        "checkout.taken",
        "checkout.passphrase_shown",
    ]


def test_the_files_go_out_once(ready, take):
    take(ready)
    with pytest.raises(CheckoutTaken):
        take(Checkout.objects.get())


def test_a_second_try_and_one_from_elsewhere_are_on_the_record(ready, take, show):
    with pytest.raises(CheckoutOfAnotherBrowser):
        take(ready, transport_key=b"x" * 32, from_address="203.0.113.7")
    take(ready)
    with pytest.raises(CheckoutTaken):
        take(Checkout.objects.get())
    show(Checkout.objects.get())
    with pytest.raises(PassphraseShown):
        show(Checkout.objects.get())
    refused = [event for event in audit.history_of(ready) if event.name == "checkout.refused"][::-1]
    assert [event.facts["code"] for event in refused] == [
        "checkout_of_another_browser",
        "checkout_taken",
        "passphrase_shown",
    ]
    assert refused[0].facts["address"] == "203.0.113.7"


def test_what_went_out_does_not_exist_for_another_person(ready, take, ana):
    take(ready)
    with pytest.raises(NotVisible):
        take(Checkout.objects.get(), person=ana)


def test_of_two_who_loaded_the_page_one_gets_the_files(ready, take):
    stale = Checkout.objects.get()
    take(ready)
    with pytest.raises(CheckoutTaken):
        take(stale)
    assert events_of(ready).count("checkout.taken") == 1


def test_a_key_that_nothing_locks_has_no_passphrase_to_show(ask, show, beto):
    bare = make_pair(rfc="XIA190128J61")
    row = factories.certificate(factories.company(rfc="XIA190128J61", name="Xenon", responsible=beto), bare)
    sealed = seal_pair(company_id=row.company_id, container="private_key", data=plain_key(bare.key), passphrase=None)
    with transaction.atomic():
        (key_id,) = store_sealed([(sealed, row)], by=Machine("test"))
    take_custody(key_id=key_id, now=timezone.now())
    checkout = ask(certificate=row)
    prepare(checkout_id=checkout.pk, now=timezone.now())
    with pytest.raises(NothingToHandOut):
        show(Checkout.objects.get())


def test_the_passphrase_is_shown_once(ready, show):
    stale = Checkout.objects.get()
    show(ready)
    with pytest.raises(PassphraseShown):
        show(stale)
    with pytest.raises(PassphraseShown):
        show(Checkout.objects.get())


@pytest.mark.parametrize("other", [None, b"", b"short", b"x" * 32])
def test_another_browser_gets_nothing_and_spoils_nothing(ready, take, show, other):
    with pytest.raises(CheckoutOfAnotherBrowser):
        take(ready, transport_key=other)
    with pytest.raises(CheckoutOfAnotherBrowser):
        show(ready, transport_key=other)
    assert take(Checkout.objects.get())
    assert show(Checkout.objects.get())


def test_another_person_gets_nothing_even_with_the_key(ready, take, show, ana):
    with pytest.raises(NotVisible):
        take(ready, person=ana)
    with pytest.raises(NotVisible):
        show(ready, person=ana)


def test_nothing_goes_out_before_it_is_ready(ask, take, show):
    checkout = ask()
    with pytest.raises(CheckoutNotReady):
        take(checkout)
    with pytest.raises(CheckoutNotReady):
        show(checkout)


def test_nothing_goes_out_after_its_time(ready, take, show):
    late = timezone.now() + timedelta(minutes=USUAL_MINUTES) + timedelta(seconds=1)
    with pytest.raises(CheckoutLapsed):
        take(ready, now=late)
    with pytest.raises(CheckoutLapsed):
        show(ready, now=late)


def test_what_nobody_fetched_is_destroyed_on_the_record(ready, take):
    late = timezone.now() + timedelta(minutes=USUAL_MINUTES) + timedelta(seconds=1)
    assert checkouts_lapsed(late, 10) == [ready.pk]
    lapse(checkout_id=ready.pk, now=late)
    lapse(checkout_id=ready.pk, now=late)
    row = Checkout.objects.get()
    assert (row.state, row.package, row.passphrase_box, row.sealed_transport_key) == (
        CheckoutState.EXPIRED,
        None,
        None,
        None,
    )
    assert events_of(ready).count("checkout.lapsed") == 1
    assert not checkouts_lapsed(late, 10)
    with pytest.raises(CheckoutLapsed):
        take(row)


def test_a_passphrase_nobody_looked_at_is_destroyed_although_the_files_were_taken(ready, take):
    take(ready)
    late = timezone.now() + timedelta(minutes=USUAL_MINUTES) + timedelta(seconds=1)
    assert checkouts_lapsed(late, 10) == [ready.pk]
    lapse(checkout_id=ready.pk, now=late)
    row = Checkout.objects.get()
    assert (row.state, row.passphrase_box) == (CheckoutState.TAKEN, None)
    assert "checkout.lapsed" in events_of(ready)


def test_nothing_lapses_before_its_time(ready):
    lapse(checkout_id=ready.pk, now=timezone.now())
    assert Checkout.objects.get().state == CheckoutState.READY


def test_a_request_that_failed_says_so(ask, take, show, certificate):
    checkout = ask()
    Checkout.objects.update(sealed_transport_key=b"\x01\x02xx" + b"\0" * 80)
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert (checkout.state, checkout.failure_code) == (CheckoutState.FAILED, "seal_broken")
    with pytest.raises(CheckoutFailed):
        take(checkout)
    with pytest.raises(CheckoutFailed):
        show(checkout)
