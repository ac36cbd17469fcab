"""How does a test get a certificate with its key, as IMSS or SAT would have written them?

Nothing here is a fixture file: a small authority of our own issues everything, and a few RSA keys are made once per
process and handed out in turn, because making one costs more than most tests.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from renewals.pki.authority import Authority, Style, as_sat_key_file, new_key
from renewals.pki.certificate import CertificateFacts, CertificateKind, read_certificate
from renewals.pki.pfx import build_pfx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: What every key file of the tests is locked with, unless they ask for another; it opens nothing real.
PASSPHRASE = "Prueba2026ñ"
#: How many keys are made per process; two pairs that follow each other never share one.
POOL_SIZE = 8
#: Behind the name of the tests' authorities: the companies of tests are real ones, which refuse what is for practice.
MARK = "(PRUEBAS)"
RFC = "EKU9003173C9"
NAME = "ESCUELA KEMPER URGATE"
REGISTRO_PATRONAL = "Y5400001102"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate, its key, and the files that an authority's portal would have left on somebody's disk."""

    certificate: bytes = field(repr=False)
    key: RSAPrivateKey = field(repr=False)
    passphrase: str = field(repr=False)

    @property
    def facts(self) -> CertificateFacts:
        """What the certificate says."""
        return read_certificate(self.certificate)

    @property
    def key_file(self) -> bytes:
        """The ``.key``, locked as SAT's own program does it."""
        return as_sat_key_file(self.key, self.passphrase)

    def pfx(self, *, windows_compatible: bool = False) -> bytes:
        """The pair as one PFX under the same passphrase."""
        return build_pfx(self.key, self.certificate, self.passphrase, windows_compatible=windows_compatible)


@cache
def authority(style: Style) -> Authority:
    """The authority of this process that writes like IMSS or like SAT."""
    return Authority.create(style=style, mark=MARK, now=datetime.now(UTC))


@cache
def _pool() -> Iterator[RSAPrivateKey]:
    return itertools.cycle([new_key() for _ in range(POOL_SIZE)])


def pooled_key() -> RSAPrivateKey:
    """The next key of the pool; it comes round again after ``POOL_SIZE``."""
    return next(_pool())


def make_pair(
    kind: str = "npie",
    *,
    rfc: str = RFC,
    name: str = NAME,
    registro_patronal: str = REGISTRO_PATRONAL,
    branch: str = "Matriz",
    representative_rfc: str = "",
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    now: datetime | None = None,
    passphrase: str = PASSPHRASE,
    key: RSAPrivateKey | None = None,
) -> Pair:
    """A pair of the kind, valid from a year before ``now`` to a year after unless the moments are given.

    ``registro_patronal`` is written into NPIE certificates only, and ``branch`` into CSD ones.
    """
    moment = now or datetime.now(UTC)
    kind = CertificateKind(kind)
    own_key = key or pooled_key()
    certificate = authority("imss" if kind is CertificateKind.NPIE else "sat").issue(
        own_key.public_key(),
        kind=kind,
        rfc=rfc,
        name=name,
        representative_rfc=representative_rfc,
        registro_patronal=registro_patronal if kind is CertificateKind.NPIE else "",
        branch=branch if kind is CertificateKind.CSD else "",
        not_before=not_before or moment - timedelta(days=365),
        not_after=not_after or moment + timedelta(days=365),
    )
    return Pair(certificate=certificate, key=own_key, passphrase=passphrase)
