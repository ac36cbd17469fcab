"""A stored key signs a PDF inside the vault: others can verify it, and nothing but a whole PDF is ever signed."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone

from renewals import audit
from renewals.errors import KeyNotKept, KeyOfAnotherCertificate, NotAPdf, PdfEncrypted, TooManyKeysOpened
from renewals.models import Alert, Certificate
from renewals.models.stored_key import StoredKey
from renewals.vault import prover, watching
from renewals.vault.prover import Material
from renewals.vault.signing import SignedDocument, sign_pdf
from renewals.vault.taking import take_custody
from tests import factories, pdfs
from tests.conftest import skip_or_fail
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def in_custody(kind: str = "npie", **terms: object) -> Certificate:
    pair = make_pair(kind, **terms)  # type: ignore[arg-type]  # by name
    row = factories.certificate(factories.company(), pair)
    take_custody(key_id=factories.sealed_key(row, pair), now=timezone.now())
    return row


def signed(certificate: Certificate, by, document: bytes | None = None) -> bytes:
    return signed_twice(certificate, by, document).pdf


def signed_twice(certificate: Certificate, by, document: bytes | None = None) -> SignedDocument:
    return sign_pdf(
        document=pdfs.letter() if document is None else document,
        certificate=certificate,
        signing_id=uuid4(),
        why="Renovación 7, paso 5",
        by=by,
        reason="Firmar la carta",
        now=timezone.now(),
    )


def openings(certificate: Certificate) -> list[dict[str, object]]:
    events = audit.history_of(certificate)
    return [event.facts for event in events if event.name == "key.opened" and event.person]


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False)


@pytest.fixture
def pdfsig(tmp_path):
    """Ask poppler's verifier, which knows nothing of ours, what it thinks of a PDF."""
    if shutil.which("pdfsig") is None:
        skip_or_fail("no pdfsig (poppler-utils)")

    def ask(document: bytes) -> str:
        path = tmp_path / "signed.pdf"
        path.write_bytes(document)
        done = run("pdfsig", "-nocert", path)
        return done.stdout

    return ask


def taken_apart(document: bytes) -> tuple[bytes, bytes]:
    """What was signed, and the CMS, by the offsets that the document itself names."""
    place = document.rindex(b"/ByteRange [") + len(b"/ByteRange [")
    first, length, second, rest = (int(one) for one in document[place : document.index(b"]", place)].split())
    hexed = document[first + length + 1 : second - 1]
    cms = bytes.fromhex(hexed.decode())
    size = 4 + int.from_bytes(cms[2:4], "big")
    assert not any(cms[size:])
    return document[first : first + length] + document[second : second + rest], cms[:size]


def openssl_says(document: bytes, certificate: Certificate, folder: Path) -> subprocess.CompletedProcess[str]:
    """Verify the signature inside a PDF with the certificate alone."""
    return openssl_verifies(*taken_apart(document), certificate, folder)


def openssl_verifies(
    content: bytes, cms: bytes, certificate: Certificate, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Verify a detached CMS with the certificate alone, whoever issued it and whenever it ended."""
    (folder / "content").write_bytes(content)
    (folder / "cms.der").write_bytes(cms)
    pem = x509.load_der_x509_certificate(bytes(certificate.der)).public_bytes(Encoding.PEM)
    (folder / "signer.pem").write_bytes(pem)
    files = ("-in", folder / "cms.der", "-content", folder / "content", "-certfile", folder / "signer.pem")
    return run("openssl", "cms", "-verify", "-inform", "DER", "-binary", *files, "-noverify", "-out", folder / "out")


@pytest.mark.parametrize(
    ("kind", "terms"),
    [("npie", {}), ("efirma", {"name": "COMPAÑÍA DE MÚSICA ÑANDÚ SA DE CV", "representative_rfc": "CACX7605101P8"})],
)
def test_two_other_programs_verify_what_the_vault_signed(vault_keys, beto, pdfsig, tmp_path, kind, terms):
    certificate = in_custody(kind, **terms)
    document = signed(certificate, beto)
    said = pdfsig(document)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "adbe.pkcs7.detached" in said
    done = openssl_says(document, certificate, tmp_path)
    assert done.returncode == 0, done.stderr


def test_openssl_verifies_the_signature_beside_over_the_very_octets_that_were_handed_in(vault_keys, beto, tmp_path):
    now = timezone.now()
    certificate = in_custody(not_before=now - timedelta(days=900), not_after=now - timedelta(days=170))
    document = pdfs.letter(pages=2)
    made = signed_twice(certificate, beto, document)
    done = openssl_verifies(document, made.cms, certificate, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == document
    # Detached: the document is not in it, and a document of one octet more is another one.
    assert document[:64] not in made.cms
    assert openssl_verifies(document + b"\n", made.cms, certificate, tmp_path).returncode != 0
    assert run("openssl", "cms", "-cmsout", "-inform", "DER", "-in", tmp_path / "cms.der", "-print").stdout.count(
        "sha256"
    )


def test_both_signatures_cost_one_opening(vault_keys, beto):
    certificate = in_custody()
    signed_twice(certificate, beto)
    assert len(openings(certificate)) == 1


def test_a_changed_document_no_longer_verifies(vault_keys, beto, pdfsig, tmp_path):
    certificate = in_custody()
    document = bytearray(signed(certificate, beto))
    place = document.index(b"/MediaBox")
    document[place + 10 : place + 12] = b"[1"
    assert "Signature is Valid." not in pdfsig(bytes(document))
    assert openssl_says(bytes(document), certificate, tmp_path).returncode != 0


def test_an_expired_certificate_signs(vault_keys, beto, pdfsig, tmp_path):
    now = timezone.now()
    certificate = in_custody(not_before=now - timedelta(days=900), not_after=now - timedelta(days=170))
    document = signed(certificate, beto)
    assert "Signature is Valid." in pdfsig(document)
    assert openssl_says(document, certificate, tmp_path).returncode == 0


def test_the_record_names_the_person_and_the_signing_before_the_key_is_opened(vault_keys, beto):
    certificate = in_custody()
    signed(certificate, beto)
    (facts,) = openings(certificate)
    assert facts["reason"] == "Firmar la carta"
    assert facts["signing"]
    assert Alert.objects.filter(kind="first_time", person=beto).exists()


def test_signatures_are_counted_like_files_that_go_out(vault_keys, beto, monkeypatch):
    monkeypatch.setattr(watching, "MOST_OF_PERSON", 1)
    certificate = in_custody()
    signed(certificate, beto)
    with pytest.raises(TooManyKeysOpened):
        signed(certificate, beto)


@pytest.mark.parametrize(("document", "refusal"), [(b"reto de IDSE", NotAPdf), (pdfs.encrypted(), PdfEncrypted)])
def test_a_document_that_is_refused_opens_no_key(vault_keys, beto, document, refusal):
    certificate = in_custody()
    with pytest.raises(refusal):
        signed(certificate, beto, document)
    assert openings(certificate) == []


def test_the_process_that_sees_the_key_signs_nothing_but_a_pdf_either():
    pair = make_pair()
    material = Material("private_key", pair.key_file, pair.passphrase.encode())
    for content, octets in ((b"", 0), (b"reto de IDSE", 12), (b" %PDF-1.7", 9), (b"%PDF-1.7", 4), (b"%PDF-1.7", 0)):
        with pytest.raises(NotAPdf):
            prover.sign(material, certificate=pair.certificate, content=content, document_octets=octets)


def test_a_key_signs_only_for_its_own_certificate():
    pair, other = make_pair(), make_pair()
    material = Material("private_key", pair.key_file, pair.passphrase.encode())
    with pytest.raises(KeyOfAnotherCertificate):
        prover.sign(material, certificate=other.certificate, content=pdfs.letter(), document_octets=9)


def test_a_pfx_signs_like_a_key_file():
    pair = make_pair()
    material = Material("pfx", pair.pfx(), pair.passphrase.encode())
    assert prover.sign(material, certificate=pair.certificate, content=pdfs.letter(), document_octets=9).beside


def test_without_a_key_in_custody_nothing_is_signed(vault_keys, beto):
    certificate = in_custody()
    StoredKey.objects.all().delete()
    with pytest.raises(KeyNotKept):
        signed(certificate, beto)
