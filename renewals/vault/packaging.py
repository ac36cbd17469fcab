"""What does a person receive who takes key files out? A ZIP and a passphrase, locked for one browser.

Vault worker only, outside a transaction: what is packed is opened first, on the record, and proved again, because the
web process can write into the row that says it was.
"""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from renewals.audit import Actor
from renewals.errors import KeyNotProved, NothingToHandOut
from renewals.models import Certificate, Company
from renewals.models.checkout import Form
from renewals.models.stored_key import SecretKind, StoredKey
from renewals.vault import envelope, prover
from renewals.vault.expecting import generate_passphrase
from renewals.vault.keys import proved_key, proved_key_of, stored_key
from renewals.vault.opening import Opener, opening
from renewals.vault.prover import Material

#: The parts of a checkout; each is bound into its lock.
FILES, PASSPHRASE = "files", "passphrase"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Order:
    """Which checkout is packed, for whom and why; ``sealed_transport_key`` is the asking browser's key."""

    checkout_id: UUID
    company: Company
    sealed_transport_key: bytes = field(repr=False)
    by: Actor
    reason: str
    now: datetime
    form: Form = Form.AS_KEPT


@dataclass(frozen=True, slots=True)
class Packed:
    """Locked for the asking browser; ``package`` is None where only a passphrase is handed out."""

    package: bytes | None = field(repr=False)
    package_name: str
    passphrase_box: bytes | None = field(repr=False)
    public_key_sha256: str


def pack_certificate_pair(order: Order, *, certificate: Certificate) -> Packed:
    """The certificate, its key file (or PFX) and its passphrase, in the form that was asked for.

    Raises:
        KeyNotKept, KeyNotProved: there is no pair in custody.
        NothingToHandOut: the key belongs to another company than the order.
        WrongPassphrase, KeyOfAnotherCertificate, ...: what proving it again found.
        SealBroken: something stored was damaged or moved, the browser's key among it.
        MasterKeyAbsent, ProverUnavailable: not here, or not now.
    """
    key = proved_key_of(certificate)
    with _opened(order, [key]) as opener:
        pair = _pair(order, opener, key, certificate)
        return _locked(
            order,
            opener,
            pair.public_key_sha256,
            files={f"{pair.name}{ending}": content for ending, content in pair.files.items()},
            name=pair.name,
            passphrase=pair.passphrase,
        )


def pack_bundle(order: Order, *, certificates: Sequence[Certificate]) -> Packed:
    """Several pairs of one company, a folder each, and a list of their passphrases (see :func:`passphrases_in`).

    Raises as :func:`pack_certificate_pair`; one pair that cannot go out keeps back all of them.
    """
    keys = [proved_key_of(one) for one in certificates]
    files: dict[str, bytes | bytearray] = {}
    told: list[tuple[str, str]] = []
    with _opened(order, keys) as opener:
        for key, certificate in zip(keys, certificates, strict=True):
            pair = _pair(order, opener, key, certificate)
            files |= {f"{pair.name}/{pair.name}{ending}": content for ending, content in pair.files.items()}
            told.append((pair.name, "" if pair.passphrase is None else pair.passphrase.decode()))
        name = safe_name(order.company.rfc, "varios")
        return _locked(order, opener, "", files=files, name=name, passphrase=json.dumps(told).encode())


def passphrases_in(box: bytes | bytearray) -> list[tuple[str, str]]:
    """The names of a bundle's folders with the passphrase of each, empty where a key needs none."""
    return [(str(name), str(passphrase)) for name, passphrase in json.loads(box)]


def pack_pending_key(order: Order, *, key_id: UUID) -> Packed:
    """The new key file that has no certificate yet, and its passphrase. Raises as :func:`pack_certificate_pair`.

    It is refused as KeyNotProved where it is another key than the one that was proved.
    """
    key = proved_key(key_id)
    name = safe_name(order.company.rfc, "llave_nueva")
    with _opened(order, [key]) as opener:
        material = Material(key.container, opener.file_of(key), opener.passphrase_of(key))
        proved = prover.prove(material, certificate=None)
        if proved.public_key_sha256 != key.public_key_sha256:
            raise KeyNotProved
        files = {f"{name}{_ending(key)}": material.file}
        return _locked(order, opener, proved.public_key_sha256, files=files, name=name, passphrase=material.passphrase)


def pack_new_passphrase(order: Order, *, key_id: UUID) -> Packed:
    """Only the passphrase that was made for a key still to come. Raises as :func:`pack_certificate_pair`."""
    key = stored_key(key_id)
    with _opened(order, [key]) as opener:
        passphrase = opener.generated_passphrase_of(key)
        return _locked(order, opener, key.public_key_sha256, files={}, name="", passphrase=passphrase)


def safe_name(*parts: str) -> str:
    """A file name without ending: plain letters, digits, hyphens; what the parts hold of anything else is dropped."""
    plain = unicodedata.normalize("NFKD", "_".join(part for part in parts if part)).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("_", plain).strip("_")[:80]


def _opened(order: Order, keys: Sequence[StoredKey]) -> AbstractContextManager[Opener]:
    if not keys or any(key.company_id != order.company.pk for key in keys):
        raise NothingToHandOut
    return opening(rows=keys, by=order.by, reason=order.reason, checkout=str(order.checkout_id))


@dataclass(frozen=True, slots=True)
class _Pair:
    """One pair as it goes out: a file name without its ending, and the files by ending."""

    name: str
    files: Mapping[str, bytes | bytearray] = field(repr=False)
    passphrase: bytes | bytearray | None = field(repr=False)
    public_key_sha256: str


def _pair(order: Order, opener: Opener, key: StoredKey, certificate: Certificate) -> _Pair:
    name = safe_name(order.company.rfc, certificate.kind, certificate.serial)
    material = Material(key.container, opener.file_of(key), opener.passphrase_of(key))
    der = bytes(certificate.der)
    if order.form == Form.AS_KEPT:
        proved = prover.prove(material, certificate=der)
        files = {_ending(key): material.file, ".cer": der}
        return _Pair(name, files, material.passphrase, proved.public_key_sha256)
    # A key file without a passphrase gets one here: a PFX has to have one.
    passphrase = material.passphrase or generate_passphrase().encode()
    windows = order.form == Form.PFX_WINDOWS
    proved, pfx = prover.repack(material, certificate=der, passphrase=passphrase, windows_compatible=windows)
    return _Pair(name, {".pfx": pfx}, passphrase, proved.public_key_sha256)


def _locked(
    order: Order,
    opener: Opener,
    public_key_sha256: str,
    *,
    files: Mapping[str, bytes | bytearray],
    name: str,
    passphrase: bytes | bytearray | None,
) -> Packed:
    transport_key = opener.transport_key(
        order.sealed_transport_key, company_id=order.company.pk, checkout_id=order.checkout_id
    )

    def lock(content: bytes | bytearray, part: str) -> bytes:
        return envelope.lock_package(content, transport_key=transport_key, checkout=order.checkout_id, part=part)

    return Packed(
        package=lock(_zip(files, order.now), FILES) if files else None,
        package_name=f"{name}.zip" if files else "",
        passphrase_box=None if passphrase is None else lock(passphrase, PASSPHRASE),
        public_key_sha256=public_key_sha256,
    )


def _ending(key: StoredKey) -> str:
    return ".pfx" if key.container == SecretKind.PFX else ".key"


def _zip(files: Mapping[str, bytes | bytearray], now: datetime) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, timezone.localtime(now).timetuple()[:6])
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, bytes(content))
    return buffer.getvalue()
