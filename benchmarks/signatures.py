"""Does signing a letter of 100 kB cost at most 1.5 times a bare CMS, and 1.2 times a bare signature of pyHanko's?

The bare CMS is one call of ``cryptography`` with a key that is open; the bare PDF signature is pyHanko's own, with a
key that is open too. Ours is what the children do between the request and the answer: the request read, the letter
checked to be a PDF, the empty signature added to it, the content and the document signed, and the answer written. In
the time of this process, which is what a processor does. What a vault worker pays besides is told apart, on the clock
of the wall: starting the two processes, and the pair opened, proved and written down as an event, once per letter.
"""

import base64
import io
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from time import perf_counter, process_time
from uuid import uuid4

from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from django.conf import settings
from django.utils import timezone
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf
from reportlab.pdfgen.canvas import Canvas

from benchmarks.program import empty_database
from benchmarks.ratio import ratio
from renewals.audit import Machine
from renewals.clients.companies import create_company
from renewals.pki.authority import as_sat_key_file
from renewals.pki.cms import sign_detached
from renewals.vault import document_child, documents, prover_child
from renewals.vault.initialising import initialise
from renewals.vault.keys import proved_key_of
from renewals.vault.opening import opening
from renewals.vault.signing import sign_pdf as sign_in_the_vault
from renewals.vault.taking import take_custody
from tests import factories, pdfs
from tests.pairs import PASSPHRASE, Pair, make_pair

CMS_PROMISE, PDF_PROMISE = 1.5, 1.2
LETTER_BYTES, PAGES = 100_000, 5
ROUNDS, WHOLE_ROUNDS = 41, 9
BY = Machine("benchmark")
AT = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


def main() -> int:
    """Measure, print the ratios beside their promises, and say whether both hold."""
    letter, pair = _letter(), make_pair("npie")
    cms = ratio(lambda: _our_cms(letter, pair), lambda: _bare_cms(letter, pair), rounds=ROUNDS, clock=process_time)
    print(f"signatures: CMS {cms:.2f} times the bare library call (promise: at most {CMS_PROMISE})")
    bare = _Bare(pair)
    pdf = ratio(lambda: _our_pdf(letter, pair), lambda: bare.sign(letter), rounds=ROUNDS, clock=process_time)
    print(f"signatures: PDF {pdf:.2f} times bare pyHanko (promise: at most {PDF_PROMISE})")
    _tell_the_rest(letter, pair)
    return 0 if cms <= CMS_PROMISE and pdf <= PDF_PROMISE else 1


def _letter() -> bytes:
    """A plain letter whose pages are as long as that."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=0, invariant=True)
    for _ in range(PAGES):
        canvas.drawString(72, 720, os.urandom(LETTER_BYTES // PAGES // 2).hex())
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _our_cms(letter: bytes, pair: Pair) -> bytes:
    """From the content in the child to its answer, without what opening the key costs."""
    content = bytes(bytearray(letter))[: len(letter)]
    if not content.startswith(documents.MAGIC):
        raise AssertionError("no PDF")
    made = sign_detached(content, key=pair.key, certificate=pair.certificate)
    answer = json.loads(json.dumps({"beside": base64.b64encode(made).decode()}))
    return base64.b64decode(answer["beside"])


def _bare_cms(letter: bytes, pair: Pair) -> bytes:
    certificate = certificates.load_der_x509_certificate(pair.certificate)
    builder = PKCS7SignatureBuilder().set_data(letter).add_signer(certificate, pair.key, hashes.SHA256())
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities]
    return builder.sign(Encoding.DER, options)


def _our_pdf(letter: bytes, pair: Pair) -> bytes:
    """The request, the child of documents, the shape of its answer, the CMS, and the CMS in its place."""
    request = {"file": base64.b64encode(letter).decode(), "name": "EMPRESA", "reason": "Paso 5", "at": AT.isoformat()}
    answer = json.loads(json.dumps(document_child.answer(json.loads(json.dumps(request)))))
    prepared = documents.checked(letter, answer["found"])
    made = sign_detached(prepared.content(), key=pair.key, certificate=pair.certificate)
    return prepared.signed(made)


class _Bare:
    """pyHanko with a key that is open, made once."""

    def __init__(self, pair: Pair) -> None:
        self.signer = pdfs.held_signer(pair)

    def sign(self, letter: bytes) -> bytes:
        """The letter with a signature of the same kind as ours."""
        meta = PdfSignatureMetadata(field_name="Vigencia", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
        return bytes(sign_pdf(IncrementalPdfFileWriter(io.BytesIO(letter)), meta, signer=self.signer).getvalue())


def _tell_the_rest(letter: bytes, pair: Pair) -> None:
    """Whole signatures as a vault worker makes them, and what of them is the opening of the key."""
    empty_database()
    settings.PROCESS_ROLE = "vault"
    settings.MASTER_KEYS_DIR = str(Path(mkdtemp(dir=settings.FIRM_HOME)) / "vault")
    settings.INTAKE_PUBLIC_KEY = initialise(by=BY)
    company = create_company(rfc=pair.facts.rfc, name="Medida", by=BY)
    certificate = factories.certificate(company, pair)
    take_custody(key_id=factories.sealed_key(certificate, pair), now=timezone.now())
    key = proved_key_of(certificate)
    request = {
        "operation": "prove",
        "container": "private_key",
        "file": base64.b64encode(as_sat_key_file(pair.key, PASSPHRASE)).decode(),
        "passphrase": PASSPHRASE,
        "certificate": base64.b64encode(pair.certificate).decode(),
    }
    whole, opened = [], []
    for number in range(WHOLE_ROUNDS):
        began = perf_counter()
        sign_in_the_vault(
            document=letter,
            certificate=certificate,
            signing_id=uuid4(),
            why="Medida",
            by=BY,
            reason="benchmark",
            now=timezone.now() + timedelta(seconds=number),
        )
        whole.append(perf_counter() - began)
        began = perf_counter()
        with opening(rows=[key], by=BY, reason="benchmark") as opener:
            file, passphrase = opener.file_of(key), opener.passphrase_of(key)
            if not file or not passphrase:
                raise AssertionError("the pair did not open")
        if "found" not in prover_child.answer(request):
            raise AssertionError("the pair was not proved")
        opened.append(perf_counter() - began)
    each = [f"{median(times) * 1000:.0f} ms" for times in (whole, opened)]
    print(f"apart: a whole letter {each[0]}, of which the key and its event {each[1]}")


if __name__ == "__main__":
    sys.exit(main())
