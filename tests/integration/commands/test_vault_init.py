"""``vault_init`` prints the value to pin, and nothing else, or says why it cannot."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("vault_init", stdout=out)
    return out.getvalue()


def test_the_value_to_pin_is_all_it_prints(vault_keys, settings):
    assert run() == f"{settings.INTAKE_PUBLIC_KEY}\n"


def test_a_new_installation_gets_its_keys(settings, tmp_path):
    settings.MASTER_KEYS_DIR = str(tmp_path / "deep" / "vault")
    first = run()
    assert first == run()
    assert {path.suffix for path in (tmp_path / "deep" / "vault").iterdir()} == {".key", ""}


def test_without_a_folder_it_says_so(settings):
    settings.MASTER_KEYS_DIR = ""
    with pytest.raises(CommandError, match="no puede abrir llaves"):
        run()
