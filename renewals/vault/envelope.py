"""What do sealed bytes look like, what are they bound to, and what opens them? No Django, no database, no files.

Everything sealed begins with one byte that names its format, then the length and the text of the id of the key that
opens it (empty where only one key can be meant):

====  =========  =======================================================  ==========================================
byte  what       rest                                                     bound to
====  =========  =======================================================  ==========================================
0x01  intake     HPKE base mode (RFC 9180): 32 bytes ``enc``, ciphertext  key, company, secret and kind, as ``info``
0x02  secret     12 bytes nonce, AES-256-GCM under a company's data key   key, company, secret and kind
0x03  wrapped    12 bytes nonce, AES-256-GCM under a master key           key, and what the wrapped key is for
0x04  package    12 bytes nonce, AES-256-GCM under a browser's key        checkout, and which part of it
====  =========  =======================================================  ==========================================

What something is bound to is a list of fields, each behind its length in four bytes, so that no two lists look alike.
Plaintexts come back as ``bytearray`` so that the caller can overwrite them.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn, Protocol, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from renewals.errors import SealBroken, SealKeyUnknown, SealTruncated, SealVersionUnknown
from renewals.vault import gcm

INTAKE, SECRET, WRAPPED, PACKAGE = 0x01, 0x02, 0x03, 0x04
#: Bytes of every symmetric key here, and of X25519 and Ed25519 keys.
KEY_BYTES = gcm.KEY_BYTES
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret belongs: it opens nowhere else."""

    company_id: int
    secret_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A symmetric key (32 bytes) with the id that sealed bytes name it by."""

    key_id: str
    secret: bytes = field(repr=False)


class WrappingKey(Protocol):
    """A master key as the formats need it, wherever it is held: it wraps other keys, and says nothing of itself.

    What it makes is 12 bytes of nonce, the AES-256-GCM ciphertext and a tag of 16 bytes, whoever computes it.
    """

    @property
    def key_id(self) -> str:
        """The id that wrapped bytes name it by: 1 to 16 ASCII letters, digits and dashes."""

    @property
    def holder(self) -> str:
        """How it is held, for the record: ``local`` or ``pkcs11``."""

    def wrap(self, plaintext: bytes, bound: bytes) -> bytes:
        """Encrypt a key with ``bound`` as associated data. Raises MasterKeyFault where the holder does not answer."""

    def unwrap(self, body: bytes, bound: bytes) -> bytearray:
        """Decrypt what :meth:`wrap` made. Raises SealBroken; MasterKeyFault where the holder does not answer."""


@dataclass(frozen=True, slots=True)
class IntakePublicKey:
    """The public half of the intake pair, as the settings pin it: ``<key id>:<base64 of 32 bytes>``."""

    key_id: str
    key: X25519PublicKey

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of the setting; raises ValueError."""
        key_id, _, encoded = text.strip().partition(":")
        if not key_id:
            raise ValueError("an intake key is written <key id>:<base64>")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError("the intake key is not base64") from error
        return cls(key_id, X25519PublicKey.from_public_bytes(raw))

    def __str__(self) -> str:
        return f"{self.key_id}:{base64.b64encode(self.key.public_bytes_raw()).decode()}"


def sealed_under(sealed: bytes) -> str:
    """The id of the key that opens these bytes; raises SealBroken where they are not sealed at all."""
    return _split(sealed)[1]


def shown(key_id: str) -> str:
    """The id of a key as a fact for people: sealed bytes come from anywhere, so only what can be an id is repeated."""
    return key_id if re.fullmatch(r"[A-Za-z0-9-]{1,40}", key_id) else "?"


def secret_header(key_id: str) -> bytes:
    """What every secret encrypted under a company's data key begins with, to be looked for in the database."""
    return _header(SECRET, key_id)


def wrapped_under(wrapped: bytes) -> str:
    """The id of the master key that these bytes are wrapped under; raises SealBroken where they are something else."""
    return _body(wrapped, WRAPPED)[0]


def wrapped_header(key_id: str) -> bytes:
    """How everything begins that is wrapped under the master key of this id."""
    return _header(WRAPPED, key_id)


# --- to the intake key, by anybody --------------------------------------------------------------------------------


def seal_to_intake(plaintext: bytes, *, key: IntakePublicKey, place: Place) -> bytes:
    """Seal so that only the holder of the intake private key opens it, and only at this place."""
    info = _bound(INTAKE, key.key_id, *_fields(place))
    return _header(INTAKE, key.key_id) + _SUITE.encrypt(plaintext, key.key, info=info)


def open_intake(sealed: bytes, *, keys: Mapping[str, X25519PrivateKey], place: Place) -> bytearray:
    """Open what :func:`seal_to_intake` sealed; raises SealBroken."""
    key_id, body = _body(sealed, INTAKE)
    key = keys.get(key_id)
    if key is None:
        raise SealKeyUnknown(key_id=shown(key_id))
    try:
        return bytearray(_SUITE.decrypt(body, key, info=_bound(INTAKE, key_id, *_fields(place))))
    except InvalidTag:
        raise SealBroken from None


# --- under a company's data key -----------------------------------------------------------------------------------


def encrypt_secret(plaintext: bytes | bytearray, *, key: NamedKey, place: Place) -> bytes:
    """Encrypt under a data key, bound to its place."""
    return _encrypt(SECRET, plaintext, key, _fields(place))


def decrypt_secret(sealed: bytes, *, key: NamedKey, place: Place) -> bytearray:
    """Decrypt what :func:`encrypt_secret` encrypted; raises SealBroken."""
    return _decrypt(SECRET, sealed, key, _fields(place))


# --- keys under a master key --------------------------------------------------------------------------------------


def wrap_company_key(secret: bytes, *, master: WrappingKey, company_id: int, key_id: str) -> bytes:
    """Wrap a company's data key."""
    return _wrap(secret, master, ("company key", str(company_id), key_id))


def unwrap_company_key(wrapped: bytes, *, master: WrappingKey, company_id: int, key_id: str) -> NamedKey:
    """Unwrap a company's data key; raises SealBroken."""
    return NamedKey(key_id, bytes(_unwrap(wrapped, master, ("company key", str(company_id), key_id))))


def wrap_intake_key(secret: bytes, *, master: WrappingKey, key_id: str) -> bytes:
    """Wrap the private half of the intake pair (32 bytes, raw)."""
    return _wrap(secret, master, ("intake key", key_id))


def unwrap_intake_key(wrapped: bytes, *, master: WrappingKey, key_id: str) -> X25519PrivateKey:
    """Unwrap the private half of the intake pair; raises SealBroken."""
    return X25519PrivateKey.from_private_bytes(_unwrap(wrapped, master, ("intake key", key_id)))


def wrap_audit_key(secret: bytes, *, master: WrappingKey, key_id: str) -> bytes:
    """Wrap the private half of an audit key (Ed25519, 32 bytes, raw)."""
    return _wrap(secret, master, ("audit key", key_id))


def unwrap_audit_key(wrapped: bytes, *, master: WrappingKey, key_id: str) -> Ed25519PrivateKey:
    """Unwrap the private half of an audit key; raises SealBroken."""
    return Ed25519PrivateKey.from_private_bytes(_unwrap(wrapped, master, ("audit key", key_id)))


def listed(*fields: str) -> bytes:
    """What a wrapped key is bound to beside its master key: the purpose and whose it is, for :class:`Rewrapper`."""
    return b"".join([_length(len(one)) + one for one in map(str.encode, fields)])


def unwrap(wrapped: bytes, *, master: WrappingKey, listed: bytes) -> bytearray:
    """Unwrap a key, whatever it is for; raises SealBroken."""
    return _unwrap_listed(wrapped, master, listed)


class Rewrapper:
    """Moves keys from one master key to another, tens of thousands of them: what they share is made ready once."""

    __slots__ = ("_new_bound", "_new_header", "_old_bound", "_reopen", "_unwrap", "_wrap", "header")

    def __init__(self, old: WrappingKey, new: WrappingKey) -> None:
        #: How everything begins that this one moves.
        self.header, self._new_header = _header(WRAPPED, old.key_id), _header(WRAPPED, new.key_id)
        self._old_bound, self._new_bound = _bound(WRAPPED, old.key_id), _bound(WRAPPED, new.key_id)
        self._unwrap, self._wrap, self._reopen = old.unwrap, new.wrap, new.unwrap

    def __call__(self, wrapped: bytes, listed: bytes) -> bytes:
        """The same key under the new master key, seen to open there: what it replaces is gone afterwards.

        Raises:
            SealBroken: it was damaged or moved, or what the new master key made does not open.
            MasterKeyFault: one of the two does not answer.
        """
        header = self.header
        if not wrapped.startswith(header):
            _refuse(wrapped)
        secret = self._unwrap(wrapped[len(header) :], self._old_bound + listed)
        bound = self._new_bound + listed
        body = self._wrap(bytes(secret), bound)
        if self._reopen(body, bound) != secret:
            raise SealBroken
        return self._new_header + body


def wrap_probe(*, master: WrappingKey) -> bytes:
    """What only this very master key opens: kept to tell a wrong master key from a damaged row. It holds no secret."""
    return _wrap(bytes(KEY_BYTES), master, ("probe",))


def open_probe(probe: bytes, *, master: WrappingKey) -> None:
    """Open what :func:`wrap_probe` made; raises SealBroken."""
    _unwrap(probe, master, ("probe",))


# --- for one browser ----------------------------------------------------------------------------------------------


def lock_package(plaintext: bytes | bytearray, *, transport_key: bytes | bytearray, checkout: UUID, part: str) -> bytes:
    """Encrypt a part of a checkout (its files, its passphrase) under the asking browser's key."""
    return _encrypt(PACKAGE, plaintext, NamedKey("", bytes(transport_key)), (str(checkout), part))


def unlock_package(locked: bytes, *, transport_key: bytes, checkout: UUID, part: str) -> bytearray:
    """Decrypt what :func:`lock_package` encrypted; raises SealBroken."""
    if len(transport_key) != KEY_BYTES:
        raise SealBroken
    return _decrypt(PACKAGE, locked, NamedKey("", transport_key), (str(checkout), part))


# --- the bytes ----------------------------------------------------------------------------------------------------


def _fields(place: Place) -> tuple[str, str, str]:
    return str(place.company_id), str(place.secret_id), place.kind


def _bound(version: int, key_id: str, *fields: str) -> bytes:
    return _bound_to_key(version, key_id) + listed(*fields)


@lru_cache(maxsize=64)
def _bound_to_key(version: int, key_id: str) -> bytes:
    return _length(1) + bytes([version]) + listed(key_id)


@lru_cache(maxsize=512)
def _length(number: int) -> bytes:
    return number.to_bytes(4, "big")


@lru_cache(maxsize=64)
def _header(version: int, key_id: str) -> bytes:
    name = key_id.encode()
    return bytes([version, len(name)]) + name


def _split(sealed: bytes) -> tuple[int, str, bytes]:
    if len(sealed) < 2 or len(sealed) < 2 + sealed[1]:
        raise SealTruncated
    if sealed[0] not in {INTAKE, SECRET, WRAPPED, PACKAGE}:
        raise SealVersionUnknown(version=sealed[0])
    end = 2 + sealed[1]
    try:
        return sealed[0], sealed[2:end].decode(), sealed[end:]
    except UnicodeDecodeError:
        raise SealBroken from None


def _body(sealed: bytes, version: int) -> tuple[str, bytes]:
    found, key_id, body = _split(sealed)
    if found != version:
        raise SealBroken
    return key_id, body


def _wrap(secret: bytes, master: WrappingKey, fields: Sequence[str]) -> bytes:
    return _header(WRAPPED, master.key_id) + master.wrap(secret, _bound(WRAPPED, master.key_id, *fields))


def _unwrap(wrapped: bytes, master: WrappingKey, fields: Sequence[str]) -> bytearray:
    return _unwrap_listed(wrapped, master, listed(*fields))


def _unwrap_listed(wrapped: bytes, master: WrappingKey, listed: bytes) -> bytearray:
    header = _header(WRAPPED, master.key_id)
    if not wrapped.startswith(header):
        _refuse(wrapped)
    return master.unwrap(wrapped[len(header) :], _bound(WRAPPED, master.key_id) + listed)


def _refuse(wrapped: bytes) -> NoReturn:
    """Say what is wrong with bytes that are not wrapped under the master key at hand."""
    _body(wrapped, WRAPPED)
    raise SealBroken


def _encrypt(version: int, plaintext: bytes | bytearray, key: NamedKey, fields: tuple[str, ...]) -> bytes:
    return _header(version, key.key_id) + gcm.encrypt(
        gcm.Cipher(key.secret), plaintext, _bound(version, key.key_id, *fields)
    )


def _decrypt(version: int, sealed: bytes, key: NamedKey, fields: tuple[str, ...]) -> bytearray:
    key_id, body = _body(sealed, version)
    if key_id != key.key_id:
        raise SealBroken
    return gcm.decrypt(gcm.Cipher(key.secret), body, _bound(version, key_id, *fields))
