"""Master keys are read only by the vault worker, and only from files that nobody else can read."""

from __future__ import annotations

import pytest
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import (
    MasterKeyAbsent,
    MasterKeyLost,
    MasterKeyRetired,
    MasterKeyUnknown,
    MasterKeyUnsafe,
    MasterKeyWrong,
    SealBroken,
)
from renewals.models.stored_key import CompanyKey, IntakeKey, MasterKey
from renewals.vault import envelope, keyring
from renewals.vault.initialising import initialise
from renewals.vault.local_master_key import LocalMasterKey
from tests import factories

BY = Machine("test")


def key_file(folder):
    return next(folder.glob("*.key"))


def test_the_first_key_is_made_for_its_owner_alone(vault_keys):
    assert vault_keys.stat().st_mode & 0o777 == 0o700
    assert key_file(vault_keys).stat().st_mode & 0o777 == 0o600
    ring = keyring.load()
    assert ring.active.key_id == key_file(vault_keys).stem
    assert key_file(vault_keys).stat().st_size == 32


def test_making_what_is_there_changes_nothing(vault_keys, settings):
    before = {path.name: path.read_bytes() for path in vault_keys.iterdir()}
    assert initialise(by=BY) == settings.INTAKE_PUBLIC_KEY
    assert {path.name: path.read_bytes() for path in vault_keys.iterdir()} == before
    assert IntakeKey.objects.count() == 1


def test_several_keys_stay_and_the_named_one_is_active(vault_keys):
    (vault_keys / "mk-old.key").write_bytes(b"o" * 32)
    (vault_keys / "mk-old.key").chmod(0o400)
    ring = keyring.load()
    assert set(ring.keys) == {"mk-old", ring.active.key_id}
    assert ring.active.key_id != "mk-old"


@pytest.mark.parametrize("role", ["web", "worker", "beat", "migrate"])
def test_another_process_refuses_although_it_was_given_the_folder(vault_keys, settings, role):
    settings.PROCESS_ROLE = role
    with pytest.raises(MasterKeyAbsent):
        keyring.load()


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all"])
def test_without_keys_nothing_opens(vault_keys, settings, folder):
    settings.MASTER_KEYS_DIR = folder
    with pytest.raises(MasterKeyAbsent):
        keyring.load()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_can_read_is_refused(vault_keys, mode):
    key_file(vault_keys).chmod(mode)
    with pytest.raises(MasterKeyUnsafe) as refused:
        keyring.load()
    assert refused.value.facts["fault"] == "readable"


def test_a_folder_that_others_can_write_is_refused(vault_keys):
    vault_keys.chmod(0o770)
    with pytest.raises(MasterKeyUnsafe) as refused:
        keyring.load()
    assert refused.value.facts["fault"] == "writable"


@pytest.mark.parametrize("content", [b"", b"short", b"k" * 33])
def test_a_key_of_the_wrong_length_is_refused(vault_keys, content):
    key_file(vault_keys).write_bytes(content)
    with pytest.raises(MasterKeyUnsafe) as refused:
        keyring.load()
    assert refused.value.facts["fault"] == "length"


def test_an_active_key_that_is_not_there_is_asked_for_by_name(vault_keys):
    (vault_keys / "active").write_text("mk-gone")
    with pytest.raises(MasterKeyUnknown) as refused:
        keyring.load()
    assert refused.value.facts == {"key_id": "mk-gone"}


def test_another_key_of_the_same_name_is_known_to_be_wrong_before_anything_is_opened(vault_keys):
    key_file(vault_keys).write_bytes(b"w" * 32)
    with pytest.raises(MasterKeyWrong) as refused:
        keyring.load()
    assert refused.value.facts == {"key_id": key_file(vault_keys).stem}


def test_a_key_of_the_past_that_is_another_one_is_noticed_too(vault_keys):
    old = LocalMasterKey("mk-old", b"o" * 32)
    keyring.record_use(old)
    (vault_keys / "mk-old.key").write_bytes(b"w" * 32)
    (vault_keys / "mk-old.key").chmod(0o400)
    with pytest.raises(MasterKeyWrong):
        keyring.load()


def test_a_retired_key_is_never_the_active_one(vault_keys):
    MasterKey.objects.update(retired_at=timezone.now())
    with pytest.raises(MasterKeyRetired):
        keyring.load()


def test_the_first_use_of_a_master_key_is_written_down_once(vault_keys):
    ring = keyring.load()
    row = MasterKey.objects.get()
    assert (row.key_id, row.holder) == (ring.active.key_id, "local")
    keyring.record_use(ring.active)
    assert MasterKey.objects.get().probe == row.probe


@pytest.mark.parametrize("name", ["mk with blanks", "mk-that-is-far-too-long", "mk_1"])
def test_a_file_whose_name_is_no_id_is_refused(vault_keys, name):
    (vault_keys / f"{name}.key").write_bytes(b"n" * 32)
    (vault_keys / f"{name}.key").chmod(0o400)
    with pytest.raises(MasterKeyUnsafe) as refused:
        keyring.load()
    assert refused.value.facts["fault"] == "name"


def test_the_key_that_wrapped_something_is_asked_for_by_name(vault_keys):
    stranger = LocalMasterKey("mk-stranger", b"s" * 32)
    wrapped = envelope.wrap_intake_key(b"i" * 32, master=stranger, key_id="ik-1")
    with pytest.raises(MasterKeyUnknown) as refused:
        keyring.load().that_wrapped(wrapped)
    assert refused.value.facts == {"key_id": "mk-stranger"}


def test_a_death_between_key_and_active_is_mended(vault_keys, settings):
    (vault_keys / "active").unlink()
    assert initialise(by=BY) == settings.INTAKE_PUBLIC_KEY


def test_of_several_keys_without_an_active_one_none_is_guessed(vault_keys):
    (vault_keys / "mk-old.key").write_bytes(b"o" * 32)
    (vault_keys / "active").unlink()
    with pytest.raises(MasterKeyAbsent):
        initialise(by=BY)


def test_a_lost_master_key_is_not_replaced_behind_the_back_of_the_database(vault_keys):
    for path in vault_keys.iterdir():
        path.unlink()
    with pytest.raises(MasterKeyLost):
        initialise(by=BY)
    assert not list(vault_keys.iterdir())
    IntakeKey.objects.all().delete()
    CompanyKey.objects.create(company=factories.company(), master_key_id="mk-gone", wrapped_key=b"x")
    with pytest.raises(MasterKeyLost):
        initialise(by=BY)


def test_a_public_key_swapped_in_the_database_is_noticed(vault_keys):
    IntakeKey.objects.update(public_key=b"p" * 32)
    with pytest.raises(SealBroken):
        initialise(by=BY)


def test_without_a_folder_nothing_is_made(db, settings):
    settings.MASTER_KEYS_DIR = ""
    with pytest.raises(MasterKeyAbsent):
        initialise(by=BY)
