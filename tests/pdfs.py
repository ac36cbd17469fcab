"""What do tests sign: a letter as a portal would give it, and PDFs that should not be signed."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

from asn1crypto import keys, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.crypt import StandardSecurityHandler
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from tests.pairs import Pair

# asn1crypto takes this part of a name for bits; SAT writes text. Only what signs like others do here needs to know.
x509.NameTypeAndValue._oid_specs["unique_identifier"] = x509.DirectoryString


def letter(text: str = "Carta de Términos y Condiciones", *, pages: int = 1) -> bytes:
    """A plain PDF."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    for page in range(pages):
        canvas.drawString(72, 720, f"{text} ({page + 1})")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def encrypted(password: str = "") -> bytes:
    """The letter, locked: with an empty password it opens without asking, and is still locked against changes."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(letter())))
    handler = StandardSecurityHandler.build_from_pw("dueña", password)
    writer.security_handler = handler
    writer._encrypt = writer.add_object(handler.as_pdf_object())
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def bomb(unpacked: int = 2_000_000_000) -> bytes:
    """A few megabytes at most whose table of objects unpacks to so many octets, all of which a reader wants."""
    # The same flushed block over and over is valid, and made at once.
    packer, zeros = zlib.compressobj(9), bytes(1_000_000)
    packed = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += block * (unpacked // len(zeros))
    head = b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    table = (
        b"3 0 obj\n<< /Type /XRef /Size 4 /W [1 4 1] /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n"
        % len(packed)
    )
    return head + table + packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(head)


def deep(levels: int = 200_000) -> bytes:
    """Arrays within arrays within arrays."""
    head = b"%PDF-1.4\n"
    catalog = b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Deep " + b"[" * levels + b"]" * levels + b" >>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n" % len(head)
    return (
        head
        + catalog
        + table
        + b"trailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(head) + len(catalog))
    )


def scanned() -> bytes:
    """A page without a letter on it, as a scanner makes it."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    canvas.rect(72, 72, 300, 500, fill=1)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def with_script() -> bytes:
    """The letter, with a program that runs when it is opened."""
    writer = PdfWriter(clone_from=io.BytesIO(letter()))
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("this.print();")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    return _written(writer)


def with_file(name: str = "factura.pdf.exe") -> bytes:
    """The letter, with another file in it."""
    writer = PdfWriter(clone_from=io.BytesIO(letter()))
    writer.add_attachment(name, b"MZ")
    return _written(writer)


def with_field(value: str) -> bytes:
    """A form whose only text was filled into a field."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    canvas.drawString(72, 720, " ")
    canvas.acroForm.textfield(name="rfc", value=value, x=72, y=700)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def looping() -> bytes:
    """A PDF whose table of objects names itself as the one before."""
    made = letter()
    return made.replace(
        b"trailer\n<<", b"trailer\n<< /Prev %d" % made.rindex(b"xref\n", 0, made.rindex(b"startxref")), 1
    )


def crowded(objects: int = 1_000_000) -> bytes:
    """A PDF whose catalog leads to so many objects."""
    head = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Many [" + b"<< >> " * objects + b"] >>\nendobj\n"
    pages = b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    table = b"xref\n0 3\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n" % (9, len(head))
    trailer = b"trailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(head) + len(pages))
    return head + pages + table + trailer


class _HeldSigner(SimpleSigner):
    """pyHanko's signer with a key that is open: its own loads and checks the key for every signature."""

    pair: Pair

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """What every signature ends in."""
        return self.pair.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def held_signer(pair: Pair) -> SimpleSigner:
    """Who signs with a pair in pyHanko's way."""
    key = pair.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = _HeldSigner(
        signing_cert=x509.Certificate.load(pair.certificate),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore(),
    )
    signer.pair = pair
    return signer


def signed_elsewhere(document: bytes, pair: Pair, *, field: str = "Elsewhere") -> bytes:
    """The PDF with a signature of pyHanko's own making (ETSI.CAdES.detached), which knows nothing of ours."""
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    meta = PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES)
    return bytes(sign_pdf(writer, meta, signer=held_signer(pair)).getvalue())


def _written(writer: PdfWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
