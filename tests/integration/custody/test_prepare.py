"""The vault worker prepares what may go out, locked for one browser, and says why where it does not."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.custody import authorising, preparing, taking
from renewals.custody.asking import WAITS, Terms
from renewals.custody.authorising import FEWEST_MINUTES, MOST, MOST_MINUTES, WINDOW
from renewals.custody.preparing import LEASE, checkouts_waiting, prepare
from renewals.errors import MasterKeyAbsent, NothingToHandOut
from renewals.models import Checkout, CheckoutState, Renewal
from renewals.models.checkout import What
from renewals.models.event import Event
from renewals.models.stored_key import StoredKey
from renewals.pki.authority import as_sat_key_file
from renewals.pki.private_key import open_private_key
from renewals.vault import expecting, storing
from renewals.vault.packaging import Packed
from renewals.vault.taking import take_custody
from tests import factories
from tests.killing import every_boundary
from tests.pairs import make_pair, pooled_key
from tests.unguarded import history_unguarded

pytestmark = pytest.mark.django_db(transaction=True)
BY = Machine("test")


@pytest.fixture
def renewal(certificate) -> Renewal:
    """Under way, with the passphrase of the new key sealed and its file still to come."""
    prepared = expecting.prepare_expected_key(company=certificate.company)
    with transaction.atomic():
        key_id = expecting.expect_prepared(prepared, by=BY)
        return Renewal.objects.create(
            company=certificate.company,
            certificate=certificate,
            plan="npie",
            edition=1,
            state="open",
            pending_key_id=key_id,
        )


@pytest.fixture
def fetched(ask, beto, transport_key):
    """Ask, prepare, and take: the files by name, and the passphrase."""

    def fetch(**wanted) -> tuple[dict[str, bytes], str]:
        checkout = ask(**wanted)
        prepare(checkout_id=checkout.pk, now=timezone.now())
        checkout.refresh_from_db()
        mine = {"checkout": checkout, "person": beto, "transport_key": transport_key, "now": timezone.now()}
        passphrase = taking.show_passphrase(**mine)
        if checkout.package is None:
            return {}, passphrase
        with zipfile.ZipFile(io.BytesIO(taking.take(**mine))) as archive:
            return {name: archive.read(name) for name in archive.namelist()}, passphrase

    return fetch


def forget_what_was_asked() -> None:
    """The history too: whoever dies at thirty boundaries has asked more often than one person may."""
    Checkout.objects.all().delete()
    with history_unguarded():
        Event.objects.all().delete()


def test_what_is_prepared_can_only_be_read_by_the_browser(ask, pair):
    checkout = ask()
    prepare(checkout_id=checkout.pk, now=timezone.now())
    row = Checkout.objects.get()
    assert (row.state, row.sealed_transport_key) == (CheckoutState.READY, None)
    assert row.public_key_sha256 == pair.facts.public_key_sha256
    for blob in (bytes(row.package or b""), bytes(row.passphrase_box or b"")):
        assert blob
        assert pair.passphrase.encode() not in blob
        assert pair.key_file not in blob


def test_the_opening_names_the_person_the_reason_and_the_checkout(ask, beto, certificate):
    checkout = ask(reason="Firmar la carta")
    prepare(checkout_id=checkout.pk, now=timezone.now())
    opened = next(event for event in audit.history_of(certificate) if event.name == "key.opened")
    assert opened.person == beto
    assert opened.facts == {
        "reason": "Firmar la carta",
        "checkout": str(checkout.pk),
        "key": str(StoredKey.objects.get(certificate=certificate).pk),
        "public_key_sha256": certificate.public_key_sha256,
    }


def test_an_expired_pair_is_handed_out_like_any_other(fetched, beto, certificate):
    certificate.not_after = timezone.now() - timedelta(days=200)
    certificate.retired_at = timezone.now()
    certificate.save(update_fields=["not_after", "retired_at"])
    files, passphrase = fetched(certificate=certificate)
    assert len(files) == 2
    assert passphrase


def test_a_step_hands_out_what_its_plan_says(fetched, renewal):
    files, passphrase = fetched(certificate=None, renewal=renewal, step_key="enter_idse")
    assert len(files) == 2
    assert passphrase


def test_the_new_passphrase_goes_out_before_there_is_a_key(fetched, renewal):
    files, passphrase = fetched(certificate=None, renewal=renewal, step_key="new_key_place")
    assert files == {}
    assert len(passphrase) == expecting.PASSPHRASE_LENGTH
    checkout = Checkout.objects.get()
    assert (checkout.what, checkout.state) == (What.NEW_PASSPHRASE, CheckoutState.TAKEN)


def test_a_passphrase_alone_has_no_files_to_download(ask, renewal, beto, transport_key):
    checkout = ask(certificate=None, renewal=renewal, step_key="new_key_place")
    prepare(checkout_id=checkout.pk, now=timezone.now())
    with pytest.raises(NothingToHandOut):
        taking.take(checkout=Checkout.objects.get(), person=beto, transport_key=transport_key, now=timezone.now())


def test_the_pending_key_goes_out_with_the_passphrase_that_opens_it(fetched, renewal):
    _, passphrase = fetched(certificate=None, renewal=renewal, step_key="new_key_place")
    key_file = as_sat_key_file(pooled_key(), passphrase)
    pair = storing.seal_key_file(company_id=renewal.company_id, data=key_file, passphrase=None)
    storing.receive_key_file(key_id=renewal.pending_key_id, pair=pair, by=BY)
    take_custody(key_id=renewal.pending_key_id, now=timezone.now())
    files, same = fetched(certificate=None, renewal=renewal, step_key="install_with_new_key")
    assert files == {"EKU9003173C9_llave_nueva.key": key_file}
    assert same == passphrase
    open_private_key(key_file, same)
    assert Checkout.objects.get(what=What.PENDING_KEY).public_key_sha256


def test_a_pending_key_that_is_not_proved_does_not_go_out(ask, renewal):
    checkout = ask(certificate=None, renewal=renewal, step_key="install_with_new_key")
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert (checkout.state, checkout.failure_code) == (CheckoutState.FAILED, "key_not_proved")


@pytest.mark.parametrize("step_key", ["confirm_company", "no_such_step", "sign_terms_new"])
def test_a_step_that_hands_out_nothing_cannot_be_asked(ask, renewal, step_key):
    # The new certificate of sign_terms_new does not exist yet.
    with pytest.raises(NothingToHandOut):
        ask(certificate=None, renewal=renewal, step_key=step_key)


def test_a_renewal_without_a_pending_key_has_none_to_give(ask, renewal):
    Renewal.objects.update(pending_key=None)
    renewal.refresh_from_db()
    with pytest.raises(NothingToHandOut):
        ask(certificate=None, renewal=renewal, step_key="new_key_place")


def test_a_person_who_lost_their_companies_meanwhile_gets_nothing(ask, beto, certificate):
    checkout = ask()
    certificate.company.responsible = None
    certificate.company.save(update_fields=["responsible"])
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert (checkout.state, checkout.failure_code) == (CheckoutState.FAILED, "not_visible")
    assert checkout.sealed_transport_key is None
    # Once, when it came into custody, and not again.
    assert [event.name for event in audit.history_of(certificate)].count("key.opened") == 1


def test_the_vault_worker_counts_for_itself(ask, beto):
    now = timezone.now()
    for _ in range(MOST):
        checkout = ask(now=now)
        prepare(checkout_id=checkout.pk, now=now)
        # A web process that is not itself may write what it likes into these rows, or drop them.
        Checkout.objects.all().delete()
    checkout = ask(now=now)
    prepare(checkout_id=checkout.pk, now=now)
    checkout.refresh_from_db()
    assert (checkout.state, checkout.failure_code) == (CheckoutState.FAILED, "too_many_checkouts")


def test_people_who_were_invented_for_it_do_not_get_more(ask, certificate, monkeypatch):
    monkeypatch.setattr(authorising, "MOST_OF_FIRM", 3)
    now = timezone.now()
    codes = []
    for number in range(4):
        # A web process that is not itself can write itself a partner; the vault worker counts the whole firm.
        checkout = ask(person=factories.person(f"nadie{number}", role="socio"), now=now)
        prepare(checkout_id=checkout.pk, now=now)
        checkout.refresh_from_db()
        codes.append(checkout.failure_code)
    assert codes == ["", "", "", "firm_took_too_many"]
    assert checkout.failure_facts == {"limit": 3, "minutes": 60}
    later = now + WINDOW + timedelta(seconds=1)
    another = ask(now=later)
    prepare(checkout_id=another.pk, now=later)
    another.refresh_from_db()
    assert another.state == CheckoutState.READY


def test_the_firm_may_take_more_than_one_person():
    assert authorising.MOST_OF_FIRM > 2 * MOST


def test_nothing_outlives_what_the_vault_worker_grants(ask):
    checkout = ask()
    Checkout.objects.update(expires_at=timezone.now() + timedelta(days=365), minutes=9_999)
    now = timezone.now()
    prepare(checkout_id=checkout.pk, now=now)
    assert Checkout.objects.get().expires_at == now + timedelta(minutes=MOST_MINUTES)


@pytest.mark.parametrize(("wanted", "granted"), [(0, FEWEST_MINUTES), (5, 5), (20, 20), (600, MOST_MINUTES)])
def test_the_minutes_begin_when_the_files_are_ready(ask, wanted, granted):
    checkout = ask(terms=Terms(minutes=wanted))
    much_later = timezone.now() + WAITS - timedelta(minutes=1)
    prepare(checkout_id=checkout.pk, now=much_later)
    assert Checkout.objects.get().expires_at == much_later + timedelta(minutes=granted)


def test_a_seal_of_another_request_opens_nothing(ask):
    first, second = ask(), ask()
    Checkout.objects.filter(pk=second.pk).update(sealed_transport_key=first.sealed_transport_key)
    prepare(checkout_id=second.pk, now=timezone.now())
    second.refresh_from_db()
    assert (second.state, second.failure_code) == (CheckoutState.FAILED, "seal_broken")


def test_a_request_without_a_browser_key_is_refused(ask):
    checkout = ask()
    Checkout.objects.update(sealed_transport_key=None)
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert checkout.failure_code == "nothing_to_hand_out"


def test_a_key_that_vanished_is_said_to_be_gone(ask):
    checkout = ask()
    StoredKey.objects.all().delete()
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert checkout.failure_code == "key_not_kept"


def test_without_a_master_key_the_request_goes_on_waiting(ask, settings):
    checkout = ask()
    settings.PROCESS_ROLE = "web"
    with pytest.raises(MasterKeyAbsent):
        prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.ASKED


def test_a_master_key_that_is_not_among_ours_leaves_the_request_waiting(ask, vault_keys):
    checkout = ask()
    old = next(vault_keys.glob("*.key"))
    (vault_keys / "mk-new.key").write_bytes(b"n" * 32)
    (vault_keys / "mk-new.key").chmod(0o600)
    (vault_keys / "active").write_text("mk-new")
    kept = old.read_bytes()
    old.unlink()
    with pytest.raises(MasterKeyAbsent):
        prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.ASKED
    old.write_bytes(kept)
    old.chmod(0o600)
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.READY


def test_preparing_twice_changes_nothing(ask):
    checkout = ask()
    prepare(checkout_id=checkout.pk, now=timezone.now())
    before = Checkout.objects.values().get()
    prepare(checkout_id=checkout.pk, now=timezone.now())
    prepare(checkout_id=uuid4(), now=timezone.now())
    assert Checkout.objects.values().get() == before


def test_a_request_past_its_time_is_not_prepared(ask):
    checkout = ask()
    late = timezone.now() + WAITS + timedelta(seconds=1)
    assert not checkouts_waiting(late, 10)
    prepare(checkout_id=checkout.pk, now=late)
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.ASKED


def test_a_death_at_any_moment_of_preparing_loses_nothing_and_doubles_nothing(ask, beto, transport_key):
    def start() -> tuple[Checkout, datetime]:
        forget_what_was_asked()
        now = timezone.now()
        return ask(now=now), now

    def run(state: tuple[Checkout, datetime]) -> None:
        prepare(checkout_id=state[0].pk, now=state[1])

    def check(state: tuple[Checkout, datetime]) -> None:
        checkout, now = state
        after_the_lease = now + LEASE + timedelta(seconds=1)
        for _ in range(2):
            prepare(checkout_id=checkout.pk, now=after_the_lease)
        checkout.refresh_from_db()
        assert checkout.state == CheckoutState.READY
        assert [event.name for event in audit.history_of(checkout)] == ["checkout.prepared", "checkout.asked"]
        assert taking.take(checkout=checkout, person=beto, transport_key=transport_key, now=after_the_lease)

    assert every_boundary(prepare=start, run=run, check=check) >= 8


def test_a_death_at_any_moment_of_the_download_gives_the_files_at_most_once(ask, beto, transport_key):
    handed: list[bytes] = []

    def start() -> Checkout:
        forget_what_was_asked()
        handed.clear()
        checkout = ask()
        prepare(checkout_id=checkout.pk, now=timezone.now())
        return Checkout.objects.get()

    def take(checkout: Checkout) -> None:
        handed.append(taking.take(checkout=checkout, person=beto, transport_key=transport_key, now=timezone.now()))

    def check(checkout: Checkout) -> None:
        row = Checkout.objects.get()
        if row.state == CheckoutState.READY:
            take(row)
        assert len(handed) <= 1
        row.refresh_from_db()
        assert (row.state, row.package) == (CheckoutState.TAKEN, None)
        assert [event.name for event in audit.history_of(row)].count("checkout.taken") == 1

    every_boundary(prepare=start, run=take, check=check)


def test_the_new_pair_goes_out_once_it_exists(fetched, renewal):
    pair = make_pair()
    row = factories.certificate(renewal.company, pair, is_primary=False)
    take_custody(key_id=factories.sealed_key(row, pair), now=timezone.now())
    renewal.new_certificate = row
    renewal.save(update_fields=["new_certificate"])
    files, _ = fetched(certificate=None, renewal=renewal, step_key="sign_terms_new")
    assert pair.certificate in files.values()


def test_a_pending_key_that_was_taken_from_its_renewal_meanwhile_does_not_go_out(ask, renewal):
    checkout = ask(certificate=None, renewal=renewal, step_key="new_key_place")
    Renewal.objects.update(pending_key=None)
    prepare(checkout_id=checkout.pk, now=timezone.now())
    checkout.refresh_from_db()
    assert checkout.failure_code == "nothing_to_hand_out"


def test_a_worker_that_was_overtaken_writes_nothing(ask):
    """Slow enough for its lease to lapse: another one has prepared the request, or has refused it."""
    checkout = ask()
    now = timezone.now()
    prepare(checkout_id=checkout.pk, now=now)
    before = Checkout.objects.values().get()
    checkout.refresh_from_db()
    lost = now - timedelta(minutes=1)
    nothing = Packed(package=None, package_name="", passphrase_box=None, public_key_sha256="")
    preparing._finish(checkout, lost, nothing, now)
    preparing._fail(checkout, lost, NothingToHandOut())
    assert Checkout.objects.values().get() == before
    assert [event.name for event in audit.history_of(checkout)] == ["checkout.prepared", "checkout.asked"]


def test_a_pfx_goes_out_as_it_came(fetched, beto):
    pair = make_pair(rfc="XIA190128J61")
    row = factories.certificate(factories.company(rfc="XIA190128J61", name="Xenon", responsible=beto), pair)
    sealed = storing.seal_pair(company_id=row.company_id, container="pfx", data=pair.pfx(), passphrase=pair.passphrase)
    with transaction.atomic():
        (key_id,) = storing.store_sealed([(sealed, row)], by=BY)
    take_custody(key_id=key_id, now=timezone.now())
    files, passphrase = fetched(certificate=row)
    assert sorted(name[-4:] for name in files) == [".cer", ".pfx"]
    assert passphrase == pair.passphrase
