"""In which session with an HSM does this process use a key, and what if it was lost? No Django.

PKCS#11 knows one login for a process and a token, so sessions are kept here by module and token, behind one lock. A
process that was forked, or whose HSM went away for a moment, begins anew, once for each use. A PIN that was refused is
never tried again by this process, and the last try that a token allows is left to a person: an HSM locks itself.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Protocol, cast

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error, TokenFlag
from pkcs11.exceptions import (
    MultipleObjectsReturned,
    NoSuchKey,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    UserAlreadyLoggedIn,
)
from pkcs11.mechanisms import GCMParams

from renewals.errors.hsm import (
    HsmAnotherKey,
    HsmKeyMissing,
    HsmKeyUnsafe,
    HsmLastTry,
    HsmPinUnsafe,
    HsmPinWrong,
    HsmUnavailable,
)
from renewals.vault import gcm

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class HsmPlace:
    """Where a key is: the module that talks to the HSM, its token, and the key's label in it."""

    key_id: str
    module: str
    token: str
    label: str
    pin_file: Path

    def unavailable(self, fault: str) -> HsmUnavailable:
        """The refusal that names this place; ``fault`` says how far we came."""
        return HsmUnavailable(key_id=self.key_id, token=self.token, module=self.module, fault=fault)


class _CipherKey(Protocol):
    """What the library makes of a key that may encrypt and decrypt; its types only know it as a key."""

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...

    def decrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...


class NotForThisKey(Exception):
    """The key answers, and not to these bytes."""


@dataclass(slots=True)
class _Session:
    process: int
    session: pkcs11.Session
    keys: dict[str, _CipherKey] = field(default_factory=dict)


_lock = RLock()
_sessions: dict[tuple[str, str], _Session] = {}
#: Modules that this process began to talk to, and the process that did: a child inherits the memory, not the HSM.
_begun: dict[str, int] = {}
#: Module, token and SHA-256 of a PIN that was refused.
_refused: set[tuple[str, str, bytes]] = set()


def encrypt(place: HsmPlace, plaintext: bytes, bound: bytes) -> bytes:
    """AES-256-GCM inside the HSM; nonce, ciphertext and tag as :mod:`renewals.vault.gcm` writes them.

    Raises:
        HsmUnavailable, HsmPinWrong, HsmLastTry, HsmPinUnsafe, HsmKeyMissing, HsmKeyUnsafe.
    """
    try:
        return _use(place, lambda key: _encrypted(key, plaintext, bound))
    except NotForThisKey:
        raise place.unavailable("encrypt") from None


def decrypt(place: HsmPlace, body: bytes, bound: bytes) -> bytearray:
    """Decrypt what :func:`encrypt` made.

    Raises:
        NotForThisKey: damaged, another key, or bound to something else.
        HsmUnavailable and the others of :func:`encrypt`.
    """
    return bytearray(_use(place, lambda key: _decrypted(key, body, bound)))


def make_key(place: HsmPlace) -> None:
    """Make the key inside the HSM, where it can be used and never read.

    Raises:
        HsmAnotherKey: the token has a key of this label already.
        HsmUnavailable and the others of :func:`encrypt`.
    """
    with _lock:
        session = _session(place, writing=True).session
        try:
            if list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: place.label})):
                raise HsmAnotherKey(key_id=place.key_id, token=place.token, label=place.label)
            session.generate_key(
                KeyType.AES,
                256,
                label=place.label,
                store=True,
                template={
                    Attribute.SENSITIVE: True,
                    Attribute.EXTRACTABLE: False,
                    Attribute.ENCRYPT: True,
                    Attribute.DECRYPT: True,
                    Attribute.WRAP: False,
                    Attribute.UNWRAP: False,
                },
            )
        except PKCS11Error:
            raise place.unavailable("generate") from None
        finally:
            # The next use opens a session that may not write.
            _forget(place.module)


def _use(place: HsmPlace, do: Callable[[_CipherKey], bytes]) -> bytes:
    with _lock:
        for _ in range(2):
            key = _key(place)
            try:
                return do(key)
            except PKCS11Error:
                # Modules say little about why; a key that still answers to itself does not answer to these bytes.
                if _answers(key):
                    raise NotForThisKey from None
            _forget(place.module)
    raise place.unavailable("session")


def _encrypted(key: _CipherKey, plaintext: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(gcm.NONCE_BYTES)
    mechanism = GCMParams(nonce, bound, gcm.TAG_BYTES * 8)
    return nonce + key.encrypt(plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=mechanism)


def _decrypted(key: _CipherKey, body: bytes, bound: bytes) -> bytes:
    nonce, ciphertext = body[: gcm.NONCE_BYTES], body[gcm.NONCE_BYTES :]
    mechanism = GCMParams(nonce, bound, gcm.TAG_BYTES * 8)
    return key.decrypt(ciphertext, mechanism=Mechanism.AES_GCM, mechanism_param=mechanism)


def _answers(key: _CipherKey) -> bool:
    question = os.urandom(gcm.KEY_BYTES)
    try:
        return _decrypted(key, _encrypted(key, question, b"question"), b"question") == question
    except PKCS11Error:
        return False


def _key(place: HsmPlace) -> _CipherKey:
    session = _session(place)
    if place.label not in session.keys:
        session.keys[place.label] = _found(place, session.session)
    return session.keys[place.label]


def _found(place: HsmPlace, session: pkcs11.Session) -> _CipherKey:
    try:
        key = session.get_key(object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=place.label)
        faults = {
            "extractable": key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE],
            "length": key[Attribute.VALUE_LEN] != gcm.KEY_BYTES,
            "use": not (key[Attribute.ENCRYPT] and key[Attribute.DECRYPT]),
        }
    except (NoSuchKey, MultipleObjectsReturned):
        raise HsmKeyMissing(key_id=place.key_id, token=place.token, label=place.label) from None
    except PKCS11Error:
        _forget(place.module)
        raise place.unavailable("session") from None
    for fault, is_so in faults.items():
        if is_so:
            raise HsmKeyUnsafe(key_id=place.key_id, label=place.label, fault=fault)
    return cast("_CipherKey", key)


def _session(place: HsmPlace, *, writing: bool = False) -> _Session:
    known = _sessions.get((place.module, place.token))
    if known is not None and known.process == os.getpid() and not writing:
        return known
    if writing or _begun.get(place.module, os.getpid()) != os.getpid():
        _forget(place.module)
    opened = _Session(os.getpid(), _opened(place, writing=writing))
    _sessions[place.module, place.token] = opened
    return opened


def _opened(place: HsmPlace, *, writing: bool) -> pkcs11.Session:
    token = _token(place)
    if token.flags & (TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED):
        raise HsmLastTry(key_id=place.key_id, token=place.token)
    pin = _pin(place)
    refused = (place.module, place.token, hashlib.sha256(pin.encode()).digest())
    if refused in _refused:
        raise HsmPinWrong(key_id=place.key_id, token=place.token)
    try:
        return token.open(user_pin=pin, rw=writing)
    except (PinIncorrect, PinInvalid, PinLenRange):
        _refused.add(refused)
        raise HsmPinWrong(key_id=place.key_id, token=place.token) from None
    except PinLocked:
        raise HsmLastTry(key_id=place.key_id, token=place.token) from None
    except UserAlreadyLoggedIn:
        # Another part of this process talks to the same token: its login is ours as well.
        return token.open(rw=writing)
    except PKCS11Error:
        _forget(place.module)
        raise place.unavailable("session") from None


def _token(place: HsmPlace) -> pkcs11.Token:
    module = Path(place.module)
    try:
        # Whoever can write the module runs code here.
        if not module.is_absolute() or module.stat().st_mode & _OTHERS_WRITE:
            raise place.unavailable("module")
        library = pkcs11.lib(place.module)
    except (OSError, PKCS11Error):
        raise place.unavailable("module") from None
    _begun[place.module] = os.getpid()
    try:
        return library.get_token(token_label=place.token)
    except PKCS11Error:
        _forget(place.module)
        raise place.unavailable("token") from None


def _pin(place: HsmPlace) -> str:
    try:
        with place.pin_file.open("rb") as handle:
            if os.fstat(handle.fileno()).st_mode & _OTHERS:
                raise HsmPinUnsafe(key_id=place.key_id, fault="readable")
            text = handle.read(256).decode().strip()
    except (OSError, UnicodeDecodeError):
        raise HsmPinUnsafe(key_id=place.key_id, fault="missing") from None
    if not text:
        raise HsmPinUnsafe(key_id=place.key_id, fault="missing")
    return text


def _forget(module: str) -> None:
    """Let go of every session with a module, and of what it remembers: after a fork, or when an HSM went away."""
    for known in [key for key in _sessions if key[0] == module]:
        del _sessions[known]
    if _begun.pop(module, None) is None:
        return
    try:
        pkcs11.lib(module).finalize()
    except PKCS11Error:
        # It was not begun in this process, or is gone: the next use begins it either way.
        return
