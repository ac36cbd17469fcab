"""At which address does a portal hand out again what it issued? Dated, because portals move without a word.

The address of IDSE is told by guides of practitioners, not by the authority; whoever learns a newer one adds a line.
"""

from datetime import date
from typing import Final
from urllib.parse import urlencode

#: From this day on → the page of IDSE that finishes a renewal by the serial of the issued certificate.
IDSE_RECOVERY: Final[tuple[tuple[date, str], ...]] = (
    (date(2021, 1, 1), "https://idse.imss.gob.mx/certificacion/instalaRenovacion.idse"),
)


def recovery_address(serial: str, *, on: date) -> str:
    """The address for the certificate of this serial.

    Raises:
        ValueError: the serial has something else than digits and letters in it.
    """
    if not is_plain(serial):
        raise ValueError("a serial is made of digits and letters")
    pages = [page for since, page in IDSE_RECOVERY if since <= on] or [IDSE_RECOVERY[0][1]]
    return f"{pages[-1]}?{urlencode({'SERIAL_NOM': serial})}"


def is_plain(text: str) -> bool:
    """Whether this is made of plain digits and letters alone, as serials and NPIE are."""
    return text.isascii() and text.isalnum()
