"""What do the tests of the files stand on: keys, pairs, and OpenSSL as a second opinion."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from renewals.pki.authority import Authority
from renewals.pki.certificate import CertificateKind
from renewals.pki.content import as_pem
from tests.conftest import skip_or_fail
from tests.pairs import pooled_key

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSPHRASE = "contraseña1"

OpenSSL = Callable[..., bytes]


@pytest.fixture(scope="session")
def key() -> RSAPrivateKey:
    """The key of the pair that most tests look at."""
    return pooled_key()


@pytest.fixture(scope="session")
def other_key() -> RSAPrivateKey:
    """A key that belongs to nothing here."""
    return pooled_key()


@pytest.fixture(scope="session")
def plain_key(key: RSAPrivateKey) -> bytes:
    """The key as PKCS#8 DER that nothing locks."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture(scope="session")
def certificate(sat_authority: Authority, key: RSAPrivateKey) -> bytes:
    """An e.firma of a company whose name and RFC hold Ñ and &."""
    return sat_authority.issue(
        key.public_key(),
        kind=CertificateKind.EFIRMA,
        rfc="Ñ&U9003173C9",
        name="COMPAÑÍA & HIJOS",
        representative_rfc="CAÑF770131PA3",
        curp="CANF770131HBCSBR08",
        email="contacto@empresa.example",
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=1_430),
    )


@pytest.fixture(scope="session")
def sat_folder(sat_files: Path) -> Path:
    """SAT's test files, whether the folder was named or the one above it."""
    below = sat_files / "sat-test"
    return below if below.is_dir() else sat_files


@pytest.fixture
def openssl(tmp_path: Path) -> OpenSSL:
    """Run OpenSSL's command line in a folder of its own: arguments in, standard output out.

    Keyword arguments are files to write first, by their name with ``_`` for the dot.
    """
    if shutil.which("openssl") is None:
        skip_or_fail("the openssl command is not installed")

    def run(*arguments: str, **files: bytes) -> bytes:
        for name, content in files.items():
            (tmp_path / name.replace("_", ".")).write_bytes(content)
        done = subprocess.run(["openssl", *arguments], cwd=tmp_path, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    return run


@pytest.fixture
def openssl_pfx(openssl: OpenSSL, plain_key: bytes, certificate: bytes) -> Callable[..., bytes]:
    """Have OpenSSL write a PFX of the pair, with further arguments of ``openssl pkcs12``."""

    def export(*arguments: str, passphrase: str = PASSPHRASE) -> bytes:
        secret = openssl("pkey", "-inform", "DER", "-in", "key.der", key_der=plain_key)
        return openssl(
            *("pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-passout", f"pass:{passphrase}"),
            *arguments,
            key_pem=secret,
            cert_pem=as_pem(certificate),
        )

    return export
