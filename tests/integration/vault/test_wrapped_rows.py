"""Whatever is wrapped under a master key is on one list, and every row of it can be moved to another master key."""

from __future__ import annotations

import os

import pytest
from django.apps import apps

from renewals.errors import SealBroken
from renewals.models.stored_key import CompanyKey
from renewals.vault import audit_key, data_keys, keyring, wrapped_rows
from renewals.vault.local_master_key import LocalMasterKey
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
NEW = LocalMasterKey("mk-new", os.urandom(32))


@pytest.fixture
def full(vault_keys):
    """A row in every table."""
    data_keys.wrapped_for({factories.company().pk}, keyring=keyring.load())
    audit_key.sign(b"vigencia: a test\n")


def test_every_column_of_wrapped_bytes_is_on_the_list():
    columns = {
        (model, column.name)
        for model in apps.get_app_config("renewals").get_models()
        for column in model._meta.get_fields()
        if column.name.startswith("wrapped_")
    }
    assert columns == {(table.model, table.column) for table in wrapped_rows.TABLES}


def test_every_row_moves_to_another_master_key_and_holds_the_same(full):
    old = keyring.load().active
    for table in wrapped_rows.TABLES:
        (row,) = table.under(old.key_id)
        secret = table.unwrap(row, old)
        setattr(row, table.column, table.rewrapped(row, old=old, new=NEW))
        row.save(update_fields=[table.column])
        assert table.unwrap(row, NEW) == secret
        assert not table.under(old.key_id).exists()
        assert table.master_key_ids() == {"mk-new"}
        with pytest.raises(SealBroken):
            table.unwrap(row, old)


def test_what_a_row_is_under_is_read_from_its_bytes_and_not_from_its_index(full):
    CompanyKey.objects.update(master_key_id="mk-lie")
    table = wrapped_rows.TABLES[-1]
    assert table.master_key_ids() == {keyring.load().active.key_id}
    assert not table.under("mk-lie").exists()


def test_a_destroyed_private_half_is_under_no_key(full):
    table = wrapped_rows.TABLES[1]
    table.rows().update(wrapped_private_key=b"")
    assert table.master_key_ids() == set()
    assert not table.rows().exists()


@pytest.mark.parametrize("table", wrapped_rows.TABLES, ids=lambda table: table.name)
def test_a_flipped_bit_anywhere_in_a_row_is_found(full, table):
    master = keyring.load().active
    row = table.rows().get()
    whole = table.wrapped(row)
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        setattr(row, table.column, bytes(damaged))
        with pytest.raises(SealBroken):
            table.unwrap(row, master)
