"""The check finds a wrong or missing master key before anything is claimed, and names every row that is damaged."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from renewals.errors import IntakeKeyWrong, MasterKeyUnknown, MasterKeyWrong, SealBroken
from renewals.models.stored_key import CompanyKey, IntakeKey, KeyState, MasterKey, StoredKey
from renewals.vault import audit_key, data_keys, keyring, taking
from renewals.vault.checking import SAMPLE, check
from renewals.vault.envelope import IntakePublicKey
from tests import factories
from tests.integration.vault.kept import another_master_key
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def full(vault_keys):
    """A vault with something in every table; gives the company whose data key it has."""
    company = factories.company()
    data_keys.wrapped_for({company.pk}, keyring=keyring.load())
    audit_key.sign(b"vigencia: a test\n")
    return company


def key_file(folder):
    return next(folder.glob("*.key"))


def test_everything_opens(full, vault_keys):
    found = check(every_row=True)
    (key,) = found.keys
    assert (key.key_id, key.holder, key.is_active, key.rows) == (key_file(vault_keys).stem, "local", True, 3)
    assert (found.rows, found.opened, found.damaged) == (3, 3, [])


def test_an_empty_vault_is_well(vault_keys, settings):
    IntakeKey.objects.all().delete()
    settings.INTAKE_PUBLIC_KEY = ""
    assert check(every_row=False).rows == 0


def test_a_sample_is_enough_to_start(full, vault_keys):
    companies = [factories.company(rfc=f"XAA010101{number:03d}").pk for number in range(SAMPLE)]
    data_keys.wrapped_for(companies, keyring=keyring.load())
    assert check(every_row=False).opened == SAMPLE + 2
    assert check(every_row=True).opened == SAMPLE + 3


def test_a_missing_master_key_is_asked_for_by_name(full, vault_keys):
    gone = key_file(vault_keys)
    another_master_key(vault_keys, "mk-new")
    gone.unlink()
    with pytest.raises(MasterKeyUnknown) as refused:
        check(every_row=False)
    assert refused.value.facts == {"key_id": gone.stem}


def test_a_master_key_that_was_missing_before_keys_were_noted_is_asked_for_as_well(full, vault_keys):
    gone = key_file(vault_keys)
    MasterKey.objects.all().delete()
    another_master_key(vault_keys, "mk-new")
    gone.unlink()
    with pytest.raises(MasterKeyUnknown):
        check(every_row=False)


def test_a_database_from_before_keys_were_noted_is_noted_by_the_check(full, vault_keys):
    MasterKey.objects.all().delete()
    check(every_row=False)
    key_file(vault_keys).write_bytes(b"w" * 32)
    with pytest.raises(MasterKeyWrong):
        check(every_row=False)


@pytest.mark.parametrize("position", range(0, 79, 6))
def test_a_flipped_bit_in_one_row_is_that_row_s_fault_alone(full, vault_keys, position):
    other = factories.company(rfc="XAA010101AAA")
    data_keys.wrapped_for({other.pk}, keyring=keyring.load())
    row = CompanyKey.objects.get(company=full)
    damaged = bytearray(row.wrapped_key)
    damaged[position % len(damaged)] ^= 1 << position % 8
    CompanyKey.objects.filter(pk=row.pk).update(wrapped_key=bytes(damaged))
    found = check(every_row=True)
    assert [(one.table, one.row) for one in found.damaged] == [("companykey", str(row.pk))]
    assert found.opened == 3
    # A flipped bit in the name of the master key makes it the name of one that nobody has.
    with pytest.raises((SealBroken, MasterKeyUnknown)):
        data_keys.unwrapped(CompanyKey.objects.get(pk=row.pk), keyring.load())


def test_what_is_pinned_must_be_what_is_opened(full, vault_keys, settings):
    pinned = IntakePublicKey.parse(settings.INTAKE_PUBLIC_KEY)
    for wrong in (f"ik-other:{str(pinned).partition(':')[2]}", f"{pinned.key_id}:{'A' * 43}=", "not a key"):
        settings.INTAKE_PUBLIC_KEY = wrong
        with pytest.raises(IntakeKeyWrong):
            check(every_row=False)


def test_a_damaged_intake_key_stops_the_start(full, vault_keys):
    IntakeKey.objects.update(wrapped_private_key=bytes(IntakeKey.objects.get().wrapped_private_key)[:-1])
    with pytest.raises(IntakeKeyWrong):
        check(every_row=False)


def test_under_a_wrong_master_key_no_key_is_claimed_and_none_is_refused(vault_keys):
    pair = make_pair()
    factories.sealed_key(factories.certificate(factories.company(), pair), pair)
    right = key_file(vault_keys).read_bytes()
    key_file(vault_keys).write_bytes(b"w" * 32)
    with pytest.raises(MasterKeyWrong):
        taking.take_custody_batch(limit=5, now=timezone.now())
    assert StoredKey.objects.get().state == KeyState.SEALED
    key_file(vault_keys).write_bytes(right)
    assert taking.take_custody_batch(limit=5, now=timezone.now()) == 1
    assert StoredKey.objects.get().state == KeyState.PROVED


# --- by hand ------------------------------------------------------------------------------------------------------


def run(*options: str) -> str:
    out = StringIO()
    call_command("vault_check", *options, stdout=out)
    return out.getvalue()


def test_the_command_tells_what_it_found(full, vault_keys):
    said = run("--all")
    assert key_file(vault_keys).stem in said
    assert "Se abrieron 3 de 3 llaves envueltas." in said
    found = json.loads(run("--json"))
    assert found["keys"] == [{"key_id": key_file(vault_keys).stem, "holder": "local", "is_active": True, "rows": 3}]
    assert (found["rows"], found["opened"], found["damaged"]) == (3, 3, [])


def test_the_command_fails_where_something_does_not_open(full, vault_keys):
    CompanyKey.objects.update(wrapped_key=b"\x09\x02mk")
    out = StringIO()
    with pytest.raises(CommandError, match="1 no abren"):
        call_command("vault_check", stdout=out)
    assert "Llave de datos" in out.getvalue()


def test_the_command_names_what_is_wrong_with_a_master_key(full, vault_keys):
    key_file(vault_keys).write_bytes(b"w" * 32)
    with pytest.raises(CommandError, match="otra llave con el mismo nombre"):
        run()


def test_without_master_keys_the_command_says_so(db, settings):
    settings.MASTER_KEYS_DIR = ""
    with pytest.raises(CommandError, match="no puede abrir llaves"):
        run()
