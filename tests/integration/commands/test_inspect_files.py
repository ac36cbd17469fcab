"""Does the command keep its contract, with no database to be had?

No test here is given a database: whoever so much as connects fails.
"""

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests import pairs
from tests.pairs import PASSPHRASE, make_pair

ROOT = Path(__file__).parents[3]
NOW = datetime.now(UTC)


def run(*arguments):
    """The JSON, and the exit status."""
    out, status = io.StringIO(), 0
    try:
        call_command("inspect_files", *map(str, arguments), "--json", stdout=out)
    except CommandError as error:
        status = error.returncode
    return json.loads(out.getvalue()), status


def test_the_document_is_the_one_that_was_promised(tmp_path):
    pair = make_pair(not_after=NOW + timedelta(days=100))
    (tmp_path / "a.cer").write_bytes(pair.certificate)
    (tmp_path / "a.key").write_bytes(pair.key_file)
    document, status = run(tmp_path, "--password", PASSPHRASE)

    facts = pair.facts
    assert status == 0
    encryption = document["files"][1]["private_key"].pop("encryption")
    assert isinstance(encryption, str)
    assert document == {
        "files": [
            {
                "path": str(tmp_path / "a.cer"),
                "content": "certificate",
                "certificate": {
                    "kind": "npie",
                    "rfc": pairs.RFC,
                    "name": pairs.NAME,
                    "representative_rfc": "",
                    "curp": "",
                    "registro_patronal": pairs.REGISTRO_PATRONAL,
                    "serial": facts.serial,
                    "issuer": facts.issuer,
                    "not_before": facts.not_before.isoformat(),
                    "not_after": facts.not_after.isoformat(),
                    "days_left": (timezone.localdate(facts.not_after) - timezone.localdate()).days,
                    "key_bits": 2048,
                    "sha256": facts.sha256,
                },
                "private_key": None,
                "warnings": [],
                "error": None,
            },
            {
                "path": str(tmp_path / "a.key"),
                "content": "private_key",
                "certificate": None,
                "private_key": {"opens": True, "matches": [str(tmp_path / "a.cer")]},
                "warnings": [],
                "error": None,
            },
        ]
    }


def test_an_error_has_its_code_and_facts_and_fails_the_command(tmp_path):
    (tmp_path / "a.cer").write_bytes(bytes(2_000_000))
    document, status = run(tmp_path / "a.cer")

    assert status == 1
    assert document["files"][0]["error"] == {"code": "file_too_large", "detail": "limit=1048576, size=2000000"}


def test_a_folder_of_other_papers_went_well(tmp_path):
    for number in range(1_000):
        (tmp_path / f"{number}.txt").write_text(f"Factura {number}")
    document, status = run(tmp_path)

    assert (len(document["files"]), status) == (1_000, 0)
    assert document["files"][0]["warnings"] == [{"code": "unrecognised_file", "detail": ""}]


def test_passphrases_come_from_a_file_too(tmp_path):
    pair = make_pair()
    (tmp_path / "a.key").write_bytes(pair.key_file)
    (tmp_path / "claves.txt").write_text(f"otra\n{PASSPHRASE}\n", encoding="utf-8")

    document, status = run(tmp_path / "a.key", "--password-file", tmp_path / "claves.txt")
    assert (document["files"][0]["private_key"]["opens"], status) == (True, 0)
    document, status = run(tmp_path / "a.key", "--password", "otra")
    assert (document["files"][0]["private_key"]["opens"], status) == (False, 1)
    document, status = run(tmp_path / "a.key")
    assert (document["files"][0]["private_key"]["opens"], status) == (None, 0)


def test_one_way_to_give_passphrases_at_a_time(tmp_path):
    with pytest.raises(CommandError, match="--password"):
        call_command("inspect_files", str(tmp_path), "--password", "x", "--password-file", "y")


def test_people_get_a_table_in_spanish(tmp_path):
    pair = make_pair(not_after=NOW + timedelta(days=3))
    (tmp_path / "a\x1b[31m.cer").write_bytes(pair.certificate)
    (tmp_path / "b.txt").write_text("hola")
    (tmp_path / "c.cer").write_bytes(pair.certificate[:500])
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 de 3 archivos tienen un error"):
        call_command("inspect_files", str(tmp_path), stdout=out)

    assert "Vence en 3 días" in out.getvalue()
    assert "No es un certificado, una llave ni un PFX" in out.getvalue()
    assert "dañado o incompleto" in out.getvalue()
    assert "\x1b" not in out.getvalue(), "a file's name does not steer a terminal"


def test_it_runs_where_there_is_no_database_at_all(tmp_path):
    pair = make_pair()
    (tmp_path / "ñandú.cer").write_bytes(pair.certificate)
    environment = os.environ | {"DATABASE_URL": "postgres://nadie:nada@127.0.0.1:1/nada", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "inspect_files", tmp_path / "ñandú.cer", tmp_path / "no.cer", "--json"],
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    first, second = json.loads(done.stdout)["files"]
    assert (first["path"], first["certificate"]["rfc"]) == (str(tmp_path / "ñandú.cer"), pairs.RFC)
    assert second["error"]["code"] == "path_missing"
    assert b"1 de 2 archivos" in done.stderr
    assert b"{" not in done.stderr
