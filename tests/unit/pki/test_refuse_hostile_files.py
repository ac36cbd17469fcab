"""Whatever the bytes, only refusals come out, and soon."""

from __future__ import annotations

import contextlib
import os
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renewals.errors import Refusal
from renewals.pki import der
from renewals.pki.authority import as_sat_key_file
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.content import Content, as_der, recognise
from renewals.pki.pfx import build_pfx, describe_pfx, open_pfx
from renewals.pki.private_key import describe_private_key, encrypt_private_key, open_private_key
from renewals.pki.signatures import prove_pair
from renewals.pki.trust import verify_issued_by
from tests.hostile import pem

PASSPHRASE = "clave"
SECONDS_OF_WORK = 2.5  # a second on an idle machine; these run beside others

FUZZ = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def _try_everything(data: bytes) -> None:
    """Every reader of files, on the same bytes; anything but an answer or a refusal fails the test."""
    assert isinstance(recognise(data), Content)
    started = time.process_time()
    for read in (
        as_der,
        read_certificate,
        describe_private_key,
        describe_pfx,
        lambda bytes_: open_private_key(bytes_, PASSPHRASE),
        lambda bytes_: open_pfx(bytes_, PASSPHRASE),
    ):
        try:
            answer = read(data)
        except Refusal:
            continue
        if isinstance(answer, CertificateFacts):
            assert answer.not_after.tzinfo is not None
            with contextlib.suppress(Refusal):
                verify_issued_by(answer, [data])
    assert time.process_time() - started < SECONDS_OF_WORK


@pytest.fixture(scope="session")
def files(key, plain_key, certificate):
    """One file of each kind, as small as they come, so that every part of them is hit."""
    curve = ec.generate_private_key(ec.SECP256R1())
    return [
        certificate,
        plain_key,
        as_sat_key_file(key, PASSPHRASE),
        encrypt_private_key(curve, PASSPHRASE)[:],
        build_pfx(curve, certificate, PASSPHRASE, windows_compatible=True),
        pem("CERTIFICATE", certificate),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        ),
    ]


def test_a_certificate_cut_anywhere_is_refused(certificate):
    for cut in range(len(certificate)):
        with pytest.raises(Refusal):
            read_certificate(certificate[:cut])


def test_a_key_cut_anywhere_is_refused(key, plain_key):
    for file in (as_sat_key_file(key, PASSPHRASE), plain_key):
        for cut in range(len(file)):
            with pytest.raises(Refusal):
                open_private_key(file[:cut], PASSPHRASE)


def test_a_pfx_cut_anywhere_is_refused(key, certificate):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=True)
    for cut in range(len(pfx)):
        with pytest.raises(Refusal):
            open_pfx(pfx[:cut], PASSPHRASE)


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x84\x7f\xff\xff\xff\x30\x84\x7f\xff\xff\xff\xa0\x03\x02\x01\x02",
        b"\x30\x84\x7f\xff\xff\xff\x02\x01\x03\x30\x84\x7f\xff\xff\xff",
        b"\x30\x84\x7f\xff\xff\xff\x02\x01\x00\x30\x84\x7f\xff\xff\xff",
        b"\x30\x84\x7f\xff\xff\xff\x30\x84\x7f\xff\xff\xff\x06\x09",
        b"\x30\x80" * 500_000,
        b"\x30\x83\x0f\xff\xfa" + b"\x30\x80" * 500_000,
        b"\x30\x80\x02\x01\x03\x30\x80" + b"\xa0\x80" * 500_000,
        der.encode(der.SEQUENCE, der.encode_integer(3), der.encode(der.SEQUENCE, b"\x05\x00" * 300_000)),
        der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, b"\xa0\x03\x02\x01\x02" + b"\x05\x00" * 300_000)),
        b"\x00" * 1_000_000,
        b"\xff" * 1_000_000,
        b"-----BEGIN CERTIFICATE-----\n" + b"A" * 1_000_000,
        b"-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n" * 20_000,
    ],
    ids=range(13),
)
def test_claims_nests_and_floods_are_refused_in_time(data):
    _try_everything(data)


def test_noise_is_refused_in_time():
    _try_everything(os.urandom(1_000_000))
    _try_everything(os.urandom(2_000_000))


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer_or_a_refusal(data):
    _try_everything(data)
    _try_everything(b"\x30" + data)


@FUZZ
@given(data=st.data())
def test_a_file_with_flipped_bits_gets_an_answer_or_a_refusal(files, data):
    file = bytearray(data.draw(st.sampled_from(files)))
    for _ in range(data.draw(st.integers(1, 4))):
        # The structure is at the front; half of the flips go there.
        place = data.draw(st.one_of(st.integers(0, min(199, len(file) - 1)), st.integers(0, len(file) - 1)))
        file[place] ^= 1 << data.draw(st.integers(0, 7))
    _try_everything(bytes(file))


@FUZZ
@given(data=st.data())
def test_a_file_with_a_piece_cut_or_doubled_gets_an_answer_or_a_refusal(files, data):
    file = data.draw(st.sampled_from(files))
    begin = data.draw(st.integers(0, len(file)))
    end = data.draw(st.integers(begin, min(len(file), begin + 60)))
    _try_everything(file[:begin] + file[end:])
    _try_everything(file[:end] + file[begin:])


def _tree(depth: int) -> st.SearchStrategy[bytes]:
    leaves = st.builds(
        der.encode,
        st.sampled_from([der.INTEGER, der.BIT_STRING, der.OCTET_STRING, der.OID, der.PRINTABLE_STRING, 0x80]),
        st.binary(max_size=6),
    )
    numbers = st.builds(der.encode_integer, st.integers(0, 2**40))
    oids = st.sampled_from(
        [
            der.encode_oid(oid)
            for oid in (
                "1.2.840.113549.1.5.13",
                "1.2.840.113549.1.5.12",
                "1.2.840.113549.1.12.1.3",
                "1.2.840.113549.1.7.1",
                "1.2.840.113549.1.7.6",
                "1.2.840.113549.1.12.10.1.2",
                "1.2.840.113549.1.1.1",
                "2.5.29.15",
            )
        ]
    )
    return st.recursive(
        leaves | numbers | oids,
        lambda children: st.builds(
            lambda tag, parts: der.encode(tag, *parts),
            st.sampled_from([der.SEQUENCE, der.SET, 0xA0, 0xA3]),
            st.lists(children, max_size=5),
        ),
        max_leaves=depth,
    )


@FUZZ
@given(st.lists(_tree(12), max_size=5), st.sampled_from([b"", b"\x02\x01\x00", b"\x02\x01\x03"]))
def test_well_formed_nonsense_gets_an_answer_or_a_refusal(parts, first):
    _try_everything(der.encode(der.SEQUENCE, first, *parts))


@FUZZ
@given(st.data())
def test_a_key_with_flipped_bits_never_proves_for_the_certificate(plain_key, certificate, data):
    """Only flips in what is not the key itself, such as its version, leave a key that still signs."""
    file = bytearray(plain_key)
    file[data.draw(st.integers(60, len(file) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Refusal):
        prove_pair(open_private_key(bytes(file), None).key, read_certificate(certificate))
