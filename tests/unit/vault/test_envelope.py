"""Sealed bytes open with their key, at their place, and in no other way; and old ones go on opening."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from renewals.errors import SealBroken, SealTruncated, SealVersionUnknown
from renewals.vault import envelope
from renewals.vault.envelope import IntakePublicKey, NamedKey, Place
from renewals.vault.local_master_key import LocalMasterKey

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "envelope.json").read_text())
PLACE = Place(company_id=7, secret_id=UUID("5f0c1de4-0d0a-4c3e-9d55-111111111111"), kind="private_key")
SECRET = b"what nobody else may read"


def intake_pair(key_id: str = "ik-1") -> tuple[IntakePublicKey, dict[str, X25519PrivateKey]]:
    private = X25519PrivateKey.generate()
    return IntakePublicKey(key_id, private.public_key()), {key_id: private}


def data_key(key_id: str = "dk-1") -> NamedKey:
    return NamedKey(key_id, AESGCM.generate_key(256))


ELSEWHERE = [
    Place(8, PLACE.secret_id, PLACE.kind),
    Place(PLACE.company_id, uuid4(), PLACE.kind),
    Place(PLACE.company_id, PLACE.secret_id, "passphrase"),
    # Read together, these are the same letters; their lengths tell them apart.
    Place(PLACE.company_id, PLACE.secret_id, "private_key\x00"),
]


def test_what_is_sealed_to_the_intake_key_opens_with_its_private_half():
    public, private = intake_pair()
    sealed = envelope.seal_to_intake(SECRET, key=public, place=PLACE)
    assert envelope.open_intake(sealed, keys=private, place=PLACE) == SECRET
    assert envelope.sealed_under(sealed) == "ik-1"


@pytest.mark.parametrize("place", ELSEWHERE)
def test_an_intake_seal_moved_elsewhere_does_not_open(place):
    public, private = intake_pair()
    sealed = envelope.seal_to_intake(SECRET, key=public, place=PLACE)
    with pytest.raises(SealBroken):
        envelope.open_intake(sealed, keys=private, place=place)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_secret_moved_elsewhere_does_not_open(place):
    key = data_key()
    sealed = envelope.encrypt_secret(SECRET, key=key, place=PLACE)
    assert envelope.decrypt_secret(sealed, key=key, place=PLACE) == SECRET
    with pytest.raises(SealBroken):
        envelope.decrypt_secret(sealed, key=key, place=place)


def test_another_key_of_the_same_name_does_not_open():
    public, _ = intake_pair()
    sealed = envelope.seal_to_intake(SECRET, key=public, place=PLACE)
    with pytest.raises(SealBroken):
        envelope.open_intake(sealed, keys=intake_pair()[1], place=PLACE)
    with pytest.raises(SealBroken):
        envelope.open_intake(sealed, keys={}, place=PLACE)
    locked = envelope.encrypt_secret(SECRET, key=data_key(), place=PLACE)
    with pytest.raises(SealBroken):
        envelope.decrypt_secret(locked, key=data_key(), place=PLACE)


def test_the_same_key_under_another_name_does_not_open():
    key = data_key("dk-1")
    sealed = envelope.encrypt_secret(SECRET, key=key, place=PLACE)
    with pytest.raises(SealBroken):
        envelope.decrypt_secret(sealed, key=NamedKey("dk-2", key.secret), place=PLACE)


@given(position=st.integers(0, 200), flip=st.integers(1, 255))
def test_one_changed_bit_anywhere_is_found(position, flip):
    key = NamedKey("dk-1", b"k" * 32)
    sealed = bytearray(envelope.encrypt_secret(SECRET, key=key, place=PLACE))
    sealed[position % len(sealed)] ^= flip
    with pytest.raises(SealBroken):
        envelope.decrypt_secret(bytes(sealed), key=key, place=PLACE)


@given(garbage=st.binary(max_size=120))
def test_bytes_that_were_never_sealed_are_refused_and_nothing_else_happens(garbage):
    with pytest.raises(SealBroken):
        envelope.decrypt_secret(garbage, key=NamedKey("dk-1", b"k" * 32), place=PLACE)
    with pytest.raises(SealBroken):
        envelope.open_intake(garbage, keys=intake_pair()[1], place=PLACE)
    with pytest.raises(SealBroken):
        envelope.unlock_package(garbage, transport_key=b"k" * 32, checkout=PLACE.secret_id, part="files")


@given(cut=st.integers(0, 80))
def test_sealed_bytes_that_break_off_are_refused(cut):
    key = NamedKey("dk-1", b"k" * 32)
    sealed = envelope.encrypt_secret(SECRET, key=key, place=PLACE)
    with pytest.raises(SealBroken):
        envelope.decrypt_secret(sealed[: min(cut, len(sealed) - 1)], key=key, place=PLACE)


def test_nothing_is_sealed_the_same_way_twice():
    key = data_key()
    assert envelope.encrypt_secret(SECRET, key=key, place=PLACE) != envelope.encrypt_secret(
        SECRET, key=key, place=PLACE
    )


def test_a_wrapped_key_opens_only_as_what_it_was_wrapped():
    master = LocalMasterKey("mk-1", os.urandom(32))
    raw = X25519PrivateKey.generate().private_bytes_raw()
    wrapped = envelope.wrap_intake_key(raw, master=master, key_id="ik-1")
    assert envelope.unwrap_intake_key(wrapped, master=master, key_id="ik-1").private_bytes_raw() == raw
    with pytest.raises(SealBroken):
        envelope.unwrap_intake_key(wrapped, master=master, key_id="ik-2")
    with pytest.raises(SealBroken):
        envelope.unwrap_company_key(wrapped, master=master, company_id=1, key_id="ik-1")


def test_a_company_key_opens_only_for_its_company():
    master = LocalMasterKey("mk-1", os.urandom(32))
    wrapped = envelope.wrap_company_key(b"d" * 32, master=master, company_id=1, key_id="dk-1")
    assert envelope.unwrap_company_key(wrapped, master=master, company_id=1, key_id="dk-1").secret == b"d" * 32
    with pytest.raises(SealBroken):
        envelope.unwrap_company_key(wrapped, master=master, company_id=2, key_id="dk-1")


def test_a_package_opens_only_as_the_part_of_the_checkout_it_is():
    key, checkout = b"t" * 32, uuid4()
    locked = envelope.lock_package(SECRET, transport_key=key, checkout=checkout, part="files")
    assert envelope.unlock_package(locked, transport_key=key, checkout=checkout, part="files") == SECRET
    with pytest.raises(SealBroken):
        envelope.unlock_package(locked, transport_key=key, checkout=checkout, part="passphrase")
    with pytest.raises(SealBroken):
        envelope.unlock_package(locked, transport_key=key, checkout=uuid4(), part="files")
    with pytest.raises(SealBroken):
        envelope.unlock_package(locked, transport_key=b"short", checkout=checkout, part="files")


def test_a_secret_never_opens_as_another_format():
    key, checkout = b"t" * 32, PLACE.secret_id
    locked = envelope.lock_package(SECRET, transport_key=key, checkout=checkout, part="files")
    with pytest.raises(SealBroken):
        envelope.decrypt_secret(locked, key=NamedKey("", key), place=PLACE)


def test_the_probe_of_a_master_key_opens_with_that_key_alone():
    master = LocalMasterKey("mk-1", os.urandom(32))
    probe = envelope.wrap_probe(master=master)
    envelope.open_probe(probe, master=master)
    with pytest.raises(SealBroken):
        envelope.open_probe(probe, master=LocalMasterKey("mk-1", os.urandom(32)))


def test_an_audit_key_opens_only_as_itself():
    master = LocalMasterKey("mk-1", os.urandom(32))
    raw = Ed25519PrivateKey.generate().private_bytes_raw()
    wrapped = envelope.wrap_audit_key(raw, master=master, key_id="ak-1")
    assert envelope.unwrap_audit_key(wrapped, master=master, key_id="ak-1").private_bytes_raw() == raw
    with pytest.raises(SealBroken):
        envelope.unwrap_audit_key(wrapped, master=master, key_id="ak-2")
    with pytest.raises(SealBroken):
        envelope.unwrap_intake_key(wrapped, master=master, key_id="ak-1")


@pytest.mark.parametrize(
    ("sealed", "named"),
    [
        (b"", SealTruncated),
        (b"\x03", SealTruncated),
        (b"\x03\x04mk", SealTruncated),
        (b"\x03\x04mk-1" + b"n" * 20, SealTruncated),
        (b"\x09\x04mk-1" + b"n" * 40, SealVersionUnknown),
        (b"\x02\x04mk-1" + b"n" * 40, SealBroken),
        (b"\x03\x04mk-2" + b"n" * 40, SealBroken),
        (b"\x03\x02\xff\xff" + b"n" * 40, SealBroken),
    ],
)
def test_what_is_wrong_with_wrapped_bytes_is_said_by_name(sealed, named):
    master = LocalMasterKey("mk-1", os.urandom(32))
    with pytest.raises(SealBroken) as refused:
        envelope.unwrap_company_key(sealed, master=master, company_id=1, key_id="dk-1")
    assert type(refused.value) is named


@given(position=st.integers(0, 200), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_in_a_wrapped_key_is_found(position, bit):
    master = LocalMasterKey("mk-1", b"m" * 32)
    wrapped = bytearray(envelope.wrap_company_key(b"d" * 32, master=master, company_id=1, key_id="dk-1"))
    wrapped[position % len(wrapped)] ^= 1 << bit
    with pytest.raises(SealBroken):
        envelope.unwrap_company_key(bytes(wrapped), master=master, company_id=1, key_id="dk-1")


def test_a_key_id_out_of_damaged_bytes_is_not_repeated_to_people():
    assert envelope.shown("mk-1") == "mk-1"
    assert envelope.shown("\x1b[2Jmk") == "?"
    assert envelope.shown("k" * 41) == "?"


def test_an_intake_key_is_pinned_as_text_and_read_back():
    public, _ = intake_pair("ik-77")
    assert str(IntakePublicKey.parse(f" {public}\n")) == str(public)


@pytest.mark.parametrize("text", ["", "ik-1", ":AAAA", "ik-1:not base64!", "ik-1:AAAA"])
def test_a_value_that_is_no_intake_key_is_refused(text):
    with pytest.raises(ValueError, match=r"key|base64|bytes"):
        IntakePublicKey.parse(text)


def test_keys_do_not_print_themselves():
    assert "secret" not in repr(NamedKey("mk-1", b"secret"))
    assert "mmmm" not in repr(LocalMasterKey("mk-1", b"m" * 32))


# --- bytes that were sealed before, and what opens them besides ours ----------------------------------------------


def place_of(vector: dict[str, str]) -> Place:
    return Place(int(vector["company_id"]), UUID(vector["secret_id"]), vector["kind"])


def test_known_intake_seals_open():
    vector = VECTORS["intake"]
    keys = {vector["key_id"]: X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["private_key"]))}
    opened = envelope.open_intake(bytes.fromhex(vector["sealed"]), keys=keys, place=place_of(vector))
    assert opened == bytes.fromhex(vector["plaintext"])


def test_known_secrets_open():
    vector = VECTORS["secret"]
    key = NamedKey(vector["key_id"], bytes.fromhex(vector["key"]))
    opened = envelope.decrypt_secret(bytes.fromhex(vector["sealed"]), key=key, place=place_of(vector))
    assert opened == bytes.fromhex(vector["plaintext"])


def test_known_wrapped_keys_open():
    vector = VECTORS["wrapped"]
    master = LocalMasterKey(vector["master_key_id"], bytes.fromhex(vector["master_key"]))
    opened = envelope.unwrap_company_key(
        bytes.fromhex(vector["sealed"]),
        master=master,
        company_id=int(vector["company_id"]),
        key_id=vector["key_id"],
    )
    assert opened.secret == bytes.fromhex(vector["plaintext"])


def test_known_packages_open():
    vector = VECTORS["package"]
    opened = envelope.unlock_package(
        bytes.fromhex(vector["sealed"]),
        transport_key=bytes.fromhex(vector["transport_key"]),
        checkout=UUID(vector["checkout"]),
        part=vector["part"],
    )
    assert opened == bytes.fromhex(vector["plaintext"])


def test_a_second_implementation_opens_the_known_intake_seal():
    vector = VECTORS["intake"]
    body = bytes.fromhex(vector["sealed"])
    assert body[:2] == bytes([1, len(vector["key_id"])])
    assert body[2 : 2 + body[1]].decode() == vector["key_id"]
    info = listed(b"\x01", vector["key_id"], vector["company_id"], vector["secret_id"], vector["kind"])
    opened = hpke_open(body[2 + body[1] :], bytes.fromhex(vector["private_key"]), info)
    assert opened == bytes.fromhex(vector["plaintext"])


def test_a_second_implementation_opens_the_known_secret():
    vector = VECTORS["secret"]
    body = bytes.fromhex(vector["sealed"])
    nonce, ciphertext = body[2 + body[1] :][:12], body[2 + body[1] :][12:]
    bound = listed(b"\x02", vector["key_id"], vector["company_id"], vector["secret_id"], vector["kind"])
    opened = AESGCM(bytes.fromhex(vector["key"])).decrypt(nonce, ciphertext, bound)
    assert opened == bytes.fromhex(vector["plaintext"])


def listed(version: bytes, *fields: str) -> bytes:
    """The list of fields that a seal is bound to, written out once more."""
    out = b"\x00\x00\x00\x01" + version
    for one in fields:
        out += len(one.encode()).to_bytes(4, "big") + one.encode()
    return out


def hpke_open(sealed: bytes, private_key: bytes, info: bytes) -> bytes:
    """HPKE base mode with X25519, HKDF-SHA256 and AES-256-GCM, by hand from RFC 9180 (sections 4.1, 5.1 and 5.2)."""
    enc, ciphertext = sealed[:32], sealed[32:]
    private = X25519PrivateKey.from_private_bytes(private_key)
    shared = private.exchange(X25519PublicKey.from_public_bytes(enc))

    # DHKEM(X25519, HKDF-SHA256): 0x0020.
    kem = b"KEM" + (0x0020).to_bytes(2, "big")
    eae_prk = labeled_extract(kem, b"", b"eae_prk", shared)
    context = enc + private.public_key().public_bytes_raw()
    secret = labeled_expand(kem, eae_prk, b"shared_secret", context, 32)

    # Suite: KEM 0x0020, KDF 0x0001, AEAD 0x0002. Mode base is 0x00, without a pre-shared key.
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0020, 0x0001, 0x0002))
    schedule = (
        b"\x00" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(suite, b"", b"info_hash", info)
    )
    prk = labeled_extract(suite, secret, b"secret", b"")
    key = labeled_expand(suite, prk, b"key", schedule, 32)
    nonce = labeled_expand(suite, prk, b"base_nonce", schedule, 12)
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, hashlib.sha256).digest()


def labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + labeled + bytes([counter]), hashlib.sha256).digest()
        out, counter = out + block, counter + 1
    return out[:length]
