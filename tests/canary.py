"""How is a known secret looked for, however whoever left it behind has written it down?"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.pairs import Pair


def spellings(secret: bytes) -> Iterator[bytes]:
    """How a secret may look where it was left: as it is, in hex, in base64 and its variant for addresses."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    # In base64 the same bytes look differently at each of three positions; the edges depend on the neighbours.
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + secret)
        yield encoded[4:-4]
        yield encoded[4:-4].replace(b"+", b"-").replace(b"/", b"_")


def texts(name: str, text: str) -> dict[str, bytes]:
    """A passphrase in every encoding that it may be written down in."""
    found = {
        f"{name} ({encoding})": text.encode(encoding, errors="replace")
        for encoding in ("utf-8", "cp1252", "utf-16-le", "utf-16-be")
    }
    return found | {f"{name} as JSON": text.encode("unicode_escape"), f"{name} in an address": quote(text).encode()}


def secrets_of(pair: Pair) -> dict[str, bytes]:
    """The pair's key: its file as it arrived, and its numbers as bytes and as figures."""
    numbers = pair.key.private_numbers()
    found = {"key file": pair.key_file[200:260]}
    for name, number in {"p": numbers.p, "q": numbers.q, "d": numbers.d}.items():
        found[name] = number.to_bytes((number.bit_length() + 7) // 8, "big")[8:72]
        found[f"{name} in figures"] = str(number)[20:80].encode()
    return found


def found_in(places: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> list[str]:
    """Which secrets were left where; nothing, if all went well."""
    patterns = {name: set(spellings(secret)) for name, secret in wanted.items()}
    return [
        f"{name} in {place}"
        for place, content in places.items()
        for name, spelled in patterns.items()
        if any(one in content for one in spelled)
    ]
