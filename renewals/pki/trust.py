"""Did one of these authorities issue this certificate?"""

from collections.abc import Sequence

from renewals.pki.certificate import CertificateFacts


def verify_issued_by(facts: CertificateFacts, authorities: Sequence[bytes]) -> str:
    """Walk the chain by signature through ``authorities`` (DER or PEM) and return the name of the last one.

    Raises UnknownAuthority when none of them issued the certificate.
    """
    raise NotImplementedError
