"""Does reading the facts of a certificate take at most five times the bare library load and fingerprint?

A few hundred different certificates, three per company, are made by the practice authority; a round reads every one of
them. Thread time is measured rather than the clock on the wall: nothing here waits, and a busy machine would otherwise
fall more heavily on the longer of the two.
"""

import sys
from datetime import UTC, datetime, timedelta
from time import thread_time

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from benchmarks.ratio import ratio
from renewals.pki.authority import Authority, new_key
from renewals.pki.certificate import CertificateKind, read_certificate

PROMISE = 5.0
COMPANIES = 60
ROUNDS = 60


def _certificates() -> list[bytes]:
    now = datetime.now(UTC)
    key = new_key().public_key()
    imss, sat = (Authority.create(style=style, now=now) for style in ("imss", "sat"))
    made = []
    for number in range(COMPANIES):
        rfc = f"EKU{900101 + number % 28:06d}{number:02d}9"
        for kind, authority in (
            (CertificateKind.NPIE, imss),
            (CertificateKind.EFIRMA, sat),
            (CertificateKind.CSD, sat),
        ):
            made.append(
                authority.issue(
                    key,
                    kind=kind,
                    rfc=rfc,
                    name=f"ESCUELA KEMPER URGATE {number} SA DE CV",
                    representative_rfc="VADA800927DJ3",
                    curp="VADA800927HSRSRL05",
                    registro_patronal=f"Y54{number:05d}10",
                    branch="Sucursal 1",
                    email="contacto@empresa.example",
                    not_before=now,
                    not_after=now + timedelta(days=1_460),
                )
            )
    return made


def main() -> int:
    """Print the ratio beside its promise; 1 if the promise is broken."""
    certificates = _certificates()

    def ours() -> None:
        for certificate in certificates:
            read_certificate(certificate)

    def bare() -> None:
        for certificate in certificates:
            x509.load_der_x509_certificate(certificate).fingerprint(hashes.SHA256())

    found = ratio(ours, bare, rounds=ROUNDS, clock=thread_time)
    print(f"read_certificate: {found:.2f} times the bare load and fingerprint (promise: at most {PROMISE})")
    return 0 if found <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
