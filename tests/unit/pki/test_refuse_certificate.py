"""What is no certificate, or a damaged one, is refused; an odd one is read."""

from __future__ import annotations

import pytest

from renewals.errors import DamagedFile, EmptyFile, FileTooLarge, UnexpectedContent
from renewals.pki import der
from renewals.pki.certificate import CertificateKind, read_certificate
from tests.unit.pki.certificate_parts import with_field


def test_what_is_no_certificate_is_refused_by_its_content(plain_key):
    for data, refusal in (
        (b"", EmptyFile),
        (bytes(2_000_000), FileTooLarge),
        (plain_key, UnexpectedContent),
        (b"hola", UnexpectedContent),
    ):
        with pytest.raises(refusal):
            read_certificate(data)


def _extensions(*extensions: bytes) -> bytes:
    return der.encode(der.context(3), der.encode(der.SEQUENCE, *extensions))


def _extension(oid: str, *parts: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), *parts)


USAGE, CONSTRAINTS = "2.5.29.15", "2.5.29.19"


@pytest.mark.parametrize(
    "extensions",
    [
        der.encode(der.context(3), der.encode(der.SEQUENCE), b"\x05\x00"),
        der.encode(der.context(3), der.encode(der.SET)),
        _extensions(_extension(USAGE)),
        _extensions(_extension(USAGE, b"\x05\x00")),
        _extensions(_extension(USAGE, der.encode(der.OCTET_STRING, b"\x03\x02\x03\xd8"), b"\x05\x00")),
        _extensions(_extension(USAGE, der.encode(der.OCTET_STRING, b"\x03\x09\x03\xd8"))),
        _extensions(_extension(CONSTRAINTS, der.encode(der.OCTET_STRING, b"\x30\x01"))),
        _extensions(_extension(CONSTRAINTS, b"\x01\x01\xff")),
    ],
)
def test_broken_extensions_are_damage(certificate, extensions):
    with pytest.raises(DamagedFile):
        read_certificate(with_field(certificate, 7, extensions))


def test_odd_extensions_are_read(certificate):
    for extensions, personal in (
        (_extensions(_extension(USAGE, der.encode(der.OCTET_STRING, b"\x03\x01\x00"))), False),
        (_extensions(_extension(USAGE, b"\x01\x01\xff", der.encode(der.OCTET_STRING, b"\x03\x02\x04\x10"))), True),
        (_extensions(_extension("2.5.29.37"), _extension(USAGE)), True),
        (_extensions(_extension("1.2.3", b"\xff\xff")), False),
        (b"\x81\x01\x00" + _extensions(), False),
        (b"\x81\x01\x00", False),
    ):
        facts = read_certificate(with_field(certificate, 7, extensions))
        assert (facts.kind is CertificateKind.EFIRMA) is personal
    limited = der.encode(der.SEQUENCE, der.encode_integer(0))
    facts = read_certificate(
        with_field(certificate, 7, _extensions(_extension(CONSTRAINTS, der.encode(der.OCTET_STRING, limited))))
    )
    assert not facts.is_authority


def test_a_certificate_of_version_one_is_read(certificate):
    signed, *rest = der.children(certificate, der.whole(certificate, der.SEQUENCE))
    fields = [der.encoded(certificate, part) for part in der.children(certificate, signed)]
    first_version = der.encode(der.SEQUENCE, *fields[1:7])
    whole = der.encode(der.SEQUENCE, first_version, *(der.encoded(certificate, part) for part in rest))
    assert read_certificate(whole).rfc == "Ñ&U9003173C9"


def _parts(certificate: bytes) -> list[bytes]:
    return [der.encoded(certificate, part) for part in der.children(certificate, der.whole(certificate, der.SEQUENCE))]


def test_a_certificate_of_other_parts_is_damage(certificate):
    signed, algorithm, signature = _parts(certificate)
    wrong_tag = der.encode(der.OCTET_STRING, signature)
    another = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.5"), b"\x05\x00")
    serial_as_text = with_field(certificate, 1, der.encode(der.OCTET_STRING, b"1"))
    for broken in (
        der.encode(der.SEQUENCE, signed, algorithm),
        der.encode(der.SEQUENCE, signed, algorithm, signature, signature),
        der.encode(der.SEQUENCE, signed, algorithm, wrong_tag),
        der.encode(der.SEQUENCE, signed, another, signature),
        certificate + b"\x00",
        serial_as_text,
        with_field(certificate, 1, der.encode(der.INTEGER)),
        with_field(certificate, 1, der.encode(der.INTEGER, bytes(65))),
        with_field(certificate, 6, der.encode(der.SEQUENCE)),
        with_field(certificate, 5, der.encode(der.SEQUENCE, b"\x05\x00")),
    ):
        with pytest.raises(DamagedFile) as refused:
            read_certificate(broken)
        assert refused.value.facts == {"content": "certificate"}


def test_nothing_of_the_file_is_in_the_refusal(certificate):
    with pytest.raises(DamagedFile) as refused:
        read_certificate(certificate[:-1])
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_facts_do_not_print_the_file(certificate):
    assert "der=" not in repr(read_certificate(certificate))


@pytest.mark.parametrize("year", [b"0000", b"0001", b"1949"])
def test_a_moment_before_there_were_certificates_is_damage(certificate, year):
    last = der.encode(der.GENERALIZED_TIME, year + b"0101000000Z")
    validity = der.encode(der.SEQUENCE, der.encode(der.UTC_TIME, b"200101000000Z"), last)

    with pytest.raises(DamagedFile):
        read_certificate(with_field(certificate, 4, validity))
