"""Until which day can a certificate be renewed in the ordinary way, why that day, and what remains afterwards?

Sources: SAT ficha 106/CFF (e.firma on line, until 24 hours before its end), ficha 306/CFF (company, up to a year late,
with the representative's own e.firma), rule 2.2.14 RMF (person, up to a year late, SAT ID). ``docs/notices.md`` holds
the rules as the firm reads them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

#: The on-line renewal of an e.firma closes 24 hours before its end.
ONLINE_CLOSES: Final = timedelta(days=1)
#: So long a new CSD may take until it can stamp.
STAMPING: Final = timedelta(days=3)
#: An e.firma that ends longer than this before its CSD sets no deadline: it will have been renewed long before.
COVERED: Final = timedelta(days=90)


class Reason(StrEnum):
    """Why the deadline is on its day."""

    EXPIRY = "expiry"
    ONLINE_UNTIL = "online_until"
    STAMPING = "stamping"
    EFIRMA_FIRST = "efirma_first"
    NEEDS_EFIRMA = "needs_efirma"


class LateWay(StrEnum):
    """What is still possible once the deadline has passed.

    ``SAT_ID``: a person renews on line after identifying in SAT ID. ``REPRESENTATIVE``: a company renews on line with
    its representative's own live e.firma, which must be had first where ``NEEDS_REPRESENTATIVE``. ``AFTER_EXPIRY``: the
    on-line renewal has closed, and the late way opens only when the certificate has ended. ``APPOINTMENT``: an
    office of SAT. ``ON_LINE``: the portal renews as before. ``NEW_REQUEST``: another one is asked for as before.
    """

    ON_LINE = "on_line"
    NEW_REQUEST = "new_request"
    AFTER_EXPIRY = "after_expiry"
    SAT_ID = "sat_id"
    REPRESENTATIVE = "representative"
    NEEDS_REPRESENTATIVE = "needs_representative"
    APPOINTMENT = "appointment"


@dataclass(frozen=True, slots=True)
class Efirma:
    """The company's own e.firma that counts: of those not retired the one that lasts longest."""

    pk: int
    expires_on: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day, why, and the id of the certificate that sets it where it is another one."""

    on: date
    reason: Reason
    because: int | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """What is still possible, and the last day of that where it has one."""

    way: LateWay
    until: date | None = None


def deadline_of(*, kind: str, expires_on: date, efirma: Efirma | None, today: date) -> Deadline:
    """The last day on which the renewal can be done in the ordinary way; never after the last day of validity."""
    if kind == "efirma":
        return Deadline(expires_on - ONLINE_CLOSES, Reason.ONLINE_UNTIL)
    if kind != "csd":
        return Deadline(expires_on, Reason.EXPIRY)
    by_stamping = expires_on - STAMPING
    if efirma is not None and by_stamping - COVERED <= efirma.expires_on < by_stamping:
        return Deadline(efirma.expires_on, Reason.EFIRMA_FIRST, efirma.pk)
    if efirma is None or efirma.expires_on < today:
        return Deadline(by_stamping, Reason.NEEDS_EFIRMA)
    return Deadline(by_stamping, Reason.STAMPING)


def late_way(
    *, kind: str, expires_on: date, is_person: bool, has_live_representative: bool, today: date
) -> Late | None:
    """What is still possible today; ``None`` while the ordinary way is open.

    ``has_live_representative``: the e.firma of the person who represents the company is kept here and valid today.
    """
    if kind == "efirma":
        return _late_efirma(
            expires_on, is_person=is_person, has_live_representative=has_live_representative, today=today
        )
    if kind == "csd":
        return Late(LateWay.NEW_REQUEST) if today > expires_on - STAMPING else None
    return Late(LateWay.ON_LINE) if today > expires_on else None


def _late_efirma(expires_on: date, *, is_person: bool, has_live_representative: bool, today: date) -> Late | None:
    if today <= expires_on - ONLINE_CLOSES:
        return None
    until = year_after(expires_on)
    if today <= expires_on:
        return Late(LateWay.AFTER_EXPIRY, until)
    if today > until:
        return Late(LateWay.APPOINTMENT)
    if is_person:
        return Late(LateWay.SAT_ID, until)
    return Late(LateWay.REPRESENTATIVE if has_live_representative else LateWay.NEEDS_REPRESENTATIVE, until)


def year_after(day: date) -> date:
    """The same day a year later; the day before where 29 February has none."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
