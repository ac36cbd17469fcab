"""Can an outsider check what was destroyed, and does a restore destroy it again, and only that?"""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone

from renewals import errors
from renewals.audit import Machine, history_of_company
from renewals.models import Company, Destruction, PairState
from renewals.models.archive import Archive, ArchiveKind
from renewals.models.stored_key import CompanyKey, StoredKey, StoredSecret
from renewals.vault import audit_key, destruction_paper, tombstone
from renewals.vault.audit_key import PublicAuditKey, Signed
from renewals.vault.erasing import replay_tombstone
from tests.conftest import skip_or_fail
from tests.integration.vault.kept import company_with_secrets, do, keep, opened
from tests.integration.vault.parting import allowed, give_up, kept_pair

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]
BY = Machine("test")


@pytest.fixture
def erased() -> tuple[Company, Destruction]:
    company = company_with_secrets()
    do(allowed(give_up(company)))
    return company, Destruction.objects.get()


def public_key_file(folder: Path, key_id: str) -> Path:
    """As the firm publishes it."""
    (raw,) = [one.public_key for one in audit_key.public_keys() if one.key_id == key_id]
    pem = Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path = folder / f"{key_id}.pem"
    path.write_bytes(pem)
    return path


def program(name: str) -> str:
    """Where it is; skips where it is not installed."""
    path = shutil.which(name)
    if path is None:
        skip_or_fail(f"{name} is not installed")
    return path or name


def openssl_says(folder: Path, content: bytes, signature: bytes, key: Path) -> bool:
    openssl = program("openssl")
    (folder / "content").write_bytes(content)
    (folder / "content.sig").write_bytes(signature)
    verify = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin"]
    run = subprocess.run(
        [*verify, "-in", str(folder / "content"), "-sigfile", str(folder / "content.sig")],
        capture_output=True,
        check=False,
    )
    return run.returncode == 0


def replay(row: Destruction, keys: dict[str, PublicAuditKey] | None = None, **changes: bytes) -> tuple[int, int]:
    told = {"statement": bytes(row.statement), "signature": bytes(row.signature)} | changes
    published = {one.key_id: one for one in audit_key.public_keys()} if keys is None else keys
    signed = Signed(told["signature"], row.audit_key_id)
    return replay_tombstone(statement=told["statement"], signed=signed, keys=published, by=BY)


def test_openssl_verifies_statement_and_certificate_and_nothing_that_was_changed(erased, tmp_path):
    _, row = erased
    key = public_key_file(tmp_path, row.audit_key_id)
    signed = [(row.statement, row.signature), (row.certificate, row.certificate_signature)]
    for content, signature in ((bytes(one), bytes(other)) for one, other in signed):
        assert openssl_says(tmp_path, content, signature, key)
        assert not openssl_says(tmp_path, content + b" ", signature, key)
        assert not openssl_says(tmp_path, content[:-1] + b"?", signature, key)


def test_the_paper_names_whom_what_when_on_whose_word_and_the_last_day_of_a_copy(erased, settings, tmp_path):
    company, row = erased
    pdftotext = program("pdftotext")
    (tmp_path / "paper.pdf").write_bytes(bytes(row.certificate))
    told = subprocess.run(
        [pdftotext, "-layout", str(tmp_path / "paper.pdf"), "-"], capture_output=True, check=True
    ).stdout.decode()
    text = " ".join(told.split())
    last = timezone.localdate() + timedelta(days=settings.KEY_ARCHIVE_DAYS)
    assert row.last_copy_lapses_on == last
    for one in (company.name, company.rfc, "ana", "eva", str(last.year), row.audit_key_id, str(row.pk)):
        assert one in text
    assert json.loads(bytes(row.statement).splitlines()[1])["key_ids"] == row.key_ids
    # The command that the paper gives runs as it stands, on the files as they are saved.
    assert destruction_paper.file_name(tombstone.read(bytes(row.statement))) in text
    assert "openssl pkeyutl -verify -pubin -inkey" in text


def test_a_key_archive_that_is_kept_longer_moves_the_last_day(settings):
    company = company_with_secrets()
    later = timezone.localdate() + timedelta(days=settings.KEY_ARCHIVE_DAYS + 9)
    for kind, day in ((ArchiveKind.KEYS, later), (ArchiveKind.DATA, later + timedelta(days=99))):
        Archive.objects.create(
            kind=kind, name=f"{kind}.age", sha256="0" * 64, size=1, made_at=timezone.now(), lapses_on=day
        )
    do(allowed(give_up(company)))
    assert Destruction.objects.get().last_copy_lapses_on == later


def test_letters_that_no_reader_has_are_no_hindrance():
    company = company_with_secrets()
    Company.objects.filter(pk=company.pk).update(name="Ñandú & <b>Σ☃</b> " + "muy largo " * 20)
    assert do(allowed(give_up(company))).state == "done"
    assert bytes(Destruction.objects.get().certificate).startswith(b"%PDF-")


def test_what_a_restore_brought_back_is_destroyed_again_and_a_second_time_changes_nothing():
    company, certificate = kept_pair()
    keys, secrets = list(CompanyKey.objects.all()), list(StoredSecret.objects.all())
    stored = StoredKey.objects.get()
    other = company_with_secrets(2)
    do(allowed(give_up(company)))
    row = Destruction.objects.get()
    CompanyKey.objects.bulk_create(keys)
    # As if they had come later: they are known by the key they are under.
    StoredSecret.objects.bulk_create(secrets)
    stored.save()
    waiting = StoredSecret.objects.create(company=company, kind="private_key", intake_sealed=b"x")
    StoredSecret.objects.filter(pk=waiting.pk).update(created_at=row.destroyed_at)
    type(certificate).objects.filter(pk=certificate.pk).update(pair_state=PairState.IN_CUSTODY)
    assert replay(row) == (1, 3)
    assert replay(row) == (0, 0)
    assert not CompanyKey.objects.filter(company=company).exists()
    assert not StoredSecret.objects.filter(company=company).exists()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.NO_KEY
    assert opened(other) == {b"una llave", b"su clave"}
    told = [event.name for event in history_of_company(company)]
    assert told.count("company.keys_erased_again") == 1


def test_what_the_company_got_after_it_came_back_stays(erased):
    company, row = erased
    Company.objects.filter(pk=company.pk).update(closed_at=None)
    keep(company, b"de la vuelta")
    assert replay(row) == (0, 0)
    assert opened(company) == {b"de la vuelta"}


def test_a_tombstone_that_the_firm_did_not_sign_destroys_nothing(erased):
    company, row = erased
    Company.objects.filter(pk=company.pk).update(closed_at=None)
    keep(company, b"sigue aqui")
    statement = bytes(row.statement)
    forged = statement.replace(row.key_ids[0].encode(), CompanyKey.objects.get().pk.hex.encode())
    assert forged != statement
    with pytest.raises(errors.SignatureWrong):
        replay(row, statement=forged)
    with pytest.raises(errors.SignatureWrong):
        replay(row, signature=bytes(64))
    with pytest.raises(errors.AuditKeyUnknown):
        replay(row, keys={})
    assert opened(company) == {b"sigue aqui"}


def test_another_statement_of_the_firm_is_no_tombstone(erased):
    _, row = erased
    for statement in (b"vigencia: heads\n{}\n", tombstone.KIND + b"[]\n", tombstone.KIND + b'{"version":2}\n'):
        with pytest.raises(errors.NotATombstone):
            replay(row, statement=statement, signature=audit_key.sign(statement).signature)


def test_a_tombstone_of_a_key_that_is_anothers_here_means_another_database(erased):
    _, row = erased
    other = company_with_secrets(2)
    CompanyKey.objects.filter(company=other).delete()
    CompanyKey.objects.create(pk=row.key_ids[0], company=other, master_key_id="x", wrapped_key=b"x")
    with pytest.raises(errors.NotATombstone):
        replay(row)
    assert CompanyKey.objects.filter(company=other).exists()


def test_the_statement_is_read_as_it_was_written(erased):
    company, row = erased
    told = tombstone.read(bytes(row.statement))
    assert told.statement() == bytes(row.statement)
    assert (told.company_rfc, told.asked_by, told.approved_by) == (company.rfc, "ana", "eva")
    assert (told.id, told.destroyed_at, told.secrets) == (row.pk, row.destroyed_at, 2)
