"""Which kind of file are these bytes, and what is their DER?"""

from enum import StrEnum

MAX_FILE_BYTES = 1_048_576


class Content(StrEnum):
    """What a file holds, told by its bytes and never by its name."""

    CERTIFICATE = "certificate"
    PRIVATE_KEY = "private_key"
    PFX = "pfx"
    REQUEST = "request"
    CMS = "cms"
    UNKNOWN = "unknown"


def recognise(data: bytes) -> Content:
    """Say what ``data`` begins like; never raises."""
    raise NotImplementedError


def as_der(data: bytes, expected: Content | None = None) -> bytes:
    """Return the DER of a DER or PEM file; of several PEM blocks, the first that is ``expected``.

    Raises EmptyFile, FileTooLarge, DamagedFile.
    """
    raise NotImplementedError
