"""A company gets a new data key: every secret is encrypted anew, none is lost, and the old key is gone at the end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.errors import (
    AlreadyMoved,
    ConfirmationNeeded,
    DataKeyReplaced,
    KeyWorkUnderWay,
    MasterKeyAbsent,
    NotPermitted,
    SealBroken,
)
from renewals.models import Company, KeyWork, KeyWorkState
from renewals.models.stored_key import CompanyKey, KeyState, StoredKey, StoredSecret
from renewals.vault import data_keys, expecting, held_works, key_works, rekeying, taking
from renewals.vault.opening import opening
from tests import factories
from tests.integration.vault.kept import (
    BY,
    after_the_lease,
    company_with_secrets,
    data_key_ids,
    do,
    keep,
    opened,
)
from tests.killing import every_boundary
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)
SHELL = Machine("shell")


def asked(company: Company) -> KeyWork:
    return rekeying.ask_rekey(company=company, by=SHELL, confirmed_at=None, now=timezone.now())


def rekeyed(company: Company) -> KeyWork:
    return do(asked(company))


def names_of(work: KeyWork) -> list[str]:
    return [event.name for event in audit.history_of(work)][::-1]


def test_every_secret_opens_under_the_new_key_and_the_old_key_is_destroyed(vault_keys):
    company, neighbour = company_with_secrets(1, b"una", b"dos", b"tres"), company_with_secrets(2, b"ajena")
    (old,) = data_key_ids(company)
    before = dict(StoredSecret.objects.filter(company=neighbour).values_list("pk", "sealed"))

    work = rekeyed(company)

    assert work.state == KeyWorkState.DONE
    (new,) = data_key_ids(company)
    assert new != old
    assert (work.from_key, work.to_key, work.total, work.done) == (old, new, 3, 3)
    assert work.proof == {"rows": 3, "opened": 3, "left": 0, "destroyed": 1}
    assert opened(company) == {b"una", b"dos", b"tres"}
    assert dict(StoredSecret.objects.filter(company=neighbour).values_list("pk", "sealed")) == before
    assert names_of(work) == ["key_work.asked", "key_work.batch_moved", "key_work.finished"]


def test_what_the_old_key_encrypted_opens_with_it_no_more(vault_keys):
    company = company_with_secrets(1, b"una")
    (secret,) = StoredSecret.objects.filter(company=company)
    stolen = secret.sealed
    rekeyed(company)
    StoredSecret.objects.filter(pk=secret.pk).update(sealed=stolen)
    with pytest.raises(SealBroken):
        opened(company)


def test_many_secrets_are_moved_in_batches_and_a_look_that_runs_out_of_time_leaves_the_rest(vault_keys, monkeypatch):
    company = company_with_secrets(1, *(b"%d" % number for number in range(7)))
    monkeypatch.setattr(rekeying, "BATCH", 3)
    work = asked(company)
    looks = iter([True, False])
    monkeypatch.setattr(held_works.HeldWork, "has_time", property(lambda _held: next(looks, True)))
    do(work)
    assert (work.state, work.done, work.lease) == (KeyWorkState.WORKING, 3, None)
    assert opened(company) == {b"%d" % number for number in range(7)}
    assert len(data_key_ids(company)) == 2
    do(work)
    assert (work.state, work.done, work.total) == (KeyWorkState.DONE, 7, 7)
    assert opened(company) == {b"%d" % number for number in range(7)}


def test_a_death_at_any_moment_loses_nothing_and_the_next_look_ends_it(vault_keys, monkeypatch):
    monkeypatch.setattr(rekeying, "BATCH", 1)
    numbers = iter(range(1, 1000))
    texts = {b"una", b"dos"}

    def prepare() -> tuple[Company, KeyWork]:
        company = company_with_secrets(next(numbers), *texts)
        return company, asked(company)

    def check(state: tuple[Company, KeyWork]) -> None:
        company, work = state
        assert opened(company) == texts
        do(work, after_the_lease())
        assert work.state == KeyWorkState.DONE
        assert opened(company) == texts
        assert data_key_ids(company) == [work.to_key]
        assert names_of(work).count("key_work.finished") == 1

    boundaries = every_boundary(
        prepare=prepare, run=lambda state: key_works.do(work_id=state[1].pk, now=timezone.now()), check=check
    )
    assert boundaries > 30


def test_a_key_that_another_worker_is_taking_into_custody_meanwhile_waits_for_the_new_key(vault_keys, monkeypatch):
    pair = make_pair()
    certificate = factories.certificate(company_with_secrets(1, b"una"), pair)
    company = certificate.company
    key_id = factories.sealed_key(certificate, pair)
    taken = taking._taken

    def and_then_the_company_is_rekeyed(*args):
        settled = taken(*args)
        if len(data_key_ids(company)) == 1 and not KeyWork.objects.exists():
            assert rekeyed(company).state == KeyWorkState.DONE
        return settled

    monkeypatch.setattr(taking, "_taken", and_then_the_company_is_rekeyed)
    now = timezone.now()
    taking.take_custody(key_id=key_id, now=now)
    assert StoredKey.objects.get(pk=key_id).state == KeyState.SEALED

    taking.take_custody(key_id=key_id, now=now)
    assert StoredKey.objects.get(pk=key_id).state == KeyState.PROVED
    key = StoredKey.objects.with_secrets().get(pk=key_id)
    with opening(rows=[key], by=BY, reason="test") as opener:
        assert opener.file_of(key) == pair.key_file


def test_a_passphrase_that_was_prepared_before_is_not_written_under_the_old_key(vault_keys):
    company = company_with_secrets()
    prepared = expecting.prepare_expected_key(company=company)
    rekeyed(company)
    with pytest.raises(DataKeyReplaced), transaction.atomic():
        expecting.expect_prepared(prepared, by=BY)
    again = expecting.prepare_expected_key(company=company)
    with transaction.atomic():
        key_id = expecting.expect_prepared(again, by=BY)
    assert StoredKey.objects.get(pk=key_id).state == KeyState.EXPECTED


def test_whoever_read_a_secret_before_still_opens_it_afterwards(vault_keys):
    company = company_with_secrets(1, b"una")
    (read_before,) = StoredSecret.objects.filter(company=company)
    rekeyed(company)
    with opening(rows=[read_before], by=BY, reason="test") as opener:
        assert opener.secret(read_before) == b"una"


def test_a_secret_that_comes_while_it_runs_is_under_the_new_key(vault_keys, monkeypatch):
    company = company_with_secrets(1, b"una")
    move = rekeying._encrypt_anew

    def and_another_comes(*args):
        keep(company, b"dos")
        return move(*args)

    monkeypatch.setattr(rekeying, "_encrypt_anew", and_another_comes)
    assert rekeyed(company).state == KeyWorkState.DONE
    assert opened(company) == {b"una", b"dos"}


def test_a_damaged_secret_stops_no_other_and_keeps_the_old_key(vault_keys):
    company = company_with_secrets(1, b"una", b"dos")
    bad = StoredSecret.objects.filter(company=company).first()
    assert bad is not None
    damaged = bytes(bad.sealed or b"")[:-1] + b"\x00"
    StoredSecret.objects.filter(pk=bad.pk).update(sealed=damaged)
    work = rekeyed(company)
    assert (work.state, work.failure_code) == (KeyWorkState.FAILED, "keys_left_behind")
    assert work.failure_facts == {"left": 1, "first": "seal_broken"}
    assert len(data_key_ids(company)) == 2
    assert bytes(StoredSecret.objects.get(pk=bad.pk).sealed or b"") == damaged
    # Mended (here: given up), it can be asked for again, and leaves nothing of either old key.
    StoredSecret.objects.filter(pk=bad.pk).delete()
    assert rekeyed(company).state == KeyWorkState.DONE
    assert len(data_key_ids(company)) == 1
    assert len(opened(company)) == 1


def test_a_company_without_a_data_key_has_nothing_to_rekey(vault_keys):
    work = rekeyed(factories.company())
    assert (work.state, work.failure_code) == (KeyWorkState.FAILED, "nothing_to_rekey")


def test_two_works_on_one_company_are_one_too_many(vault_keys):
    company = company_with_secrets()
    asked(company)
    with pytest.raises(KeyWorkUnderWay):
        asked(company)
    asked(company_with_secrets(2))


def test_a_worker_that_lost_its_lease_writes_nothing(vault_keys):
    company = company_with_secrets(1, b"una")
    work = asked(company)
    now = timezone.now()
    slow = held_works.claim(work_id=work.pk, now=now)
    assert slow is not None
    assert held_works.claim(work_id=work.pk, now=now) is None
    do(work, now + held_works.LEASE + timedelta(seconds=1))
    before = list(CompanyKey.objects.values("pk", "wrapped_key"))
    with pytest.raises(AlreadyMoved):
        rekeying._replace(CompanyKey.objects.get(company=company), slow)
    assert list(CompanyKey.objects.values("pk", "wrapped_key")) == before
    assert opened(company) == {b"una"}


def test_a_row_that_names_an_old_key_as_its_goal_destroys_nothing(vault_keys):
    """Whoever writes the row as the web does cannot have secrets moved to a key that is then destroyed."""
    company = company_with_secrets(1, b"una")
    StoredSecret.objects.filter(company=company).update(sealed=b"\x02\x00damaged")
    rekeyed(company)
    old = data_key_ids(company)[1]
    StoredSecret.objects.filter(company=company).delete()
    keep(company, b"dos")
    forged = asked(company)
    KeyWork.objects.filter(pk=forged.pk).update(to_key=old)
    assert do(forged).state == KeyWorkState.DONE
    assert opened(company) == {b"dos"}
    assert old not in data_key_ids(company)


def test_only_a_partner_asks_and_only_with_the_password_typed_lately(vault_keys, ana, beto, dalia):
    company = company_with_secrets()
    now = timezone.now()
    for person in (beto, dalia):
        with pytest.raises(NotPermitted):
            rekeying.ask_rekey(company=company, by=person, confirmed_at=now, now=now)
    with pytest.raises(ConfirmationNeeded):
        rekeying.ask_rekey(company=company, by=ana, confirmed_at=None, now=now)
    work = rekeying.ask_rekey(company=company, by=ana, confirmed_at=now, now=now)
    assert (work.asked_by, work.state) == (ana, KeyWorkState.ASKED)


def test_who_is_a_partner_no_more_when_the_vault_looks_gets_nothing(vault_keys, ana):
    company = company_with_secrets()
    now = timezone.now()
    (old,) = data_key_ids(company)
    work = rekeying.ask_rekey(company=company, by=ana, confirmed_at=now, now=now)
    type(ana).objects.filter(pk=ana.pk).update(role="auxiliar")
    assert (do(work).state, work.failure_code) == (KeyWorkState.FAILED, "not_permitted")
    assert data_key_ids(company) == [old]


def test_without_a_master_key_the_work_goes_on_waiting(vault_keys, settings):
    work = asked(company_with_secrets())
    settings.MASTER_KEYS_DIR = ""
    with pytest.raises(MasterKeyAbsent):
        do(work)
    work.refresh_from_db()
    assert (work.state, work.lease) == (KeyWorkState.ASKED, None)


def test_a_work_that_is_not_there_is_nothing_to_do(vault_keys):
    key_works.do(work_id=uuid4(), now=timezone.now())


def test_a_data_key_is_held_in_a_transaction_or_not_at_all(vault_keys):
    company = company_with_secrets()
    (key_id,) = data_key_ids(company)
    with pytest.raises(RuntimeError):
        data_keys.still_in_use({UUID(hex=key_id)})
    with transaction.atomic():
        assert data_keys.still_in_use({UUID(hex=key_id), uuid4()}) == {UUID(hex=key_id)}
