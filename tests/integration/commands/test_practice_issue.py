"""Does the practice command write what the portal would have written, for companies of the demo firm alone?"""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from renewals.models import Company
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.private_key import open_private_key, public_key_sha256
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db

PASSPHRASE = "ClaveNueva2026"


@pytest.fixture
def company(settings, tmp_path) -> Company:
    settings.FIRM_HOME = tmp_path / "home"
    return factories.company(rfc="CÑT04071111A", name="CONSTRUCTORA EL ÑANDÚ", is_demo=True)


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "clave.txt"
    path.write_text(f"{PASSPHRASE}\n")
    return path


def issue(capsys, *arguments) -> dict[str, str]:
    call_command("practice_issue", *map(str, arguments), "--json")
    document: dict[str, str] = json.loads(capsys.readouterr().out)
    return document


def test_a_new_key_and_its_certificate_are_written(company, password_file, tmp_path, capsys):
    written = issue(capsys, company.rfc, "--out", tmp_path / "portal", "--password-file", password_file)

    facts = read_certificate(Path(written["certificate"]).read_bytes())
    key = open_private_key(Path(written["key"]).read_bytes(), PASSPHRASE).key
    assert public_key_sha256(key) == facts.public_key_sha256
    assert facts.kind is CertificateKind.NPIE
    assert facts.rfc == company.rfc
    assert facts.name == company.name
    assert facts.serial == written["serial"]
    assert facts.key_bits == 2048
    for name in ("key", "certificate"):
        assert stat.S_IMODE(Path(written[name]).stat().st_mode) == 0o600


def test_it_is_for_the_registro_patronal_that_ends_first(company, password_file, tmp_path, capsys):
    for number in ("Y5400001102", "A0100001104"):
        company.registros_patronales.create(number=number, number_10=number[:10])
    factories.certificate(company, make_pair("npie", rfc=company.rfc, registro_patronal="A0100001104"))
    written = issue(capsys, company.rfc, "--out", tmp_path / "portal", "--password-file", password_file)
    assert read_certificate(Path(written["certificate"]).read_bytes()).registro_patronal == "A0100001104"

    other = ["--scope", "Y540000110", "--out", tmp_path / "otro", "--password-file", password_file]
    written = issue(capsys, company.rfc, *other)
    assert read_certificate(Path(written["certificate"]).read_bytes()).registro_patronal == "Y5400001102"


def test_a_certificate_is_issued_for_a_key_that_exists(company, password_file, tmp_path, capsys):
    first = issue(capsys, company.rfc, "--out", tmp_path / "uno", "--password-file", password_file)
    again = ["--key", first["key"], "--out", tmp_path / "dos", "--password-file", password_file]
    second = issue(capsys, company.rfc, *again)
    assert second["key"] == first["key"]
    one, other = (read_certificate(Path(each["certificate"]).read_bytes()) for each in (first, second))
    assert one.public_key_sha256 == other.public_key_sha256
    assert one.serial != other.serial
    assert [path.suffix for path in (tmp_path / "dos").iterdir()] == [".cer"]


@pytest.mark.parametrize("kind", ["efirma", "csd"])
def test_the_other_kinds_too(company, password_file, tmp_path, capsys, kind):
    written = issue(
        capsys, company.rfc, "--kind", kind, "--pfx", "--out", tmp_path / "sat", "--password-file", password_file
    )
    assert read_certificate(Path(written["certificate"]).read_bytes()).kind.value == kind
    assert Path(written["pfx"]).is_file()


def test_a_real_company_is_refused_and_nothing_is_written(company, password_file, tmp_path):
    factories.company(rfc="EKU9003173C9")
    with pytest.raises(CommandError, match="demostración"):
        call_command("practice_issue", "EKU9003173C9", "--out", tmp_path / "no", "--password-file", password_file)
    assert not (tmp_path / "no").exists()


def test_an_unknown_company_is_refused(company, password_file, tmp_path):
    with pytest.raises(CommandError, match="No existe"):
        call_command("practice_issue", "SAT970701NN3", "--out", tmp_path / "no", "--password-file", password_file)


def test_a_key_that_does_not_open_is_refused(company, password_file, tmp_path, capsys):
    first = issue(capsys, company.rfc, "--out", tmp_path / "uno", "--password-file", password_file)
    password_file.write_text("otra\n")
    with pytest.raises(CommandError, match="contraseña"):
        call_command(
            "practice_issue",
            company.rfc,
            *("--key", first["key"], "--out", str(tmp_path / "dos"), "--password-file", str(password_file)),
        )
    assert not (tmp_path / "dos").exists()


def test_the_password_is_never_printed(company, password_file, tmp_path, capsys):
    call_command("practice_issue", company.rfc, "--out", str(tmp_path / "x"), "--password-file", str(password_file))
    printed = capsys.readouterr()
    assert PASSPHRASE not in printed.out + printed.err
    assert printed.out.count("\n") == 2
