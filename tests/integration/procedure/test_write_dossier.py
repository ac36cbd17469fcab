"""Does every closed renewal get its dossier, signed so that anybody can check it with nothing but openssl?"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.clients import installations
from renewals.desk import pending
from renewals.errors import AlreadyMoved
from renewals.models import Dossier, Evidence, Renewal, RenewalState, RenewalStep, Wait, WaitKind
from renewals.models.certificate import Kind
from renewals.procedure import cancelling, dossier, dossier_package, dossier_works, installing, progress
from renewals.procedure.figures import figures_of, read_figures
from renewals.procedure.handed import Rejection, Upload
from tests.factories import renewal_at
from tests.walks import LETTER, run_workers

if TYPE_CHECKING:
    from renewals.models import Person
    from tests.walks import Walk

pytestmark = pytest.mark.django_db(transaction=True)


def tool(*words: object) -> subprocess.CompletedProcess[str]:
    """One of the tools that anybody has."""
    found = shutil.which(str(words[0]))
    assert found, f"{words[0]} is not installed"
    return subprocess.run([found, *map(str, words[1:])], capture_output=True, text=True, check=False)


def text_of(pdf: bytes, folder: Path) -> str:
    """What stands on the paper, as another program reads it, without the ends of its lines."""
    (folder / "read.pdf").write_bytes(pdf)
    return " ".join(tool("pdftotext", "-layout", folder / "read.pdf", "-").stdout.split())


def unpacked(row: Dossier, by: Person, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(b"".join(dossier_package.package(row=row, by=by)))) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


@pytest.fixture
def walk(vault_keys, ana, beto, settings, tmp_path) -> Walk:
    """A whole renewal of the short plan, with one try that did not pass, one wait and one place."""
    settings.MEDIA_ROOT = tmp_path / "files"
    found = renewal_at("take_in")
    now = timezone.now()
    Wait.objects.create(
        renewal=found.renewal,
        step_key="take_in",
        kind=WaitKind.CLIENT,
        cause="El cliente busca el archivo.",
        begun_by=beto,
        # From a Monday to the Monday after it, and no day between them is closed.
        begun_at=datetime(2026, 11, 2, 18, tzinfo=UTC),
        ended_by=beto,
        ended_at=datetime(2026, 11, 9, 18, tzinfo=UTC),
        how_ended="answered",
        open=None,
    )
    installations.add(company=found.renewal.company, kind=Kind.EFIRMA, name="Facturación", note="", by=beto, now=now)
    return found


def refused_once(walk: Walk) -> None:
    with pytest.raises(Exception, match="unrecognised"):
        walk.hand_in(files={"certificate_file": Upload("nuevo.cer", b"nada")}, passphrase="da igual")


def closed(walk: Walk) -> Dossier:
    walk.to("confirm")
    place = installing.places_of(walk.renewal)[0]
    installing.answer(renewal=walk.renewal, answers={place.id: "later"}, by=walk.by, now=timezone.now())
    walk.to_the_end()
    run_workers()
    return Dossier.objects.get(renewal=walk.renewal)


def test_the_dossier_tells_the_steps_their_proofs_and_the_fingerprints(walk, ana, tmp_path):
    refused_once(walk)
    row = closed(walk)
    pdf = dossier_package.pdf_of(row)
    assert pdf is not None
    assert hashlib.sha256(pdf).hexdigest() == row.pdf_sha256
    said = text_of(pdf, tmp_path)
    old, new = walk.old_certificate, walk.new_certificate
    for told in (
        walk.renewal.company.name,
        old.serial,
        new.serial,
        old.sha256,
        new.public_key_sha256,
        "1. Tramita el certificado nuevo",
        "3. Confirma que el certificado nuevo funciona",
        "Intentos que no pasaron: 1.",
        "El cliente busca el archivo",
        "Facturación: Falta instalarlo. beto",
        "Se terminó la renovación",
        "Página 1 de",
    ):
        assert told in said, told
    figures = read_figures(row.figures)
    assert figures.blocked == {"client": 5}
    assert (figures.steps_done, figures.passed_at_once, figures.refusals) == (3, 2, {"take_in": 1})
    assert figures.days_before_expiry == -3
    assert audit.history_of(row).get().name == "dossier.made"


def test_openssl_alone_verifies_the_paper_and_through_it_every_file(vault_keys, ana, beto, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    walk = renewal_at("sign_terms_old")
    picture = Upload("../carta ñ.png.exe", LETTER + b"x" * 600_000)
    walk.hand_in(files={"letter": picture}, why_no_file="Es una foto de la carta")
    cancelling.cancel(renewal=walk.renewal, reason="El cliente cerró la empresa", by=beto, now=timezone.now())
    run_workers()
    row = Dossier.objects.get()
    folder = unpacked(row, ana, tmp_path / "zip")
    key, paper = folder / f"{row.audit_key_id}.pem", folder / "expediente.pdf"
    verify = ("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-sigfile", f"{paper}.sig", "-in")
    assert "Signature Verified Successfully" in tool(*verify, paper).stdout
    (folder / "other.pdf").write_bytes(paper.read_bytes()[:-1] + b" ")
    assert tool(*verify, folder / "other.pdf").returncode != 0

    said = text_of(paper.read_bytes(), tmp_path)
    digest = tool("openssl", "dgst", "-sha256", folder / "manifest.json").stdout.split()[-1]
    assert digest in said
    listed = {one["name"]: one["sha256"] for one in json.loads((folder / "manifest.json").read_text())["files"]}
    found = {str(one.relative_to(folder)): one for one in (folder / "archivos").iterdir()}
    assert set(listed) == set(found)
    for name, sha256 in listed.items():
        assert tool("openssl", "dgst", "-sha256", found[name]).stdout.split()[-1] == sha256
    (letter,) = found
    assert letter.startswith("archivos/05-")
    assert "Renovación cancelada" in said
    assert "El cliente cerró la empresa" in said
    readme = (folder / "LEEME.txt").read_text(encoding="utf-8-sig")
    assert f"openssl pkeyutl -verify -pubin -inkey {row.audit_key_id}.pem -rawin -in expediente.pdf" in readme


@pytest.mark.parametrize(
    ("called", "packed"),
    [
        ("Carta de términos.PDF", "archivos/03-7-Carta_de_terminos.pdf"),
        ("factura.pdf.exe", "archivos/03-7-factura_pdf.bin"),
        ("../../etc/passwd", "archivos/03-7-passwd.bin"),
        ("Ω", "archivos/03-7-archivo.bin"),
        ("a" * 200 + ".png", f"archivos/03-7-{'a' * 60}.png"),
    ],
)
def test_a_name_in_the_zip_leads_nowhere_and_starts_nothing(called, packed):
    assert dossier.name_in_zip(Evidence(pk=7, step=RenewalStep(position=3), file_name=called)) == packed


def test_a_file_that_was_changed_or_lost_is_said_so_and_stops_nothing(vault_keys, ana, beto, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    walk = renewal_at("sign_terms_old")
    walk.to("mail_that_never_comes")
    kept = Evidence.objects.exclude(file="").get()
    Path(default_storage.path(str(kept.file))).write_bytes(b"another")
    told = dossier.gather(_cancelled(walk, beto))
    assert told.changed == {kept.pk}
    default_storage.delete(str(kept.file))
    run_workers()
    row = Dossier.objects.get()
    assert "El archivo ya no estaba al cerrar" in text_of(dossier_package.pdf_of(row) or b"", tmp_path)
    readme = unpacked(row, ana, tmp_path / "zip") / "LEEME.txt"
    assert dossier.name_in_zip(kept) in readme.read_text(encoding="utf-8-sig")


def _cancelled(walk: Walk, by: Person) -> Renewal:
    cancelling.cancel(renewal=walk.renewal, reason="Se hizo por otro lado", by=by, now=timezone.now())
    return Renewal.objects.get(pk=walk.renewal.pk)


def test_every_closing_gets_one_dossier_and_each_is_made_once(vault_keys, ana, beto, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    walk = renewal_at("obtain")
    assert dossier_works.renewals_without(timezone.now(), 10) == []
    _cancelled(walk, beto)
    run_workers()
    dossier_works.make(renewal_id=walk.renewal.pk, now=timezone.now())
    assert Dossier.objects.count() == 1
    rows = Renewal.objects.filter(pk=walk.renewal.pk)
    rows.update(state=RenewalState.OPEN, open=True, closed_at=None)
    run_workers()
    assert Dossier.objects.count() == 1
    _cancelled(walk, beto)
    run_workers()
    assert [one.figures["is_done"] for one in Dossier.objects.all()] == [False, False]
    assert len(list((tmp_path / "files" / "dossiers").iterdir())) == 2


def test_a_process_without_the_master_key_makes_none_and_the_renewal_goes_on_waiting(
    vault_keys, ana, beto, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path / "files"
    walk = renewal_at("obtain")
    _cancelled(walk, beto)
    settings.PROCESS_ROLE = "web"
    looked = pending.look(queue="vault", jobs=[one for one in pending.JOBS if one.name == "dossiers"])
    assert looked.failed == {"dossiers": 1}
    assert not Dossier.objects.exists()
    settings.PROCESS_ROLE = "vault"
    run_workers()
    assert Dossier.objects.exists()


def test_the_second_word_of_the_same_person_is_marked_in_the_dossier(vault_keys, beto, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    walk = renewal_at("access_granted")
    walk.second.is_active = False
    walk.second.save(update_fields=["is_active"])
    walk.hand_in(entered="yes", files={"screenshot": Upload("idse.png", b"\x89PNG de prueba")})
    walk.second_word(by=walk.by)
    assert walk.renewal.state == RenewalState.DONE
    run_workers()
    said = text_of(dossier_package.pdf_of(Dossier.objects.get()) or b"", tmp_path)
    assert "La segunda confirmación es de la misma persona" in said
    assert "14. Confirma que ya entras a IDSE" in said
    for secret in (walk.passphrase, walk.old.passphrase):
        assert secret not in said


def test_hours_of_work_leave_out_the_time_in_which_a_step_waited(vault_keys, beto):
    walk = renewal_at("take_in")
    now = timezone.now()
    rows = RenewalStep.objects.filter(renewal=walk.renewal, key="obtain")
    rows.update(started_at=now - timedelta(hours=10), done_at=now - timedelta(hours=1))
    wait = Wait(
        step_key="obtain",
        kind=WaitKind.PORTAL,
        begun_at=now - timedelta(hours=12),
        ended_at=now - timedelta(hours=6),
    )
    figures = figures_of(walk.renewal, steps=list(rows), waits=[wait], closed_at=now)
    assert figures.hours == {"obtain": 5.0}
    assert not figures.is_done
    assert figures.days_before_expiry is None


def test_what_a_worker_refuses_counts_as_a_try_and_only_once(vault_keys, beto):
    walk = renewal_at("take_in")
    row = walk.row
    rejection = Rejection("wrong_passphrase")
    progress.reject(renewal=walk.renewal, row=row, rejection=rejection, by=Machine("checker"))
    with pytest.raises(AlreadyMoved):
        progress.reject(renewal=walk.renewal, row=row, rejection=rejection, by=Machine("checker"))
    assert (walk.row.state, walk.row.refusals) == ("failed", 1)
    with pytest.raises(AlreadyMoved):
        walk.hand_in(version=row.version, files={}, passphrase="x")
    assert walk.row.refusals == 1
