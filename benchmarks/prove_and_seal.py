"""Does proving and sealing a pair at the door cost at most one and a half times its bare calls?

The bare calls: the decryption of the key (PKCS#8 as SAT writes it, without the RSA primality check), one signature, one
verification, and two HPKE seals. Ours adds what tells a hostile file from an honest one, the comparison of the public
keys, and the binding of each seal to its place. Thread time: nothing here waits.
"""

import sys
from datetime import UTC, datetime, timedelta
from time import thread_time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.conf import settings

# Sets Django up, so it comes before whatever has tables.
from benchmarks import program
from benchmarks.ratio import ratio
from renewals.intake.passphrases import open_file
from renewals.pki.authority import Authority, as_sat_key_file, new_key
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.content import Content
from renewals.pki.signatures import prove_pair
from renewals.vault.envelope import IntakePublicKey
from renewals.vault.storing import seal_pair

__all__ = ["program"]

PROMISE = 1.5
PAIRS = 100
ROUNDS = 15
PASSPHRASE = "Medida2026"
CHALLENGE = bytes(64)
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def main() -> int:
    """Print the ratio beside its promise; 1 if the promise is broken."""
    now = datetime.now(UTC)
    key = new_key()
    file = as_sat_key_file(key, PASSPHRASE)
    certificate = Authority.create(style="sat", now=now).issue(
        key.public_key(),
        kind=CertificateKind.EFIRMA,
        rfc="EKU9003173C9",
        name="ESCUELA KEMPER URGATE",
        not_before=now,
        not_after=now + timedelta(days=1_460),
    )
    facts = read_certificate(certificate)
    intake = X25519PrivateKey.generate().public_key()
    settings.INTAKE_PUBLIC_KEY = str(IntakePublicKey("bench", intake))
    public_key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(public_key, RSAPublicKey)

    def ours() -> None:
        for company_id in range(PAIRS):
            opened = open_file(file, Content.PRIVATE_KEY, [PASSPHRASE])
            prove_pair(opened.key, facts)
            seal_pair(company_id=company_id, container="private_key", data=file, passphrase=PASSPHRASE)

    def bare() -> None:
        for _ in range(PAIRS):
            opened = serialization.load_der_private_key(file, PASSPHRASE.encode(), unsafe_skip_rsa_key_validation=True)
            assert isinstance(opened, RSAPrivateKey)
            signature = opened.sign(CHALLENGE, padding.PKCS1v15(), hashes.SHA256())
            public_key.verify(signature, CHALLENGE, padding.PKCS1v15(), hashes.SHA256())
            SUITE.encrypt(file, intake, info=b"key")
            SUITE.encrypt(PASSPHRASE.encode(), intake, info=b"passphrase")

    found = ratio(ours, bare, rounds=ROUNDS, clock=thread_time)
    print(f"prove_and_seal: {found:.2f} times the bare calls (promise: at most {PROMISE})")
    return 0 if found <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
