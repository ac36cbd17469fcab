"""A master key goes when nothing needs it and two partners say so; never before, and never the one in use."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.approvals import asking, deciding
from renewals.audit import Machine
from renewals.errors import (
    ConfirmationNeeded,
    KeysNotArchived,
    KeyWorkUnderWay,
    MasterKeyNeverUsed,
    MasterKeyRetired,
    MasterKeyRetiredBefore,
    NotPermitted,
    ReasonMissing,
)
from renewals.models import Approval, ApprovalKind, ApprovalState, Archive, KeyWork, KeyWorkKind, KeyWorkState, Person
from renewals.models.stored_key import CompanyKey, MasterKey
from renewals.vault import envelope, held_works, key_works, keyring, retiring, rotating, wrapped_rows
from tests import factories
from tests.integration.vault.kept import (
    a_day_later,
    after_the_lease,
    another_master_key,
    archive_keys,
    company_with_secrets,
    do,
    opened,
)
from tests.killing import every_boundary

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def eva(db: None) -> Person:
    """A second partner."""
    return factories.person("eva", role="socio")


@pytest.fixture
def left_behind(vault_keys: Path) -> str:
    """The id of a master key that nothing is under any more."""
    company_with_secrets(1)
    old = (vault_keys / "active").read_text().strip()
    rotate(vault_keys, "mk-new")
    return old


def rotate(folder: Path, key_id: str) -> None:
    another_master_key(folder, key_id)
    work = rotating.ask_rotation(by=Machine("shell"), confirmed_at=None, now=timezone.now())
    assert do(work).state == KeyWorkState.DONE
    archive_keys()


def asked(key_id: str, by: Person) -> KeyWork:
    now = timezone.now()
    return retiring.ask_retirement(key_id=key_id, reason="Se cambió", by=by, confirmed_at=now, now=now)


def approve(work: KeyWork, by: Person) -> None:
    now = timezone.now()
    assert work.approval is not None
    deciding.approve(approval=work.approval, by=by, confirmed_at=now, now=now)
    a_day_later(work)


def test_on_the_word_of_two_partners_it_is_retired_and_its_file_removed(vault_keys, left_behind, ana, eva):
    work = asked(left_behind, ana)
    assert held_works.works_waiting(timezone.now(), 10) == []
    approve(work, eva)
    assert held_works.works_waiting(timezone.now(), 10) == [work.pk]

    do(work)

    assert work.state == KeyWorkState.DONE
    expected = {"key_id": left_behind, "opened": 2, "left": 0, "file": "removed"}
    assert work.proof == expected | {"intakekey": 1, "auditkey": 0, "companykey": 1}
    row = MasterKey.objects.get(pk=left_behind)
    assert row.retired_at is not None
    assert not (vault_keys / f"{left_behind}.key").exists()
    assert Approval.objects.get().state == ApprovalState.USED
    assert [event.name for event in audit.history_of(row)] == ["master_key.retired"]


def test_what_a_process_may_not_remove_stays_and_is_said(vault_keys, left_behind, ana, eva, monkeypatch):
    def refused(_path):
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refused)
    work = asked(left_behind, ana)
    approve(work, eva)
    assert do(work).proof["file"] == "kept"
    monkeypatch.undo()
    assert (vault_keys / f"{left_behind}.key").exists()


def test_a_file_that_is_gone_already_is_said_as_well(vault_keys, left_behind, ana, eva):
    (vault_keys / f"{left_behind}.key").unlink()
    work = asked(left_behind, ana)
    approve(work, eva)
    assert do(work).proof["file"] == "absent"


def test_a_death_at_any_moment_uses_the_two_words_once_and_the_next_look_ends_it(vault_keys, ana, eva):
    company = company_with_secrets(1)
    numbers = iter(range(1000))

    def prepare() -> KeyWork:
        old = (vault_keys / "active").read_text().strip()
        rotate(vault_keys, f"mk-{next(numbers)}")
        work = asked(old, ana)
        approve(work, eva)
        return work

    def check(work: KeyWork) -> None:
        do(work, after_the_lease())
        assert work.state == KeyWorkState.DONE
        row = MasterKey.objects.get(pk=work.from_key)
        assert row.retired_at is not None
        assert not (vault_keys / f"{row.pk}.key").exists()
        assert [event.name for event in audit.history_of(row)] == ["master_key.retired"]
        assert opened(company) == {b"una llave", b"su clave"}

    boundaries = every_boundary(
        prepare=prepare, run=lambda work: key_works.do(work_id=work.pk, now=timezone.now()), check=check
    )
    assert boundaries >= 18


def test_one_that_keys_are_still_under_stays(vault_keys, ana, eva):
    company = company_with_secrets(1)
    old = (vault_keys / "active").read_text().strip()
    another_master_key(vault_keys)
    work = asked(old, ana)
    approve(work, eva)
    do(work)
    assert (work.state, work.failure_code) == (KeyWorkState.FAILED, "master_key_in_use")
    assert work.failure_facts == {"key_id": old, "left": 2}
    assert (vault_keys / f"{old}.key").exists()
    assert Approval.objects.get().state == ApprovalState.APPROVED
    assert opened(company)


def test_a_key_wrapped_at_the_last_moment_keeps_it(vault_keys, left_behind, ana, eva, monkeypatch):
    work = asked(left_behind, ana)
    approve(work, eva)
    proof = rotating.open_every_key

    def and_then_one_comes(*args):
        opened = proof(*args)
        row = CompanyKey.objects.get()
        ring = keyring.load()
        wrapped = envelope.wrap_company_key(
            bytes(32), master=ring.named(left_behind), company_id=row.company_id, key_id=row.pk.hex
        )
        CompanyKey.objects.update(wrapped_key=wrapped)
        return opened

    monkeypatch.setattr(retiring, "open_every_key", and_then_one_comes)
    assert (do(work).state, work.failure_code) == (KeyWorkState.FAILED, "master_key_in_use")
    assert MasterKey.objects.get(pk=left_behind).retired_at is None
    assert Approval.objects.get().state == ApprovalState.APPROVED
    assert (vault_keys / f"{left_behind}.key").exists()


def test_keys_that_do_not_open_without_it_keep_it(vault_keys, left_behind, ana, eva):
    CompanyKey.objects.update(wrapped_key=b"\x03\x06mk-new" + bytes(60))
    work = asked(left_behind, ana)
    approve(work, eva)
    assert (do(work).state, work.failure_code) == (KeyWorkState.FAILED, "keys_left_behind")
    assert (vault_keys / f"{left_behind}.key").exists()


def test_nothing_is_wrapped_under_it_again(vault_keys, left_behind, ana, eva):
    ring = keyring.load()
    old = ring.named(left_behind)
    work = asked(left_behind, ana)
    approve(work, eva)
    do(work)
    # A worker that read the folder before: its new key is not written.
    with pytest.raises(MasterKeyRetired), transaction.atomic():
        keyring.record_use(old)


def test_the_active_one_cannot_be_retired(vault_keys, ana, eva):
    company_with_secrets(1)
    active = (vault_keys / "active").read_text().strip()
    work = asked(active, ana)
    approve(work, eva)
    assert (do(work).state, work.failure_code) == (KeyWorkState.FAILED, "master_key_is_active")


def test_one_that_every_key_archive_still_needs_stays(vault_keys, left_behind, ana, eva):
    work = asked(left_behind, ana)
    approve(work, eva)
    # As if the one there is had been written before.
    rotated_at = KeyWork.objects.get(kind=KeyWorkKind.ROTATE).finished_at
    assert rotated_at is not None
    Archive.objects.update(made_at=rotated_at)
    assert (do(work).state, work.failure_code) == (KeyWorkState.FAILED, "keys_not_archived")
    assert (vault_keys / f"{left_behind}.key").exists()
    with pytest.raises(KeysNotArchived):
        asked(left_behind, ana)
    archive_keys()
    again = asked(left_behind, ana)
    approve(again, eva)
    assert do(again).state == KeyWorkState.DONE
    # The copy of the old key serves the archives from before for so long.
    older = Archive.objects.get(made_at=rotated_at)
    assert again.proof["keep_until"] == str(older.lapses_on)


def test_one_that_was_never_used_or_is_retired_already_is_refused_when_it_is_asked(left_behind, ana):
    with pytest.raises(MasterKeyNeverUsed):
        asked("mk-nobody", ana)
    MasterKey.objects.filter(pk=left_behind).update(retired_at=timezone.now())
    with pytest.raises(MasterKeyRetiredBefore):
        asked(left_behind, ana)
    assert not Approval.objects.exists()


def test_only_partners_ask_with_their_password_and_a_reason(left_behind, ana, beto):
    now = timezone.now()
    with pytest.raises(NotPermitted):
        asked(left_behind, beto)
    with pytest.raises(ConfirmationNeeded):
        retiring.ask_retirement(key_id=left_behind, reason="x", by=ana, confirmed_at=now - timedelta(hours=1), now=now)
    with pytest.raises(ReasonMissing):
        retiring.ask_retirement(key_id=left_behind, reason=" ", by=ana, confirmed_at=now, now=now)
    assert not KeyWork.objects.filter(kind=KeyWorkKind.RETIRE).exists()


def test_two_at_once_are_one_too_many_and_leave_no_request_behind(vault_keys, left_behind, ana):
    asked(left_behind, ana)
    with pytest.raises(KeyWorkUnderWay):
        asked(left_behind, ana)
    assert Approval.objects.count() == 1


@pytest.mark.parametrize("answer", ["refused", "withdrawn"])
def test_without_the_second_word_it_ends_and_can_be_asked_again(vault_keys, left_behind, ana, eva, answer):
    work = asked(left_behind, ana)
    assert work.approval is not None
    now = timezone.now()
    if answer == "refused":
        deciding.refuse(approval=work.approval, by=eva, now=now)
    else:
        deciding.withdraw(approval=work.approval, by=ana, now=now)
    assert (do(work).state, work.failure_code) == (KeyWorkState.FAILED, "approval_missing")
    assert (vault_keys / f"{left_behind}.key").exists()
    assert MasterKey.objects.get(pk=left_behind).retired_at is None
    asked(left_behind, ana)


def test_a_row_somebody_wrote_without_asking_anybody_retires_nothing(vault_keys, left_behind, ana, eva):
    KeyWork.objects.create(kind=KeyWorkKind.RETIRE, from_key=left_behind, asked_by=ana, asked_at=timezone.now())
    work = KeyWork.objects.get(kind=KeyWorkKind.RETIRE)
    assert (do(work).state, work.failure_code) == (KeyWorkState.FAILED, "approval_missing")
    MasterKey.objects.filter(pk=left_behind).update(retired_at=timezone.now())
    KeyWork.objects.create(kind=KeyWorkKind.RETIRE, from_key=left_behind, asked_by=ana, asked_at=timezone.now())
    again = KeyWork.objects.get(kind=KeyWorkKind.RETIRE, open=True)
    assert (do(again).state, again.failure_code) == (KeyWorkState.FAILED, "approval_missing")
    assert (vault_keys / f"{left_behind}.key").exists()


def test_the_word_for_another_key_does_not_count(vault_keys, left_behind, ana, eva):
    now = timezone.now()
    other = asking.ask(
        kind=ApprovalKind.RETIRE_MASTER_KEY,
        facts={"master_key": "mk-other"},
        reason="x",
        by=ana,
        confirmed_at=now,
        now=now,
    )
    deciding.approve(approval=other, by=eva, confirmed_at=now, now=now)
    work = KeyWork.objects.create(
        kind=KeyWorkKind.RETIRE, from_key=left_behind, asked_by=ana, asked_at=now, approval=other
    )
    assert (do(work).state, work.failure_code) == (KeyWorkState.FAILED, "approval_missing")


def test_a_backup_from_before_needs_the_old_key_back_and_loses_nothing(vault_keys, left_behind, ana, eva):
    company = company_with_secrets(7)
    copy = (vault_keys / f"{left_behind}.key").read_bytes()
    work = asked(left_behind, ana)
    approve(work, eva)
    do(work)
    # The restored rows: wrapped under the old key, which the restored record does not know as retired.
    ring_before = (vault_keys / f"{left_behind}.key", copy)
    ring_before[0].write_bytes(copy)
    ring_before[0].chmod(0o600)
    old = keyring.load().named(left_behind)
    row = CompanyKey.objects.get(company=company)
    secret = wrapped_rows.TABLES[-1].unwrap(row, keyring.load().active)
    wrapped = envelope.wrap_company_key(secret, master=old, company_id=company.pk, key_id=row.pk.hex)
    CompanyKey.objects.filter(pk=row.pk).update(wrapped_key=wrapped)
    MasterKey.objects.filter(pk=left_behind).update(retired_at=None)
    assert opened(company) == {b"una llave", b"su clave"}
    again = rotating.ask_rotation(by=Machine("shell"), confirmed_at=None, now=timezone.now())
    assert do(again).state == KeyWorkState.DONE
    assert opened(company) == {b"una llave", b"su clave"}
