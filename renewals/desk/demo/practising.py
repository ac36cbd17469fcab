"""What would the portal have written on somebody's disk? A new key and certificate for a company of the demo firm."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone

from renewals.desk.demo.authorities import authority_for
from renewals.errors import NotADemo, NotVisible, UnsupportedKey
from renewals.models import Certificate, Company
from renewals.pki.authority import as_sat_key_file, new_key
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.pfx import build_pfx
from renewals.pki.private_key import open_private_key

VALIDITY = {
    CertificateKind.NPIE: timedelta(days=730),
    CertificateKind.EFIRMA: timedelta(days=1460),
    CertificateKind.CSD: timedelta(days=1461),
}


@dataclass(frozen=True, slots=True)
class Issued:
    """The files that were written; ``key`` is the given one where a certificate was made for it."""

    key: Path
    certificate: Path
    pfx: Path | None
    serial: str
    not_after: datetime


def demo_company(rfc: str) -> Company:
    """The company of the demo firm with this RFC.

    Raises:
        NotVisible: there is none.
        NotADemo: it is a real one.
    """
    company = Company.objects.with_rfc(rfc).first()
    if company is None:
        raise NotVisible
    if not company.is_demo:
        raise NotADemo
    return company


def issue(
    *,
    company: Company,
    kind: CertificateKind,
    passphrase: str,
    folder: Path,
    key_file: Path | None = None,
    scope: str = "",
    with_pfx: bool = False,
    now: datetime,
) -> Issued:
    """Write a new key, locked with the passphrase, and a certificate for it; with ``key_file`` a certificate only.

    ``scope`` is the registro patronal or the branch; empty takes that of the company's certificate which ends first.
    Files are for their owner alone and replace none.

    Raises:
        NotADemo: the company is a real one.
        Refusal: the given key file does not open with the passphrase, or is none.
        FileExistsError: a file of this name is there already.
    """
    if not company.is_demo:
        raise NotADemo
    key = new_key() if key_file is None else _opened(key_file, passphrase)
    scope = scope or _scope_that_ends_first(company, kind)
    certificate = certificate_for(key, company=company, kind=kind, scope=scope, now=now)
    facts = read_certificate(certificate)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{kind.value}_{facts.rfc or company.rfc}_{timezone.localtime(now):%Y%m%d_%H%M%S}"
    if key_file is None:
        key_file = _write(folder / f"{stem}.key", as_sat_key_file(key, passphrase))
    pfx = (
        _write(folder / f"{stem}.pfx", build_pfx(key, certificate, passphrase, windows_compatible=False))
        if with_pfx
        else None
    )
    return Issued(
        key=key_file,
        certificate=_write(folder / f"{stem}.cer", certificate),
        pfx=pfx,
        serial=facts.serial,
        not_after=facts.not_after,
    )


def _opened(key_file: Path, passphrase: str) -> RSAPrivateKey:
    key = open_private_key(key_file.read_bytes(), passphrase).key
    if not isinstance(key, RSAPrivateKey):
        raise UnsupportedKey(algorithm=type(key).__name__, bits=0)
    return key


def certificate_for(key: RSAPrivateKey, *, company: Company, kind: CertificateKind, scope: str, now: datetime) -> bytes:
    """A certificate as the authority of this kind would issue it to the company now.

    The portals write the holder as the last certificate had it; a company's names its representative.
    """
    last = company.certificates.filter(kind=kind.value).order_by("-not_after").first()
    return authority_for(kind, now=now).issue(
        key.public_key(),
        kind=kind,
        rfc=company.rfc,
        name=company.name,
        representative_rfc=last.representative_rfc if last else "",
        curp=last.curp if last else "",
        registro_patronal=_whole_number(company, scope) if kind is CertificateKind.NPIE else "",
        branch=scope if kind is CertificateKind.CSD else "",
        email=company.renewal_mailbox,
        not_before=now - timedelta(seconds=secrets.randbelow(50) + 5),
        not_after=now + VALIDITY[kind],
    )


def _scope_that_ends_first(company: Company, kind: CertificateKind) -> str:
    current = Certificate.objects.current().filter(company=company, kind=kind.value, is_primary=True)
    return current.values_list("scope", flat=True).order_by("not_after").first() or ""


def _whole_number(company: Company, scope: str) -> str:
    """The registro patronal with its check digit; the company's first where none was named."""
    registros = company.registros_patronales.all()
    return next((one.number for one in registros if one.number_10 == scope[:10]), "") or next(
        (one.number for one in registros), scope
    )


def _write(path: Path, content: bytes) -> Path:
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as handle:
        handle.write(content)
    return path
