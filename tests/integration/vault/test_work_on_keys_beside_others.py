"""Works on keys are not alone: what others write meanwhile neither loses a key nor makes a proof untrue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import AlreadyMoved, MasterKeyRetired
from renewals.models import Company, KeyWork, KeyWorkKind, KeyWorkState
from renewals.models.stored_key import CompanyKey, MasterKey, StoredSecret
from renewals.vault import expecting, held_works, rekeying, rotating
from tests.integration.vault.kept import (
    BY,
    another_master_key,
    company_with_secrets,
    data_key_ids,
    do,
    keep,
    master_keys_in_use,
    opened,
)
from tests.meanwhile import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)
SHELL = Machine("shell")


def asked(company: Company) -> KeyWork:
    return rekeying.ask_rekey(company=company, by=SHELL, confirmed_at=None, now=timezone.now())


def on_another_connection(act: Callable[[], object]) -> None:
    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
@pytest.mark.parametrize("is_damaged", [True, False])
def test_a_secret_that_is_written_while_the_proof_is_made_changes_nothing_of_it(vault_keys: Path, is_damaged: bool):
    company = company_with_secrets(1)
    old = CompanyKey.objects.get()
    if is_damaged:
        row = StoredSecret.objects.order_by("pk")[0]
        sealed = bytes(row.sealed or b"")
        StoredSecret.objects.filter(pk=row.pk).update(sealed=sealed[:-1] + bytes([sealed[-1] ^ 1]))
    counts = []

    def expect_a_key() -> None:
        prepared = expecting.prepare_expected_key(company=company)
        with transaction.atomic():
            expecting.expect_prepared(prepared, by=BY)

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        if "COUNT(*)" in sql and "renewals_storedsecret" in sql:
            counts.append(sql)
            # The first one counts what there is to do, the second is the proof.
            if len(counts) == 2:
                on_another_connection(expect_a_key)
        return result

    with connection.execute_wrapper(watch):
        work = do(asked(company))
    assert len(counts) >= 2
    assert (work.state == KeyWorkState.FAILED) is is_damaged
    assert CompanyKey.objects.filter(pk=old.pk).exists() is is_damaged


def test_a_work_that_somebody_wrote_as_begun_is_begun(vault_keys: Path):
    company = company_with_secrets(1, b"una")
    (old,) = data_key_ids(company)
    work = KeyWork.objects.create(
        kind=KeyWorkKind.REKEY, company=company, to_key=old, from_key=old, asked_at=timezone.now()
    )
    held = held_works.claim(work_id=work.pk, now=timezone.now())
    assert held is not None
    rekeying.rekey(held)
    (new,) = data_key_ids(company)
    assert new != old
    assert opened(company) == {b"una"}


def test_of_two_workers_that_begin_at_once_one_is_told_and_one_new_key_is_made(vault_keys: Path):
    company = company_with_secrets(1, b"una")
    held = held_works.claim(work_id=asked(company).pk, now=timezone.now())
    assert held is not None

    def replaced_by_another() -> None:
        CompanyKey.objects.update(is_active=False)
        keep(company, b"dos")

    with meanwhile('FROM "renewals_companykey"', replaced_by_another), pytest.raises(AlreadyMoved):
        rekeying.rekey(held)
    assert len(data_key_ids(company)) == 2
    assert opened(company) == {b"una", b"dos"}


def test_nothing_is_moved_under_a_master_key_that_was_retired_since_the_last_batch(vault_keys: Path):
    company_with_secrets(1)
    another_master_key(vault_keys, "mk-2")
    work = rotating.ask_rotation(by=SHELL, confirmed_at=None, now=timezone.now())
    held = held_works.claim(work_id=work.pk, now=timezone.now())
    assert held is not None

    retired: list[int] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        # Once it has begun, and read the first batch.
        begun = 'FROM "renewals_intakekey"' in sql and not retired and KeyWork.objects.filter(to_key="mk-2").exists()
        if begun:
            retired.append(MasterKey.objects.filter(pk="mk-2").update(retired_at=timezone.now()))
        return result

    with connection.execute_wrapper(watch), pytest.raises(MasterKeyRetired):
        rotating.rotate(held)
    assert retired == [1]
    assert "mk-2" not in master_keys_in_use()
