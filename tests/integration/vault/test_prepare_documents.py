"""A PDF is read in a process of its own, refused by name, and whatever that process says is checked by shape."""

from __future__ import annotations

import base64
import io
import json
import time
from datetime import UTC, datetime

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from renewals.errors import (
    NotAPdf,
    PdfAlreadySigned,
    PdfDamaged,
    PdfEncrypted,
    PdfTooHeavy,
    PdfTooLarge,
    ProverUnavailable,
)
from renewals.vault import document_child, documents
from renewals.vault.documents import MEGABYTE, Prepared, prepare
from tests import pdfs

AT = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


def prepared(document: bytes) -> Prepared:
    return prepare(document, name="COMPAÑÍA ÑANDÚ", reason="Renovación 7", at=AT)


def test_the_document_stays_as_it_was_handed_in_and_the_signature_covers_the_rest():
    document = pdfs.letter(pages=3)
    made = prepared(document)
    assert made.whole.startswith(document)
    assert made.pages == 3
    assert set(made.whole[made.start + 1 : made.end - 1]) == {ord("0")}
    assert made.content() == made.whole[: made.start] + made.whole[made.end :]
    signed = made.signed(b"\x30\x03\x02\x01\x05")
    assert len(signed) == len(made.whole)
    assert signed[made.start : made.start + 12] == b"<3003020105" + b"0"


def test_a_signature_that_does_not_fit_is_refused():
    made = prepared(pdfs.letter())
    with pytest.raises(PdfDamaged):
        made.signed(bytes(made.end - made.start))


def test_whoever_opens_it_reads_for_whom_and_why_it_was_signed():
    made = prepared(pdfs.letter())
    ((_, value, _),) = enumerate_sig_fields(PdfFileReader(io.BytesIO(made.signed(b"\x30\x00"))))
    shown = value.get_object()
    assert shown["/Name"] == "COMPAÑÍA ÑANDÚ"
    assert shown["/Reason"] == "Renovación 7"


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (b"", NotAPdf),
        (b"PK\x03\x04 a spreadsheet", NotAPdf),
        (b"\n%PDF-1.7 not at the beginning", NotAPdf),
        (b"reto-de-idse:2026-11-23T10:00:00", NotAPdf),
        (b"%PDF-1.7 and nothing else", PdfDamaged),
        (pdfs.letter()[:-200], PdfDamaged),
        (pdfs.encrypted(), PdfEncrypted),
        (pdfs.encrypted("secreta"), PdfEncrypted),
        (b"%PDF-" + bytes(2 * MEGABYTE), PdfTooLarge),
    ],
)
def test_what_cannot_be_signed_is_refused_by_name(document, refusal):
    with pytest.raises(refusal) as refused:
        prepared(document)
    assert type(refused.value) is refusal


def test_a_pdf_that_is_signed_already_is_refused():
    signed = prepared(pdfs.letter()).signed(b"\x30\x00")
    with pytest.raises(PdfAlreadySigned):
        prepared(signed)


def test_a_pdf_that_unpacks_to_gigabytes_is_refused_in_time():
    begun = time.monotonic()
    with pytest.raises(PdfTooHeavy):
        prepared(pdfs.bomb())
    assert time.monotonic() - begun < 60


def test_a_pdf_that_nests_without_end_is_refused():
    with pytest.raises(PdfTooHeavy):
        prepared(pdfs.deep())


def test_every_document_has_a_process_of_its_own(child_of_documents):
    child_of_documents(
        *("frames.send(channel, {'ready': True})", "frames.receive(channel)"),
        "frames.send(channel, {'refused': 'pdf_damaged', 'facts': {'child': os.getpid()}})",
    )
    pids = set()
    for _ in range(2):
        with pytest.raises(PdfDamaged) as refused:
            prepared(pdfs.letter())
        pids.add(refused.value.facts["child"])
    assert len(pids) == 2


def test_a_child_that_dies_over_a_document_is_not_asked_twice(child_of_documents):
    child_of_documents("frames.send(channel, {'ready': True})", "frames.receive(channel)")
    with pytest.raises(PdfTooHeavy):
        prepared(pdfs.letter())


def test_a_child_that_cannot_start_is_not_the_fault_of_the_document(child_of_documents):
    child_of_documents("raise SystemExit(1)")
    with pytest.raises(ProverUnavailable):
        prepared(pdfs.letter())


LETTER = pdfs.letter()
END = len(LETTER)


def said(added: bytes, start: int, end: int) -> dict[str, object]:
    return {"pages": 1, "added": base64.b64encode(added).decode(), "start": start, "end": end}


def added(place: bytes = b"<0000>", ranges: bytes = b"") -> bytes:
    """What a child might add: a place for a signature, and which octets it covers."""
    return b"/Contents " + place + ranges


GOOD = added(ranges=b"/ByteRange [0 %d %d %d]" % (END + 10, END + 16, len(b"/ByteRange [0 9999 9999 99]")))


@pytest.mark.parametrize(
    "found",
    [
        None,
        {},
        said(GOOD, END + 10, END + 16) | {"pages": "many"},
        said(GOOD, END + 10, END + 16) | {"added": "not base64!"},
        # The place lies in the document itself, or before it, or past its end.
        said(GOOD, 10, 16),
        said(GOOD, -6, 0),
        said(GOOD, END + 10, END + 10_000),
        # It says one place in the document and another one to us.
        said(added(ranges=b"/ByteRange [0 10 20 30]"), END + 10, END + 16),
        # Two places; none; or one that holds something.
        said(GOOD + b"/ByteRange [0 1 2 3]", END + 10, END + 16),
        said(added(), END + 10, END + 16),
        said(GOOD.replace(b"<0000>", b"<0f00>"), END + 10, END + 16),
    ],
)
def test_what_the_child_says_is_believed_only_in_its_shape(child_of_documents, found):
    child_of_documents(
        *("frames.send(channel, {'ready': True})", "frames.receive(channel)"),
        f"frames.send(channel, json.loads({json.dumps({'found': found})!r}))",
    )
    with pytest.raises(PdfDamaged):
        prepared(LETTER)


def test_a_child_that_adds_too_much_is_not_believed(child_of_documents, monkeypatch):
    monkeypatch.setattr(documents, "_LONGEST_ADDITION", len(GOOD) - 1)
    child_of_documents(
        *("frames.send(channel, {'ready': True})", "frames.receive(channel)"),
        f"frames.send(channel, json.loads({json.dumps({'found': said(GOOD, END + 10, END + 16)})!r}))",
    )
    with pytest.raises(PdfDamaged):
        prepared(LETTER)


def test_the_shape_that_is_believed_is_the_one_of_the_tests_above(child_of_documents):
    child_of_documents(
        *("frames.send(channel, {'ready': True})", "frames.receive(channel)"),
        f"frames.send(channel, json.loads({json.dumps({'found': said(GOOD, END + 10, END + 16)})!r}))",
    )
    assert prepared(LETTER).content() == LETTER + GOOD.replace(b"<0000>", b"")


def test_the_child_answers_with_codes_and_never_with_the_document():
    secret = b"%PDF-1.4 RFC de una persona"
    request = {"file": base64.b64encode(secret).decode(), "name": "x", "reason": "y", "at": AT.isoformat()}
    assert document_child.answer(request) == {"refused": "pdf_damaged", "facts": {}}


@pytest.fixture
def child_of_documents(monkeypatch):
    """Give it the lines of another child, behind the same socket."""

    def run(*lines: str) -> None:
        beginning = (
            "import json, os, socket, sys, time",
            "sys.path.insert(0, sys.argv[1])",
            "from renewals.vault import frames",
            "channel = socket.socket(fileno=0)",
        )
        monkeypatch.setattr(documents, "_PROGRAM", "\n".join([*beginning, *lines]))

    return run
