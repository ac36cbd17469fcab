"""Are master keys changed and retired, and companies re-keyed, from a shell that holds the keys or asks who does?"""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from renewals.approvals import deciding
from renewals.models import KeyWork, KeyWorkKind
from renewals.models.stored_key import CompanyKey, StoredSecret
from tests import factories
from tests.integration.vault.kept import (
    a_day_later,
    another_master_key,
    archive_keys,
    company_with_secrets,
    keep,
    master_keys_in_use,
    opened,
)

pytestmark = pytest.mark.django_db(transaction=True)


def answer(*words: str) -> dict[str, Any]:
    """The one JSON document on standard output."""
    out = StringIO()
    call_command(*words, "--json", stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def said(*words: str) -> str:
    """What a person reads."""
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_shell_with_the_keys_rotates_and_prints_the_proof(vault_keys):
    company_with_secrets()
    another_master_key(vault_keys)
    told = answer("rotate_master_key")
    assert (told["state"], told["done"], told["total"], told["error"]) == ("done", 2, 2, None)
    assert told["proof"]["left"] == 0
    assert master_keys_in_use() == {"mk-new"}
    assert "Llaves o secretos que quedaron atrás: 0" in said("rotate_master_key")


@pytest.mark.parametrize("command", ["rotate_master_key", "rekey_company"])
def test_a_shell_without_the_keys_is_refused(vault_keys, settings, command):
    """Whoever could only write the row, naming nobody, would pass for the vault's own shell."""
    company = company_with_secrets()
    settings.MASTER_KEYS_DIR = ""
    words = [command, company.rfc] if command == "rekey_company" else [command]
    with pytest.raises(CommandError, match="Aquí no están las llaves maestras"):
        said(*words)
    assert not KeyWork.objects.exists()


def test_a_rotation_that_cannot_end_is_an_error_with_its_reason(vault_keys):
    company_with_secrets()
    CompanyKey.objects.update(wrapped_key=b"\x03\x07mk-gone" + bytes(60))
    another_master_key(vault_keys)
    with pytest.raises(CommandError, match="1 llaves o secretos no se pudieron pasar"):
        said("rotate_master_key")


def test_a_company_is_rekeyed_by_its_rfc(vault_keys):
    company = company_with_secrets(1, b"una")
    before = StoredSecret.objects.get().sealed
    told = answer("rekey_company", company.rfc.lower())
    assert told["proof"] == {"rows": 1, "opened": 1, "left": 0, "destroyed": 1}
    assert StoredSecret.objects.get().sealed != before
    assert opened(company) == {b"una"}
    with pytest.raises(CommandError):
        said("rekey_company", "XXX010101XXX")


def test_a_master_key_is_retired_on_two_words_one_of_them_from_the_shell(vault_keys, ana, monkeypatch):
    company = company_with_secrets()
    old = (vault_keys / "active").read_text()
    another_master_key(vault_keys)
    said("rotate_master_key")
    with pytest.raises(CommandError, match="Nadie ha pedido"):
        said("retire_master_key", old)

    archive_keys()
    monkeypatch.setattr("sys.stdin", StringIO("no es esa\n"))
    with pytest.raises(CommandError):
        said("retire_master_key", old, "--by", "ana", "--reason", "Se cambió")
    monkeypatch.setattr("sys.stdin", StringIO(f"{factories.PASSWORD}\n"))
    assert "Otra socia o socio" in said("retire_master_key", old, "--by", "ana", "--reason", "Se cambió")
    assert (vault_keys / f"{old}.key").exists()

    asked = KeyWork.objects.under_way(kind=KeyWorkKind.RETIRE).get()
    now = timezone.now()
    assert asked.approval
    second = factories.person("eva", role="socio")
    deciding.approve(approval=asked.approval, by=second, confirmed_at=now, now=now)
    assert "Está anunciado y se hace un día después." in said("retire_master_key", old)
    assert (vault_keys / f"{old}.key").exists()
    a_day_later(asked)
    assert answer("retire_master_key", old)["proof"]["file"] == "removed"
    assert not (vault_keys / f"{old}.key").exists()
    keep(company, b"tres")
    assert opened(company) == {b"una llave", b"su clave", b"tres"}
