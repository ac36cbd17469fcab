"""How is a certificate put together again with one field changed?"""

from __future__ import annotations

from renewals.pki import der


def with_field(certificate: bytes, index: int, field: bytes) -> bytes:
    """The certificate with another field in its signed part; the signature no longer fits, and nobody asks."""
    signed, *rest = der.children(certificate, der.whole(certificate, der.SEQUENCE))
    fields = [der.encoded(certificate, part) for part in der.children(certificate, signed)]
    fields[index] = field
    return der.encode(
        der.SEQUENCE, der.encode(der.SEQUENCE, *fields), *(der.encoded(certificate, part) for part in rest)
    )
