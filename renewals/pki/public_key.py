"""Is this public key of a kind and size that this program works with?"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from renewals.errors import UnsupportedKey

PublicKey = RSAPublicKey | EllipticCurvePublicKey

#: Beyond this every use of an RSA key is slow on purpose; below the least it can be broken at home.
MAX_RSA_BITS = 8_192
MIN_RSA_BITS = 1_024


def read_public_key(encoded: bytes) -> PublicKey:
    """Read a DER SubjectPublicKeyInfo; raises UnsupportedKey, and ValueError for what is none."""
    try:
        key = load_der_public_key(encoded)
    except UnsupportedAlgorithm:
        raise UnsupportedKey(algorithm="", bits=0) from None
    if isinstance(key, RSAPublicKey):
        refuse_rsa_size(key.key_size)
    elif not isinstance(key, EllipticCurvePublicKey):
        raise UnsupportedKey(algorithm=type(key).__name__.removesuffix("PublicKey"), bits=0)
    return key


def refuse_rsa_size(bits: int) -> None:
    """Raise UnsupportedKey for an RSA key of a size that nobody honest uses."""
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise UnsupportedKey(algorithm="RSA", bits=bits)
