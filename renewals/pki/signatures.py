"""Does this private key belong to this certificate?"""

import secrets

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey

from renewals.errors import KeyOfAnotherCertificate
from renewals.pki.certificate import CertificateFacts, public_key_of
from renewals.pki.private_key import PrivateKey, public_key_sha256
from renewals.pki.public_key import PublicKey

_CHALLENGE_OCTETS = 32


def prove_pair(key: PrivateKey, facts: CertificateFacts, *, purpose: bytes = b"renewals/pair-proof/1") -> None:
    """Show that ``key`` signs what the certificate verifies; raises KeyOfAnotherCertificate.

    What is signed is ours alone: ``purpose``, a zero octet and random octets. An IDSE login is a signed challenge, so a
    key must never sign octets that somebody else chose.
    """
    if public_key_sha256(key) != facts.public_key_sha256:
        raise KeyOfAnotherCertificate
    challenge = purpose + b"\x00" + secrets.token_bytes(_CHALLENGE_OCTETS)
    try:
        _verify(public_key_of(facts), _sign(key, challenge), challenge)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):  # ValueError: the numbers of the key make no key
        raise KeyOfAnotherCertificate from None


def _sign(key: PrivateKey, challenge: bytes) -> bytes:
    if isinstance(key, EllipticCurvePrivateKey):
        return key.sign(challenge, ECDSA(hashes.SHA256()))
    return key.sign(challenge, padding.PKCS1v15(), hashes.SHA256())


def _verify(public_key: PublicKey, signature: bytes, challenge: bytes) -> None:
    if isinstance(public_key, EllipticCurvePublicKey):
        public_key.verify(signature, challenge, ECDSA(hashes.SHA256()))
    else:
        public_key.verify(signature, challenge, padding.PKCS1v15(), hashes.SHA256())
