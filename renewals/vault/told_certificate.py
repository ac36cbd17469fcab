"""How do the facts of a certificate come from the child to the vault worker, which does not parse it?

The child reads the certificate; the worker takes plain values of bounded size in their place, and hashes the octets.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from renewals.pki.certificate import CertificateFacts, CertificateKind, FileWarning

_HEX = re.compile(r"(?:[0-9a-f]{2}){1,64}")
_MAX_TEXT, _MAX_WARNINGS, _MAX_KEY_BITS = 1_000, 16, 8_192
_IDENTIFIERS = {"rfc": 13, "representative_rfc": 13, "curp": 18, "registro_patronal": 11}
_TEXTS = _IDENTIFIERS | dict.fromkeys(("name", "branch", "email", "serial", "issuer"), _MAX_TEXT)
_FIRST_YEAR = 1950  # as ``pki`` reads moments: one of the year 1 has no local date


def told(facts: CertificateFacts) -> dict[str, Any]:
    """What JSON can carry of a certificate's facts, without its octets."""
    return {
        **{name: getattr(facts, name) for name in _TEXTS},
        "kind": facts.kind.value,
        "serial_hex": facts.serial_hex,
        "not_before": facts.not_before.isoformat(),
        "not_after": facts.not_after.isoformat(),
        "key_bits": facts.key_bits,
        "public_key_sha256": facts.public_key_sha256,
        "is_authority": facts.is_authority,
        "warnings": [[warning.code, warning.detail] for warning in facts.warnings],
    }


def heard(values: Mapping[str, Any], der: bytes) -> CertificateFacts:
    """Make facts of what the child told about a certificate; raises KeyError, TypeError, ValueError for nonsense."""
    warnings = [FileWarning(code=_text(code), detail=_text(detail)) for code, detail in values["warnings"]]
    bits = values["key_bits"]
    if len(warnings) > _MAX_WARNINGS or type(bits) is not int or not 0 < bits <= _MAX_KEY_BITS:
        raise ValueError("not the facts of a certificate")
    return CertificateFacts(
        **{name: _text(values[name], limit) for name, limit in _TEXTS.items()},
        kind=CertificateKind(values["kind"]),
        serial_hex=_hex(values["serial_hex"]),
        not_before=_moment(values["not_before"]),
        not_after=_moment(values["not_after"]),
        key_bits=bits,
        sha256=hashlib.sha256(der).hexdigest(),
        public_key_sha256=_hex(values["public_key_sha256"], octets=32),
        der=der,
        is_authority=values["is_authority"] is True,
        warnings=tuple(warnings),
    )


def _text(value: object, limit: int = _MAX_TEXT) -> str:
    """Text that a column of the database can hold: no zero character, no half of a pair."""
    if not isinstance(value, str) or len(value.encode()) > limit or "\x00" in value:
        raise ValueError("not a short text")
    return value


def _hex(value: object, *, octets: int | None = None) -> str:
    text = _text(value)
    if _HEX.fullmatch(text) is None or (octets is not None and len(text) != 2 * octets):
        raise ValueError("not octets in hex")
    return text


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.utcoffset() != timedelta(0) or moment.year < _FIRST_YEAR:
        raise ValueError("not a moment in UTC")
    return moment
