"""Does this private key belong to this certificate?"""

from renewals.pki.certificate import CertificateFacts
from renewals.pki.private_key import PrivateKey


def prove_pair(key: PrivateKey, facts: CertificateFacts, *, purpose: bytes = b"renewals/pair-proof/1") -> None:
    """Sign a random challenge with ``key`` and verify it with the certificate; raises KeyOfAnotherCertificate."""
    raise NotImplementedError
