"""Do the commands do what the runbook says, for cron and for a person on a bad day, and fail loudly otherwise?"""

from __future__ import annotations

import json
import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from renewals.models import Certificate
from tests import factories, walks
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def said(*command: object) -> str:
    out = StringIO()
    call_command(*map(str, command), stdout=out)
    return out.getvalue()


@pytest.fixture
def reader(settings, tmp_path):
    """The file of an identity whose public half is in the settings."""
    path = tmp_path / "identidad.txt"
    settings.BACKUP_RECIPIENTS = said("backup_identity", "--out", path).strip()
    return path


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "respaldos"
    made.mkdir()
    return made


def test_a_firm_is_backed_up_brought_back_and_drilled_from_the_shell(
    vault_keys, reader, folder, empty_database, settings, empty_scratch
):
    pair = make_pair()
    factories.sealed_key(factories.certificate(factories.company(with_mandate=False), pair), pair)
    walks.run_workers()
    data = json.loads(said("backup", "--to", folder, "--json"))
    keys = json.loads(said("backup_keys", "--to", folder, "--json"))
    assert (data["missing"], keys["deleted"]) == ([], [])
    archives = (data["path"], "--keys", keys["path"], "--identity", reader)

    # The tests' own database is not empty, and it is the firm's.
    with pytest.raises(CommandError, match="no está vacía"):
        call_command("restore", *map(str, archives))
    with empty_database() as files:
        settings.MEDIA_ROOT = files
        told = json.loads(said("restore", *archives, "--json"))
        assert told["sha256"] == data["sha256"]
        assert told["companies_without_key"] == 0
        # What outsiders hold of the history is still true of the history that came back.
        assert "hallazgos" not in said("verify_history")
    settings.DRILL_DATABASE = empty_scratch
    assert "Abrieron 1 de 1 pares" in said("restore_drill", *archives)


def test_a_person_reads_what_was_done(vault_keys, reader, folder, empty_database, settings):
    factories.company(with_mandate=False)
    assert "SHA-256" in said("backup", "--to", folder)
    assert "Se borra el" in said("backup_keys", "--to", folder)
    data, _ = sorted(folder.iterdir())
    with empty_database() as files:
        settings.MEDIA_ROOT = files
        assert "Renglones" in said("restore", data, "--without-keys", "--identity", reader)


def test_an_identity_is_its_owners_alone_and_never_overwritten(reader):
    before = reader.read_text()
    assert stat.S_IMODE(reader.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="ya existe"):
        said("backup_identity", "--out", reader)
    with pytest.raises(CommandError, match="No se pudo escribir"):
        said("backup_identity", "--out", reader.parent / "no-hay" / "identidad.txt")
    assert reader.read_text() == before


def test_what_cannot_be_done_is_an_error_and_never_a_line_in_green(vault_keys, settings, reader, folder):
    with pytest.raises(CommandError, match="carpeta de respaldos"):
        said("backup", "--to", folder / "no-hay")
    with pytest.raises(CommandError, match="carpeta de respaldos"):
        said("backup_keys", "--to", folder / "no-hay")
    data, keys = folder / "a.age", folder / "b.age"
    with pytest.raises(CommandError, match="identidad"):
        said("restore", data, "--keys", keys, "--identity", folder / "no-hay")
    settings.BACKUP_RECIPIENTS = ""
    with pytest.raises(CommandError, match="BACKUP_RECIPIENTS"):
        said("backup", "--to", folder)
    assert not list(folder.iterdir())
    assert not Certificate.objects.exists()


def test_a_backup_without_a_file_that_should_be_in_it_is_written_and_told(vault_keys, reader, folder):
    factories.company()  # whose mandate names a document that lies nowhere
    with pytest.raises(CommandError, match="faltan archivos: 1"):
        said("backup", "--to", folder)
    assert len(list(folder.iterdir())) == 1
