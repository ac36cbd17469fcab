"""The walker believes no length, and a BER file comes out as DER."""

from __future__ import annotations

import time

import pytest

from renewals.pki import ber, der


def test_written_elements_are_read_back():
    content = der.encode(
        der.SEQUENCE, der.encode_oid("1.2.840.113549.1.7.1"), der.encode_integer(2**31), der.encode_bits(b"\xa0", 5)
    )
    oid, number, bits = der.expect(content, der.whole(content, der.SEQUENCE), der.OID, der.INTEGER, der.BIT_STRING)
    assert der.dotted(content, oid) == "1.2.840.113549.1.7.1"
    assert der.unsigned(content, number) == 2**31
    assert der.value(content, bits) == b"\x05\xa0"
    assert der.encoded(content, number) == der.encode_integer(2**31)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65_535, 65_536, 20_000_000])
def test_every_length_is_written_in_its_shortest_form(size):
    written = der.encode(der.OCTET_STRING, bytes(size))
    assert der.value(written, der.whole(written, der.OCTET_STRING)) == bytes(size)


@pytest.mark.parametrize("oid", ["1.2.3", "2.5.4.45", "2.999.1", "0.9.2342", "1.3.6.1.4.1.11591.4.11"])
def test_object_identifiers_survive_a_round_trip(oid):
    written = der.encode_oid(oid)
    assert der.dotted(written, der.whole(written, der.OID)) == oid


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("", "no header"),
        ("30", "half a header"),
        ("3080", "open length"),
        ("300102", "child longer than its parent"),
        ("3003020101ff", "something behind it"),
        ("308101ff", "long form of a short length"),
        ("30820080" + "00" * 128, "leading zero in a length"),
        ("3085000000000100", "length of five octets"),
        ("30847fffffff0500", "two gigabytes claimed"),
        ("3082", "length breaks off"),
        ("310100", "another tag"),
    ],
)
def test_a_dishonest_file_is_broken(broken, why):
    data = bytes.fromhex(broken)
    with pytest.raises(der.BrokenDer):
        der.children(data, der.whole(data, der.SEQUENCE))


def test_a_tag_of_several_bytes_is_broken():
    with pytest.raises(der.BrokenDer):
        der.element(b"\x3f\x81\x01\x00", 0, 4)


def test_children_must_be_the_expected_ones():
    data = der.encode(der.SEQUENCE, der.encode_integer(1), der.encode_integer(2))
    whole = der.whole(data, der.SEQUENCE)
    with pytest.raises(der.BrokenDer):
        der.expect(data, whole, der.INTEGER, der.OID)
    with pytest.raises(der.BrokenDer):
        der.expect(data, whole, der.INTEGER, der.INTEGER, der.INTEGER)
    with pytest.raises(der.BrokenDer):
        der.only(data, whole, der.INTEGER)


def test_endless_children_are_refused():
    data = der.encode(der.SEQUENCE, b"\x05\x00" * (der.MAX_CHILDREN + 1))
    with pytest.raises(der.BrokenDer):
        der.children(data, der.whole(data, der.SEQUENCE))


@pytest.mark.parametrize("octets", ["0200", "0201ff", "0209" + "01" * 9, "0401ff"])
def test_what_counts_nothing_is_no_count(octets):
    data = bytes.fromhex(octets)
    with pytest.raises(der.BrokenDer):
        der.unsigned(data, der.element(data, 0, len(data)))


@pytest.mark.parametrize("octets", ["0600", "060155", "0621" + "55" * 33, "060188", "020105"])
def test_what_breaks_off_is_no_object_identifier(octets):
    data = bytes.fromhex(octets)
    if octets == "060155":  # whole, and short: 2.5
        assert der.dotted(data, der.element(data, 0, len(data))) == "2.5"
        return
    with pytest.raises(der.BrokenDer):
        der.dotted(data, der.element(data, 0, len(data)))


# --- BER ----------------------------------------------------------------------------------------------------------


def test_der_passes_unchanged():
    data = der.encode(der.SEQUENCE, der.encode_integer(3), der.encode(0xA0, der.encode(der.OCTET_STRING, b"abc")))
    assert ber.definite(data) == data


def test_open_lengths_and_pieces_become_der():
    pieces = b"\x24\x80" + b"\x04\x02ab" + b"\x24\x03\x04\x01c" + b"\x00\x00"
    written = b"\x30\x80" + b"\x02\x01\x03" + b"\xa0\x80" + pieces + b"\x00\x00" + b"\x00\x00"
    content = der.encode(der.context(0), der.encode(der.OCTET_STRING, b"abc"))
    assert ber.definite(written) == der.encode(der.SEQUENCE, der.encode_integer(3), content)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("30", "half a header"),
        ("3080", "never closed"),
        ("3080020103", "never closed behind a child"),
        ("3080020103000001", "something behind it"),
        ("0480000000", "a primitive without a length"),
        ("3003a0800200", "a child that outlives its parent"),
    ],
)
def test_broken_ber_is_broken(broken, why):
    with pytest.raises(der.BrokenDer):
        ber.definite(bytes.fromhex(broken))


@pytest.mark.parametrize("nest", [b"\x30\x80" * 400_000, b"\x24\x80" * 400_000])
def test_deep_nesting_is_refused_before_it_costs_anything(nest):
    started = time.process_time()
    with pytest.raises(der.BrokenDer):
        ber.definite(nest)
    assert time.process_time() - started < 2


def test_endless_elements_are_refused():
    started = time.process_time()
    with pytest.raises(der.BrokenDer):
        ber.definite(der.encode(der.SEQUENCE, b"\x05\x00" * 500_000))
    assert time.process_time() - started < 2
