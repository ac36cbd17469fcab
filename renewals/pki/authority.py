"""How does a small authority of our own issue certificates that look like those of IMSS and SAT?

For practice, the demo and tests: nothing outside this program trusts it. Names and extensions are written by hand,
because the X.509 builder of the library cannot write what SAT writes: Windows-1252 bytes in PrintableString. SAT's
layout is that of its published test certificates. Nobody has published a certificate of IMSS, so that layout is a guess
from the fields of its request form: ``O`` name, ``OU`` registro patronal, ``T`` CURP of the representative, e-mail;
where the RFC goes is unknown, and here it goes where SAT puts it.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from renewals.pki import anatomy, der, names, practice
from renewals.pki.certificate import CertificateKind
from renewals.pki.content import Content, as_der, as_pem
from renewals.pki.holder import Layout, issuer_layout

Style = Literal["imss", "sat"]

_YEARS = 20
_LAST_UTC_TIME = 2049  # RFC 5280, 4.1.2.5
_SHA256_WITH_RSA = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.11"), der.encode(der.NULL))
_VERSION_3 = der.encode(der.context(0), der.encode_integer(2))
_ORGANIZATIONS: dict[Style, str] = {
    "imss": "INSTITUTO MEXICANO DEL SEGURO SOCIAL",
    "sat": "SERVICIO DE ADMINISTRACION TRIBUTARIA",
}
# Decimal digits as ASCII, as both authorities print them; the five in front tell a practice serial from a real one.
_SERIAL_PREFIXES: dict[Style, str] = {"imss": "90001", "sat": "30001"}
_SERIAL_RANDOM_DIGITS = 15
_SAT_SALT = bytes.fromhex("0201000282010100")
_SAT_ITERATIONS = 2_048
_KINDS: dict[Style, frozenset[CertificateKind]] = {
    "imss": frozenset({CertificateKind.NPIE}),
    "sat": frozenset({CertificateKind.EFIRMA, CertificateKind.CSD, CertificateKind.UNKNOWN}),
}


def _extension(oid: str, *content: bytes, critical: bool = False) -> bytes:
    flag = der.encode(der.BOOLEAN, b"\xff") if critical else b""
    return der.encode(der.SEQUENCE, der.encode_oid(oid), flag, der.encode(der.OCTET_STRING, *content))


_NOT_AN_AUTHORITY = _extension("2.5.29.19", der.encode(der.SEQUENCE), critical=True)
_AN_AUTHORITY = _extension("2.5.29.19", der.encode(der.SEQUENCE, der.encode(der.BOOLEAN, b"\xff")), critical=True)
_SIGNS = _extension("2.5.29.15", der.encode_bits(b"\xc0", 6))  # digitalSignature, nonRepudiation
_SIGNS_CERTIFICATES = _extension("2.5.29.15", der.encode_bits(b"\x06", 1), critical=True)  # keyCertSign, cRLSign
_EFIRMA_USES = (
    _extension("2.5.29.15", der.encode_bits(b"\xd8", 3)),  # the two above, dataEncipherment and keyAgreement
    _extension("2.16.840.1.113730.1.1", der.encode_bits(b"\xa0", 5)),  # Netscape: SSL client, S/MIME
    _extension(
        "2.5.29.37",
        der.encode(der.SEQUENCE, der.encode_oid("1.3.6.1.5.5.7.3.4"), der.encode_oid("1.3.6.1.5.5.7.3.2")),
    ),
)
_EXTENSIONS: dict[CertificateKind, tuple[bytes, ...]] = {
    CertificateKind.EFIRMA: (_NOT_AN_AUTHORITY, *_EFIRMA_USES),
    CertificateKind.CSD: (_NOT_AN_AUTHORITY, _SIGNS),
    CertificateKind.NPIE: (_NOT_AN_AUTHORITY, _SIGNS),
    CertificateKind.UNKNOWN: (_NOT_AN_AUTHORITY, _SIGNS),
}


def new_key(bits: int = 2048) -> RSAPrivateKey:
    """Generate an RSA key; 2,048 bits take about a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def as_sat_key_file(key: RSAPrivateKey, passphrase: str) -> bytes:
    """Lock a key as SAT's own tool writes ``.key`` files, its faults included: for practice and tests only.

    PBES2 with PBKDF2-HMAC-SHA1, 2,048 iterations and triple DES (RFC 8018, 6.2); the salt is a constant and the IV
    repeats the first block of the key, so that equal passphrases show. Raises ValueError for a passphrase that
    Windows-1252 cannot write.
    """
    secret = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    vector = secret[:8]
    sha1 = hashes.SHA1()  # noqa: S303 — what SAT uses
    derived = PBKDF2HMAC(sha1, 24, _SAT_SALT, _SAT_ITERATIONS).derive(passphrase.encode("cp1252"))
    padder = block_padding.PKCS7(TripleDES.block_size).padder()
    encryptor = Cipher(TripleDES(derived), modes.CBC(vector)).encryptor()
    locked = encryptor.update(padder.update(secret) + padder.finalize()) + encryptor.finalize()
    salt = der.encode(der.SEQUENCE, der.encode(der.OCTET_STRING, _SAT_SALT), der.encode_integer(_SAT_ITERATIONS))
    derivation = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.12"), salt)
    cipher = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.3.7"), der.encode(der.OCTET_STRING, vector))
    parameters = der.encode(der.SEQUENCE, derivation, cipher)
    algorithm = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.13"), parameters)
    return der.encode(der.SEQUENCE, algorithm, der.encode(der.OCTET_STRING, locked))


@dataclass(frozen=True, slots=True)
class Authority:
    """A self-signed authority that writes names and extensions in the style of IMSS or of SAT."""

    style: Style
    name: str
    certificate_der: bytes = field(repr=False)
    key: RSAPrivateKey = field(repr=False)
    #: Behind the organization's name; :data:`practice.MARK`, unless a test wants certificates for its real companies.
    mark: str = field(default=practice.MARK, repr=False)

    @classmethod
    def create(cls, *, style: Style, name: str | None = None, mark: str = practice.MARK, now: datetime) -> Self:
        """Make a new authority, valid from the day before ``now`` for twenty years."""
        name = name or "AC DE PRACTICA"
        key = new_key()
        named = _authority_name(style, name, mark)
        certificate = _sign(
            key,
            issuer=named,
            subject=named,
            public_key=key.public_key(),
            serial=_new_serial(style),
            validity=(now - timedelta(days=1), now + timedelta(days=366 * _YEARS)),
            extensions=(_AN_AUTHORITY, _SIGNS_CERTIFICATES),
        )
        return cls(style=style, name=name, certificate_der=certificate, key=key, mark=mark)

    @classmethod
    def load(cls, data: bytes, passphrase: str | None = None) -> Self:
        """Read what ``to_bytes`` wrote; raises ValueError for anything else."""
        encoded = as_der(data, Content.CERTIFICATE)
        key = serialization.load_pem_private_key(data, passphrase.encode() if passphrase else None)
        subject = names.read_name(anatomy.span(encoded, anatomy.dissect(encoded).subject))
        layout = issuer_layout(subject)
        if not isinstance(key, RSAPrivateKey) or layout is Layout.OTHER:
            raise ValueError("not an authority of this program")
        texts = names.texts_by_oid(subject)
        return cls(
            style="imss" if layout is Layout.IMSS else "sat",
            name=texts.get(names.COMMON_NAME, ""),
            certificate_der=encoded,
            key=key,
            mark=texts.get(names.ORGANIZATION, "").rpartition(" ")[2],
        )

    def to_bytes(self, passphrase: str | None = None) -> bytes:
        """PEM of certificate and key; the key is in the clear when no passphrase is given."""
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase:
            encryption = serialization.BestAvailableEncryption(passphrase.encode())
        key = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        return as_pem(self.certificate_der) + key

    def issue(  # noqa: PLR0913 — one argument per field of the certificate
        self,
        public_key: RSAPublicKey | EllipticCurvePublicKey,
        *,
        kind: CertificateKind,
        rfc: str,
        name: str,
        not_before: datetime,
        not_after: datetime,
        representative_rfc: str = "",
        curp: str = "",
        registro_patronal: str = "",
        branch: str = "",
        email: str = "",
        serial: int | None = None,
    ) -> bytes:
        """Issue a certificate and return its DER.

        Texts are written as they come, so that wrong ones can be made too. Raises ValueError for a kind that this
        style of authority does not issue and for moments without a time zone.
        """
        if kind not in _KINDS[self.style]:
            raise ValueError(f"an authority in the style of {self.style} issues no {kind}")
        holder = f"{rfc} / {representative_rfc}" if representative_rfc else rfc
        person = f" / {curp}" if representative_rfc and curp else curp
        if self.style == "imss":
            subject = _name(
                (names.COUNTRY, "MX"),
                (names.ORGANIZATION, name),
                (names.ORGANIZATIONAL_UNIT, registro_patronal),
                (names.COMMON_NAME, name),
                (names.TITLE, curp),
                (names.EMAIL, email),
                (names.UNIQUE_IDENTIFIER, holder),
            )
        else:
            country = "MX" if kind is CertificateKind.EFIRMA else ""
            unit = (branch or "Matriz") if kind is CertificateKind.CSD else ""
            subject = _name(
                (names.COMMON_NAME, name),
                (names.NAME, name),
                (names.ORGANIZATION, name),
                (names.COUNTRY, country),
                (names.EMAIL, email),
                (names.UNIQUE_IDENTIFIER, holder),
                (names.SERIAL_NUMBER, person),
                (names.ORGANIZATIONAL_UNIT, unit),
            )
        return _sign(
            self.key,
            issuer=_authority_name(self.style, self.name, self.mark),
            subject=subject,
            public_key=public_key,
            serial=_new_serial(self.style) if serial is None else serial,
            validity=(not_before, not_after),
            extensions=_EXTENSIONS[kind],
        )


def _sign(
    key: RSAPrivateKey,
    *,
    issuer: bytes,
    subject: bytes,
    public_key: RSAPublicKey | EllipticCurvePublicKey,
    serial: int,
    validity: tuple[datetime, datetime],
    extensions: tuple[bytes, ...],
) -> bytes:
    """Write the certificate (RFC 5280, 4.1) and sign it."""
    to_be_signed = der.encode(
        der.SEQUENCE,
        _VERSION_3,
        der.encode_integer(serial),
        _SHA256_WITH_RSA,
        issuer,
        der.encode(der.SEQUENCE, *map(_moment, validity)),
        subject,
        public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        der.encode(der.context(3), der.encode(der.SEQUENCE, *extensions)),
    )
    signature = key.sign(to_be_signed, padding.PKCS1v15(), hashes.SHA256())
    return der.encode(der.SEQUENCE, to_be_signed, _SHA256_WITH_RSA, der.encode_bits(signature))


def _new_serial(style: Style) -> int:
    digits = f"{_SERIAL_PREFIXES[style]}{secrets.randbelow(10**_SERIAL_RANDOM_DIGITS):0{_SERIAL_RANDOM_DIGITS}d}"
    return int.from_bytes(digits.encode("ascii"), "big")


def _moment(moment: datetime) -> bytes:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    moment = moment.astimezone(UTC)
    if moment.year > _LAST_UTC_TIME:
        return der.encode(der.GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())
    return der.encode(der.UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def _authority_name(style: Style, name: str, mark: str) -> bytes:
    organization = f"{_ORGANIZATIONS[style]} {mark}"
    return _name((names.COMMON_NAME, name), (names.ORGANIZATION, organization), (names.COUNTRY, "MX"))


def _name(*texts: tuple[str, str]) -> bytes:
    """A ``Name``; attributes without text are left out."""
    return der.encode(der.SEQUENCE, *_attributes(texts))


def _attributes(texts: tuple[tuple[str, str], ...]) -> Iterator[bytes]:
    for oid, text in texts:
        if text:
            pair = der.encode(der.SEQUENCE, der.encode_oid(oid), _text(oid, text))
            yield der.encode(der.SET, pair)


def _text(oid: str, text: str) -> bytes:
    """A string in the types SAT uses: Windows-1252 bytes, in PrintableString even where they are forbidden there."""
    if oid == names.EMAIL:
        return der.encode(der.IA5_STRING, text.encode("cp1252"))
    try:
        octets = text.encode("cp1252")
    except UnicodeEncodeError:
        return der.encode(der.UTF8_STRING, text.encode())
    latin_name = not text.isascii() and oid in {names.COMMON_NAME, names.NAME, names.ORGANIZATION}
    return der.encode(der.T61_STRING if latin_name else der.PRINTABLE_STRING, octets)
