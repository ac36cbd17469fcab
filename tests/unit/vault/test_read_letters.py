"""What the child of letters finds out: who signed exactly these octets, what the pages name, and what it refuses."""

from __future__ import annotations

import base64
import re
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from renewals.pki.cms import sign_detached
from renewals.vault.letter_child import answer
from tests import pdfs
from tests.pairs import Pair, make_pair, pooled_key

if TYPE_CHECKING:
    from pathlib import Path

RFC = "EKU9003173C9"
LETTER = pdfs.letter(f"Carta de términos de {RFC}, registro patronal Y54-12345-10-3")
NAMES = {"company": [RFC], "new": ["00001000000500003416", "23 de noviembre de 2026"]}


@pytest.fixture(scope="module")
def old() -> Pair:
    return make_pair("npie", rfc=RFC)


@pytest.fixture(scope="module")
def new() -> Pair:
    return make_pair("efirma", rfc=RFC, name="COMPAÑÍA DE MÚSICA ÑANDÚ SA DE CV", key=pooled_key())


def asked(
    letter: bytes | None, *pairs: Pair, signature: bytes | None = None, kept: tuple[bytes, ...] = ()
) -> dict[str, Any]:
    request = {
        "has_letter": letter is not None,
        "has_signature": signature is not None,
        "names": NAMES,
        "certificates": [base64.b64encode(one.certificate).decode() for one in pairs],
    }
    return answer(request, [one for one in (letter, signature, *kept) if one is not None])


def found(*given: Any, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = asked(*given, **more)["found"]
    return told


def signatures(*given: Any, **more: Any) -> list[tuple[str, int | None]]:
    return [(one["state"], one["by"]) for one in found(*given, **more)["signatures"]]


def by_openssl(folder: Path, pair: Pair, *how: str, content: bytes = LETTER) -> bytes:
    """A CMS that another program made, of whatever form."""
    (folder / "letter").write_bytes(content)
    (folder / "key.pem").write_bytes(pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "cert.pem").write_bytes(x509.load_der_x509_certificate(pair.certificate).public_bytes(Encoding.PEM))
    files = ("-in", "letter", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "cms")
    subprocess.run(["openssl", "cms", "-sign", "-binary", *files, *how], cwd=folder, check=True, capture_output=True)
    return (folder / "cms").read_bytes()


# --- signatures apart


@pytest.mark.parametrize(
    "how",
    [
        ("-nodetach", "-outform", "DER"),
        ("-nodetach", "-outform", "PEM"),
        ("-nodetach", "-outform", "DER", "-stream"),
        ("-nodetach", "-outform", "DER", "-md", "sha512", "-nocerts"),
        ("-nodetach", "-outform", "DER", "-noattr"),
    ],
)
def test_a_signed_file_of_another_program_is_verified_and_its_letter_read(tmp_path, old, new, how):
    told = found(by_openssl(tmp_path, old, *how), new, old)
    assert [(one["state"], one["by"], one["is_apart"]) for one in told["signatures"]] == [("good", 1, True)]
    assert told["named"] == ["company"]


@pytest.mark.parametrize("how", [("-outform", "DER"), ("-outform", "PEM"), ("-outform", "DER", "-md", "sha384")])
def test_a_detached_signature_is_verified_over_the_letter_beside_it_or_one_that_was_kept(tmp_path, old, how):
    cms = by_openssl(tmp_path, old, *how)
    assert signatures(LETTER, old, signature=cms) == [("good", 0)]
    assert signatures(None, old, signature=cms, kept=(pdfs.letter("Otra"), LETTER)) == [("good", 0)]
    assert signatures(cms, old, kept=(LETTER,)) == [("good", 0)]


def test_a_detached_signature_alone_proves_nothing(tmp_path, old):
    cms = by_openssl(tmp_path, old, "-outform", "DER")
    assert asked(cms, old) == {"refused": "signature_without_letter", "facts": {}}
    assert asked(cms, old, kept=(LETTER + b" ",))["refused"] == "letter_changed"


def test_a_signed_file_beside_another_letter_is_refused(tmp_path, old):
    cms = by_openssl(tmp_path, old, "-nodetach", "-outform", "DER")
    assert asked(pdfs.letter("Otra"), old, signature=cms)["refused"] == "letter_changed"
    assert signatures(LETTER, old, signature=cms) == [("good", 0)]


def test_what_is_no_signature_is_said_to_be_none(old):
    for other in (LETTER, b"texto", old.certificate, b"\x30\x80" + bytes(40)):
        assert asked(LETTER, old, signature=other)["refused"] == "not_a_signature"


def test_a_signature_of_somebody_else_names_their_serial_and_proves_nothing(tmp_path, old, new):
    (told,) = found(LETTER, new, signature=by_openssl(tmp_path, old, "-outform", "DER"))["signatures"]
    assert (told["state"], told["by"], told["serial"]) == ("other", None, old.facts.serial)


def test_a_signature_that_claims_a_certificate_whose_key_did_not_make_it_is_a_changed_one(old):
    forged = bytearray(sign_detached(LETTER, key=old.key, certificate=old.certificate))
    forged[-1] ^= 1
    assert asked(LETTER, old, signature=bytes(forged))["refused"] == "letter_changed"


def test_an_outdated_digest_proves_nothing(tmp_path, old):
    assert signatures(by_openssl(tmp_path, old, "-nodetach", "-outform", "DER", "-md", "sha1"), old) == [
        ("unknown", None)
    ]


def test_the_moment_is_the_one_that_was_signed(old):
    (told,) = found(LETTER, old, signature=sign_detached(LETTER, key=old.key, certificate=old.certificate))[
        "signatures"
    ]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(told["signed_at"])).total_seconds() < 60


def test_a_mangled_signature_never_passes_and_never_brings_the_child_down(old):
    cms = sign_detached(LETTER, key=old.key, certificate=old.certificate)
    body = cms.index(old.certificate) + len(old.certificate)
    for place in (*range(40), *range(body, len(cms), 7)):
        for octet in (0, 0x80, 0xFF):
            mangled = cms[:place] + bytes([octet]) + cms[place + 1 :]
            if mangled != cms:
                told = asked(LETTER, old, signature=mangled)
                good = [one for one in told.get("found", {}).get("signatures", ()) if one["state"] == "good"]
                # What names the signer may be wrong: the key and the attributes are what counts.
                assert not good or mangled[body:] != cms[body:] or place < 40


# --- signatures inside


def test_a_pdf_that_another_program_signed_is_verified(old, new):
    signed = pdfs.signed_elsewhere(LETTER, old)
    assert signatures(signed, new, old) == [("good", 1)]
    assert found(signed, old)["named"] == ["company"]


def test_whatever_is_changed_outside_the_place_of_the_signature_shows(old):
    signed = pdfs.signed_elsewhere(LETTER, old)
    assert signatures(signed.replace(b"(Elsewhere)", b"(elsewhere)"), old) == [("changed", None)]
    # Added behind it: what was signed is whole, and no longer all there is.
    assert signatures(signed + b"\n% m\xc3\xa1s", old) == [("partial", 0)]


def test_a_second_signature_leaves_the_first_one_partial(old, new):
    twice = pdfs.signed_elsewhere(pdfs.signed_elsewhere(LETTER, old), new, field="Second")
    assert signatures(twice, old, new) == [("partial", 0), ("good", 1)]


@pytest.mark.parametrize(
    "ranges",
    [b"/ByteRange [0 5 9 4]", b"/ByteRange [5 1 2 3]", b"/ByteRange [0 999999999 9 9]", b"/ByteRange [0 9 5 1]"],
)
def test_a_range_that_covers_nothing_is_no_signature(old, ranges):
    assert ("good", 0) not in signatures(LETTER + ranges, old)


# --- the text


def test_a_name_is_found_however_it_is_set():
    spaced = pdfs.letter("R F C : E K U - 9 0 0 3 1 7 - 3 C 9  serie 00001000000500003416")
    assert found(spaced)["named"] == ["company", "new"]
    assert found(pdfs.letter(f"{RFC} a 23 de Noviembre de 2026"))["named"] == ["company", "new"]
    assert found(pdfs.with_field(RFC + " en un formulario que se llenó"))["named"] == ["company"]


def test_every_rfc_of_the_text_is_told_and_nothing_that_only_looks_like_one():
    told = found(pdfs.letter("ACM-010101-AB1, XACX7605101P8, folio 20261123001 y ABC999999XX1"))
    assert told["rfcs"] == ["ACM010101AB1", "XACX7605101P8"]
    assert told["named"] == []


def test_two_downloads_of_one_letter_are_known_as_one():
    again = re.sub(rb"%PDF-1\.\d", b"%PDF-1.7", LETTER)
    assert again != LETTER
    assert (
        found(LETTER)["text_sha256"] == found(again)["text_sha256"] != found(pdfs.letter("Otra carta"))["text_sha256"]
    )


@pytest.mark.parametrize(
    ("letter", "unread"),
    [
        (pdfs.scanned(), "without_text"),
        (b"\xff\xd8\xff\xe0 una foto", "picture"),
        (b"%PDF-1.7 y nada", "unreadable"),
        (LETTER[: len(LETTER) // 2], "unreadable"),
    ],
)
def test_what_has_no_text_that_can_be_read_says_why(letter, unread):
    told = found(letter)
    assert (told["unread"], told["named"], told["text_sha256"]) == (unread, [], "")


# --- what is refused


@pytest.mark.parametrize(
    ("letter", "code"),
    [
        (b"MZ\x90\x00 factura.pdf.exe", "letter_of_no_known_kind"),
        (b"PK\x03\x04", "letter_of_no_known_kind"),
        (b"<html><script>", "letter_of_no_known_kind"),
        (b"", "letter_of_no_known_kind"),
        (pdfs.with_script(), "letter_has_script"),
        (pdfs.with_file(), "letter_carries_files"),
        (pdfs.encrypted("secreta"), "letter_locked"),
    ],
)
def test_what_is_no_letter_to_keep_is_refused_by_name(letter, code):
    assert asked(letter) == {"refused": code, "facts": {}}


def test_a_letter_that_is_locked_against_changes_only_is_read():
    assert found(pdfs.encrypted())["unread"] == ""


def test_a_program_that_was_signed_is_no_letter(tmp_path, old):
    cms = by_openssl(tmp_path, old, "-nodetach", "-outform", "DER", content=b"MZ\x90\x00")
    assert asked(cms, old)["refused"] == "letter_of_no_known_kind"
