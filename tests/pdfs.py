"""What do tests sign: a letter as a portal would give it, and PDFs that should not be signed."""

from __future__ import annotations

import io
import zlib

from pyhanko.pdf_utils.crypt import StandardSecurityHandler
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from reportlab.pdfgen.canvas import Canvas


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
