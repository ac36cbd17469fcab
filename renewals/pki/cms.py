"""How does a key sign a document, so that others can verify it? As CMS (RFC 5652), beside the document."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from renewals.pki.private_key import PrivateKey

_OPTIONS = [
    PKCS7Options.DetachedSignature,
    # As it is: without this, line ends would be rewritten as for mail.
    PKCS7Options.Binary,
    PKCS7Options.NoCapabilities,
]


def sign_detached(content: bytes, *, key: PrivateKey, certificate: bytes) -> bytes:
    """SignedData in DER without the content: SHA-256, the certificate (DER) inside, signed attributes with the moment.

    The certificate's dates are not looked at: an expired one signs, and the moment inside tells.
    """
    builder = PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(x509.load_der_x509_certificate(certificate), key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, _OPTIONS)
