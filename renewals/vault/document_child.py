"""Can this PDF be signed, and what has to be added to it for that? Answered in a process for this one document.

A PDF is the most hostile kind of file here, so it shares a process with nothing: not with the vault worker, and not
with the child that sees private keys. The process gets one document, answers once and ends. It adds an empty signature
as an incremental update (ISO 32000-1, 7.5.6), so that what was handed in stays at the beginning, octet for octet.
"""

import base64
import io
import resource
import socket
from datetime import datetime
from typing import Any

import tzlocal
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import PdfSignedData

from renewals.errors import NotAPdf, PdfAlreadySigned, PdfDamaged, PdfEncrypted, PdfTooHeavy, Refusal
from renewals.vault import frames
from renewals.vault.confining import confine

MAGIC = b"%PDF-"
#: Address space and processor seconds, far above what any honest letter needs.
MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 10
#: Octets kept free for the signature, twice what an RSA-4096 one with its certificate needs.
ROOM = 16 * 1024
_FIELD = "Vigencia"


def main() -> None:  # pragma: no cover  # runs in the child, where nothing measures
    """Answer one request from standard input, a socket, and end."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # The library notes in which time zone it changed a document: looked up while the machine's files are open to us.
    tzlocal.get_localzone()
    confined = confine()
    with socket.socket(fileno=0) as channel:
        frames.send(channel, {"ready": True, "confined": confined})
        request = frames.receive(channel)
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        frames.send(channel, answer(request))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What was found, or the code of the refusal; never an exception, and never a byte of the document."""
    try:
        return {"found": _prepare(request)}
    except Refusal as refusal:
        return {"refused": refusal.code, "facts": refusal.facts}
    except (MemoryError, RecursionError, PdfDecodeLimitError):
        return {"refused": PdfTooHeavy.code, "facts": {}}
    except Exception:  # noqa: BLE001  # whatever a file from outside provokes, its text may quote the file
        return {"refused": PdfDamaged.code, "facts": {}}


def _prepare(request: dict[str, Any]) -> dict[str, Any]:
    document = base64.b64decode(request["file"])
    if not document.startswith(MAGIC):
        raise NotAPdf
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    pages = _require_signable(writer.prev)
    name = _free_name(writer.prev)
    embedding = PdfCMSEmbedder(SigFieldSpec(name)).write_cms(name, writer)
    next(embedding)
    embedding.send(SigObjSetup(sig_placeholder=_placeholder(request)))
    prepared, output = embedding.send(SigIOSetup(md_algorithm="sha256"))
    whole = output.getvalue()
    if not whole.startswith(document):
        raise PdfDamaged
    return {
        "pages": pages,
        "added": base64.b64encode(whole[len(document) :]).decode(),
        "start": prepared.reserved_region_start,
        "end": prepared.reserved_region_end,
    }


def _require_signable(reader: PdfFileReader) -> int:
    """How many pages there are. Raises PdfEncrypted, PdfAlreadySigned, PdfDamaged."""
    if reader.encrypted:
        raise PdfEncrypted
    # A filled field is a signature, whatever lies in it; "/Perms" is what the signature of an author leaves.
    if any(enumerate_sig_fields(reader, filled_status=True)) or reader.root.get("/Perms") is not None:
        raise PdfAlreadySigned
    pages = reader.root["/Pages"]["/Count"]
    if not isinstance(pages, int) or pages < 1:
        raise PdfDamaged
    return int(pages)


def _free_name(reader: PdfFileReader) -> str:
    """A name for the signature that no empty field of the document has."""
    taken = {name for name, _value, _field in enumerate_sig_fields(reader)}
    return next(name for name in (_FIELD, *(f"{_FIELD}{number}" for number in range(2, 100))) if name not in taken)


def _placeholder(request: dict[str, Any]) -> PdfSignedData:
    placeholder = PdfSignedData(
        obj_type=pdf_name("/Sig"),
        subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
        timestamp=datetime.fromisoformat(request["at"]),
        bytes_reserved=2 * ROOM,
    )
    placeholder["/Name"] = pdf_string(request["name"])
    placeholder["/Reason"] = pdf_string(request["reason"])
    return placeholder
