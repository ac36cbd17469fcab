"""Names are read as SAT writes them, and as others do."""

from __future__ import annotations

import pytest

from renewals.pki import der, names


def _name(*pairs):
    sets = [der.encode(der.SET, der.encode(der.SEQUENCE, der.encode_oid(oid), text)) for oid, text in pairs]
    return der.encode(der.SEQUENCE, *sets)


def _one(tag, octets):
    [(_, value)] = names.read_name(_name((names.COMMON_NAME, der.encode(tag, octets))))
    return value


@pytest.mark.parametrize(
    ("tag", "octets", "text"),
    [
        (der.PRINTABLE_STRING, b"CA\xd1F770131PA3", "CAÑF770131PA3"),
        (der.T61_STRING, b"COMPA\xd1\xcdA", "COMPAÑÍA"),
        (der.T61_STRING, b"CAF\xc9 \x93EL SOL\x94", "CAFÉ “EL SOL”"),
        (der.T61_STRING, b"A\x81B", "A�B"),
        (der.IA5_STRING, b"n\xf1@empresa.example", "nñ@empresa.example"),
        (der.UTF8_STRING, "COMPAÑÍA".encode(), "COMPAÑÍA"),
        (der.UTF8_STRING, b"COMPA\xd1IA", "COMPAÑIA"),
        (der.PRINTABLE_STRING, "COMPAÑÍA".encode(), "COMPAÑÍA"),
        (der.T61_STRING, b"\xc3\x91 y \xd1", "Ã‘ y Ñ"),
        (der.BMP_STRING, "MUÑOZ".encode("utf-16-be"), "MUÑOZ"),
        (der.BMP_STRING, b"\x00A\xd8", "A\N{REPLACEMENT CHARACTER}"),
        (0x1C, "Ñ".encode("utf-32-be"), "Ñ"),
        (0x12, b"0123", "0123"),
        (der.BIT_STRING, b"\x00\xff", "#00ff"),
        (der.PRINTABLE_STRING, b"", ""),
        (der.PRINTABLE_STRING, b"A\x00B\nC\x1b[2J", "A B C [2J"),
        (der.UTF8_STRING, "A\N{RIGHT-TO-LEFT OVERRIDE}B".encode(), "A B"),
    ],
)
def test_every_string_type_becomes_text(tag, octets, text):
    assert _one(tag, octets) == text


def test_attributes_come_in_the_order_of_the_file():
    name = _name(
        (names.COMMON_NAME, der.encode(der.PRINTABLE_STRING, b"UNO")),
        (names.EMAIL, der.encode(der.IA5_STRING, b"a@b.example")),
        (names.COMMON_NAME, der.encode(der.UTF8_STRING, b"x" * 200)),
    )
    assert names.read_name(name) == (
        (names.COMMON_NAME, "UNO"),
        (names.EMAIL, "a@b.example"),
        (names.COMMON_NAME, "x" * 200),
    )


def test_several_attributes_in_one_set_are_all_read():
    pairs = [
        der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(der.PRINTABLE_STRING, text))
        for oid, text in ((names.COMMON_NAME, b"UNO"), (names.ORGANIZATION, b"DOS"))
    ]
    name = der.encode(der.SEQUENCE, der.encode(der.SET, *pairs))
    assert [value for _, value in names.read_name(name)] == ["UNO", "DOS"]


PAIR = der.encode(der.SEQUENCE, der.encode_oid("2.5.4.3"), der.encode(der.PRINTABLE_STRING, b"UNO"))


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        der.encode(der.SEQUENCE, PAIR),
        der.encode(der.SEQUENCE, der.encode(der.SET, der.encode(der.SET, PAIR[2:]))),
        der.encode(der.SEQUENCE, der.encode(der.SET, der.encode(der.SEQUENCE, der.encode_oid("2.5.4.3")))),
        der.encode(der.SEQUENCE, der.encode(der.SET, der.encode(der.SEQUENCE, PAIR[2:], b"\x05\x00"))),
        der.encode(der.SEQUENCE, b"\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x13\x09ABC"),
        der.encode(der.SEQUENCE, b"\x31\x09\x30\x07\x06\x00\x13\x03ABC"),
        der.encode(der.SEQUENCE, b"\x31\x0c\x30\x0a\x06\x03\x55\x04\x83\x13\x03ABC"),
        der.encode(der.SEQUENCE, *[der.encode(der.SET, PAIR)] * 65),
        _name((names.COMMON_NAME, der.encode(der.PRINTABLE_STRING, b"x" * 1_025))),
    ],
)
def test_what_is_no_name_is_broken(broken):
    with pytest.raises(der.BrokenDer):
        names.read_name(broken)


def test_the_readable_line_says_each_thing_once():
    attributes = names.read_name(
        _name(
            (names.COMMON_NAME, der.encode(der.UTF8_STRING, b"AC UAT")),
            (names.ORGANIZATION, der.encode(der.UTF8_STRING, b"SAT")),
            (names.ORGANIZATIONAL_UNIT, der.encode(der.UTF8_STRING, b"SAT")),
            (names.COUNTRY, der.encode(der.PRINTABLE_STRING, b"MX")),
        )
    )
    assert names.readable(attributes) == "AC UAT, SAT"


def test_the_readable_line_falls_back_on_what_there_is():
    attributes = names.read_name(
        _name(
            (names.COMMON_NAME, der.encode(der.UTF8_STRING, b"  ")),
            (names.COUNTRY, der.encode(der.PRINTABLE_STRING, b"MX")),
        )
    )
    assert names.readable(attributes) == "MX"
