"""What does an import promise about each file of a folder?"""

import io
import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from renewals import audit
from renewals.audit import Machine
from renewals.clients.companies import create_company
from renewals.errors import NotPermitted
from renewals.intake import importing, rows
from renewals.intake.importing import import_files
from renewals.models import Certificate, Company, PairState, RegistroPatronal, Renewal
from renewals.vault.facts import key_id_of
from tests import pairs
from tests.hostile import asking_for_rounds, pem, plain_key
from tests.pairs import PASSPHRASE, make_pair

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
MACHINE = Machine("import_files")


@pytest.fixture
def company(ana):
    return create_company(rfc=pairs.RFC, name="Escuela", registros_patronales=[pairs.REGISTRO_PATRONAL], by=ana)


def write(folder, **files):
    """Files by name; an underscore stands for the dot."""
    for name, data in files.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def imported(*paths, passphrases=(PASSPHRASE,), create=False):
    """Outcome and error code by file name."""
    answers = import_files(
        [str(path) for path in paths], passphrases=passphrases, by=MACHINE, now=NOW, create_companies=create
    )
    return {
        answer.path.rsplit("/", 1)[-1]: (answer.outcome, answer.error.code if answer.error else None)
        for answer in answers
    }


def run(*arguments):
    """The command: its JSON, what it said on standard error, and its exit status."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("import_files", *map(str, arguments), "--json", stdout=out, stderr=err)
    except CommandError as error:
        status = error.returncode
    return json.loads(out.getvalue()), status


# --- pairing ------------------------------------------------------------------------------------------------------


def test_a_key_finds_its_certificate_wherever_it_lies(tmp_path, company):
    one, other = make_pair("npie"), make_pair("csd")
    (tmp_path / "llaves" / "viejas").mkdir(parents=True)
    write(tmp_path, uno_cer=one.certificate, dos_cer=pem("CERTIFICATE", other.certificate))
    write(tmp_path / "llaves" / "viejas", a_key=other.key_file, b_key=one.key_file)

    assert imported(tmp_path) == {
        "uno.cer": ("imported", None),
        "dos.cer": ("imported", None),
        "a.key": ("paired", None),
        "b.key": ("paired", None),
    }
    kept = list(Certificate.objects.all())
    assert {row.pair_state for row in kept} == {PairState.SEALED}
    assert all(key_id_of(row) for row in kept)
    assert {row.company for row in kept} == {company}


def test_a_pfx_is_certificate_and_key_whatever_it_is_called(tmp_path, company):
    assert imported(write(tmp_path, cliente_cer=make_pair().pfx())) == {"cliente.cer": ("imported", None)}
    assert Certificate.objects.get().pair_state == PairState.SEALED


def test_a_certificate_its_key_and_its_pfx_are_one_pair(tmp_path, company):
    pair = make_pair()
    write(tmp_path, a_cer=pair.certificate, a_key=pair.key_file, a_pfx=pair.pfx())

    assert imported(tmp_path) == {
        "a.cer": ("imported", None),
        "a.key": ("paired", None),
        "a.pfx": ("already_here", None),
    }


def test_each_key_is_opened_by_the_passphrase_that_fits(tmp_path, company):
    for number, passphrase in enumerate(["uno-1", "dós-2", " tres-3"]):
        pair = make_pair("csd", branch=str(number), passphrase=passphrase.strip())
        write(tmp_path, **{f"{number}_cer": pair.certificate, f"{number}_key": pair.key_file})

    outcomes = imported(tmp_path, passphrases=("x", "tres-3", "dós-2", "uno-1"))
    assert {outcome for outcome, _ in outcomes.values()} == {"imported", "paired"}


def test_a_certificate_without_its_key_is_watched_and_said(tmp_path, company):
    [answer] = import_files([str(write(tmp_path, a_cer=make_pair().certificate))], passphrases=(), by=MACHINE, now=NOW)

    assert answer.outcome == "imported"
    assert [warning.code for warning in answer.warnings] == ["no_key"]
    assert Certificate.objects.get().pair_state == PairState.NO_KEY


def test_the_key_of_a_certificate_that_is_here_already_joins_it(tmp_path, company):
    pair = make_pair()
    (tmp_path / "primero").mkdir()
    (tmp_path / "luego").mkdir()
    imported(write(tmp_path / "primero", a_cer=pair.certificate))

    assert imported(write(tmp_path / "luego", a_key=pair.key_file)) == {"a.key": ("imported", None)}
    assert Certificate.objects.get().pair_state == PairState.SEALED


def test_the_newer_of_two_pairs_is_the_primary_one(tmp_path, company):
    old = make_pair(not_after=NOW - timedelta(days=5))
    new = make_pair(not_after=NOW + timedelta(days=600))
    write(tmp_path, a_cer=new.certificate, a_key=new.key_file, b_cer=old.certificate, b_key=old.key_file)
    imported(tmp_path)

    primary = Certificate.objects.get(is_primary=True)
    assert primary.sha256 == new.facts.sha256
    assert primary.predecessor == Certificate.objects.get(sha256=old.facts.sha256, retired_at=NOW)


# --- companies ----------------------------------------------------------------------------------------------------


def test_the_registro_patronal_finds_the_company_of_a_certificate_without_rfc(tmp_path, company):
    pair = make_pair(rfc="")
    imported(write(tmp_path, a_cer=pair.certificate, a_key=pair.key_file))

    assert Certificate.objects.get().company == company


def test_a_company_that_is_not_here_is_taken_on_only_when_asked(tmp_path, ana):
    one, other = make_pair("npie"), make_pair("csd")
    write(tmp_path, a_cer=one.certificate, a_key=one.key_file, b_cer=other.certificate)
    assert imported(tmp_path) == {
        "a.cer": ("failed", "no_company"),
        "a.key": ("failed", "no_company"),
        "b.cer": ("failed", "no_company"),
    }
    assert not Certificate.objects.exists()

    assert {outcome for outcome, _ in imported(tmp_path, create=True).values()} == {"imported", "paired"}
    company = Company.objects.get()
    assert (company.rfc, company.name) == (pairs.RFC, pairs.NAME)
    assert RegistroPatronal.objects.get().number == pairs.REGISTRO_PATRONAL
    assert audit.history_of(company)[0].name == "company.created"


def test_a_company_that_cannot_be_taken_on_stops_no_other(tmp_path, company):
    taken = make_pair("npie", rfc="", registro_patronal="A0100001104")
    fine = make_pair("efirma", rfc="H&E951128469")
    write(tmp_path, a_cer=taken.certificate, b_cer=fine.certificate)

    assert imported(tmp_path, create=True) == {"a.cer": ("failed", "no_company"), "b.cer": ("imported", None)}


def test_two_rfcs_for_one_registro_patronal_are_refused(tmp_path, company):
    pair = make_pair("npie", rfc="H&E951128469")

    assert imported(write(tmp_path, a_cer=pair.certificate)) == {"a.cer": ("failed", "certificate_of_another_company")}


def test_who_only_looks_imports_nothing(tmp_path, dalia):
    with pytest.raises(NotPermitted):
        import_files([str(tmp_path)], passphrases=(), by=dalia, now=NOW)


# --- again and again ----------------------------------------------------------------------------------------------


def test_the_same_folder_again_adds_nothing_and_is_no_failure(tmp_path, company):
    pair = make_pair()
    write(tmp_path, a_cer=pair.certificate, a_key=pair.key_file, copia_cer=pair.certificate)
    assert imported(tmp_path)["copia.cer"] == ("already_here", None)
    events = audit.history_of_company(company).count()

    assert imported(tmp_path) == dict.fromkeys(("a.cer", "a.key", "copia.cer"), ("already_here", None))
    assert Certificate.objects.count() == 1
    assert audit.history_of_company(company).count() == events


def test_a_renewal_under_way_keeps_its_certificate(tmp_path, company):
    old = make_pair(not_after=NOW + timedelta(days=5))
    imported(write(tmp_path, a_cer=old.certificate, a_key=old.key_file))
    Renewal.objects.create(company=company, certificate=Certificate.objects.get(), plan="imss", edition=1)
    new = make_pair(not_after=NOW + timedelta(days=600))
    write(tmp_path, b_cer=new.certificate, b_key=new.key_file)

    outcomes = imported(tmp_path)
    assert outcomes["b.cer"] == outcomes["b.key"] == ("failed", "renewal_under_way")


def test_one_row_that_the_database_refuses_stops_no_other(tmp_path, company, monkeypatch):
    good, bad = make_pair("csd", branch="Buena"), make_pair("csd", branch="Mala")
    write(tmp_path, a_cer=good.certificate, a_key=good.key_file, b_cer=bad.certificate, b_key=bad.key_file)
    keep = rows.keep

    def refusing(arrivals, **rest):
        if any(one.facts.branch == "Mala" for one in arrivals):
            raise IntegrityError
        return keep(arrivals, **rest)

    # What a database would do that fails in a way nobody foresaw; only its failing is staged.
    monkeypatch.setattr(importing, "keep", refusing)

    assert imported(tmp_path) == {
        "a.cer": ("imported", None),
        "a.key": ("paired", None),
        "b.cer": ("failed", "not_saved"),
        "b.key": ("failed", "not_saved"),
    }
    assert Certificate.objects.get().scope == "Buena"


def test_a_key_that_is_replaced_while_it_is_taken_in_is_refused(tmp_path, company, monkeypatch):
    pair, other = make_pair(), make_pair()
    write(tmp_path, a_cer=pair.certificate, a_key=pair.key_file)
    jobs = importing._jobs

    def meanwhile(*args, **rest):
        write(tmp_path, a_key=other.key_file)
        return jobs(*args, **rest)

    monkeypatch.setattr(importing, "_jobs", meanwhile)

    assert imported(tmp_path) == {"a.cer": ("imported", None), "a.key": ("failed", "file_changed")}
    assert Certificate.objects.get().pair_state == PairState.NO_KEY


# --- what else lies in folders ------------------------------------------------------------------------------------


def test_every_bad_file_gets_its_own_answer(tmp_path, company, sat_authority):
    pair = make_pair()
    write(
        tmp_path,
        vacio_cer=b"",
        ruido_cer=b"\x00" * 2_000_000,
        carta_pdf=b"%PDF-1.7 Estimado cliente",
        cortado_cer=pair.certificate[:600],
        cortada_key=pair.key_file[:600],
        vueltas_key=asking_for_rounds(2**31),
        abierta_key=plain_key(pair.key),
        sola_key=make_pair().key_file,
        cerrada_key=make_pair(passphrase="nadie-la-sabe").key_file,
        cerrado_pfx=make_pair(passphrase="nadie-la-sabe").pfx(),
        autoridad_cer=sat_authority.certificate_der,
        bueno_cer=pair.certificate,
    )

    assert imported(tmp_path) == {
        "vacio.cer": ("ignored", "empty_file"),
        "ruido.cer": ("ignored", "file_too_large"),
        "carta.pdf": ("ignored", "unrecognised_file"),
        "cortado.cer": ("failed", "damaged_file"),
        "cortada.key": ("failed", "damaged_file"),
        "vueltas.key": ("failed", "excessive_work"),
        "abierta.key": ("paired", None),
        "sola.key": ("failed", "certificate_missing"),
        "cerrada.key": ("failed", "wrong_passphrase"),
        "cerrado.pfx": ("failed", "wrong_passphrase"),
        "autoridad.cer": ("ignored", "authority_certificate"),
        "bueno.cer": ("imported", None),
    }


def test_what_is_ignored_in_a_folder_fails_when_it_is_named(tmp_path, company):
    write(tmp_path, carta_pdf=b"%PDF-1.7", vacio_cer=b"")

    assert imported(tmp_path / "carta.pdf", tmp_path / "vacio.cer", tmp_path / "no-esta.cer") == {
        "carta.pdf": ("failed", "unrecognised_file"),
        "vacio.cer": ("failed", "empty_file"),
        "no-esta.cer": ("failed", "path_missing"),
    }


def test_a_folder_of_a_thousand_other_papers_is_no_failure(tmp_path, company):
    for number in range(1_000):
        (tmp_path / f"{number}.txt").write_text(f"Factura {number}")
    pair = make_pair()
    write(tmp_path, a_cer=pair.certificate, a_key=pair.key_file)

    document, status = run(tmp_path, "--passwords", _passwords(tmp_path.parent))
    assert (document["imported"], document["failed"], status, len(document["files"])) == (1, 0, 0, 1_002)


# --- the command --------------------------------------------------------------------------------------------------


def _passwords(folder, *passphrases):
    path = folder / "claves.txt"
    path.write_text("\n".join(passphrases or ("otra", PASSPHRASE)), encoding="utf-8")
    return path


def test_the_command_answers_one_document_and_its_status(tmp_path, company):
    pair = make_pair()
    write(tmp_path, a_cer=pair.certificate, a_key=pair.key_file, b_key=b"0\x82")
    folder = tmp_path
    document, status = run(folder, "--passwords", _passwords(tmp_path.parent))

    assert (document["imported"], document["failed"], status) == (1, 0, 0)
    by_name = {one["path"].rsplit("/", 1)[-1]: one for one in document["files"]}
    assert by_name["a.cer"] == {
        "path": str(tmp_path / "a.cer"),
        "content": "certificate",
        "outcome": "imported",
        "kind": "npie",
        "rfc": pairs.RFC,
        "serial": pair.facts.serial,
        "warnings": [],
        "error": None,
    }


def test_the_command_fails_when_a_file_failed(tmp_path, company):
    document, status = run(write(tmp_path, a_cer=make_pair().certificate[:500]))

    assert (document["failed"], status) == (1, 1)
    assert document["files"][0]["error"] == {"code": "damaged_file", "detail": "content=certificate"}


def test_the_command_speaks_spanish_to_people(tmp_path, company):
    pair = make_pair()
    out = io.StringIO()
    call_command(
        "import_files",
        str(write(tmp_path, a_cer=pair.certificate, a_key=pair.key_file)),
        "--passwords",
        str(_passwords(tmp_path.parent)),
        stdout=out,
    )
    assert "guardada con su certificado" in out.getvalue()
    assert "1 guardados, 0 fallidos, 2 archivos revisados." in out.getvalue()
    assert PASSPHRASE not in out.getvalue()


def test_where_nothing_can_be_sealed_nothing_is_begun(tmp_path, company, settings):
    settings.INTAKE_PUBLIC_KEY = ""
    write(tmp_path, a_cer=make_pair().certificate)

    with pytest.raises(CommandError, match="todavía no puede recibir llaves"):
        call_command("import_files", str(tmp_path))
    assert not Certificate.objects.exists()


def test_a_password_file_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(CommandError, match=r"claves\.txt: No existe"):
        call_command("import_files", str(tmp_path), "--passwords", str(tmp_path / "claves.txt"))


def test_the_files_of_sat_come_in_whole(tmp_path, sat_files, db):
    folder = tmp_path / "sat"
    shutil.copytree(sat_files, folder)
    document, status = run(folder, "--passwords", _passwords(tmp_path, "12345678a"), "--create-companies")

    outcomes = {one["path"].removeprefix(f"{folder}/"): one["outcome"] for one in document["files"]}
    assert (document["imported"], document["failed"], status) == (3, 0, 0)
    assert outcomes == {
        "README.md": "ignored",
        "csd-EKU9003173C9.cer": "imported",
        "csd-EKU9003173C9.key": "paired",
        "fiel-CANF770131PA3.cer": "imported",
        "fiel-CANF770131PA3.key": "paired",
        "fiel-EKU9003173C9.cer": "imported",
        "fiel-EKU9003173C9.key": "paired",
        **{f"ca/{path.name}": "ignored" for path in (sat_files / "ca").iterdir()},
    }
    assert set(Company.objects.values_list("rfc", flat=True)) == {"EKU9003173C9", "CAÑF770131PA3"}
    assert set(Certificate.objects.values_list("kind", "pair_state")) == {("csd", "sealed"), ("efirma", "sealed")}
