"""A second master key, which one is active, and the keys that the firm signs with, from a shell."""

from __future__ import annotations

import json
import shutil
import subprocess
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from renewals.models.stored_key import MasterKey
from renewals.vault import audit_key, keyring

pytestmark = pytest.mark.django_db(transaction=True)


def run(command: str, *options: str) -> str:
    out = StringIO()
    call_command(command, *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_new_master_key_waits_until_it_is_activated(vault_keys):
    before = keyring.load().active.key_id
    new = run("new_master_key").strip()
    assert keyring.load().active.key_id == before
    assert (vault_keys / f"{new}.key").stat().st_mode & 0o777 == 0o600
    assert new in run("activate_master_key", new)
    assert keyring.load().active.key_id == new
    assert keyring.load().named(before).key_id == before


def test_a_new_master_key_may_be_active_at_once(vault_keys):
    assert run("new_master_key", "--activate").strip() == keyring.load().active.key_id


def test_only_a_key_that_is_here_and_was_not_retired_is_activated(vault_keys):
    before = keyring.load().active.key_id
    with pytest.raises(CommandError, match="Falta la llave maestra mk-9"):
        run("activate_master_key", "mk-9")
    new = run("new_master_key").strip()
    keyring.record_use(keyring.load().named(new))
    MasterKey.objects.filter(pk=new).update(retired_at=timezone.now())
    with pytest.raises(CommandError, match="ya fue retirada"):
        run("activate_master_key", new)
    assert keyring.load().active.key_id == before


def test_without_a_folder_nothing_is_made(settings):
    settings.MASTER_KEYS_DIR = ""
    with pytest.raises(CommandError, match="no puede abrir llaves"):
        run("new_master_key")


def test_the_public_audit_keys_are_told_to_people_and_machines(vault_keys):
    first = audit_key.sign(b"vigencia: a test\n").key_id
    second = run("rotate_audit_key").strip()
    table = run("audit_keys")
    assert table.index(second) < table.index(first)
    told = json.loads(run("audit_keys", "--json"))["audit_keys"]
    assert [(key["key_id"], key["succeeds"], bool(key["replaced_at"])) for key in told] == [
        (second, first, False),
        (first, "", True),
    ]


def test_openssl_checks_a_signature_with_the_published_key(vault_keys, tmp_path):
    openssl = shutil.which("openssl")
    assert openssl
    statement = b"vigencia: a test\n"
    signed = audit_key.sign(statement)
    (tmp_path / "key.pem").write_text(run("audit_keys", "--pem").partition("\n")[2])
    (tmp_path / "statement").write_bytes(statement)
    (tmp_path / "signature").write_bytes(signed.signature)
    command = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "statement"]
    done = subprocess.run(
        [*command, "-sigfile", "signature"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (tmp_path / "statement").write_bytes(statement + b"!")
    assert (
        subprocess.run([*command, "-sigfile", "signature"], cwd=tmp_path, capture_output=True, check=False).returncode
        != 0
    )


def test_an_audit_key_is_rotated_only_where_the_master_key_is(db, settings):
    settings.MASTER_KEYS_DIR = ""
    with pytest.raises(CommandError, match="no puede abrir llaves"):
        run("rotate_audit_key")
