"""What does this PFX hold, how is it locked, and does the passphrase open it?

Read by hand (RFC 7292) for two reasons: the library refuses a whole PFX when its certificate has Ñ or & where SAT puts
them, and it starts the work of every header before anybody can look at it.
"""

import hashlib
from dataclasses import dataclass, field

from renewals.errors import (
    DamagedFile,
    KeyOfAnotherCertificate,
    PassphraseMissing,
    PfxWithoutCertificate,
    PfxWithoutKey,
    WrongPassphrase,
)
from renewals.pki import anatomy, der
from renewals.pki.content import Content, as_der
from renewals.pki.pfx_file import PfxFile, read_pfx_file
from renewals.pki.pfx_writing import build_pfx
from renewals.pki.private_key import PrivateKey, load_clear_key, public_key_sha256

__all__ = ["OpenedPfx", "PfxFacts", "build_pfx", "describe_pfx", "open_pfx"]

_ENCODING = "utf-8"


@dataclass(frozen=True, slots=True)
class PfxFacts:
    """How a PFX is locked: the encryption of its key, and the largest iteration count in its headers.

    ``work_of_a_try`` is what a wrong passphrase costs, in units of ``pbe.Budget``: the seal alone, where there is one.
    """

    encryption: str
    iterations: int
    work_of_a_try: int


@dataclass(frozen=True, slots=True)
class OpenedPfx:
    """The pair a PFX holds, and the other certificates beside it. The pair has equal public keys; it is not proved."""

    key: PrivateKey = field(repr=False)
    certificate_der: bytes = field(repr=False)
    other_certificates: tuple[bytes, ...] = field(default=(), repr=False)


def describe_pfx(data: bytes) -> PfxFacts:
    """Read only the headers of a PFX; no work is spent on it.

    Raises EmptyFile, FileTooLarge, UnexpectedContent, DamagedFile, ExcessiveWork, UnsupportedEncryption.
    """
    pfx = _read(data)
    schemes = [key.scheme for key in pfx.locked_keys] + [safe.scheme for safe in pfx.locked_safes]
    counts = [scheme.iterations or 0 for scheme in schemes]
    return PfxFacts(
        encryption=schemes[0].name if schemes else "",
        iterations=max((*counts, pfx.mac.iterations if pfx.mac else 0)),
        work_of_a_try=pfx.mac.work if pfx.mac else pfx.budget.asked,
    )


def open_pfx(data: bytes, passphrase: str | None) -> OpenedPfx:
    """Open a PFX, old or new, and return the key with the certificate that has its public key.

    The passphrase is UTF-8, or UTF-16 where the format says so. Raises what ``describe_pfx`` raises, and
    PassphraseMissing, WrongPassphrase, UnsupportedKey, PfxWithoutKey, PfxWithoutCertificate, KeyOfAnotherCertificate.
    """
    pfx = _read(data)
    if pfx.is_locked and not passphrase:
        raise PassphraseMissing
    passphrase = passphrase or ""
    if pfx.mac:
        pfx.mac.verify(passphrase)
    try:
        for safe in pfx.locked_safes:
            pfx.read_safe(safe.open(passphrase))
    except der.BrokenDer:
        # A MAC that was right vouches for the passphrase; without one, garbage means that it was wrong.
        raise (_damaged() if pfx.mac else WrongPassphrase()) from None
    keys = [load_clear_key(clear) for clear in pfx.clear_keys]
    keys += [locked.open(passphrase, _ENCODING) for locked in pfx.locked_keys]
    return _pair(keys, pfx.certificates)


def _pair(keys: list[PrivateKey], certificates: list[bytes]) -> OpenedPfx:
    if not keys:
        raise PfxWithoutKey
    if not certificates:
        raise PfxWithoutCertificate
    by_public_key = {public_key_sha256(key): key for key in keys}
    for index, certificate in enumerate(certificates):
        key = by_public_key.get(_public_key_sha256(certificate))
        if key is not None:
            others = (*certificates[:index], *certificates[index + 1 :])
            return OpenedPfx(key=key, certificate_der=certificate, other_certificates=others)
    raise KeyOfAnotherCertificate


def _public_key_sha256(certificate: bytes) -> str:
    try:
        return hashlib.sha256(anatomy.span(certificate, anatomy.dissect(certificate).public_key)).hexdigest()
    except der.BrokenDer:
        raise _damaged() from None


def _read(data: bytes) -> PfxFile:
    try:
        return read_pfx_file(as_der(data, Content.PFX))
    except der.BrokenDer:
        raise _damaged() from None


def _damaged() -> DamagedFile:
    return DamagedFile(content=Content.PFX.value)
