"""Which attributes does a subject or issuer name hold, with which text?"""

from typing import NamedTuple


class NameAttribute(NamedTuple):
    """One attribute: dotted OID and decoded text."""

    oid: str
    value: str


def read_name(der: bytes) -> tuple[NameAttribute, ...]:
    """Read the attributes of a DER ``Name`` in the order of the file."""
    raise NotImplementedError
