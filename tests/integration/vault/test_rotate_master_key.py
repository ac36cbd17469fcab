"""All keys come under another master key: none is lost, nobody waits, and what shows it is written down at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.errors import KeyWorkUnderWay, MasterKeyUnknown, SealBroken
from renewals.models import Company, KeyWork, KeyWorkState
from renewals.models.stored_key import AuditKey, CompanyKey, IntakeKey, StoredKey
from renewals.vault import audit_key, envelope, held_works, key_works, keyring, proving, rotating, taking
from renewals.vault.opening import opening
from tests import factories
from tests.integration.vault.kept import (
    BY,
    after_the_lease,
    another_master_key,
    company_with_secrets,
    do,
    master_keys_in_use,
    opened,
)
from tests.killing import every_boundary
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def asked() -> KeyWork:
    return rotating.ask_rotation(by=Machine("shell"), confirmed_at=None, now=timezone.now())


def rotated() -> KeyWork:
    return do(asked())


def old_key(folder: Path) -> str:
    return (folder / "active").read_text().strip()


def names_of(work: KeyWork) -> list[str]:
    return [event.name for event in audit.history_of(work)][::-1]


def test_every_key_there_is_comes_under_the_active_master_key(vault_keys):
    companies = [company_with_secrets(number) for number in (1, 2, 3)]
    signed = audit_key.sign(b"antes")
    old = old_key(vault_keys)
    another_master_key(vault_keys, "mk-new")

    work = rotated()

    assert work.state == KeyWorkState.DONE
    assert (work.from_key, work.to_key, work.total, work.done) == (old, "mk-new", 5, 5)
    assert work.proof == {"key_id": "mk-new", "opened": 5, "left": 0, "intakekey": 1, "auditkey": 1, "companykey": 3}
    assert master_keys_in_use() == {"mk-new"}
    assert {row.master_key_id for row in CompanyKey.objects.all()} == {"mk-new"}
    for wrapped in (IntakeKey.objects.get().wrapped_private_key, AuditKey.objects.get().wrapped_private_key):
        assert envelope.sealed_under(bytes(wrapped)) == "mk-new"
    (vault_keys / f"{old}.key").unlink()
    assert all(opened(company) == {b"una llave", b"su clave"} for company in companies)
    assert audit_key.sign(b"antes") == signed
    assert names_of(work) == [
        "key_work.asked",
        *["key_work.batch_moved"] * 3,  # one for each table here
        "key_work.finished",
    ]


def test_a_rotation_asked_twice_in_a_row_finds_nothing_more_to_do(vault_keys):
    company_with_secrets()
    another_master_key(vault_keys)
    rotated()
    before = list(CompanyKey.objects.values())
    again = rotated()
    assert (again.state, again.total, again.done, again.proof["left"]) == (KeyWorkState.DONE, 0, 0, 0)
    assert list(CompanyKey.objects.values()) == before


def test_a_death_at_any_moment_loses_nothing_and_the_next_look_ends_it(vault_keys, monkeypatch):
    monkeypatch.setattr(rotating, "SMALLEST_BATCH", 1)
    company = company_with_secrets(1)
    numbers = iter(range(1000))

    def prepare() -> KeyWork:
        # Those of the rounds before are not needed any more, and reading them takes its time.
        for path in vault_keys.glob("*.key"):
            if path.stem != old_key(vault_keys):
                path.unlink()
        another_master_key(vault_keys, f"mk-{next(numbers)}")
        return asked()

    def check(work: KeyWork) -> None:
        do(work, after_the_lease())
        assert work.state == KeyWorkState.DONE
        assert (work.done, work.total) == (2, 2)
        assert master_keys_in_use() == {old_key(vault_keys)}
        assert opened(company) == {b"una llave", b"su clave"}
        assert names_of(work).count("key_work.finished") == 1
        assert names_of(work).count("key_work.batch_moved") == 2

    boundaries = every_boundary(
        prepare=prepare, run=lambda work: key_works.do(work_id=work.pk, now=timezone.now()), check=check
    )
    assert boundaries > 20


def test_a_look_that_runs_out_of_time_leaves_the_rest_to_the_next(vault_keys, monkeypatch):
    for number in range(5):
        company_with_secrets(number)
    another_master_key(vault_keys)
    monkeypatch.setattr(rotating, "SMALLEST_BATCH", 2)
    looks = iter([True, True])
    monkeypatch.setattr(held_works.HeldWork, "has_time", property(lambda _held: next(looks, False)))
    work = asked()
    do(work)
    assert (work.state, work.done, work.total, work.lease) == (KeyWorkState.WORKING, 3, 6, None)
    monkeypatch.undo()
    assert held_works.works_waiting(timezone.now(), 10) == [work.pk]
    do(work)
    assert (work.state, work.done, work.total) == (KeyWorkState.DONE, 6, 6)


def test_a_data_key_made_while_it_runs_is_under_the_new_master_key_as_well(vault_keys, monkeypatch):
    first = company_with_secrets(1)
    before = keyring.load()
    another_master_key(vault_keys)
    move = rotating._move
    late: list[Company] = []

    def and_another_worker_makes_one(*args):
        if not late:
            # Another worker read the folder before the new key was made the active one.
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(keyring, "load", lambda: before)
                late.append(company_with_secrets(2))
        return move(*args)

    monkeypatch.setattr(rotating, "_move", and_another_worker_makes_one)
    assert rotated().state == KeyWorkState.DONE
    assert master_keys_in_use() == {"mk-new"}
    assert opened(first) == opened(late[0]) == {b"una llave", b"su clave"}


def test_one_that_comes_after_the_last_batch_is_not_overlooked(vault_keys, monkeypatch):
    company_with_secrets(1)
    before = keyring.load()
    another_master_key(vault_keys)
    proof = rotating._open_sample

    def and_then_one_comes(*args):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(keyring, "load", lambda: before)
            company_with_secrets(2)
        return proof(*args)

    monkeypatch.setattr(rotating, "_open_sample", and_then_one_comes)
    work = rotated()
    assert (work.state, work.failure_code) == (KeyWorkState.FAILED, "keys_left_behind")
    monkeypatch.undo()
    assert rotated().state == KeyWorkState.DONE


def test_a_damaged_row_stops_no_other_and_is_named_at_the_end(vault_keys):
    for number in (1, 2, 3):
        company_with_secrets(number)
    bad = CompanyKey.objects.order_by("pk")[1]
    damaged = bytes(bad.wrapped_key)[:-1] + bytes([bad.wrapped_key[-1] ^ 1])
    CompanyKey.objects.filter(pk=bad.pk).update(wrapped_key=damaged)
    another_master_key(vault_keys)
    work = rotated()
    assert (work.state, work.failure_code) == (KeyWorkState.FAILED, "keys_left_behind")
    assert work.failure_facts == {"left": 1, "first": "seal_broken"}
    assert work.done == 3
    bad.refresh_from_db()
    assert bytes(bad.wrapped_key) == damaged
    assert names_of(work)[-1] == "key_work.failed"


def test_a_row_moved_from_another_company_is_not_wrapped_anew_as_that_company_s(vault_keys):
    one, two = company_with_secrets(1), company_with_secrets(2)
    stolen = CompanyKey.objects.get(company=one).wrapped_key
    CompanyKey.objects.filter(company=two).update(wrapped_key=stolen)
    another_master_key(vault_keys)
    work = rotated()
    assert (work.failure_code, work.failure_facts["left"]) == ("keys_left_behind", 1)
    assert opened(one) == {b"una llave", b"su clave"}
    with pytest.raises(SealBroken):
        opened(two)


def test_keys_under_a_master_key_that_is_not_here_stay_and_open_again_once_it_is(vault_keys):
    """A backup from before an earlier rotation was restored, and the folder holds the later master keys only."""
    company = company_with_secrets(1)
    old = old_key(vault_keys)
    from_the_backup = list(CompanyKey.objects.all())
    another_master_key(vault_keys, "mk-new")
    rotated()
    kept_elsewhere = (vault_keys / f"{old}.key").rename(vault_keys.parent / "kept")
    for row in from_the_backup:
        row.save()

    with pytest.raises(MasterKeyUnknown):
        opened(company)
    work = rotated()
    assert (work.failure_code, work.failure_facts) == ("keys_left_behind", {"left": 1, "first": "master_key_unknown"})
    assert master_keys_in_use() == {old}

    kept_elsewhere.rename(vault_keys / f"{old}.key")
    assert opened(company) == {b"una llave", b"su clave"}
    assert rotated().state == KeyWorkState.DONE
    assert master_keys_in_use() == {"mk-new"}


def test_the_column_is_not_believed_only_the_bytes(vault_keys):
    company_with_secrets(1)
    another_master_key(vault_keys)
    CompanyKey.objects.update(master_key_id="mk-new")
    work = rotated()
    assert (work.done, work.state) == (2, KeyWorkState.DONE)
    assert master_keys_in_use() == {"mk-new"}


def test_another_active_key_half_way_ends_it_by_name(vault_keys, monkeypatch):
    company_with_secrets(1)
    another_master_key(vault_keys, "mk-new")
    work = asked()
    monkeypatch.setattr(held_works.HeldWork, "has_time", property(lambda _held: False))
    do(work)
    monkeypatch.undo()
    another_master_key(vault_keys, "mk-newer")
    do(work)
    assert (work.state, work.failure_code) == (KeyWorkState.FAILED, "master_key_changed")
    assert rotated().to_key == "mk-newer"


def test_two_rotations_are_one_too_many(vault_keys):
    asked()
    with pytest.raises(KeyWorkUnderWay):
        asked()


def test_a_key_is_taken_into_custody_and_opened_while_it_runs(vault_keys, monkeypatch):
    pair = make_pair()
    certificate = factories.certificate(company_with_secrets(1), pair)
    key_id = factories.sealed_key(certificate, pair)
    another_master_key(vault_keys)
    move = rotating._move

    def and_somebody_works(held, table, batch, ring):
        refused = move(held, table, batch, ring)
        if table.name == "companykey":
            taking.take_custody(key_id=key_id, now=timezone.now())
        return refused

    monkeypatch.setattr(rotating, "_move", and_somebody_works)
    assert rotated().state == KeyWorkState.DONE
    key = StoredKey.objects.with_secrets().get(pk=key_id)
    with opening(rows=[key], by=BY, reason="test") as opener:
        # Opened with what was read before the rotation, or after it: both are here.
        assert opener.file_of(key) == pair.key_file
    proving.prove_certificate_pair(certificate=certificate, by=BY, reason="test")


def test_whoever_opened_the_folder_before_still_opens_after(vault_keys):
    company = company_with_secrets(1)
    with opening(rows=[], by=BY, reason="test"):
        another_master_key(vault_keys)
        assert rotated().state == KeyWorkState.DONE
    assert opened(company) == {b"una llave", b"su clave"}
